"""Reads of the projects room."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db.models import Q

from doujia.marks import Schema
from doujia.server.kernel.authz import Actor, Thing
from doujia.server.kernel.errors import BadRequest, NotFound
from doujia.server.projects.models import GuidelineAsset, GuidelineVersion, Project, SchemaVersion
from doujia.server.projects.setup import ProjectSettings, ProjectSetup

__all__ = [
    "Guideline", "ProjectView", "asset", "forget", "guideline", "guideline_diff", "guideline_versions", "listing", "names", "schema_version",
    "schema_versions", "setup", "thing", "view",
]  # fmt: skip

FRESH_SECONDS = 2.0
_cache: dict[str, tuple[float, ProjectSetup]] = {}


@dataclass(frozen=True)
class ProjectView:
    """A project as lists and its page show it."""

    id: str
    name: str
    client: str
    bases: list[str]
    datasets: list[str]
    medium: str
    state: str
    priority: int
    settings: dict[str, Any]
    schema_version: int
    guideline_version: int
    revision: int
    template: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Guideline:
    """One version of a guideline."""

    version: int
    markdown: str
    changed: str
    made_at: datetime


def setup(project: str) -> ProjectSetup:
    """Return a project's set-up; at most two seconds old, and never older than this process's own writes.

    Raises:
        NotFound: there is no such project.
    """
    kept = _cache.get(project)
    now = time.monotonic()
    if kept is not None and now - kept[0] < FRESH_SECONDS:
        return kept[1]
    row = _row(project)
    if kept is not None and _stamp(kept[1]) == (
        row.schema_version,
        row.guideline_version,
        row.state,
        row.priority,
        row.name,
    ):
        schema = kept[1].schema
    else:
        document = SchemaVersion.objects.values_list("document", flat=True).get(
            project=row, version=row.schema_version
        )
        schema = msgspec.convert(document, Schema)
    made = ProjectSetup(
        id=row.id, name=row.name, client=row.client, bases=tuple(row.bases), medium=row.medium, state=row.state, priority=row.priority,
        schema=schema, schema_version=row.schema_version, guideline_version=row.guideline_version,
        settings=msgspec.convert(row.settings, ProjectSettings),
    )  # fmt: skip
    _cache[project] = (now, made)
    return made


def _stamp(one: ProjectSetup) -> tuple[int, int, str, int, str]:
    return (one.schema_version, one.guideline_version, one.state, one.priority, one.name)


def forget(project: str) -> None:
    """Drop the cached set-up after a write."""
    _cache.pop(project, None)


def thing(project: str) -> Thing:
    """Return whose project it is.

    Raises:
        NotFound: there is no such project.
    """
    return Thing(setup(project).tenants)


def view(project: str) -> ProjectView:
    """Return one project."""
    return _view(_row(project))


def names(ids: Iterable[str]) -> dict[str, str]:
    """Return names by id."""
    return dict(Project.objects.filter(id__in=list(ids)).values_list("id", "name"))


def listing(
    actor: Actor, *, state: str | None = None, text: str = "", after: list[Any] | None = None, limit: int = 50
) -> list[ProjectView]:
    """Return the projects the actor has a part in, newest first; ``after`` is (created_at, id) of the last one seen."""
    rows = Project.objects.all()
    if not actor.is_admin():
        rows = rows.filter(tenant_rows__tenant__in=actor.tenants()).distinct()
    if state:
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(name__icontains=text)
    if after is not None:
        try:
            at = datetime.fromisoformat(str(after[0])).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise BadRequest(
                "cursor_invalid", zh="翻页的位置不对。", en="This is not a page position."
            ) from error
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=str(after[1])))
    return [_view(row) for row in rows.order_by("-created_at", "-id")[:limit]]


def schema_version(project: str, version: int | None = None) -> tuple[int, dict[str, Any]]:
    """Return number and document of a schema version (the one in force by default)."""
    row = _row(project)
    number = row.schema_version if version is None else version
    found = SchemaVersion.objects.filter(project=row, version=number).first()
    if found is None:
        raise NotFound("schema_version_not_found")
    return number, found.document


def schema_versions(project: str) -> list[dict[str, Any]]:
    """Return all versions, newest first, without their documents."""
    return list(
        SchemaVersion.objects.filter(project_id=project)
        .order_by("-version")
        .values("version", "made_by", "made_at")
    )


def guideline(project: str, version: int | None = None) -> Guideline:
    """Return a version of the guideline (the one in force by default)."""
    row = _row(project)
    found = GuidelineVersion.objects.filter(project=row, version=version or row.guideline_version).first()
    if found is None:
        raise NotFound("guideline_version_not_found")
    return Guideline(found.version, found.markdown, found.changed, found.made_at)


def guideline_versions(project: str) -> list[Guideline]:
    """Return all versions, newest first."""
    rows = GuidelineVersion.objects.filter(project_id=project).order_by("-version")
    return [Guideline(r.version, r.markdown, r.changed, r.made_at) for r in rows]


def guideline_diff(project: str, old: int, new: int) -> list[dict[str, str]]:
    """Return the lines of two versions side by side: ``kind`` is same, added or removed."""
    before, after = (guideline(project, v).markdown.splitlines() for v in (old, new))
    kinds = {" ": "same", "+": "added", "-": "removed"}
    return [
        {"kind": kinds[line[0]], "text": line[2:]}
        for line in difflib.ndiff(before, after)
        if line[0] in kinds
    ]


def asset(asset_id: str) -> tuple[str, str, str]:
    """Return project, sha256 and type of a guideline picture."""
    found = GuidelineAsset.objects.filter(id=asset_id).values_list("project_id", "sha256", "mime").first()
    if found is None:
        raise NotFound("asset_not_found")
    return found


def _row(project: str) -> Project:
    found = Project.objects.filter(id=project).first()
    if found is None:
        raise NotFound("project_not_found", zh="没有这个项目。", en="There is no such project.")
    return found


def _view(row: Project) -> ProjectView:
    return ProjectView(
        id=row.id, name=row.name, client=row.client, bases=list(row.bases), datasets=list(row.datasets), medium=row.medium, state=row.state,
        priority=row.priority, settings=row.settings, schema_version=row.schema_version, guideline_version=row.guideline_version,
        revision=row.revision, template=row.template, created_at=row.created_at, changed_at=row.changed_at,
    )  # fmt: skip
