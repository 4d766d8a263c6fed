"""API tokens: made by a person for a program, shown once, ended at any time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from doujia.server.kernel import audit, clock, db
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import Forbidden, NotFound, Unprocessable
from doujia.server.people import sessions
from doujia.server.people.actions.persons import invalid
from doujia.server.people.actions.tenants import clean_name
from doujia.server.people.models import ApiToken

__all__ = ["MadeToken", "create_token", "revoke_token"]

PREFIX = "dj_"
MOST, MAX_DAYS = 50, 366


@dataclass(frozen=True)
class MadeToken:
    """A new token; ``token`` is told this once."""

    id: str
    token: str
    hint: str
    expires_at: datetime


def create_token(*, actor: Actor, name: str, scope: str, days: int, tenant: str = "") -> MadeToken:
    """Make a token that may do what its maker may, within ``scope``.

    Args:
        scope: ``read``; ``write``, which contains it; ``admin`` (people, webhooks, audit), which contains both.
        tenant: when given, only the roles held there count.

    Raises:
        Forbidden: a token makes no token.
        Unprocessable: unknown scope, days outside 1 to 366, or too many tokens.
    """
    if actor.token is not None:
        raise Forbidden
    if scope not in sessions.SCOPES:
        raise invalid("scope", "范围只能是 read、write 或 admin。", "The scope is read, write or admin.")
    if not 1 <= days <= MAX_DAYS:
        raise invalid("days", f"有效期是 1 到 {MAX_DAYS} 天。", f"A token lives for 1 to {MAX_DAYS} days.")
    if tenant and tenant not in actor.tenants():
        raise NotFound("tenant_not_found")
    secret, now = PREFIX + secrets.token_urlsafe(32), clock.now()
    with db.write():
        if (
            ApiToken.objects.filter(person_id=actor.person, revoked_at=None, expires_at__gt=now).count()
            >= MOST
        ):
            raise Unprocessable(
                "token_many", zh=f"最多 {MOST} 个令牌。", en=f"There may be at most {MOST} tokens."
            )
        row = ApiToken.objects.create(
            person_id=actor.person, name=clean_name(name), digest=sessions.digest_of(secret), hint=secret[:7] + "…", scope=scope,
            tenant=tenant, created_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        audit.record(actor, "token.created", f"token:{row.id}", tenant=tenant, scope=scope, days=days)
    return MadeToken(row.id, secret, row.hint, row.expires_at)


def revoke_token(*, actor: Actor, token: str) -> None:
    """End one of one's own tokens, now."""
    with db.write():
        row = ApiToken.objects.filter(id=token, person_id=actor.person, revoked_at=None).first()
        if row is None:
            raise NotFound("token_not_found")
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
        sessions.forget_all()
        audit.record(actor, "token.revoked", f"token:{token}", tenant=row.tenant)
