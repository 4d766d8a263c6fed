"""Making a release and exporting it: jobs that go on where a crash stopped them, and never do anything twice."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from doujia.errors import DoujiaError, LossRefused
from doujia.formats import ReadOptions, WriteOptions
from doujia.formats import get as get_format
from doujia.formats.contract import LOSS_CODES, LossReport
from doujia.marks.document import canonical_bytes, encode
from doujia.server.kernel import audit, clock, crash, db, events, jobs, storage
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.paths import export_name
from doujia.server.projects import queries as projects
from doujia.server.releases import card as cards
from doujia.server.releases.events import ReleaseMade
from doujia.server.releases.gathering import Gathered, PartsDataset, gather, remove_parts
from doujia.server.releases.models import Export, Release
from doujia.server.work import queries as work

__all__ = ["export", "make"]


@jobs.handler("releases.make")
def make(context: jobs.Context) -> dict[str, Any]:
    """Gather the accepted answers, write the files, and close the release in one transaction."""
    release = Release.objects.get(id=UUID(context.payload["release"]))
    if release.state == "ready":  # finished just before a crash
        remove_parts(str(release.id))
        return {"release": str(release.id), "number": release.number}
    state = msgspec.convert(context.checkpoint.get("gathered", {}), Gathered)
    total = work.done_tasks(release.project)
    if not state.finished:
        for state in gather(release.project, str(release.id), state):  # noqa: B020 - it goes on from where it stands
            context.save({"gathered": asdict(state)})
            context.progress(
                state.items, total, zh="收集已验收的标注", en="Gathering accepted labels", force=True
            )
            crash.point("release.after_part")
    setup = projects.setup(release.project)
    info = {"doujia": {"project": release.project, "release": release.number}}
    dataset = PartsDataset(setup.schema, str(release.id), state, info)
    context.progress(state.items, total, zh="写文件", en="Writing files", force=True)
    files = _files(release, dataset)
    card = cards.numbers(release.project, release.number, state, work.checks_of(release.project))
    files += [
        _keep("card.json", msgspec.json.encode(card), "application/json"),
        _keep("card.md", cards.markdown(card).encode(), "text/markdown"),
        _keep("schema.json", encode(setup.schema), "application/json"),
    ]
    crash.point("release.before_commit")
    _close(release, state, card, files)
    crash.point("release.after_commit")
    remove_parts(str(release.id))
    return {"release": str(release.id), "number": release.number, "items": state.items}


def _files(release: Release, dataset: PartsDataset) -> list[dict[str, Any]]:
    out = []
    for name, format_name, mime in (
        ("data.parquet", "parquet", "application/vnd.apache.parquet"), ("data.jsonl", "doujia-jsonl", "application/jsonl"),
    ):  # fmt: skip
        path = storage.staging(f"release-{release.id}.{name}")
        storage.delete_staged(path)
        writer = get_format(format_name).write
        assert writer is not None
        writer(dataset, path, WriteOptions())
        out.append(_keep_file(name, path, mime))
    path = storage.staging(f"release-{release.id}.index.jsonl")
    encoder = msgspec.json.Encoder()
    with path.open("wb") as file:
        for line in dataset.lines():
            file.write(encoder.encode(line.index) + b"\n")
    return [*out, _keep_file("index.jsonl", path, "application/jsonl")]


def _keep_file(name: str, path: Path, mime: str) -> dict[str, Any]:
    size = path.stat().st_size
    sha256 = storage.put_file(path, mime)
    storage.delete_staged(path)
    return {"name": name, "sha256": sha256, "bytes": size, "type": mime}


def _keep(name: str, data: bytes, mime: str) -> dict[str, Any]:
    return {"name": name, "sha256": storage.put_bytes(data, mime), "bytes": len(data), "type": mime}


def _close(release: Release, state: Gathered, card: dict[str, Any], files: list[dict[str, Any]]) -> None:
    now = clock.now()
    manifest = {
        "project": release.project, "release": release.number, "items": state.items, "marks": state.marks,
        "made_at": now.isoformat(), "files": files,
    }  # fmt: skip
    sha256 = storage.put_bytes(canonical_bytes(manifest), "application/json")
    with db.write():
        mine = Release.objects.filter(id=release.id, state__in=("making", "failed"))
        if not mine.update(
            state="ready", ready_at=now, items=state.items, marks=state.marks, manifest=manifest, manifest_sha256=sha256, card=card
        ):  # fmt: skip
            return  # another worker finished it after this one had been taken for dead
        actor = Actor(person=release.made_by)  # its rights were asked when it was started
        audit.record(
            actor,
            "release.made",
            f"release:{release.id}",
            tenant=projects.setup(release.project).client,
            project=release.project,
            number=release.number,
            manifest=sha256,
        )
        events.publish(
            ReleaseMade(
                release.project, str(release.id), release.number, state.items, state.marks, sha256, now
            )
        )


@jobs.handler("releases.export")
def export(context: jobs.Context) -> dict[str, Any]:
    """Write a release in the format asked for, or say what would be lost."""
    wanted = Export.objects.select_related("release").get(id=UUID(context.payload["export"]))
    if wanted.state in ("ready", "refused"):
        return {"export": str(wanted.id), "state": wanted.state}
    source = _local(wanted.release)
    try:
        values = _write(wanted, source, context)
    except LossRefused as refused:
        report: LossReport = refused.report
        codes = sorted({x.code for x in report.stopping(wanted.allow_loss, False)})
        values = {
            "state": "refused", "report": msgspec.to_builtins(report),
            "problem": {"zh": refused.message.zh, "en": refused.message.en, "codes": codes,
                        "losses": [{"code": c, "zh": LOSS_CODES[c][0], "en": LOSS_CODES[c][1]} for c in codes]},
        }  # fmt: skip
    except DoujiaError as error:
        with db.write():
            problem = {"zh": error.message.zh, "en": error.message.en, "codes": [error.code]}
            Export.objects.filter(id=wanted.id).update(state="failed", problem=problem)
        raise
    finally:
        if source.name.startswith("export-"):
            storage.delete_staged(source)
    crash.point("export.before_commit")
    with db.write():
        Export.objects.filter(id=wanted.id).update(**values)
    return {"export": str(wanted.id), "state": values["state"]}


def _local(release: Release) -> Path:
    """Return the release's JSONL as a local file (fetched when the store is elsewhere)."""
    sha256 = next(f["sha256"] for f in release.manifest["files"] if f["name"] == "data.jsonl")
    path = storage.local_path(sha256)
    if path is not None:
        return path
    path = storage.staging(f"export-{release.id}.jsonl")
    with path.open("wb") as file:
        storage.copy_to(sha256, file)
    return path


def _write(wanted: Export, source: Path, context: jobs.Context) -> dict[str, Any]:
    reader, writer = get_format("doujia-jsonl").read, get_format(wanted.format).write
    assert reader is not None and writer is not None
    dataset = reader(source, ReadOptions())
    dataset.count = wanted.release.items
    target = storage.staging(f"export-{wanted.id}")
    _clear(target)
    options = WriteOptions(
        allow_loss=frozenset(wanted.allow_loss),
        progress=lambda done, total: context.progress(done, total, zh="导出", en="Exporting"),
    )
    report = writer(dataset, target, options)
    base = export_name(
        f"{projects.setup(wanted.release.project).name}-{wanted.release.number}-{wanted.format}"
    )
    if target.is_dir():
        packed = storage.staging(f"export-{wanted.id}.zip")
        _zip(target, packed, msgspec.json.encode(report))
        _clear(target)
        target, name, mime = packed, f"{base}.zip", "application/zip"
    else:
        ending = next(iter(get_format(wanted.format).extensions), "")
        name, mime = f"{base}{ending}", "application/octet-stream"
    size = target.stat().st_size
    sha256 = storage.put_file(target, mime)
    _clear(target)
    return {
        "state": "ready",
        "sha256": sha256,
        "name": name,
        "size": size,
        "report": msgspec.to_builtins(report),
    }


def _zip(folder: Path, target: Path, report: bytes) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
        archive.writestr("loss-report.json", report)


def _clear(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        storage.delete_staged(path)
