"""The result of a match, whichever way round it is told.

``Farense 2-1 Olhanense``, ``Olhanense 1-2 Farense``, ``o Farense venceu por 2-1`` and ``o
Olhanense perdeu 1-2`` are one result. Where the references show which number is Farense's,
results are compared as (Farense's goals, the opponent's); otherwise in the order written.
"""

from __future__ import annotations

import re

from farense.scoring.fact.claims import (
    Case,
    Judgement,
    Mention,
    clause_before,
    judge,
    plain,
    sentence_after,
    sentence_before,
)
from farense.scoring.fact.teams import CLUB, flanked_side, pair_side, teams_of
from farense.text import find_values
from farense.text.values import Found

Goals = tuple[int, int]

_WON = r"ganh(?:ou|ar|aram|amos|a|ado|o)|venc(?:eu|er|eram|emos)|vitorias?|triunf\w+|bateu|derrotou"
_LOST = (
    r"perd(?:eu|er|eram|emos|e|ido|ia)|derrotas?|desaires?"
    r"|goleada (?:por [\w-]+ )?sofrida"
    r"|cai(?:u|ram)|tombou|sucumbiu|sofr\w+ (?:uma )?(?:\w+ )?(?:goleada|derrota)"
    r"|lev(?:ou|amos)(?= (?:por )?\d)"
    r"|(?:foi|fomos|sendo|saiu) (?:\w+ )?(?:derrotad|vencid|batid|golead"
    r"|cilindrad|esmagad|arrasad|humilhad|atropelad|superad|surpreendid)\w+"
)
_DREW = r"empat\w+|igualdade|igualou"
_OUTCOME = re.compile(
    rf"\b(?:(?P<lost>{_LOST})|(?P<won>{_WON}|goleou|goleada|superou|cilindrou|esmagou|atropelou|arrasou|golear|bater|derrotar)"
    rf"|(?P<drew>{_DREW}))\b"
)
_NOT = re.compile(
    r"\b(?:nao|nunca|sem|nem) (?:\w+ )?$|\b(?:estar|estava|esteve|andou)(?: \w+)? a $"
)
_FAVOUR = re.compile(r"^,? (?:para|a favor|favoravel|pro) (?:a[os]?|o|d[oa]s?) (?:os? )?(\w+)")
_BREAK = re.compile(
    r" (?:ao intervalo|n[ao]s (?:grandes )?penal\w+|(?:n[oa] )?desempate|\(?g\.? ?p)"
)
_BREAK_BEFORE = re.compile(
    r"\b(?:ao intervalo|nos penaltis|n?[ao]s grandes penalidades),?[^.;,\d]{0,20}$"
    r"|\b(?:estar|estava|esteve)(?: \w+)? a (?:perder|ganhar|vencer)(?: por)? $"
)


def judge_score(case: Case) -> Judgement:
    """Right if the asserted result is the expected one, told either way round."""
    teams = teams_of(case)
    expected = _expected(case, teams)
    mentions = [
        Mention(f.value, f.start, f.end, _same(case, f, teams, expected))
        for f in find_values(case.answer)
        if f.kind == "score" and not _partial(case.plain, f)
    ]
    # The expected digits told the other way round are a contradiction, never an echo.
    return judge(case, mentions, case.excused("score") - {case.value})


def _same(case: Case, found: Found, teams: set[str], expected: Goals | None) -> bool:
    if expected is None:
        return found.value == case.value
    told = _goals(case.plain, found, teams) or _by_question(case, found, teams)
    if told is not None:
        return told == expected
    outcome = _outcome(case.plain, found, teams)
    return found.value == case.value and outcome in (None, _sign(expected))


def _expected(case: Case, teams: set[str]) -> Goals | None:
    """Farense's and the opponent's goals, where references or question tell them apart."""
    for reference in case.references:
        for found in find_values(reference):
            if found.kind == "score" and found.value == case.value:
                goals = _goals(plain(reference), found, teams)
                if goals:
                    return goals
    left, right = _numbers(case.value)
    side = pair_side(plain(case.question), teams)
    if side:
        return (left, right) if side == "left" else (right, left)
    asked = _asked_outcome(case, teams)
    return _by_outcome((left, right), asked) if asked else None


def _goals(text: str, found: Found, teams: set[str]) -> Goals | None:
    """(Farense's, the opponent's) goals, from the names or the verb around a score."""
    left, right = _numbers(found.value)
    outcome = _outcome(text, found, teams)
    if left == right:
        return (left, right) if outcome in (None, 0) else None
    side = flanked_side(text, found, teams)
    if side:
        told = (left, right) if side == "left" else (right, left)
        # Names and verb that disagree state no result at all.
        return told if outcome in (None, _sign(told)) else (-1, -1)
    favoured = _FAVOUR.match(text[found.end :])
    if favoured and favoured[1] in teams:
        return _by_outcome((left, right), 1 if favoured[1] == CLUB else -1)
    if outcome == 0:
        return (-1, -1)
    if outcome:
        return _by_outcome((left, right), outcome)
    before = pair_side(re.split(r"[.!?;\n]", text[: found.start])[-1], teams)
    if before:
        return (left, right) if before == "left" else (right, left)
    return None


def _by_question(case: Case, found: Found, teams: set[str]) -> Goals | None:
    """A bare ``13-0`` under *por quanto perdeu o Farense* is a defeat."""
    asked = _asked_outcome(case, teams)
    return _by_outcome(_numbers(found.value), asked) if asked else None


def _asked_outcome(case: Case, teams: set[str]) -> int | None:
    question = plain(case.question)
    told = {_told(question, m, teams) for m in _OUTCOME.finditer(question)}
    return told.pop() if len(told) == 1 and not re.search(r"\bou\b", question) else None


def _outcome(text: str, found: Found, teams: set[str]) -> int | None:
    """1 Farense won, 0 drew, -1 lost, None unsaid: the nearest word in the sentence, or before."""
    end = found.end + len(sentence_after(text, found.end))
    here = found.start - len(sentence_before(text, found.start))
    told = _outcomes(text, here, end) or _outcomes(text, 0, found.start)[-1:]
    if not told:
        return None
    # What follows a score counts as farther than what leads to it.
    nearest = min(told, key=lambda m: abs(m.start() - found.start) + 40 * (m.start() > found.start))
    return _told(text, nearest, teams)


def _outcomes(text: str, start: int, end: int) -> list[re.Match[str]]:
    return [
        m
        for m in _OUTCOME.finditer(text, start, end)
        if not _NOT.search(text[max(0, m.start() - 40) : m.start()])
    ]


def _told(text: str, match: re.Match[str], teams: set[str]) -> int:
    if match["drew"]:
        return 0
    outcome = 1 if match["won"] else -1
    return outcome if _subject(text, match, teams) == CLUB else -outcome


def _subject(text: str, match: re.Match[str], teams: set[str]) -> str:
    """Whose win or defeat: ``do X`` after a noun, else the team before the verb."""
    after = text[match.end() :]
    if re.match(r"(?:vitori|derrotas?$|triunfos?$|desaire|goleada)", match.group()):
        owner = re.match(r" (?:\w+ )?d[oae]s? (\w+)", after)
        return owner[1] if owner and owner[1] in teams else _team_before(text, match, teams)
    inverted = re.match(r" (?:por [\w-]+ )?(?:o|os) (\w+)", after)
    intransitive = match["lost"] or match.group().startswith("ganh")
    if intransitive and inverted and inverted[1] in teams:
        return inverted[1]
    return _team_before(text, match, teams)


def _team_before(text: str, match: re.Match[str], teams: set[str]) -> str:
    clause = _subjects(clause_before(text, match.start()), teams)
    if clause:
        return clause[-1]
    # ... e ganhou: who won is who the sentence began with.
    sentence = _subjects(sentence_before(text, match.start()), teams)
    return sentence[0] if sentence else CLUB


def _subjects(before: str, teams: set[str]) -> list[str]:
    return [
        m[2]
        for m in re.finditer(r"(\b\w+ )?(?:o |a |os )?\b(\w+)", before)
        if m[2] in teams and (m[1] or "").strip() not in {"com", "contra", "ao", "frente", "sobre"}
    ]


def _by_outcome(score: Goals, outcome: int) -> Goals:
    high, low = max(score), min(score)
    if outcome == 0:
        return score if high == low else (-1, -1)
    if high == low:
        return (-1, -1)
    return (high, low) if outcome > 0 else (low, high)


def _partial(text: str, found: Found) -> bool:
    return bool(_BREAK.match(text[found.end :]) or _BREAK_BEFORE.search(text[: found.start]))


def _numbers(score: str) -> Goals:
    left, right = score.split("-")
    return int(left), int(right)


def _sign(goals: Goals) -> int:
    return (goals[0] > goals[1]) - (goals[0] < goals[1])
