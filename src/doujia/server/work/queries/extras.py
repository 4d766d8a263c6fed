"""Answers that came when their slot was taken, and what a lead must see to decide about one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from doujia.marks import ImageMedia, Mark
from doujia.server.kernel.api import cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import NotFound
from doujia.server.work import neighbours, opaque, queues
from doujia.server.work.models import Lease, Submission, Task
from doujia.server.work.queries.detail import shown_item
from doujia.server.work.queries.history import RevisionView, reviews_of, view_of

__all__ = ["ExtraDetail", "ExtraPage", "ExtraRow", "Remark", "extra", "extras"]

MOST_REMARKS = 50


class _Marks(msgspec.Struct):
    """What of an answer is compared."""

    marks: list[Mark]


@dataclass(frozen=True)
class ExtraRow:
    """An answer that came when its slot was taken."""

    id: str
    task: str
    name: str
    person: str
    person_name: str
    marks: int
    active_ms: int
    late: bool
    at: datetime


@dataclass(frozen=True)
class ExtraPage:
    """A page of extras and the cursor of the next."""

    items: list[ExtraRow]
    next: str | None


@dataclass(frozen=True)
class Remark:
    """One thing that differs, in words; ``standing`` and ``extra`` are the marks it is about."""

    code: str
    standing: str | None
    extra: str | None
    zh: str
    en: str


@dataclass(frozen=True)
class ExtraDetail:
    """An extra beside what its slot has now.

    Attributes:
        standing: the answer that fills the slot, None while nobody has.
        holder: who works on the slot just now, empty when nobody does.
        item: name, media and signed addresses.
        remarks: how the extra differs from ``standing``, matched by likeness as graders do: two people's marks share no ids.
    """

    project: str
    extra: RevisionView
    standing: RevisionView | None
    holder: str
    item: dict[str, Any]
    remarks: list[Remark]


def extra(*, actor: Actor, submission: str) -> ExtraDetail:
    """Return an extra, decided or not, with what stands in its place.

    Raises:
        NotFound: there is none, or it never was an extra.
    """
    try:
        row = Submission.objects.filter(id=UUID(submission), reply="extra").first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("submission_not_found", zh="没有这份提交。", en="There is no such submission.")
    queue = queues.by_id(row.queue_id)
    thing = neighbours.thing(queue.project)
    require(actor, "work.board", thing)
    others = Submission.objects.filter(slot=row.slot).exclude(id=row.id).exclude(state__in=("extra", "aside"))
    fix = others.filter(mode="fix", state="accepted").order_by("-revision").first()
    standing = fix or others.exclude(mode="fix").order_by("-revision").first()
    lease = Lease.objects.filter(id=row.slot).first()
    task = Task.objects.get(id=row.task_id)
    people = {row.person, *([standing.person] if standing else []), *([lease.holder] if lease else [])}
    names = neighbours.names_for(actor, thing, people)
    checks = reviews_of([row.id, *([standing.id] if standing else [])])
    item = neighbours.items([task.item]).get(task.item)
    shown = shown_item(item, f"extra:{row.id}:{actor.person}")
    return ExtraDetail(
        project=queue.project, extra=view_of(row, names.get(row.person, ""), checks.get(row.id, []), True),
        standing=view_of(standing, names.get(standing.person, ""), checks.get(standing.id, []), True) if standing else None,
        holder=names.get(lease.holder, "") if lease else "", item=shown,
        remarks=_remarks(queue.project, standing, row, item) if standing else [],
    )  # fmt: skip


def _remarks(project: str, standing: Submission, row: Submission, item: Any) -> list[Remark]:
    from doujia.metrics import explain  # numpy: only where somebody looks

    mine, hers = (msgspec.json.decode(s.document, type=_Marks).marks for s in (standing, row))
    media = item.media if item is not None else None
    size = (media.width, media.height) if isinstance(media, ImageMedia) else None
    found = explain(mine, hers, schema=neighbours.setup(project).schema, size=size, media=media)
    return [Remark(d.code, d.truth, d.guess, d.zh, d.en) for d in found[:MOST_REMARKS]]


def extras(*, actor: Actor, project: str, cursor: str | None = None, limit: int = 50) -> ExtraPage:
    """Return answers that came when their slot was taken, newest first: for the lead to look at."""
    thing = neighbours.thing(project)
    require(actor, "work.board", thing)
    queue = queues.find(project)
    if queue is None:
        return ExtraPage([], None)
    after = cursor_decode(cursor, 1)
    found = Submission.objects.filter(queue_id=queue.id, state="extra")
    if after is not None:
        found = found.filter(received_at__lt=datetime.fromisoformat(str(after[0])))
    rows = list(found.order_by("-received_at")[: limit + 1])
    tasks = {t.id: t for t in Task.objects.filter(id__in={r.task_id for r in rows[:limit]})}
    items = neighbours.items({t.item for t in tasks.values()})
    names = neighbours.names_for(actor, thing, {r.person for r in rows})
    more = cursor_encode(rows[limit - 1].received_at.isoformat()) if len(rows) > limit else None
    return ExtraPage(
        [
            ExtraRow(
                str(r.id), opaque.encode(r.task_id), getattr(items.get(tasks[r.task_id].item), "name", ""), r.person,
                names.get(r.person, ""), r.marks, r.active_ms, r.late, r.received_at,
            )
            for r in rows[:limit]
        ],
        more,
    )  # fmt: skip
