"""Does an answer decline to answer? Rules for refusals in Portuguese.

An abstention holds a refusal and offers no value in its place. ``Não sei, talvez 2-1`` offers
one; ``Não, o Farense perdeu 2-1`` refuses nothing; ``não ganhou`` is a statement.
"""

from __future__ import annotations

import re

from farense.text.normal import prepare, without_accents
from farense.text.values import find_values

_KNOWLEDGE = (
    r"(?:informac\w+|dados?|registos?|registros?|conhecimento|elementos|fontes?|resposta|noticia"
    r"|detalhes|memoria|indicac\w+|documentac\w+|referencias?|documentos?|confirmacao|nota)"
)
_FILLER = r"(?:\w+ ){0,3}?"
_NOT = r"\bna?o\b"
_REFUSALS = (
    rf"{_NOT} (?:o |a |lhe |te |vos )?(?:sei|sabemos|saberia|sabia)\b(?! outra| mais)",
    rf"{_NOT} se (?:sabe|conhece|conhecem|encontra|encontram)\b",
    rf"{_NOT} (?:tenho|temos|disponho|dispomos|possuo|possuimos|detenho) (?:de )?{_FILLER}"
    rf"{_KNOWLEDGE}\b",
    rf"{_NOT} (?:ha|existem?|foram? encontrad\w+|encontr\w+|localiz\w+) {_FILLER}{_KNOWLEDGE}\b",
    rf"{_NOT} (?:tenho|temos|ha) (?:a |as |qualquer )?(?:certezas?"
    r"|como (?:saber|responder|confirmar)"
    r"|(?:forma|maneira|modo|meio) de (?:o )?(?:saber|responder|confirmar|verificar))\b",
    rf"{_NOT} (?:tenho|faco|temos|fazemos) (?:a (?:minima|menor) )?ideia",
    rf"{_NOT} (?:conheco|conhecemos|encontro|encontrei|recordo|me recordo|me lembro)\b",
    rf"{_NOT} (?:lhe |te |vos )?(?:posso|podemos|consigo|conseguimos|sou capaz de|me e possivel"
    r"|e possivel|foi possivel|seria possivel) (?:\w+ ){0,2}?(?:responder|confirmar|dizer|indicar"
    r"|afirmar|saber|determinar|ajudar|precisar|identificar|fornecer|apurar|dar|encontrar|garantir)",
    rf"{_NOT} const(?:a|am)\b",
    rf"{_NOT} (?:est(?:a|ao)|e|sao|foi|foram) (?:publicamente )?(?:registad|documentad|disponive"
    r"|conhecid|registrad|mencionad|indicad|referid)\w*",
    rf"{_NOT} (?:me )?(?:compete|cabe) responder",
    rf"\b(?:informacao|resposta|dados?|registos?) (?:{_NOT} disponive\w+|indisponive\w+"
    r"|inexistentes?|desconhecid\w+)",
    r"\bdesconhec(?:o|emos|e-se|em-se)\b",
    r"^\W*(?:e |sao )?(?:desconhecid[oa]s?|indisponivel)\W*$",
    r"\bignoro\b",
    r"\b(?:eu )?sei la\b",
    r"\bnada consta\b",
    rf"\b(?:dados|registos|fontes|arquivos)\b[^.;,]{{0,20}} {_NOT} (?:inclu\w+|contem|abrang\w+"
    r"|cobrem|tem)\b",
    r"^\W*(?:isso|tal|ess[ea] \w+|[oa] \w+) (?:e|permanece) desconhecid[oa]\b",
    rf"{_NOT} estou (?:\w+ )?(?:cert[oa]|segur[oa])\b",
    rf"\b(?:registos|dados|fontes|arquivos) {_NOT} (?:o |a )?(?:dizem|referem|indicam|mencionam)\b",
    r"\be-me desconhecid[oa]\b|\b(?:e|sao) desconhecid[oa]s? para mim\b",
    rf"{_NOT} (?:esta|estao|vem|aparece|aparecem|figura|figuram|surge) (?:n[oa]s? |em )(?:\w+ )?"
    r"(?:dados|registos|fontes|arquivos?|tabelas?|base)\b",
    rf"{_NOT} (?:me |nos )?(?:foi|foram) (?:encontrad|localizad|registad|dad|fornecid)[oa]s?\b",
    r"\bninguem (?:sabe|registou)\b",
    rf"\bsem (?:qualquer |quaisquer )?{_KNOWLEDGE}\b",
    r"\b(?:prefiro nao|recuso-me a|abstenho-me)",
    r"\bnenhum[a]? (?:informacao|registo|dado)s?\b",
    r"\bfaltam?-me (?:informac\w+|dados?|elementos)",
)
_TOOK_NO_PART = (
    r"\b(?:nao|nunca) (?:\w+ ){0,1}?(?:esteve|estiveram|participou|participaram|jogou|jogaram"
    r"|disputou|disputaram|competiu|existiu|aconteceu|se realizou|se jogou|houve|chegou a"
    r"|teve lugar|defrontou|ocorreu)\b",
    r"\b(?:esteve|participou|jogou|disputou|competiu|defrontou) nunca\b",
)
_REFUSAL = re.compile("|".join(_REFUSALS))
_NO_PART = re.compile("|".join(_TOOK_NO_PART))
_GUESS = re.compile(
    r"\b(?:talvez|penso|pensamos|acho|julgo|creio|suponho|diria|provavelmente|possivelmente"
    r"|parece-me|presumo|estimo|aposto|arrisco|deve(?:ra)? ter|pode(?:ra)? ter sido|tera sido"
    r"|tera ficado|calculo|imagino|ouvi dizer que|(?:dizem|diz-se|consta|parece) que"
    r" (?:e|foi|era|se chama))\b(?!(?: eu)?(?: que)? (?:nao|nunca)\b)"
)
_ASSERTS = re.compile(
    r"\b(?:foi|foram|ficou|terminou|acabou|perdeu|ganhou|venceu|empatou|nasceu|marcou|era|eram"
    r"|chamava-se|chama-se|sagrou-se|conquistou|fez)\b"
)
# A name at the end of the turn is an offer without a verb: mas o Boronha.
_NAMES_AFTER_ALL = re.compile(
    r"\b(?:mas|porém|contudo|todavia|no entanto),? (?:[oa] )?(?:[A-ZÀ-Ý]\w+ ?(?:d[aeo]s? )?)+\W*$"
    r"|, (?:[oa] )?(?:[A-ZÀ-Ý]\w+ ?)+\?$|[;:] (?:[oa] )?(?:[A-ZÀ-Ý]\w+ ?(?:d[aeo]s? )?)+\W*$"
)
_SENTENCE = re.compile(r"[;!?\n]+|(?<!\d)\.+|(?<=\d)\.+(?=\s|$)")
_ECHOABLE = (
    "date",
    "day",
    "month",
    "season",
    "span",
    "year",
    "article",
    "other",
    "roman",
    "short_year",
)
_SHORT = 3


def is_abstention(text: str, *, question: str = "") -> bool:
    """True if ``text`` declines to answer and offers nothing in its place.

    *Nunca participou* and its like decline only where no value follows. Values that
    ``question`` already holds are echoes, not offers.
    """
    plain = without_accents(prepare(text)).lower()
    refusal = _REFUSAL.search(plain)
    if refusal is None:
        return _NO_PART.search(plain) is not None and not _states_values(text, question)
    asked = {f.value for f in find_values(question)}
    offered = {f.value for f in find_values(text) if f.kind == "score"}
    if offered - asked or _NAMES_AFTER_ALL.search(prepare(text)):
        return False
    return not (_claims_before(plain[: refusal.start()]) or _claims_after(plain, refusal, asked))


def _states_values(text: str, question: str) -> bool:
    asked = {f.value for f in find_values(question)}
    stated = {f.value for f in find_values(text) if f.kind not in _ECHOABLE}
    return bool(stated - asked)


def _claims_before(lead: str) -> bool:
    """A statement in front of the refusal: ``foi em 1912, mas``, ``1912, mas``."""
    if re.search(r"\b(?:se|quem|qual|quando|que|onde|quant\w+) [^,;.]*$", lead):
        return False
    statements = _SENTENCE.split(lead)
    opening = re.match(r"\W*(?:em |no |a )?(\S+)(?: lugar)?,? (?:mas|embora|porem)\b", lead)
    if opening and find_values(opening.group(1)):
        return True
    return any(_ASSERTS.search(s) and not _NO_PART.search(s) for s in statements)


def _claims_after(plain: str, refusal: re.Match[str], asked: set[str]) -> bool:
    rest = plain[refusal.end() :]
    if _GUESS.search(rest):
        return True
    here, *later = [s for s in _SENTENCE.split(rest) if s is not None]
    turned = re.search(r"\b(?:mas|porem|contudo|todavia|embora|no entanto),? (.*)", here)
    asides = re.split(r"[,:]", here)[1:]
    after_colon = here.partition(":")[2]
    return any(_is_value(a, asked) for a in asides) or any(
        _claims(s, asked) for s in [*later, after_colon, *([turned.group(1)] if turned else [])]
    )


def _is_value(aside: str, asked: set[str]) -> bool:
    """``, 5000 adeptos`` after a refusal; a year must stand alone, for it may date the topic."""
    length = len(aside.split())
    return length <= _SHORT and any(
        f.value not in asked and (length == 1 or f.kind not in _ECHOABLE)
        for f in find_values(aside)
    )


def _claims(sentence: str, asked: set[str]) -> bool:
    if _REFUSAL.search(sentence) or _NO_PART.search(sentence):
        return False
    values = [f for f in find_values(sentence) if f.kind != "article" and f.value not in asked]
    if _ASSERTS.search(sentence) or any(f.kind not in _ECHOABLE for f in values):
        return True
    return bool(values) and len(sentence.split()) <= _SHORT
