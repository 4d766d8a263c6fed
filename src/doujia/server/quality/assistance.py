"""What the machine's suggestions do to people's answers: those that saw them beside those that did not, added up.

A share of the tasks is shown without suggestions (``prelabel_share``). If people then find what they overlook beside a
suggestion, or agree less, the suggestions lead them: automation bias.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

import msgspec

from doujia.marks import Mark
from doujia.server.quality.votes import Votes, arm_of
from doujia.server.work.queries import SuggestedAnswer

__all__ = ["Arm", "Arms", "add_known", "add_row", "add_votes"]


@dataclass
class Arm:
    """The sums of one arm; ``ms`` are active milliseconds of each answer, ``submissions`` its answers."""

    answers: int = 0
    marks: int = 0
    kept: int = 0
    moved: int = 0
    relabelled: int = 0
    removed: int = 0
    added: int = 0
    checked: int = 0
    passed: int = 0
    checked_marks: int = 0
    wrong_marks: int = 0
    known: int = 0
    known_right: int = 0
    ms: list[int] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    submissions: set[str] = field(default_factory=set)

    def columns(self) -> dict[str, Any]:
        """Return the sums as the table has them."""
        names = (
            "answers", "marks", "kept", "moved", "relabelled", "removed", "added", "checked", "passed", "checked_marks",
            "wrong_marks", "known", "known_right",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "people": len(self.people),
            "median_ms": round(median(self.ms)) if self.ms else None,
            "suggested": self.kept + self.moved + self.relabelled + self.removed,
        }


Arms = dict[str, Arm]


class _Document(msgspec.Struct):
    marks: list[Mark] = []


class _Counts(msgspec.Struct):
    accepted: int = 0
    moved: int = 0
    relabelled: int = 0
    deleted: int = 0
    added: int = 0


def add_row(arms: Arms, answer: SuggestedAnswer) -> None:
    """Add an answer to a task that has suggestions."""
    marks = msgspec.json.decode(answer.document, type=_Document).marks
    name = arm_of(answer.suggested, marks, answer.provenance)
    if not name:
        return
    arm = arms.setdefault(name, Arm())
    counts = msgspec.json.decode(answer.provenance, type=_Counts)
    arm.answers += 1
    arm.marks += len(marks)
    arm.people.add(answer.person)
    arm.submissions.add(answer.submission)
    if answer.active_ms > 0:
        arm.ms.append(answer.active_ms)
    if name == "assisted":
        arm.kept += counts.accepted
        arm.moved += counts.moved
        arm.relabelled += counts.relabelled
        arm.removed += counts.deleted
        arm.added += counts.added
    else:
        arm.added += len(marks)


def add_known(arms: Arms, submission: str, passed: bool, marks: int, wrong: int) -> None:
    """Add what a reviewer said of an answer."""
    for arm in arms.values():
        if submission in arm.submissions:
            arm.checked += 1
            arm.passed += passed
            arm.checked_marks += marks
            arm.wrong_marks += wrong


def add_votes(arms: Arms, votes: Votes) -> None:
    """Add how often people said what an arbiter decided."""
    for one in votes.objects:
        if one.truth is None:
            continue
        for person, said in one.said.items():
            name = votes.arms[one.task][person]
            if name:
                arm = arms.setdefault(name, Arm())
                arm.known += 1
                arm.known_right += said == one.truth
