"""Answers that were given: a person's own, all revisions of a task, what changed between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from doujia.server.kernel.api import cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor, can, require
from doujia.server.kernel.errors import Forbidden, NotFound
from doujia.server.work import known, neighbours, opaque, queues
from doujia.server.work.models import Lease, Ready, Review, Submission, Task

__all__ = [
    "Change",
    "Difference",
    "MinePage",
    "MineRow",
    "RevisionView",
    "difference",
    "mine",
    "reviews_of",
    "revisions",
    "view_of",
]


@dataclass(frozen=True)
class MineRow:
    """One of a person's answers. ``to_redo``: it came back and waits for her."""

    id: str
    task: str
    project: str
    name: str
    state: str
    mode: str
    revision: int
    marks: int
    active_ms: int
    at: datetime
    to_redo: bool
    findings: Any


@dataclass(frozen=True)
class MinePage:
    """A page of answers and the cursor of the next."""

    items: list[MineRow]
    next: str | None


@dataclass(frozen=True)
class RevisionView:
    """An answer with its marks. ``name`` is what the viewer may call its author."""

    id: str
    task: str
    slot: str
    person: str
    name: str
    state: str
    mode: str
    revision: int
    guideline_version: int
    schema_version: int
    late: bool
    active_ms: int
    at: datetime
    marks: Any
    relations: Any
    item_attrs: Any
    provenance: Any
    reviews: list[dict[str, Any]]


@dataclass(frozen=True)
class Change:
    """A mark that is in both answers, and the fields that differ."""

    id: str
    fields: list[str]


@dataclass(frozen=True)
class Difference:
    """What ``after`` changed: mark ids, in the order of the answer that has them."""

    before: str
    after: str
    added: list[str]
    removed: list[str]
    changed: list[Change]
    item_attrs: list[str]


def mine(*, actor: Actor, state: str = "", cursor: str | None = None, limit: int = 50) -> MinePage:
    """Return the caller's own answers: what came back first (on the first page), then the newest."""
    after = cursor_decode(cursor, 2)
    back = _to_redo(actor.person)
    own = Submission.objects.filter(person=actor.person).exclude(mode="fix")
    if state:
        own = own.filter(state=state)
    first: list[Submission] = []
    if after is None:
        first = list(own.filter(id__in=back).order_by("-received_at"))
    else:
        at = datetime.fromisoformat(str(after[0]))
        own = own.filter(received_at__lte=at).exclude(received_at=at, id__gte=UUID(str(after[1])))
    rest = list(own.exclude(id__in=back).order_by("-received_at", "-id")[: limit + 1])
    more = (
        cursor_encode(rest[limit - 1].received_at.isoformat(), rest[limit - 1].id)
        if len(rest) > limit
        else None
    )
    rows = first + rest[:limit]
    tasks = {t.id: t for t in Task.objects.filter(id__in={r.task_id for r in rows})}
    items = neighbours.items({t.item for t in tasks.values()})
    reviews = reviews_of([r.id for r in rows])
    return MinePage(
        [
            MineRow(
                str(r.id), opaque.encode(r.task_id), queues.by_id(r.queue_id).project,
                getattr(items.get(tasks[r.task_id].item), "name", ""), r.state, known.shown_mode(r.mode, r.revision), r.revision, r.marks, r.active_ms,
                r.received_at, r.id in back, [f for v in reviews.get(r.id, []) for f in v["findings"]],
            )
            for r in rows
        ],
        more,
    )  # fmt: skip


def _to_redo(person: str) -> set[UUID]:
    kinds = ("work", "known")
    waiting = Ready.objects.filter(person=person, kind__in=kinds, subject__isnull=False).values_list(
        "subject", flat=True
    )
    held = Lease.objects.filter(holder=person, kind__in=kinds, subject__isnull=False).values_list(
        "subject", flat=True
    )
    return {s for s in (*waiting, *held) if s is not None}


def reviews_of(submissions: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the checks of answers, oldest first."""
    out: dict[UUID, list[dict[str, Any]]] = {}
    for r in Review.objects.filter(submission__in=submissions).order_by("at"):
        out.setdefault(r.submission, []).append(
            {"id": str(r.id), "verdict": r.verdict, "state": r.reply, "at": r.at, "reviewer": r.reviewer,
             "findings": msgspec.json.decode(r.findings)}
        )  # fmt: skip
    return out


def revisions(*, actor: Actor, task: str) -> list[RevisionView]:
    """Return the answers to a task: all for whoever leads or checks, her own (with fixes of them) for a worker."""
    row = Task.objects.filter(id=opaque.decode(task)).first()
    if row is None:
        raise opaque.no_task()
    thing = neighbours.thing(queues.by_id(row.queue_id).project)
    require(actor, "work.view", thing)
    found = list(Submission.objects.filter(task_id=row.id).order_by("slot", "revision", "received_at"))
    leads = can(actor, "work.board", thing)
    if not leads:
        own = {s.slot for s in found if s.person == actor.person}
        found = [s for s in found if s.person == actor.person or (s.mode == "fix" and s.slot in own)]
    names = neighbours.names_for(actor, thing, {s.person for s in found})
    reviews = reviews_of([s.id for s in found])
    return [
        view_of(s, names.get(s.person, ""), _shown(s, actor, reviews.get(s.id, [])), leads) for s in found
    ]


def _shown(s: Submission, actor: Actor, reviews: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hide the verdicts on an answer that is being checked again: that check is blind; its author knows them."""
    return reviews if s.state not in ("submitted", "disputed") or s.person == actor.person else []


def view_of(s: Submission, name: str, reviews: list[dict[str, Any]], leads: bool) -> RevisionView:
    """Return an answer as it is shown, under the name given; ``leads``: to somebody who may know what is checked by known answers."""
    parts = msgspec.json.decode(s.document, type=dict[str, msgspec.Raw])
    return RevisionView(
        str(s.id), opaque.encode(s.task_id), opaque.encode(s.slot), s.person, name, s.state,
        s.mode if leads else known.shown_mode(s.mode, s.revision), s.revision,
        s.guideline_version, s.schema_version, s.late, s.active_ms, s.received_at, parts["marks"], parts["relations"],
        parts["item_attrs"], msgspec.Raw(s.provenance.encode()), reviews,
    )  # fmt: skip


def difference(*, actor: Actor, before: str, after: str) -> Difference:
    """Return what changed between two answers to the same task, by mark id."""
    first, second = _submission(before), _submission(after)
    if first.task_id != second.task_id:
        raise NotFound("submission_not_found", zh="没有这份提交。", en="There is no such submission.")
    thing = neighbours.thing(queues.by_id(first.queue_id).project)
    owner = first.person if second.mode == "fix" or first.person == second.person else None
    if not can(actor, "work.board", thing) and actor.person != owner:
        require(actor, "work.view", replace(thing, owner=owner))
        raise Forbidden()
    a, b = msgspec.json.decode(first.document), msgspec.json.decode(second.document)
    old, new = {m["id"]: m for m in a["marks"]}, {m["id"]: m for m in b["marks"]}
    changed = [
        Change(m, [f for f in sorted(old[m].keys() | new[m].keys()) if old[m].get(f) != new[m].get(f)])
        for m in new
        if m in old and old[m] != new[m]
    ]
    attrs = sorted(
        k
        for k in a["item_attrs"].keys() | b["item_attrs"].keys()
        if a["item_attrs"].get(k) != b["item_attrs"].get(k)
    )
    return Difference(
        before,
        after,
        [m for m in new if m not in old],
        [m for m in old if m not in new],
        changed,
        attrs,
    )


def _submission(text: str) -> Submission:
    try:
        found = Submission.objects.filter(id=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("submission_not_found", zh="没有这份提交。", en="There is no such submission.")
    return found
