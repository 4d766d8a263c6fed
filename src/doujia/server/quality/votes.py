"""What each person says of each object: the rows on which agreement, skills and copying are computed. No database here.

An object is something that at least one person drew on an item, or an attribute of the item. Everybody who saw the item
says something of it: a class, a value, or that it is not there (``ABSENT``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from doujia.marks import Mark, Schema
from doujia.server.quality import fusing
from doujia.server.work.queries import Standing

__all__ = ["ABSENT", "Arm", "ObjectVotes", "Votes", "arm_of", "collect"]

ABSENT = "∅"
"""Nothing is there; kept as "" in tables."""
CHUNK = 100
"""Tasks fused at once: their people's errors are learnt together, and memory stays small."""
Arm = Literal["blind", "assisted", ""]


@dataclass(frozen=True)
class ObjectVotes:
    """One object and what was said of it.

    Attributes:
        key: unique. task: whose item it is on. said: ``{person: label}``. truth: what an arbiter decided, None without one.
        shapes: the marks drawn, ``{person: mark}``.
    """

    key: str
    task: str
    said: dict[str, str]
    truth: str | None
    shapes: dict[str, Mark]


@dataclass
class Votes:
    """All objects of some tasks.

    Attributes:
        arms: ``{task: {person: arm}}``. active_ms: ``{(task, person): ms}``. suggested: ``{task: pre-label marks}``.
    """

    objects: list[ObjectVotes] = field(default_factory=list)
    arms: dict[str, dict[str, Arm]] = field(default_factory=dict)
    active_ms: dict[tuple[str, str], int] = field(default_factory=dict)
    suggested: dict[str, list[Mark]] = field(default_factory=dict)


class _Provenance(msgspec.Struct):
    accepted: int = 0
    moved: int = 0
    relabelled: int = 0
    deleted: int = 0
    deleted_prelabels: list[str] = []


def arm_of(prelabels: int, marks: Iterable[Mark], provenance: str) -> Arm:
    """Return whether the author saw suggestions: each that was shown was kept, changed or removed, and leaves a trace.

    Args:
        prelabels: how many suggestions the task has; with none there is nothing to see ("").
        provenance: JSON as it was handed in.
    """
    if not prelabels:
        return ""
    said = msgspec.json.decode(provenance, type=_Provenance)
    if said.accepted or said.moved or said.relabelled or said.deleted or said.deleted_prelabels:
        return "assisted"
    traces = (m.origin is not None and (m.origin.prelabel_of or m.origin.by == "model") for m in marks)
    return "assisted" if any(traces) else "blind"


def collect(tasks: Sequence[Standing], schema: Schema) -> Votes:
    """Fuse the answers to tasks and return what each person says of each object.

    Raises:
        InputError: a mark cannot be fused.
    """
    votes = Votes()
    for start in range(0, len(tasks), CHUNK):
        part = tasks[start : start + CHUNK]
        fused = fusing.fuse(part, schema)
        for task in part:
            _add(votes, task, fused[task.task])
    return votes


def _add(votes: Votes, task: Standing, fused: fusing.Fused) -> None:
    given = {a.person: fusing.document_of(a.document) for a in task.answers}
    suggested = msgspec.json.decode(task.prelabels or "[]", type=list[Mark])
    votes.suggested[task.task] = suggested
    votes.arms[task.task] = {
        a.person: arm_of(len(suggested), given[a.person].marks, a.provenance) for a in task.answers
    }
    votes.active_ms |= {(task.task, a.person): a.active_ms for a in task.answers}
    decided = fusing.document_of(task.decision) if task.decision is not None else None
    found = [*fused.annotation.marks, *fused.annotation.dropped]
    truths, missed = _truths(decided.marks if decided is not None else None, [o.mark for o in found])
    from doujia.consensus.structured import Absent

    for n, one in enumerate(found):
        said = {p: ABSENT if v == Absent else v or "-" for p, v in one.said.items()}
        shapes = {p: m for p in one.sources for m in given[p].marks if m.id == one.sources[p]}
        votes.objects.append(ObjectVotes(f"{task.task}:{n}", task.task, said, truths[n], shapes))
    for n, label in enumerate(missed):  # everybody missed it
        said = dict.fromkeys(given, ABSENT)
        votes.objects.append(ObjectVotes(f"{task.task}:missed{n}", task.task, said, label, {}))
    for value in fused.annotation.values:
        said = {p: _value(value.name, v) for p, v in value.said.items()}
        truth = _value(value.name, decided.item_attrs.get(value.name)) if decided is not None else None
        votes.objects.append(ObjectVotes(f"{task.task}:@{value.name}", task.task, said, truth, {}))


def _value(name: str, value: Any) -> str:
    if value is None:
        return ABSENT
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"{name}={text}"[:200]


def _truths(decided: Sequence[Mark] | None, objects: Sequence[Mark]) -> tuple[list[str | None], list[str]]:
    """Return the true label of each object by an arbiter's decision, and the labels of what is in none of them."""
    if decided is None:
        return [None] * len(objects), []
    from doujia.metrics import match

    found = match(decided, objects, threshold=0.4)
    truths: list[str | None] = [ABSENT] * len(objects)
    for pair in found.pairs:
        truths[pair.guess] = decided[pair.truth].label or "-"
    return truths, [decided[i].label or "-" for i in found.missed]
