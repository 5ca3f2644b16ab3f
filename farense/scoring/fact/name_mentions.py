"""Names of clubs and places in an answer: the expected one, and those that stand against it."""

from __future__ import annotations

import re
from collections.abc import Callable

from farense.scoring.fact.claims import Case, Mention, plain
from farense.scoring.fact.names import Run, alias_runs, content, is_name, name_words

_SIDE_BY_SIDE = re.compile(r",? ?(?:\be|\bou|/|&)(?: (?:o|a|em|no|na|ao|com o))? ?")
_OPENING = r"(?:(?:foi|era|contra|com|em|n[oa]s?|[oa]s?|ao|d[oa]) )*"


def name_mentions(
    case: Case, is_alias: Callable[[Run], bool], is_rival: Callable[[Case, Run], bool]
) -> list[Mention]:
    """The expected name and its rivals, in order.

    A rival the question or a reference names is none, unless it is listed beside the
    expected one.
    """
    found = alias_runs(case.answer, is_alias)
    # A name found within a literal one is a part of it; a longer one is another name.
    literal = [
        run
        for run in _literal(case)
        if all(
            run.start <= other.start and other.end <= run.end
            for other in found
            if _overlap(run, other)
        )
    ]
    found = [run for run in found if not any(_overlap(run, other) for other in literal)]
    found += literal
    aliases = [run for run in found if is_alias(run) or run in literal]
    known = {w for text in (case.question, *case.references) for w in name_words(text)}
    mentions = [
        Mention(" ".join(run.words), run.start, run.end, run in aliases)
        for run in found
        if run in aliases
        or (
            is_rival(case, run)
            and not (set(run.words) <= known and not _listed(case, run, aliases))
        )
    ]
    return sorted(mentions, key=lambda m: m.start)


def aliases_of(case: Case) -> list[str]:
    """The value, and every reference that is a name."""
    return [case.value, *(r for r in case.references if is_name(r))]


def _literal(case: Case) -> list[Run]:
    """An alias word for word, of words too common to be seen as a name: *o estádio nacional*.

    One word alone must be the whole answer.
    """
    literal: list[Run] = []
    for name in map(plain, aliases_of(case)):
        words = name.strip(" .").split()
        telling = " ".join(w for w in words if w in content(words)) or name
        alone = rf"^{_OPENING}({re.escape(telling)})[ .!]*$"
        spelled = " (?:d[aeo]s? )?".join(map(re.escape, words))
        whole = rf"\b({spelled})\b(?! b\b)"
        literal += [
            Run(tuple(words), m.start(1), m.end(1))
            for pattern in ([alone] if len(words) < 2 else [alone, whole])
            for m in re.finditer(pattern, case.plain)
        ]
    return literal


def _overlap(left: Run, right: Run) -> bool:
    return left.start < right.end and right.start < left.end


def _listed(case: Case, run: Run, aliases: list[Run]) -> bool:
    """Named side by side with the expected one: *Louletano e Olhanense*."""
    return any(
        _SIDE_BY_SIDE.fullmatch(case.plain[min(run.end, a.end) : max(run.start, a.start)])
        for a in aliases
    )
