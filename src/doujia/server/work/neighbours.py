"""What the work room asks of the rooms below: projects for the rules, data for the items, people for names and skills.

One place, so that the rest of the room speaks of settings and items only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from doujia.marks import Schema
from doujia.server.data import media as data_media
from doujia.server.data import queries as data
from doujia.server.data.queries import ItemView
from doujia.server.data.tails import Tails, parts_of, stem_of
from doujia.server.kernel.authz import LEAD, MANAGER, TRAINER, WORKER, Actor, Thing
from doujia.server.kernel.errors import NotFound, Unprocessable
from doujia.server.people import queries as people
from doujia.server.projects import queries as projects
from doujia.server.projects.setup import SENSITIVE_SKILL, ProjectSettings, ProjectSetup

__all__ = [
    "ItemView", "ProjectSetup", "acting_for", "guideline", "is_running", "item_seen", "items", "items_named", "last_part", "match", "names_for", "project_names", "qualified", "schema_version", "setup", "signed_urls", "tails", "takers", "thing",
]  # fmt: skip

_seen: dict[str, ItemView] = {}
MOST_SEEN = 20_000


def setup(project: str) -> ProjectSetup:
    """Return the project's set-up (cached below, by version).

    Raises:
        NotFound: there is no such project.
    """
    return projects.setup(project)


def project_names(ids: Iterable[str]) -> dict[str, str]:
    """Return projects' names by id."""
    return projects.names(ids)


def schema_version(project: str, version: int) -> Schema:
    """Return an earlier version of the project's schema.

    Raises:
        Unprocessable: ``schema_version_unknown``, the project never had it.
    """
    try:
        _, document = projects.schema_version(project, version)
    except NotFound as error:
        raise Unprocessable(
            "schema_version_unknown",
            zh="这份答案说的类别版本不存在。请刷新页面。",
            en="The answer names a version of the schema that does not exist. Reload the page.",
        ) from error
    return msgspec.convert(document, Schema)


def thing(project: str) -> Thing:
    """Return whose project it is, for ``can()``."""
    return projects.thing(project)


def acting_for(actor: Actor, project: str) -> str:
    """Return the tenant in whose name ``actor`` acts in the project, for the audit trail: her base, else the client."""
    place, mine = setup(project), actor.tenants()
    return next((base for base in place.bases if base in mine), place.client)


def guideline(project: str) -> Any:
    """Return the guideline in force: ``version``, ``markdown``, ``changed``."""
    return projects.guideline(project)


def is_running(setup: ProjectSetup) -> bool:
    """Return whether tasks of the project may be taken now."""
    return setup.state == "running"


def items(ids: Iterable[str]) -> dict[str, ItemView]:
    """Return items by id, in a number of queries that does not grow with them."""
    found = data.get_items(ids)
    if len(_seen) > MOST_SEEN:
        _seen.clear()
    _seen.update(found)
    return found


def item_seen(item: str) -> ItemView | None:
    """Return an item for what never changes of it (its size, its text); mostly it was given out a minute ago."""
    return _seen.get(item) or items([item]).get(item)


def items_named(project: str, text: str, limit: int) -> list[str]:
    """Return ids of the project's items whose name holds ``text``, at most ``limit``."""
    found: list[str] = []
    for dataset in projects.view(project).datasets:
        which = data.ItemFilter(name=text)
        found += data.item_ids(dataset, limit=limit - len(found), which=which) if len(found) < limit else []
    return found


def match(
    project: str, names: Sequence[str], sha256s: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return item ids by exact name and by content, among the project's datasets."""
    datasets = projects.view(project).datasets
    return data.by_name(datasets, names), data.by_content(datasets, sha256s)


def tails(project: str) -> Tails:
    """Return the items of the project's datasets by the end of their path."""
    return Tails(projects.view(project).datasets)


def last_part(name: str) -> str:
    """Return what of a path is compared when its folders say nothing: the file's name without case and ending."""
    return stem_of((parts_of(name) or [""])[-1])


def signed_urls(item: ItemView, expires_at: datetime, grant: str) -> dict[str, Any]:
    """Return the addresses of an item's media, good until ``expires_at``."""
    return data_media.signed_urls(item, expires_at, grant)


def qualified(actor: Actor, settings: ProjectSettings) -> bool:
    """Return whether the person has every skill that the project asks for."""
    return all(people.qualified(actor.person, s["skill"], s.get("level", 0)) for s in settings.skills)


def takers(project: str) -> dict[str, bool]:
    """Return who may take tasks of the project, and whether they have every skill that it asks for."""
    place = setup(project)
    found = {
        person
        for tenant in sorted(place.tenants)
        for role in (WORKER, LEAD, TRAINER)
        for person in people.members(tenant, role)
    }
    skilled = set(found)
    for one in place.settings.skills:
        skilled &= people.qualified_people(sorted(found), one["skill"], one.get("level", 0))
    if place.settings.sensitive:
        skilled &= people.qualified_people(sorted(found), SENSITIVE_SKILL, 0)
    return {person: person in skilled for person in sorted(found)}


def agreed(actor: Actor, settings: ProjectSettings) -> bool:
    """Return whether the person wants to see what the project may show: upsetting content is opt-in."""
    return not settings.sensitive or people.qualified(actor.person, SENSITIVE_SKILL, 0)


def names_for(actor: Actor, thing: Thing, persons: Iterable[str]) -> dict[str, str]:
    """Return what ``actor`` may call these people: their names within her base, pseudonyms for the client."""
    wanted = set(persons)
    inside = actor.tenants(LEAD, MANAGER) & thing.tenants
    return people.names(wanted) if inside or actor.is_admin() else people.pseudonyms(wanted)
