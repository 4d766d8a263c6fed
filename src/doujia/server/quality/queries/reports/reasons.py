"""What to look at today, and why: a pure function of the figures, the surest and costliest first.

A reason is sure only when the whole interval lies on the wrong side; what is merely low is said to be so, after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doujia.server.quality.estimate import differ
from doujia.server.quality.queries.reports.figures import ClassRow, ErrorRow, PersonRow, RuleRow
from doujia.server.work.queries import Rate

__all__ = ["MOST", "Reason", "drift_reason", "firing_reason", "overturn_reason", "reasons", "waiting_reasons"]

MOST = 6
LEAST_MARKS = 10
LEAST_ANSWERS = 5
LEAST_FINDINGS = 3
MAIN_SHARE = 0.5
MANY_OVERTURNED = 0.25
ENOUGH_CHECKED = 20
"""Checked answers below which a share says little: its 95 % interval is wider than ±20 points at a half."""


@dataclass(frozen=True)
class Reason:
    """One thing to look at.

    Attributes:
        code: ``class_below``, ``class_low``, ``class_fell``, ``person_below``, ``person_low``, ``person_fell``,
            ``rule_broken``, ``error_main``, ``too_few`` (n answers wait for a check and little is known), ``questions_open``,
            ``appeals_open``, ``appeals_overdue``, ``gold_suspect`` (right answers in doubt), ``arbitrate`` (answers that
            disagree), ``person_drift`` (her known tasks ask for practice), ``reviewer_overturned``, ``firing_open`` (a rule
            acted and a human should look; ``name`` is the rule's).
        subject: the class, person, paragraph or error class; ``name`` what the viewer may call a person.
        sure: the interval leaves no doubt (95 %).
        rate: the share it is about, None where it is a count.
        n: how many errors stand behind it; ``people`` how many made them.
        more: a second subject: the class before, the error class of a paragraph.
        weight: by which they are sorted: errors beyond what the line allows, doubled when sure.
    """

    code: str
    subject: str
    name: str
    sure: bool
    rate: Rate | None
    n: int
    people: int
    more: str
    weight: float


def reasons(
    *, line: float, classes: Sequence[ClassRow], people: Sequence[PersonRow], errors: Sequence[ErrorRow], rules: Sequence[RuleRow],
    more: Sequence[Reason] = (),
) -> list[Reason]:  # fmt: skip
    """Return at most six reasons; the best class, the best person and the best rule are always among them where there are any."""
    by_class = _sorted(_class(c, line) for c in classes)
    by_person = _sorted(_person(p, line) for p in people)
    by_rule = _sorted(_rule(r) for r in rules)
    told = {r.more for r in by_rule}
    by_rule = [*by_rule, *_sorted(_main(e, errors) for e in errors[:1] if e.error_class not in told)]
    first = [group[0] for group in (by_class, by_person, by_rule) if group]
    first += [r for r in more if r.sure]
    others = _sorted([*by_class[1:], *by_person[1:], *by_rule[1:], *(r for r in more if not r.sure)])
    return _sorted([*first, *others[: MOST - len(first)]])


def waiting_reasons(
    *, checked: int, checks: int, questions: int, appeals: int, overdue: int, suspects: int, disputes: int
) -> list[Reason]:
    """Return what waits for somebody to act: appeals past their day first."""
    out = []
    if suspects:
        out.append(_count("gold_suspect", suspects, sure=False, weight=20.0 + suspects))
    if disputes:
        out.append(_count("arbitrate", disputes, sure=False, weight=5.0 + disputes))
    if overdue:
        out.append(_count("appeals_overdue", overdue, sure=True, weight=1000.0 + overdue))
    elif appeals:
        out.append(_count("appeals_open", appeals, sure=False, weight=100.0 + appeals))
    if questions:
        out.append(_count("questions_open", questions, sure=False, weight=2.0 * questions))
    if checked < ENOUGH_CHECKED and checks:
        out.append(_count("too_few", checks, sure=False, weight=float(ENOUGH_CHECKED - checked)))
    return out


def drift_reason(person: str, name: str, passed: Rate) -> Reason:
    """Return the reason of somebody whose known tasks say that practice is due."""
    wrong = round(passed.of * (1 - (passed.value or 0.0)))
    return Reason("person_drift", person, name, True, passed, wrong, 1, "", 2.0 * wrong)


def firing_reason(rule: str, name: str, people: int) -> Reason:
    """Return the reason of a rule that acted about ``people`` people and waits for somebody to look."""
    return Reason("firing_open", rule, name, True, None, people, people, "", 50.0 + people)


def overturn_reason(reviewer: str, name: str, share: Rate) -> Reason | None:
    """Return the reason of a reviewer of whose contested rejections surely more than a quarter did not stand."""
    if share.low is None or share.low <= MANY_OVERTURNED:
        return None
    return Reason(
        "reviewer_overturned",
        reviewer,
        name,
        True,
        share,
        round((share.value or 0.0) * share.of),
        1,
        "",
        2.0 * share.of,
    )


def _count(code: str, n: int, *, sure: bool, weight: float) -> Reason:
    return Reason(code, "", "", sure, None, n, 0, "", weight)


def _sorted(found: Iterable[Reason | None]) -> list[Reason]:
    return sorted(
        (r for r in found if r is not None), key=lambda r: (not r.sure, -r.weight, r.code, r.subject)
    )


def _below(rate: Rate, line: float, least: int) -> tuple[bool, float] | None:
    """Return whether it is sure and how many errors there are beyond the line; None when it is not below."""
    if rate.value is None or rate.high is None or rate.of < least or rate.value >= line:
        return None
    return rate.high < line, (line - rate.value) * rate.of


def _class(row: ClassRow, line: float) -> Reason | None:
    below = _below(row.right, line, LEAST_MARKS)
    if below is not None and below[0]:
        return Reason("class_below", row.label, "", True, row.right, row.wrong, 0, "", 2 * below[1])
    if _fell(row.right, row.before):
        return Reason("class_fell", row.label, "", True, row.right, row.wrong, 0, "", 2 * row.wrong)
    if below is None:
        return None
    return Reason("class_low", row.label, "", False, row.right, row.wrong, 0, "", below[1])


def _person(row: PersonRow, line: float) -> Reason | None:
    below, wrong = _below(row.passed, line, LEAST_ANSWERS), row.errors
    if below is not None and below[0]:
        return Reason(
            "person_below", row.person, row.name, True, row.passed, wrong, 1, row.error_class, 2 * below[1]
        )
    if _fell(row.passed, row.before):
        return Reason(
            "person_fell", row.person, row.name, True, row.passed, wrong, 1, row.error_class, 2 * wrong
        )
    if below is None:
        return None
    return Reason("person_low", row.person, row.name, False, row.passed, wrong, 1, row.error_class, below[1])


def _fell(now: Rate, before: Rate) -> bool:
    if now.value is None or before.value is None:
        return False
    return now.value < before.value and differ(now, before)


def _rule(row: RuleRow) -> Reason | None:
    """Several people who break one paragraph point at the paragraph rather than at themselves."""
    if row.n < LEAST_FINDINGS:
        return None
    code = "rule_unclear" if row.people > 1 else "rule_broken"
    return Reason(code, row.rule, "", False, None, row.n, row.people, row.error_class, row.n * row.people / 2)


def _main(row: ErrorRow, errors: Sequence[ErrorRow]) -> Reason | None:
    whole = sum(e.n for e in errors)
    if row.n < LEAST_FINDINGS or row.n < MAIN_SHARE * whole:
        return None
    return Reason("error_main", row.error_class, "", False, None, row.n, row.people, row.label, row.n / 2)
