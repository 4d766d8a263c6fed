"""Facts that projects publish."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GuidelineChanged", "ItemsAdded", "ProjectStateChanged", "SchemaChanged"]


@dataclass(frozen=True)
class ItemsAdded:
    """Items came into a project; ``work`` makes tasks of them."""

    project: str
    item_ids: tuple[str, ...]
    priority: int


@dataclass(frozen=True)
class ProjectStateChanged:
    """A project was started, paused or finished."""

    project: str
    state: str


@dataclass(frozen=True)
class SchemaChanged:
    """A new version of the schema is in force."""

    project: str
    version: int


@dataclass(frozen=True)
class GuidelineChanged:
    """A new version of the guideline is in force; ``changed`` says in words what is different."""

    project: str
    version: int
    changed: str
