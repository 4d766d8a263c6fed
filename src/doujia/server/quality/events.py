"""Facts that the quality room publishes, inside the transaction in which they came true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

__all__ = [
    "AnswerGraded",
    "AppealDecided",
    "AppealFiled",
    "GoldCorrected",
    "PersonDrifts",
    "PracticeFinished",
    "PracticeRecommended",
    "RecordClosed",
    "RuleFired",
]


@dataclass(frozen=True)
class PracticeRecommended:
    """A person would gain from practising something: her answer was returned for it, or she fails known tasks by it.

    Attributes:
        error_class: of the project's list; ``rule`` the paragraph of its guideline, when the verdict named one.
        source: what led to it, ``review:<id>`` or ``gold``.
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


@dataclass(frozen=True)
class RecordClosed:
    """What was counted of a person in a project in one week is settled.

    Attributes:
        week: its Monday. right, total: of the answers that were checked and the known tasks.
        below: the only ground for a consequence for pay or access: the upper bound of her share of right answers lies
            below ``line``.
        corrected: the week had been closed before; an appeal or a corrected known answer changed it.
    """

    project: str
    person: str
    week: date
    right: int
    total: int
    line: float
    below: bool
    corrected: bool
    at: datetime


@dataclass(frozen=True)
class AnswerGraded:
    """A person's first answer to a known task was compared with what is right.

    Attributes:
        graded: id of the result. score: 0..1. passed: by the pass lines of the project.
        counted: False while the right answer is in doubt.
        at: when she handed it in.
    """

    project: str
    task: str
    submission: str
    person: str
    graded: str
    score: float
    passed: bool
    counted: bool
    at: datetime


@dataclass(frozen=True)
class PersonDrifts:
    """The cumulative sum over a person's known tasks has acted: she should practise. Never a reason for less pay.

    Attributes:
        graded, passed: her counted results in the project so far.
    """

    project: str
    person: str
    graded: int
    passed: int
    at: datetime


@dataclass(frozen=True)
class GoldCorrected:
    """A right answer was put right and everybody graded anew; ``people`` are those whose result changed."""

    project: str
    task: str
    gold: str
    version: int
    people: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class PracticeFinished:
    """A person went through the tasks of a practice pool.

    Attributes:
        kind: training, exam or retry. right: first answers that were right, of ``size``.
        state: done; for an exam passed or failed.
    """

    project: str
    person: str
    run: str
    kind: str
    right: int
    size: int
    state: str
    at: datetime


@dataclass(frozen=True)
class RuleFired:
    """A rule of a project has acted about a person; ``actions`` says what it does, never a ban and never less pay."""

    project: str
    person: str
    rule: str
    version: int
    firing: str
    actions: list[str]
    at: datetime
