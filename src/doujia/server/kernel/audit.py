"""The append-only audit trail: who did what to which thing, written in the same transaction.

``trail`` seals and verifies it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.kernel.models import AuditEvent
from doujia.server.kernel.statements import Statement
from doujia.server.kernel.trail import Break, Report, seal, verify

__all__ = ["AuditRow", "Break", "Report", "about", "listing", "namers", "names_of", "record", "seal", "statement", "verify"]  # fmt: skip


_SHOWN = ("id", "at", "actor", "action", "thing", "tenant", "details")
_INSERT = f"INSERT INTO {AuditEvent._meta.db_table} (at, actor, action, thing, tenant, details) VALUES (%s, %s, %s, %s, %s, %s)"


def record(actor: Actor | None, action: str, thing: str = "", *, tenant: str = "", **details: Any) -> None:
    """Append one row; call it inside the transaction it tells of.

    Args:
        action: verb in the past tense with its domain, ``submission.accepted``.
        thing: ``kind:id``.
        details: JSON values; never secrets, never identity data.
    """
    with connection.cursor() as cursor:
        cursor.execute(*statement(actor, action, thing, tenant=tenant, **details))


def statement(
    actor: Actor | None, action: str, thing: str = "", *, tenant: str = "", **details: Any
) -> Statement:
    """Return what ``record`` runs, for a caller that sends it with other statements."""
    # A plain statement: it is part of every submission, and a model's save costs four times as much.
    at = connection.ops.adapt_datetimefield_value(clock.now())
    text = json.dumps(details, ensure_ascii=False, default=str)
    return _INSERT, (at, actor.person if actor else "", action, thing, tenant, text)


@dataclass(frozen=True)
class AuditRow:
    """One row as it is shown."""

    id: int
    at: datetime
    actor: str
    action: str
    thing: str
    tenant: str
    details: dict[str, Any]


namers: list[Callable[[set[str]], dict[str, str]]] = []
"""Filled by ``people``: gives the display names of those among the ids that it knows."""


def names_of(rows: Iterable[AuditRow]) -> dict[str, str]:
    """Return what those are called who did the things of ``rows``."""
    ids = {row.actor for row in rows if row.actor}
    return {key: name for namer in namers for key, name in namer(ids).items()}


def about(thing: str, action: str, *, before: int | None = None, limit: int = 50) -> list[AuditRow]:
    """Return what was done to a thing, newest first, without asking who wants it: for the rooms' own reads.

    Args:
        before: rows older than this id.
    """
    rows = AuditEvent.objects.filter(thing=thing, action=action).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [AuditRow(*row) for row in rows.values_list(*_SHOWN)[:limit]]


def listing(
    *,
    actor: Actor,
    tenant: str | None = None,
    by: str | None = None,
    action: str | None = None,
    thing: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[AuditRow]:
    """Return rows, newest first.

    Args:
        tenant: None means every tenant in which the actor may look (a platform admin: all).
        action: a whole name or, with a dot at its end, all of a domain (``role.``).
        before: rows older than this id.
    """
    rows = AuditEvent.objects.all()
    if tenant is not None:
        require(actor, "audit.view", Thing(frozenset({tenant})))
        rows = rows.filter(tenant=tenant)
    elif not actor.is_admin():
        places = actor.tenants("manager")
        require(actor, "audit.view", Thing(places))
        rows = rows.filter(tenant__in=places)
    else:
        require(actor, "audit.view")
    if action is not None:
        rows = rows.filter(action__startswith=action) if action.endswith(".") else rows.filter(action=action)
    for column, value in (("actor", by), ("thing", thing)):
        if value is not None:
            rows = rows.filter(**{column: value})
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [AuditRow(*row) for row in rows.order_by("-id").values_list(*_SHOWN)[:limit]]
