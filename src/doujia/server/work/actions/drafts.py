"""Keeping what is not finished: the latest draft of a task, from a snapshot or from deltas on the one before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from doujia.errors import InputError
from doujia.marks import Mark, Relation
from doujia.marks.deltas import Delta, Document, apply
from doujia.server.kernel import clock, group_commit
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import Conflict, Unprocessable
from doujia.server.work import neighbours
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions.leases import leased_slot
from doujia.server.work.models import Draft

__all__ = ["DraftSent", "Kept", "save_draft"]

LARGEST = 16 * 1024 * 1024
"""Bytes of a draft's document."""


@dataclass(frozen=True)
class DraftSent:
    """What the bench sends: a whole snapshot (``base`` None), or the deltas after ``base``."""

    seq: int
    base: int | None = None
    deltas: list[Delta] = field(default_factory=list)
    marks: list[dict[str, Any]] | None = None
    relations: list[dict[str, Any]] = field(default_factory=list)
    item_attrs: dict[str, Any] = field(default_factory=dict)
    active_ms: int = 0


@dataclass(frozen=True)
class Kept:
    """What is kept now, and until when the task is hers (None: the lease is over, the draft is kept)."""

    seq: int
    until: datetime | None


def save_draft(*, actor: Actor, task: str, lease: str, sent: DraftSent) -> Kept:
    """Keep a draft and extend the lease (the whole pack's, so that prefetched tasks stay hers).

    An older snapshot never replaces a newer one: two browsers, or a late request. What is kept is answered.

    Raises:
        Conflict: ``draft_base_unknown``, the deltas do not follow what is kept here; send a snapshot.
    """
    row, queue, token = leased_slot(task, lease, actor)
    minutes = neighbours.setup(queue.project).settings.lease_minutes

    def keep() -> Kept:
        now = clock.now()
        old = Draft.objects.filter(task_id=row.id, person=actor.person).first()
        if old is not None and old.seq > sent.seq and sent.base is None:
            seq = old.seq
        else:
            document = _document(old, sent)
            Draft.objects.update_or_create(
                task_id=row.id, person=actor.person,
                defaults={"seq": sent.seq, "document": document, "active_ms": sent.active_ms, "at": now},
            )  # fmt: skip
            seq = sent.seq
        until = now + timedelta(minutes=minutes)
        held = sql.run(
            "UPDATE work_lease SET until = %s WHERE id = %s AND holder = %s",
            (sql.time(until), token.slot, actor.person),
        )
        if held:
            sql.run(
                "UPDATE work_lease SET until = %s WHERE holder = %s AND queue_id = %s AND until < %s",
                (sql.time(until), actor.person, queue.id, sql.time(until)),
            )
        return Kept(seq, until if held else None)

    return group_commit.run(keep)


def _document(old: Draft | None, sent: DraftSent) -> str:
    if sent.base is None:
        if sent.marks is None:
            raise Unprocessable(
                "draft_empty",
                zh="草稿里没有内容。",
                en="A draft is a snapshot (marks) or deltas after a base.",
            )
        document = Document(sent.marks, sent.relations, sent.item_attrs)
    else:
        if old is None or old.seq != sent.base:
            raise Conflict(
                "draft_base_unknown",
                zh="服务器上的草稿不是这一份,会整份重发。",
                en="The draft kept here is another; send a snapshot.",
                seq=old.seq if old else None,
            )
        document = msgspec.json.decode(old.document, type=Document)
        try:
            for delta in sent.deltas:
                document = apply(document, delta)
        except (InputError, KeyError) as error:
            raise Conflict(
                "draft_base_unknown",
                zh="草稿的改动对不上,会整份重发。",
                en="These deltas do not fit the draft kept here; send a snapshot.",
                seq=old.seq,
            ) from error
    _check(document)
    text = msgspec.json.encode(document)
    if len(text) > LARGEST:
        raise Unprocessable("draft_too_large", zh="草稿太大了。", en="The draft is too large (16 MiB).")
    return text.decode()


def _check(document: Document) -> None:
    # Only the form: a draft may be unfinished, but it must come back as marks that the bench can draw.
    try:
        msgspec.convert(document.marks, list[Mark])
        msgspec.convert(document.relations, list[Relation])
    except msgspec.ValidationError as error:
        raise Unprocessable(
            "invalid_marks", zh=f"标注的内容不对:{error}。", en=f"These are not marks: {error}."
        ) from error
