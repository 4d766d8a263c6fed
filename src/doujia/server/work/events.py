"""Facts that the work room publishes, inside the transaction in which they came true.

Ids of tasks and slots are the opaque strings that everybody outside the room sees; submissions are UUID strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = [
    "GoldImported",
    "DisputeSettled",
    "LeaseExpired",
    "QuestionAsked",
    "SubmissionAccepted",
    "SubmissionReceived",
    "SubmissionRejected",
    "SubmissionReopened",
    "TaskAnswered",
    "TaskCompleted",
    "TasksMade",
]


@dataclass(frozen=True)
class TasksMade:
    """Tasks were added to a project's queue."""

    project: str
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class SubmissionReceived:
    """A person handed in marks.

    Attributes:
        mode: ``work``, ``rework``, ``arbitrate``, or ``known`` (to a known task; counted and paid as work, but no part
            of the production).
        gold_due: the draw by the setting ``gold_rate`` says that her next task should be a known one.
        state: ``submitted`` or ``extra`` (the slot was taken by somebody else meanwhile); whether it is accepted
            without a check is decided after the subscribers ran, so that they may ask for one.
    """

    project: str
    task: str
    item: str
    slot: str
    submission: str
    person: str
    mode: str
    revision: int
    state: str
    active_ms: int
    guideline_version: int
    late: bool
    at: datetime
    gold_due: bool = False


@dataclass(frozen=True)
class SubmissionAccepted:
    """An answer counts.

    Attributes:
        submission: the author's answer; ``final`` the one whose marks count (another when a reviewer fixed it).
        reviewer: who checked it, None when it was accepted without a check.
        person: the author, who is paid for it.
    """

    project: str
    task: str
    item: str
    submission: str
    final: str
    person: str
    mode: str
    reviewer: str | None
    review_ms: int
    active_ms: int
    at: datetime


@dataclass(frozen=True)
class SubmissionRejected:
    """An answer goes back to its author.

    Attributes:
        errors: error class and guideline paragraph of each finding, every pair once, in the order of the findings.
    """

    project: str
    task: str
    item: str
    submission: str
    review: str
    person: str
    reviewer: str
    review_ms: int
    at: datetime
    errors: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class DisputeSettled:
    """A rejected answer that was done again since has been judged a second time (``verdict``: accept, fix, reject).

    Nothing delivered changes by it: the later answer counts. What changes is what is counted of the author.
    """

    project: str
    task: str
    submission: str
    review: str
    person: str
    reviewer: str
    verdict: str
    at: datetime


@dataclass(frozen=True)
class SubmissionReopened:
    """An answer that was handed in or accepted is open again; what followed from it has to be undone."""

    project: str
    task: str
    item: str
    submission: str
    person: str
    by: str
    was: str
    at: datetime


@dataclass(frozen=True)
class TaskAnswered:
    """Every slot of a task that wants one result of several answers has one; a check of some may still be going on."""

    project: str
    task: str
    item: str
    at: datetime


@dataclass(frozen=True)
class TaskCompleted:
    """Every slot of a task has an accepted answer."""

    project: str
    task: str
    item: str
    at: datetime


@dataclass(frozen=True)
class LeaseExpired:
    """A person held a task past its time; it is in the queue again."""

    project: str
    task: str
    person: str
    at: datetime


@dataclass(frozen=True)
class QuestionAsked:
    """A worker asks the lead."""

    project: str
    question: str
    person: str
    at: datetime


@dataclass(frozen=True)
class GoldImported:
    """The right answer of a task came in with a file."""

    project: str
    task: str
    item: str
    document: bytes
