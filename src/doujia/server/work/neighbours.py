"""What the work room asks of the rooms below: projects for the rules, data for the items, people for skills.

One place, so that the rest of the room speaks of settings and items only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from doujia.server.kernel.authz import LEAD, MANAGER, Actor, Thing

__all__ = ["is_running", "items", "names_for", "qualified", "setup", "signed_urls", "thing"]


def setup(project: str) -> Any:
    """Return the project's set-up (cached below, by version).

    Raises:
        NotFound: there is no such project.
    """
    from doujia.server.projects import queries

    return queries.setup(project)


def thing(project: str) -> Thing:
    """Return whose project it is, for ``can()``."""
    from doujia.server.projects import queries

    return queries.thing(project)


def items(ids: Iterable[str]) -> dict[str, Any]:
    """Return items by id, in a number of queries that does not grow with them."""
    from doujia.server.data import queries

    return queries.get_items(list(ids))


def signed_urls(item: Any, expires_at: Any, grant: str) -> dict[str, Any]:
    """Return the addresses of an item's media, good until ``expires_at``."""
    from doujia.server.data import media

    return media.signed_urls(item, expires_at, grant)


def qualified(actor: Actor, settings: Any) -> bool:
    """Return whether the person has every skill that the project asks for."""
    skills = getattr(settings, "skills", None) or []
    if not skills:
        return True
    from doujia.server.people import queries

    for entry in skills:
        skill, level = (entry["skill"], entry.get("level", 0)) if isinstance(entry, dict) else (entry, 0)
        if not queries.qualified(actor.person, skill, level):
            return False
    return True


def is_running(setup: Any) -> bool:
    """Return whether tasks of the project may be taken now."""
    return getattr(setup, "state", "running") in ("running", "active", "open")


def share_without_prelabels(setup: Any) -> float:
    """Return the share of tasks that come without pre-labels."""
    return 1.0 - float(getattr(setup.settings, "prelabel_share", 1.0))


def names_for(actor: Actor, thing: Thing, people: Iterable[str]) -> dict[str, str]:
    """Return what ``actor`` may call these people: their names within her base, pseudonyms for the client."""
    from doujia.server.people import queries

    wanted = set(people)
    inside = actor.tenants(LEAD, MANAGER) & thing.tenants
    return queries.names(wanted) if inside or actor.is_admin() else queries.pseudonyms(wanted)
