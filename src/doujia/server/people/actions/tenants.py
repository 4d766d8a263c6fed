"""Bases, clients, county offices."""

from __future__ import annotations

import unicodedata

from django.db import IntegrityError, transaction

from doujia.server.kernel import audit, clock, db
from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.kernel.errors import Conflict, NotFound, Unprocessable
from doujia.server.people import sessions
from doujia.server.people.models import Tenant
from doujia.server.people.permissions import ROLES_IN

__all__ = ["clean_name", "create_tenant", "edit_tenant"]


def clean_name(text: str, *, field: str = "name", length: int = 80) -> str:
    """Return a name as it is stored: NFC, single spaces, nothing invisible.

    Raises:
        Unprocessable: empty, too long, or with control or direction characters (they fake other names).
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if (
        not name
        or len(name) > length
        or any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") for c in name)
    ):
        zh = f"名字要有 1 到 {length} 个字,不能有看不见的符号。"
        en = f"A name has 1 to {length} characters and nothing invisible."
        raise Unprocessable(
            "name_invalid", zh=zh, en=en, fields=[{"field": field, "code": "name", "zh": zh, "en": en}]
        )
    return name


def create_tenant(*, actor: Actor, kind: str, name: str) -> str:
    """Create a base, client or county office and return its id.

    Raises:
        Conflict: ``tenant_exists``.
    """
    require(actor, "tenant.create")
    if kind not in ROLES_IN:
        raise Unprocessable(
            "tenant_kind",
            zh="种类只能是 base、client、county、platform。",
            en="The kind is base, client, county or platform.",
        )
    with db.write():
        try:
            with transaction.atomic():
                tenant = Tenant.objects.create(
                    kind=kind, name=clean_name(name, length=120), created_at=clock.now()
                )
        except IntegrityError as error:
            raise Conflict(
                "tenant_exists", zh="已经有同名的了。", en="There is one of this name already."
            ) from error
        audit.record(
            actor, "tenant.created", f"tenant:{tenant.id}", tenant=tenant.id, kind=kind, name=tenant.name
        )
    return str(tenant.id)


def edit_tenant(*, actor: Actor, tenant: str, name: str | None = None, active: bool | None = None) -> None:
    """Rename a tenant, or close and reopen it; in a closed one no role counts."""
    with db.write():
        row = Tenant.objects.filter(id=tenant).first()
        if row is None:
            raise NotFound
        require(actor, "tenant.edit", Thing(frozenset({tenant})))
        changed: dict[str, object] = {}
        if name is not None:
            row.name = changed["name"] = clean_name(name, length=120)
        if active is not None:
            row.active = changed["active"] = active
        if Tenant.objects.filter(kind=row.kind, name=row.name).exclude(id=row.id).exists():
            raise Conflict("tenant_exists", zh="已经有同名的了。", en="There is one of this name already.")
        row.save()
        if active is not None:
            sessions.forget_all()
        audit.record(actor, "tenant.edited", f"tenant:{tenant}", tenant=tenant, **changed)
