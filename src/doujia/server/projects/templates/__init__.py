"""Ready-made projects: pure data, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from doujia.marks import Schema
from doujia.server.projects.templates import emotion, faces, goods, presence, road, street

__all__ = ["TEMPLATES", "Template", "get"]


@dataclass(frozen=True)
class Template:
    """A project to start from: name, what it is for, schema, guideline in both languages."""

    id: str
    names: dict[str, str]
    purpose: dict[str, str]
    schema: Schema
    guideline: dict[str, str]


TEMPLATES: tuple[Template, ...] = tuple(
    Template(*entry)
    for entry in (
        *street.TEMPLATES,
        *road.TEMPLATES,
        *faces.TEMPLATES,
        *goods.TEMPLATES,
        *presence.TEMPLATES,
        *emotion.TEMPLATES,
    )
)


def get(template_id: str) -> Template | None:
    """Return the template with that id, or None."""
    return next((t for t in TEMPLATES if t.id == template_id), None)
