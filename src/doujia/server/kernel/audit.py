"""The append-only audit trail: who did what to which thing, written in the same transaction."""

from __future__ import annotations

from typing import Any

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.models import AuditEvent

__all__ = ["record"]


def record(actor: Actor | None, action: str, thing: str = "", *, tenant: str = "", **details: Any) -> None:
    """Append one row; call it inside the transaction it tells of.

    Args:
        action: verb in the past tense with its domain, ``submission.accepted``.
        thing: ``kind:id``.
        details: JSON values; never secrets, never identity data.
    """
    AuditEvent.objects.create(
        at=clock.now(),
        actor=actor.person if actor else "",
        action=action,
        thing=thing,
        tenant=tenant,
        details=details,
    )
