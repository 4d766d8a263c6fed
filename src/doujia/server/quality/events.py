"""Facts that the quality room publishes, inside the transaction in which they came true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["AppealDecided", "AppealFiled", "PracticeRecommended"]


@dataclass(frozen=True)
class PracticeRecommended:
    """A person would gain from practising something: her answer was returned for it.

    Attributes:
        error_class: of the project's list; ``rule`` the paragraph of its guideline, when the verdict named one.
        source: what led to it, ``review:<id>``.
    """

    project: str
    person: str
    error_class: str
    rule: str | None
    source: str
    at: datetime


@dataclass(frozen=True)
class AppealFiled:
    """A worker says that a rejection is wrong; somebody else will check the answer again, blind."""

    project: str
    task: str
    submission: str
    appeal: str
    person: str
    due_at: datetime
    at: datetime


@dataclass(frozen=True)
class AppealDecided:
    """The second verdict is there.

    Attributes:
        outcome: ``overturned`` (the answer was right), ``partly`` (good enough after a correction: accepted, but not
            counted as right) or ``upheld`` (the rejection stands).
        reviewer: who gave the first verdict; ``decided_by`` the second.
        moved_on: the task had been done again meanwhile; the answer is paid for by this decision, not by an acceptance.
    """

    project: str
    task: str
    submission: str
    appeal: str
    person: str
    reviewer: str
    decided_by: str
    outcome: str
    moved_on: bool
    at: datetime
