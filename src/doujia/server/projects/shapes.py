"""What the projects' API answers, besides what the queries return as it is."""

from __future__ import annotations

from datetime import datetime

import msgspec

from doujia.marks import Schema
from doujia.server.projects.queries import Guideline, ProjectView

__all__ = [
    "AddedItems", "DiffLine", "GuidelineAnswer", "GuidelineDiff", "MadeAsset", "MadeProject", "NewVersion", "ProjectPage", "ReadSchema",
    "SchemaAnswer",
]  # fmt: skip


class ProjectPage(msgspec.Struct, kw_only=True):
    """A page of projects, newest first."""

    projects: list[ProjectView]
    next: str | None


class MadeProject(msgspec.Struct, kw_only=True):
    """The id of a new project."""

    id: str


class SchemaVersionShown(msgspec.Struct, kw_only=True):
    """A version of a schema: who made it, and when."""

    version: int
    made_by: str
    made_at: datetime


class SchemaAnswer(msgspec.Struct, kw_only=True):
    """A version of the schema, and all versions, newest first."""

    version: int
    schema: Schema
    versions: list[SchemaVersionShown]


class NewVersion(msgspec.Struct, kw_only=True):
    """The version that is now in force."""

    version: int


class SchemaProblem(msgspec.Struct, kw_only=True):
    """What is wrong with a schema; ``field`` is the place, ``classes.3.parent``."""

    mark: str | None
    field: str
    code: str
    zh: str
    en: str


class ReadSchema(msgspec.Struct, kw_only=True):
    """A schema read from another tool's file, with what has to be put right."""

    schema: Schema
    problems: list[SchemaProblem]


class GuidelineVersion(msgspec.Struct, kw_only=True):
    """A version of a guideline and what changed in it."""

    version: int
    changed: str
    made_at: datetime


class GuidelineAnswer(msgspec.Struct, kw_only=True):
    """A version of the guideline, and all versions, newest first."""

    guideline: Guideline
    versions: list[GuidelineVersion]


class DiffLine(msgspec.Struct, kw_only=True):
    """A line: same, added or removed."""

    kind: str
    text: str


class GuidelineDiff(msgspec.Struct, kw_only=True):
    """Two versions of a guideline line by line."""

    lines: list[DiffLine]


class MadeAsset(msgspec.Struct, kw_only=True):
    """A picture of a guideline and its address."""

    id: str
    url: str


class AddedItems(msgspec.Struct, kw_only=True):
    """How many items went in; null while a job puts them in, whose id ``job`` is."""

    offered: int | None
    job: str | None
