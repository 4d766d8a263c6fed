"""Reads of the releases room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from doujia.formats.contract import LOSS_CODES
from doujia.server.kernel import storage
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, NotFound
from doujia.server.projects import queries as projects
from doujia.server.releases.models import Export, Release

__all__ = [
    "Comparison",
    "ExportView",
    "FileView",
    "ReleaseView",
    "compare",
    "export",
    "export_file",
    "exports",
    "file",
    "get",
    "listing",
]

EXAMPLES = 100


@dataclass(frozen=True)
class ReleaseView:
    """A dataset version."""

    id: str
    project: str
    number: int
    name: str
    notes: str
    state: str
    job: str
    created_at: datetime
    ready_at: datetime | None
    items: int
    marks: int
    manifest: dict[str, Any]
    manifest_sha256: str
    card: dict[str, Any]


@dataclass(frozen=True)
class ExportView:
    """A release in one format; ``problem`` lists the codes to allow when it was refused."""

    id: str
    release: str
    format: str
    allow_loss: list[str]
    state: str
    job: str
    name: str
    size: int
    created_at: datetime
    report: dict[str, Any] | None
    problem: dict[str, Any] | None


@dataclass(frozen=True)
class FileView:
    """A file to send: its content lies in the store under ``sha256``."""

    name: str
    sha256: str
    size: int
    type: str


@dataclass(frozen=True)
class Comparison:
    """What ``after`` has that ``before`` has not, and the other way round. Examples are item names, at most 100."""

    before: str
    after: str
    added: int
    removed: int
    changed: int
    same: int
    added_examples: list[str]
    removed_examples: list[str]
    changed_examples: list[str]
    classes: dict[str, dict[str, int]]


def listing(*, actor: Actor, project: str) -> list[ReleaseView]:
    """Return the releases of a project, newest first."""
    require(actor, "release.view", projects.thing(project))
    return [_view(r) for r in Release.objects.filter(project=project).order_by("-number")]


def get(*, actor: Actor, release: str) -> ReleaseView:
    """Return one release."""
    return _view(_allowed(actor, release))


def file(*, actor: Actor, release: str, name: str) -> FileView:
    """Return one of a release's own files, or its manifest."""
    row = _allowed(actor, release)
    if row.state == "ready" and name == "manifest.json":
        return FileView(name, row.manifest_sha256, storage.size(row.manifest_sha256), "application/json")
    for one in row.manifest.get("files", []):
        if one["name"] == name:
            return FileView(f"release-{row.number}-{name}", one["sha256"], one["bytes"], one["type"])
    raise NotFound("file_not_found", zh="这个版本里没有这个文件。", en="This release has no such file.")


def exports(*, actor: Actor, release: str) -> list[ExportView]:
    """Return the exports of a release, newest first."""
    row = _allowed(actor, release)
    return [_export_view(e) for e in Export.objects.filter(release=row).order_by("-created_at")[:100]]


def export(*, actor: Actor, export_id: str) -> ExportView:
    """Return one export."""
    return _export_view(_export(actor, export_id))


def export_file(*, actor: Actor, export_id: str) -> FileView:
    """Return the file of an export.

    Raises:
        Conflict: ``loss_refused`` with the codes to allow, or ``export_not_ready``.
    """
    row = _export(actor, export_id)
    if row.state == "refused":
        problem = row.problem or {}
        raise Conflict(
            "loss_refused", zh=problem["zh"], en=problem["en"], codes=problem["codes"], report=row.report
        )
    if row.state != "ready":
        raise Conflict(
            "export_not_ready", zh="还没有导出好。", en="The export is not ready.", state=row.state
        )
    return FileView(row.name, row.sha256, row.size, "application/octet-stream")


def compare(*, actor: Actor, before: str, after: str) -> Comparison:
    """Compare two releases of one project, item by item."""
    first, second = _allowed(actor, before), _allowed(actor, after)
    if first.project != second.project:
        raise NotFound("release_not_found", zh="没有这个版本。", en="There is no such release.")
    if first.state != "ready" or second.state != "ready":
        raise Conflict("release_not_ready", zh="这个版本还没有生成好。", en="This release is not ready yet.")
    old: dict[str, tuple[str, str]] = {}
    classes: dict[str, dict[str, int]] = {}
    for row in _index(first):
        old[row["item"]] = (row["fingerprint"], row["name"])
        _count(classes, row["classes"], "before")
    added, changed, same = list[str](), list[str](), 0
    n_added = n_changed = 0
    for row in _index(second):
        _count(classes, row["classes"], "after")
        known = old.pop(row["item"], None)
        if known is None:
            n_added += 1
            added += [row["name"]] if len(added) < EXAMPLES else []
        elif known[0] != row["fingerprint"]:
            n_changed += 1
            changed += [row["name"]] if len(changed) < EXAMPLES else []
        else:
            same += 1
    removed = [name for _, name in list(old.values())[:EXAMPLES]]
    return Comparison(before, after, n_added, len(old), n_changed, same, added, removed, changed, classes)


def _count(classes: dict[str, dict[str, int]], found: dict[str, int], side: str) -> None:
    for name, n in found.items():
        classes.setdefault(name, {"before": 0, "after": 0})[side] += n


def _index(release: Release) -> Iterator[dict[str, Any]]:
    sha256 = next(f["sha256"] for f in release.manifest["files"] if f["name"] == "index.jsonl")
    rest = b""
    for block in storage.open_range(sha256, 0, storage.size(sha256)):
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield msgspec.json.decode(line)


def _allowed(actor: Actor, release: str) -> Release:
    try:
        row = Release.objects.get(id=UUID(release))
    except (Release.DoesNotExist, ValueError) as error:
        raise NotFound("release_not_found", zh="没有这个版本。", en="There is no such release.") from error
    require(actor, "release.view", projects.thing(row.project))
    return row


def _export(actor: Actor, export_id: str) -> Export:
    try:
        row = Export.objects.select_related("release").get(id=UUID(export_id))
    except (Export.DoesNotExist, ValueError) as error:
        raise NotFound("export_not_found", zh="没有这个导出。", en="There is no such export.") from error
    require(actor, "release.view", projects.thing(row.release.project))
    return row


def _view(r: Release) -> ReleaseView:
    return ReleaseView(
        str(r.id), r.project, r.number, r.name, r.notes, r.state, r.job, r.created_at, r.ready_at, r.items, r.marks, r.manifest,
        r.manifest_sha256, r.card,
    )  # fmt: skip


def _export_view(e: Export) -> ExportView:
    return ExportView(
        str(e.id),
        str(e.release_id),
        e.format,
        e.allow_loss,
        e.state,
        e.job,
        e.name,
        e.size,
        e.created_at,
        _in_words(e.report),
        e.problem,
    )


def _in_words(report: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a loss report with a sentence beside every code: people never see a code alone."""
    if report is None:
        return None
    losses = []
    for loss in report.get("losses", []):
        zh, en = LOSS_CODES.get(loss["code"], (loss["code"], loss["code"]))
        losses.append({**loss, "zh": zh, "en": en})
    return {**report, "losses": losses}
