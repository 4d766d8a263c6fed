"""The import job: files come in side by side, are kept in order, and every step is safe to repeat.

Decoding happens in processes of its own. Bytes reach the object store first; then one short transaction holds the new
items, the refused files, the counts and the checkpoint. A worker that dies in between repeats one step and nothing is
double: names are unique in a dataset, blobs are named by their content.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F

from doujia.media.intake import Intake, Limits
from doujia.media.isolated import Decoders
from doujia.media.reasons import Refused
from doujia.server.data import media, sources
from doujia.server.data.actions.datasets import locked
from doujia.server.data.actions.items import check_attrs
from doujia.server.data.actions.uploads import remove_staged
from doujia.server.data.models import Dataset, Import, ImportProblem, Item
from doujia.server.data.names import clean_name
from doujia.server.kernel import audit, clock, crash, db, jobs, storage
from doujia.server.kernel.errors import NotFound, PlatformError, StorageFull
from doujia.server.kernel.ids import uuid7

__all__ = ["run_import"]

STEP_FILES, STEP_SECONDS = 64, 2.0
SIDE_BY_SIDE = 8
HEARTBEAT_SECONDS = 5.0
KEPT_PROBLEMS = 10_000
FREE_BYTES = 200 * 1024 * 1024


@dataclass
class _Coming:
    """A file between its source and the table."""

    entry: sources.Entry
    folder: Path | None = None
    intake: Future[Intake] | None = None
    refused: tuple[str, str, str] | None = None


@dataclass
class _Step:
    """What one transaction will hold."""

    last_key: list[Any] = field(default_factory=list)
    good: list[tuple[sources.Entry, Intake]] = field(default_factory=list)
    refused: list[tuple[str, tuple[str, str, str]]] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    files: int = 0


def _reason(error: Exception) -> tuple[str, str, str]:
    if isinstance(error, Refused):
        return error.code, error.message.zh, error.message.en
    if isinstance(error, PlatformError):
        return error.code, error.zh, error.en
    raise error


class Importer:
    """Runs one import; use it as a context so that its processes and its folder are gone at the end."""

    def __init__(self, context: jobs.Context, run: Import) -> None:
        self._context, self._run = context, run
        self._medium = Dataset.objects.values_list("medium", flat=True).get(id=run.dataset_id)
        self._limits = Limits(pixels=settings.MAX_PIXELS, bytes=settings.MAX_FILE_BYTES)
        self._folder = Path(tempfile.mkdtemp(prefix="import-", dir=storage.staging("x").parent))
        workers = max(1, min(4, os.cpu_count() or 1))
        self._decoders = Decoders(workers)
        self._bringers = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="bring")
        self._window = 2 * SIDE_BY_SIDE
        self._done = int(context.checkpoint.get("done", 0))
        self._number = 0
        self._original: dict[str, Path] = {}

    def __enter__(self) -> Importer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bringers.shutdown(wait=True, cancel_futures=True)
        self._decoders.__exit__(kind, error, trace)
        shutil.rmtree(self._folder, ignore_errors=True)

    def work(self) -> None:
        """Bring everything in, from the checkpoint on."""
        after = self._context.checkpoint.get("after")
        total = sources.total(self._run)
        waiting: deque[_Coming] = deque()
        step, begun = _Step(), time.monotonic()
        for entry in self._entries(after):
            waiting.append(self._begin(entry))
            while len(waiting) >= self._window:
                self._take(step, waiting.popleft())
                if step.files >= STEP_FILES or time.monotonic() - begun > STEP_SECONDS:
                    self._keep(step, total)
                    step, begun = _Step(), time.monotonic()
        while waiting:
            self._take(step, waiting.popleft())
            if step.files >= STEP_FILES:
                self._keep(step, total)
                step = _Step()
        self._keep(step, total)

    def _entries(self, after: list[Any] | None) -> Iterator[sources.Entry]:
        yield from sources.entries(self._run, after)

    def _begin(self, entry: sources.Entry) -> _Coming:
        """Judge what can be judged now and set the rest going."""
        if shutil.disk_usage(self._folder).free < FREE_BYTES:
            raise StorageFull
        try:
            if entry.refused is not None:
                raise entry.refused
            if not entry.name.startswith("#"):
                clean_name(entry.name)
            check_attrs(entry.attrs)
        except (Refused, PlatformError) as error:
            return _Coming(entry, refused=_reason(error))
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        coming = _Coming(entry, folder)
        if entry.inline:
            try:
                coming.intake = self._bringers.submit(self._decode, entry, folder, self._bring(entry, folder))
            except (Refused, PlatformError) as error:
                coming.refused = _reason(error)
        else:
            coming.intake = self._bringers.submit(self._bring_and_decode, entry, folder)
        return coming

    def _bring(self, entry: sources.Entry, folder: Path) -> Path:
        assert entry.bring is not None
        return entry.bring(folder / "in")

    def _bring_and_decode(self, entry: sources.Entry, folder: Path) -> Intake:
        return self._decode(entry, folder, self._bring(entry, folder))

    def _decode(self, entry: sources.Entry, folder: Path, path: Path) -> Intake:
        intake = self._decoders.submit(path, entry.name, self._medium, folder, self._limits).result()
        if entry.sha256 and entry.sha256 != intake.sha256:
            raise Refused("sha256_differs")
        self._original[entry_id(entry)] = path
        return intake

    def _take(self, step: _Step, coming: _Coming) -> None:
        """Wait for a file and note what became of it."""
        reason = coming.refused
        if coming.intake is not None:
            while not wait([coming.intake], timeout=HEARTBEAT_SECONDS).done:
                # A slow line or a large picture: the job's lease must not run out meanwhile.
                self._context.progress(self._done + step.files)
            try:
                step.good.append((coming.entry, coming.intake.result()))
            except (Refused, PlatformError) as error:
                if isinstance(error, StorageFull):
                    raise
                reason = _reason(error)
        if reason is not None:
            step.refused.append((coming.entry.name, reason))
        if coming.folder is not None:
            step.folders.append(coming.folder)
        step.last_key = coming.entry.key
        step.files += 1
        self._context.progress(self._done + step.files)

    def _keep(self, step: _Step, total: int | None) -> None:
        """Make one step lasting."""
        if not step.files:
            return
        blobs = []
        for entry, intake in step.good:
            blobs.append((self._original.pop(entry_id(entry)), intake.mime, intake.sha256))
            for made in (intake.served, intake.preview, intake.tiles):
                if made is not None:
                    blobs.append((Path(made.path), media.TYPES[made.type], made.sha256))
        storage.put_files(blobs)
        crash.point("import.before_step")
        self._done += step.files
        with db.write():
            Writer(self._run).write(step)
            self._context.save({"after": step.last_key, "done": self._done})
        crash.point("import.after_step")
        self._context.progress(self._done, total, force=True)
        for folder in step.folders:
            shutil.rmtree(folder, ignore_errors=True)


def entry_id(entry: sources.Entry) -> str:
    """Return the key of an entry as one string."""
    return repr(entry.key)


class Writer:
    """Writes the rows of one step, inside the caller's transaction."""

    def __init__(self, run: Import) -> None:
        self._run = run
        self._counts = {"added": 0, "known": 0, "duplicates": 0, "refused": 0}
        self._reasons: dict[str, int] = {}
        self._problems: list[ImportProblem] = []

    def write(self, step: _Step) -> None:
        """Insert new items, refused files, counts."""
        dataset = locked(str(self._run.dataset_id))
        run = Import.objects.get(id=self._run.id)
        for name, (code, zh, en) in step.refused:
            self._refuse(name, code, zh, en)
        names = [entry.name for entry, _ in step.good]
        held = {item.name: item for item in Item.objects.filter(dataset=dataset, name__in=names)}
        contents = [intake.sha256 for _, intake in step.good]
        firsts: dict[str, UUID] = dict(
            Item.objects.filter(dataset=dataset, sha256__in=contents)
            .order_by("-id")
            .values_list("sha256", "id")
        )
        fresh: dict[str, Item] = {}
        for entry, intake in step.good:
            before = held.get(entry.name) or fresh.get(entry.name)
            if before is None:
                fresh[entry.name] = self._item(dataset, entry, intake, firsts)
            elif before.sha256 == intake.sha256:
                self._known(dataset, before)
            else:
                taken = Refused("name_taken")
                self._refuse(entry.name, taken.code, taken.message.zh, taken.message.en)
        Item.objects.bulk_create(fresh.values(), batch_size=200)
        size = sum(item.size for item in fresh.values() if item.duplicate_of is None)
        Dataset.objects.filter(id=dataset.id).update(items=F("items") + len(fresh), bytes=F("bytes") + size)
        self._counts["added"] += len(fresh)
        self._finish(run)

    def _known(self, dataset: Dataset, item: Item) -> None:
        self._counts["known"] += 1
        if item.status == "trash":
            Item.objects.filter(id=item.id).update(status="ready", deleted_at=None)
            Dataset.objects.filter(id=dataset.id).update(items=F("items") + 1)

    def _refuse(self, name: str, code: str, zh: str, en: str) -> None:
        self._counts["refused"] += 1
        self._reasons[code] = self._reasons.get(code, 0) + 1
        shown = "".join(c if c.isprintable() else "�" for c in name)[:1024]
        self._problems.append(ImportProblem(run=self._run, name=shown, code=code, zh=zh, en=en))

    def _item(self, dataset: Dataset, entry: sources.Entry, intake: Intake, firsts: dict[str, UUID]) -> Item:
        tiles = None
        if intake.tiles is not None:
            full = intake.levels[0][0]
            levels = [
                {"w": w, "h": h, "scale": w / full if i else 1.0} for i, (w, h) in enumerate(intake.levels)
            ]
            tiles = {"size": 512, "levels": levels, "pack": intake.tiles.sha256}
        item = Item(
            id=uuid7(), dataset=dataset, name=entry.name, media=intake.media, sha256=intake.sha256, size=intake.size,
            mime=intake.mime, served_sha256=intake.served.sha256 if intake.served else "",
            served_type=intake.served.type if intake.served else "",
            preview_sha256=intake.preview.sha256 if intake.preview else "", tiles=tiles,
            duplicate_of=firsts.get(intake.sha256), doubtful=bool(intake.problems), attrs=entry.attrs,
            problems=[{"code": p.code, "zh": p.zh, "en": p.en} for p in intake.problems], created_at=clock.now(),
        )  # fmt: skip
        if item.duplicate_of is not None:
            self._counts["duplicates"] += 1
        firsts.setdefault(intake.sha256, item.id)
        return item

    def _finish(self, run: Import) -> None:
        room = max(0, KEPT_PROBLEMS - sum(run.reasons.values()))
        ImportProblem.objects.bulk_create(self._problems[:room], batch_size=200)
        run.counts = {k: run.counts.get(k, 0) + v for k, v in self._counts.items()}
        for code, count in self._reasons.items():
            run.reasons[code] = run.reasons.get(code, 0) + count
        run.save(update_fields=["counts", "reasons"])


def run_import(context: jobs.Context) -> dict[str, Any]:
    """Do one import job; what it returns is the job's result.

    Raises:
        StorageFull: stopped at its checkpoint; it goes on when there is room.
    """
    try:
        run = Import.objects.get(id=UUID(context.payload["import"]))
    except Import.DoesNotExist as error:
        raise NotFound("import_not_found") from error
    try:
        with Importer(context, run) as importer:
            importer.work()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        raise
    run.refresh_from_db()
    with db.write():
        audit.record(
            None, "import.finished", f"dataset:{run.dataset_id}", tenant=context.tenant, **run.counts
        )
    if "upload" in run.spec:
        remove_staged(UUID(run.spec["upload"]))
    return {"counts": run.counts, "reasons": run.reasons}
