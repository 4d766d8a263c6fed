"""Background work of the room."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from doujia import formats
from doujia.formats import ReadOptions
from doujia.server.kernel import crash, db, jobs, schedule, storage
from doujia.server.work import importing, neighbours
from doujia.server.work.actions.leases import sweep_expired
from doujia.server.work.matching import Finder

__all__ = ["import_annotations", "sweep"]


@schedule.every(5, "work.sweep_expired")
def sweep() -> None:
    """Put what ran out back into the queues, in short transactions."""
    while sweep_expired(500) == 500:
        pass


@jobs.handler("work.import")
def import_annotations(context: jobs.Context) -> dict[str, Any]:
    """Read a file of annotations into the tasks of a project; goes on behind the last batch after a crash."""
    wanted = context.payload
    tally = msgspec.convert(context.checkpoint.get("tally", {}), importing.Tally)
    folder = storage.staging(f"import-{context.id}")
    try:
        finder = Finder(wanted["project"])
        options = ReadOptions(media_of=finder.media_of)
        finder.dataset = dataset = formats.read(_opened(wanted, folder), wanted["format"], options)
        classes = importing.class_map(dataset.schema, neighbours.setup(wanted["project"]).schema)
        for batch in importing.batches(dataset, tally.read):
            with db.write():
                importing.apply_batch(
                    batch, project=wanted["project"], mode=wanted["mode"], source=wanted["source"], classes=classes,
                    job=context.id, tally=tally, finder=finder,
                )  # fmt: skip
                crash.point("import.before_commit")
            crash.point("import.after_commit")
            context.save({"tally": asdict(tally)})
            context.progress(tally.read, dataset.count, zh="导入标注", en="Importing annotations")
        for found in dataset.problems:
            tally.problem(found.item or found.file or "", found)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return asdict(tally)


def _opened(wanted: dict[str, Any], folder: Path) -> Path:
    """Return the file under its own name (formats look at it), a ZIP unpacked."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / wanted["name"]
    with path.open("wb") as file:
        storage.copy_to(wanted["sha256"], file)
    if path.suffix.lower() == ".zip":
        importing.unpack(path, folder / "unpacked")
        path.unlink()
        inside = list((folder / "unpacked").iterdir())
        return inside[0] if len(inside) == 1 else folder / "unpacked"
    return path
