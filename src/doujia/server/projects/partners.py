"""Who may be named in a project: naming a tenant puts the project before its people's eyes.

- A **client**'s account owner names the client itself and any active base.
- A **base**'s manager names her own bases and, beside them, clients and bases that already work with one of hers: they share a
  project, or the client has shown her base a dataset. A base that labels for itself is its own client.
- A platform admin names any active client and base.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doujia.server.data import queries as data
from doujia.server.kernel.authz import CLIENT, MANAGER, Actor
from doujia.server.kernel.errors import Unprocessable
from doujia.server.people import queries as people
from doujia.server.people.queries import TenantView
from doujia.server.projects.models import ProjectTenant

__all__ = ["Partners", "partners", "require_partners"]


@dataclass(frozen=True)
class Partners:
    """Whom somebody may name: ``clients`` as the owner of a project (bases that label for themselves among them), ``bases`` to do its work."""

    clients: list[TenantView]
    bases: list[TenantView]


def partners(actor: Actor) -> Partners:
    """Return whom ``actor`` may name in a new project, by name."""
    mine = actor.tenants(CLIENT, MANAGER)
    known = [t for t in people.tenants_of(actor) if t.active]
    linked = [t for t in people.tenants(_linked(actor)).values() if t.active and t not in known]
    every = sorted([*known, *linked], key=lambda t: (t.name, t.id))
    owners, workers = _allowed(actor, every, mine | {t.id for t in linked} | _linked(actor))
    return Partners([t for t in every if t.id in owners], [t for t in every if t.id in workers])


def require_partners(actor: Actor, *, client: str | None, bases: Iterable[str]) -> None:
    """Refuse tenants that ``actor`` may not name; what is unknown and what is none of hers look the same.

    Raises:
        Unprocessable: ``partner_unknown``, with the field.
    """
    wanted = list(bases)
    found = people.tenants([*wanted, *([client] if client is not None else [])])
    active = [t for t in found.values() if t.active]
    owners, workers = _allowed(actor, active, actor.tenants(CLIENT, MANAGER) | _linked(actor))
    fields = []
    if client is not None and client not in owners:
        fields.append("client")
    fields += [f"bases.{i}" for i, base in enumerate(wanted) if base not in workers]
    if fields:
        zh, en = "选了不认识的单位。", "This is nobody you work with."
        raise Unprocessable(
            "partner_unknown",
            zh="有的单位不能选:只能选自己的,或者已经合作过的。",
            en="Some of these cannot be named: choose your own, or somebody you work with already.",
            fields=[{"field": f, "code": "partner_unknown", "zh": zh, "en": en} for f in fields],
        )


def _linked(actor: Actor) -> frozenset[str]:
    """Return the tenants that work with one of the actor's bases already."""
    mine = actor.tenants(MANAGER)
    if not mine:
        return frozenset()
    together = ProjectTenant.objects.filter(tenant__in=mine).values("project")
    found = ProjectTenant.objects.filter(project__in=together).values_list("tenant", flat=True).distinct()
    return frozenset(found) | data.owners_shown_to(mine)


def _allowed(actor: Actor, every: Iterable[TenantView], close: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the ids that may own and those that may do the work."""
    near, free = set(close), actor.is_admin() or bool(actor.tenants(CLIENT))
    owners, workers = set(), set()
    for one in every:
        if one.kind in ("client", "base") and (actor.is_admin() or one.id in near):
            owners.add(one.id)
        if one.kind == "base" and (free or one.id in near):
            workers.add(one.id)
    return owners, workers
