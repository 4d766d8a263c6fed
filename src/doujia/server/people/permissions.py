"""Who may do what to people, and how high each role stands.

Nobody raises their own rights or those of an equal: a role is given, taken back, and its holder's account touched,
only by somebody who stands higher in that tenant. Platform admins are made on the server's command line alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from doujia.server.kernel.authz import (
    ADMIN,
    ALL_ROLES,
    CLIENT,
    LEAD,
    MANAGER,
    TEACHER,
    TRAINER,
    VIEWER,
    WORKER,
    Actor,
    Grant,
    allow,
)  # fmt: skip

__all__ = ["RANK", "ROLES_IN", "SYSTEM", "outranks", "rank_in"]

RANK = {WORKER: 10, VIEWER: 10, TRAINER: 30, LEAD: 30, TEACHER: 30, MANAGER: 50, CLIENT: 50, ADMIN: 100}
ROLES_IN: dict[str, frozenset[str]] = {
    "base": frozenset({WORKER, LEAD, MANAGER, TEACHER, TRAINER, VIEWER}),
    "client": frozenset({CLIENT, TRAINER, VIEWER}),
    "county": frozenset({VIEWER}),
    "platform": frozenset({ADMIN, TRAINER, TEACHER, VIEWER}),
}
"""Roles that make sense in a tenant of a kind. A client's account owner is ``client``: a manager's rights stay in bases."""

SYSTEM = Actor("system", "system", (Grant(ADMIN, "platform"),))
"""The server's own command line and demo data. Compared by identity: no request can be it."""

allow("tenant.create", roles={ADMIN}, scope="admin")
allow("tenant.edit", roles={ADMIN}, scope="admin")
allow("tenant.view", roles=ALL_ROLES, scope="read")
allow("people.view", roles={LEAD, MANAGER, TEACHER, CLIENT, ADMIN}, own=True, scope="read")
allow("people.create", roles={MANAGER, CLIENT, ADMIN}, scope="admin")
allow("people.edit", roles={MANAGER, CLIENT, ADMIN}, scope="admin")
allow("people.grant", roles={MANAGER, CLIENT, ADMIN}, scope="admin")
allow("people.reset_password", roles={MANAGER, CLIENT, ADMIN}, scope="admin")
allow("people.enrolment", roles={MANAGER, ADMIN}, scope="admin")
allow("people.qualify", roles={MANAGER, TEACHER, ADMIN}, scope="admin")
allow("identity.view", roles={MANAGER, ADMIN}, own=True, scope="admin")
allow("identity.edit", roles={MANAGER, ADMIN}, own=True, scope="admin")
allow("identity.reveal", roles={MANAGER, ADMIN}, own=True, scope="admin")


def rank_in(grants: Iterable[Grant], tenant: str) -> int:
    """Return how high somebody stands in ``tenant``; a platform admin stands above everybody everywhere."""
    return max(
        (RANK[g.role] for g in grants if g.tenant == tenant or g.role == ADMIN),
        default=0,
    )


def outranks(actor: Actor, grants: Iterable[Grant]) -> bool:
    """Return whether ``actor`` stands above the holder of ``grants`` in every tenant where that person has a role.

    In every one: who is a worker in my base may be an admin elsewhere, and resetting her password here would hand me
    her rights there (CVAT CVE-2026-23526 is of this kind).
    """
    if actor is SYSTEM:
        return True
    held = list(grants)
    return all(rank_in(actor.grants, g.tenant) > RANK[g.role] for g in held)
