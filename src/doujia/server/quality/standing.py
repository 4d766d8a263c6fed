"""What counts of a person's checked work and how much of it is to be checked next: pure functions.

Nothing here may touch pay or access but ``consensus.people.check_line`` over a closed week; a person at the line is found
below it by chance in at most one week of a hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from doujia.server.work.queries import VerdictRow

__all__ = ["FEW", "Judged", "Tally", "judged", "share_for", "tally"]

FEW = 30
"""Checked answers below which a person counts as new here."""


@dataclass(frozen=True)
class Tally:
    """Verdicts on a person's first tries, known tasks beside them."""

    passed: int = 0
    fixed: int = 0
    returned: int = 0
    overturned: int = 0
    pending: int = 0
    minor: int = 0
    gold: int = 0
    gold_right: int = 0

    @property
    def right(self) -> int:
        """Answers found right: passed as they were, or corrected in small things only; known tasks passed."""
        return self.passed + self.minor + self.gold_right

    @property
    def total(self) -> int:
        """All that was counted."""
        return self.passed + self.fixed + self.returned + self.gold


@dataclass(frozen=True)
class Judged:
    """An appeal as far as counting goes: the rejecting review, and what became of it."""

    review: str
    state: str


def judged(verdict: VerdictRow, appeals: Mapping[str, Judged]) -> str | None:
    """Return how a verdict counts: passed, minor, fixed, returned, overturned, pending; None where it does not.

    Only first tries count: what came back is checked again always, and would weigh doubly. An answer that was appealed
    counts once, by the outcome, in the week of the rejection.
    """
    if not verdict.counted or verdict.revision != 1 or verdict.mode != "work":
        return None
    appeal = appeals.get(verdict.submission)
    if appeal is not None:
        if appeal.review != verdict.review:
            return None  # the second verdict: it shows in the outcome
        if appeal.state in ("open", "moot"):
            return "pending" if appeal.state == "open" else None
        if appeal.state in ("overturned", "partly"):
            return "overturned" if appeal.state == "overturned" else "fixed"
    if verdict.verdict == "fix":
        small = verdict.findings and all(f.get("severity") == "minor" for f in verdict.findings)
        return "minor" if small else "fixed"
    return {"accept": "passed", "reject": "returned"}[verdict.verdict]


def tally(verdicts: Iterable[VerdictRow], appeals: Mapping[str, Judged]) -> dict[str, Tally]:
    """Count verdicts by author."""
    out: dict[str, Tally] = {}
    for verdict in verdicts:
        how = judged(verdict, appeals)
        if how is None:
            continue
        t = out.get(verdict.person, Tally())
        if how == "overturned":
            t = replace(t, overturned=t.overturned + 1, passed=t.passed + 1)
        elif how == "minor":
            t = replace(t, minor=t.minor + 1, fixed=t.fixed + 1)
        else:
            t = replace(t, **{how: getattr(t, how) + 1})
        out[verdict.person] = t
    return out


def share_for(
    right: int, total: int, low: float, high: float, *, line: float, newcomer: float, floor: float
) -> tuple[float, str]:
    """Return the share of a person's answers to check next, and why.

    Args:
        right, total: of her last closed weeks together; ``low``, ``high`` the 95 % interval of the share.

    Returns:
        ``newcomer`` while fewer than 30 were counted; ``proven`` (the floor) when even the lower bound reaches the line;
        ``likely`` when the share does; ``doubtful`` when only the upper bound does; ``below`` when not even that.
        More checking is no penalty: every check is an answer she is paid for, and a chance to show it.
    """
    if total < FEW:
        return newcomer, "newcomer"
    if low >= line:
        return floor, "proven"
    if right >= line * total:
        return max(floor, newcomer / 4), "likely"
    if high >= line:
        return max(floor, newcomer / 2), "doubtful"
    return newcomer, "below"
