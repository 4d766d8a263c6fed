"""Who may do what: one function, ``can(actor, action, thing)``, that denies by default.

Each domain states its rules once, in its ``permissions.py``: ``allow("project.edit", roles={MANAGER, CLIENT})``. A rule
names roles; a role counts only in a tenant that the thing belongs to. ``own=True`` also admits the person whose thing
it is. Platform admins are admitted where the rule names ``ADMIN``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doujia.server.kernel.errors import Forbidden, NotFound

__all__ = [
    "ADMIN", "ALL_ROLES", "CLIENT", "LEAD", "MANAGER", "TEACHER", "TRAINER", "VIEWER", "WORKER", "Actor", "Grant", "Rule", "Thing",
    "allow", "can", "require", "rules",
]  # fmt: skip

WORKER, LEAD, MANAGER, TEACHER = "worker", "lead", "manager", "teacher"
CLIENT, TRAINER, VIEWER, ADMIN = "client", "trainer", "viewer", "admin"
ALL_ROLES = frozenset({WORKER, LEAD, MANAGER, TEACHER, CLIENT, TRAINER, VIEWER, ADMIN})


@dataclass(frozen=True)
class Grant:
    """A role held in one tenant (base, client, county; the platform itself for admins)."""

    role: str
    tenant: str


@dataclass(frozen=True)
class Actor:
    """Who is asking. ``scopes`` limits what an API token may do; None means a person at the web."""

    person: str
    pseudonym: str = ""
    grants: tuple[Grant, ...] = ()
    scopes: frozenset[str] | None = None
    language: str = "zh-CN"
    token: str | None = None

    def tenants(self, *roles: str) -> frozenset[str]:
        """Return the tenants in which the actor holds one of ``roles`` (any role when none is named)."""
        return frozenset(g.tenant for g in self.grants if not roles or g.role in roles)

    def is_admin(self) -> bool:
        """Return whether the actor is a platform admin."""
        return any(g.role == ADMIN for g in self.grants)


@dataclass(frozen=True)
class Thing:
    """What is acted on: its tenants and, where it is somebody's own, that person."""

    tenants: frozenset[str] = frozenset()
    owner: str | None = None


@dataclass(frozen=True)
class Rule:
    """Who may do an action. ``scope`` is the token scope it needs (``read``, ``write``, ``admin``)."""

    action: str
    roles: frozenset[str] = frozenset()
    own: bool = False
    anyone: bool = False
    scope: str = "write"


_rules: dict[str, Rule] = {}


def allow(
    action: str, *, roles: Iterable[str] = (), own: bool = False, anyone: bool = False, scope: str = "write"
) -> Rule:
    """State a rule; ``anyone`` admits every logged-in person. Stating an action twice is an error."""
    rule = Rule(action, frozenset(roles), own, anyone, scope)
    unknown = rule.roles - ALL_ROLES
    if unknown:
        raise ValueError(f"unknown roles {sorted(unknown)} in the rule for {action}")
    if action in _rules and _rules[action] != rule:
        raise ValueError(f"two rules for {action}")
    _rules[action] = rule
    return rule


def rules() -> dict[str, Rule]:
    """Return all rules by action."""
    return dict(_rules)


def can(actor: Actor | None, action: str, thing: Thing | None = None) -> bool:
    """Return whether ``actor`` may do ``action`` to ``thing``; unknown actions and nobody are refused."""
    rule = _rules.get(action)
    if actor is None or rule is None:
        return False
    if actor.scopes is not None and rule.scope not in actor.scopes:
        return False
    if rule.anyone:
        return True
    if rule.own and thing is not None and thing.owner is not None and thing.owner == actor.person:
        return True
    for grant in actor.grants:
        if grant.role not in rule.roles:
            continue
        if grant.role == ADMIN or (thing is not None and grant.tenant in thing.tenants):
            return True
    return False


def require(actor: Actor | None, action: str, thing: Thing | None = None) -> None:
    """Raise unless ``can``: 404 when the thing is of a tenant the actor has no part in, else 403.

    Raises:
        NotFound: it is none of the actor's business that the thing exists.
        Forbidden: the actor belongs to the tenant but may not do this.
    """
    if can(actor, action, thing):
        return
    if (
        thing is not None
        and thing.tenants
        and actor is not None
        and not (actor.tenants() & thing.tenants)
        and not actor.is_admin()
    ):
        raise NotFound()
    raise Forbidden()
