"""Reading a file of annotations into a project's tasks: classes by id or name, items by path or content."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec

from doujia.errors import Problem
from doujia.marks import ItemMarks, Mark, Origin, Schema
from doujia.server.kernel import clock, events
from doujia.server.kernel.errors import Unprocessable
from doujia.server.kernel.paths import open_new
from doujia.server.work import checking, content, counts, neighbours, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions.known import leave_production
from doujia.server.work.events import GoldImported, TaskCompleted
from doujia.server.work.matching import Finder, Match

__all__ = ["Tally", "apply_batch", "batches", "class_map", "unpack"]

BATCH = 200
"""Items in one transaction: other writers get their turn in between."""
KEPT = 1000
MOST_ENTRIES, MOST_BYTES, MOST_RATIO = 500_000, 8 * 1024**3, 200


@dataclass
class Tally:
    """What became of the file's items; the job's checkpoint and, at the end, its result."""

    read: int = 0
    matched: int = 0
    matched_by_end: int = 0
    unmatched: int = 0
    unmatched_several: int = 0
    without_task: int = 0
    answered_already: int = 0
    invalid: int = 0
    marks: int = 0
    classes_unknown: dict[str, int] = field(default_factory=dict)
    unmatched_names: list[str] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def problem(self, name: str, found: Problem) -> None:
        """Note a problem; the first thousand are kept."""
        if len(self.problems) < KEPT:
            self.problems.append(
                {"item": name, "mark": found.mark, "code": found.code, "zh": found.zh, "en": found.en}
            )


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a ZIP, refusing whatever would leave the folder or fill the disk."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with zipfile.ZipFile(archive) as file:
        entries = [e for e in file.infolist() if not e.is_dir()]
        total = sum(e.file_size for e in entries)
        packed = max(1, archive.stat().st_size)
        if len(entries) > MOST_ENTRIES or total > MOST_BYTES or total / packed > MOST_RATIO:
            raise Unprocessable(
                "archive_refused",
                zh="压缩包太大或太可疑,没有解开。",
                en="The archive holds too much for its size and was not unpacked.",
            )
        left = total
        for entry in entries:
            with file.open(entry) as source, open_new(folder, entry.filename) as target:
                while block := source.read(1 << 20):
                    left -= len(block)
                    if left < 0:
                        raise Unprocessable(
                            "archive_refused",
                            zh="压缩包和它自己说的大小不一样。",
                            en="The archive lies about its size.",
                        )
                    target.write(block)


def class_map(theirs: Schema, ours: Schema) -> dict[str, str]:
    """Return their class id → ours, by id, else by any of its names without regard to case."""
    known: dict[str, str] = {}
    for one in ours.classes:
        for name in (one.name, *one.names.values(), one.id):
            if name:
                known[name.casefold()] = one.id
    exact = {c.id for c in ours.classes}
    out = {}
    for one in theirs.classes:
        if one.id in exact:
            out[one.id] = one.id
            continue
        for name in (one.name, *one.names.values(), one.id):
            if name.casefold() in known:
                out[one.id] = known[name.casefold()]
                break
    return out


def batches(dataset: Iterable[ItemMarks], skip: int) -> Iterator[list[ItemMarks]]:
    """Yield the file's items in batches, after the first ``skip``."""
    stream = islice(iter(dataset), skip, None)
    while batch := list(islice(stream, BATCH)):
        yield batch


def apply_batch(
    batch: list[ItemMarks],
    *,
    project: str,
    mode: str,
    source: str,
    classes: dict[str, str],
    job: str,
    tally: Tally,
    finder: Finder | None = None,
) -> None:
    """Bring one batch in, within the caller's transaction; doing it again changes nothing."""
    queue = queues.of(project)
    matches = (finder or Finder(project)).find([b.item for b in batch])
    tasks = _tasks(queue.id, [m.item for m in matches if m.item])
    now = clock.now()
    for bundle, match in zip(batch, matches, strict=True):
        tally.read += 1
        item = match.item
        if item is None:
            _not_matched(bundle.item.name, match, tally)
            continue
        task = tasks.get(item)
        if task is None:
            tally.without_task += 1
            continue
        marks = _translated(bundle, classes, source, mode, tally)
        tally.matched += 1
        tally.matched_by_end += match.how == "end"
        if mode != "prelabels" and len(marks) < len(bundle.marks):
            # A right answer with something left out would be a wrong one.
            tally.invalid += 1
            tally.problem(
                bundle.item.name,
                Problem(
                    "class_unknown",
                    "error",
                    "有的类别项目里没有,这一件没有导入",
                    "It uses classes the project has not; not imported",
                ),
            )
            continue
        if mode == "prelabels":
            _prelabel(task, marks, source, now)
        elif not _write_answer(bundle, marks, task, item, project, queue, mode, source, job, now, tally):
            continue
        tally.marks += len(marks)


def _not_matched(name: str, match: Match, tally: Tally) -> None:
    tally.unmatched += 1
    tally.unmatched_several += match.how == "several"
    if len(tally.unmatched_names) < KEPT:
        tally.unmatched_names.append(name)
    if match.how == "several":
        tally.problem(
            name,
            Problem(
                "name_ambiguous",
                "error",
                "项目里有几个同名的,分不出是哪一个:标注文件里写上文件夹",
                "Several of the project's items have this name; write the folder into the annotation file",
            ),
        )


@dataclass(frozen=True, slots=True)
class _Task:
    id: int
    seq: int
    answered: int
    slots: int


def _tasks(queue: int, items: list[str]) -> dict[str, _Task]:
    if not items:
        return {}
    marks = ", ".join(["%s"] * len(items))
    found = sql.rows(
        f"SELECT item, id, seq, answered, slots FROM work_task WHERE queue_id = %s AND item IN ({marks})",
        (queue, *items),
    )
    return {r[0]: _Task(*r[1:]) for r in found}


def _translated(
    bundle: ItemMarks, classes: dict[str, str], source: str, mode: str, tally: Tally
) -> list[Mark]:
    out = []
    for mark in bundle.marks:
        label = mark.label
        if label is not None and label not in classes:
            tally.classes_unknown[label] = tally.classes_unknown.get(label, 0) + 1
            continue
        origin = mark.origin
        if origin is None or (mode == "prelabels" and origin.by == "human"):
            scored = mode == "prelabels" and mark.score is not None
            origin = Origin(by="model" if scored else "import", actor=source)
        score = mark.score if mode == "prelabels" else None
        out.append(
            msgspec.structs.replace(mark, label=classes[label] if label else None, origin=origin, score=score)
        )
    return out


def _prelabel(task: _Task, marks: list[Mark], source: str, now: datetime) -> None:
    scores = [m.score for m in marks if m.score is not None]
    sql.run(
        "INSERT INTO work_prelabel (task_id, source, marks, score, at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (task_id) DO UPDATE SET source = excluded.source, marks = excluded.marks, score = excluded.score, at = excluded.at",
        (
            task.id,
            source[:120],
            msgspec.json.encode(marks).decode(),
            min(scores) if scores else None,
            sql.time(now),
        ),
    )


def _write_answer(
    bundle: ItemMarks, marks: list[Mark], task: _Task, item: str, project: str, queue: queues.QueueRef, mode: str, source: str,
    job: str, now: datetime, tally: Tally,
) -> bool:  # fmt: skip
    setup = neighbours.setup(project)
    attrs = {
        k: v
        for k, v in bundle.item.attrs.items()
        if any(a.id == k and a.scope == "item" for a in setup.schema.attributes)
    }
    wrong = checking.problems(setup, item, marks, bundle.relations, attrs)
    if wrong:
        tally.invalid += 1
        for one in wrong:
            tally.problem(bundle.item.name, one)
        return False
    document = msgspec.json.encode({"marks": marks, "relations": bundle.relations, "item_attrs": attrs})
    if mode == "gold":
        sql.run(
            "INSERT INTO work_knownanswer (task_id, source, document, at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (task_id) DO UPDATE SET source = excluded.source, document = excluded.document, at = excluded.at",
            (task.id, source[:120], document.decode(), sql.time(now)),
        )
        if not task.answered:
            leave_production(task.id)
        events.publish(GoldImported(project, opaque.encode(task.id), item, document))
        return True
    return _accept(marks, attrs, document, task, item, project, queue, source, job, setup, now, tally)


def _accept(
    marks: list[Mark], attrs: dict[str, Any], document: bytes, task: _Task, item: str, project: str, queue: queues.QueueRef,
    source: str, job: str, setup: neighbours.ProjectSetup, now: datetime, tally: Tally,
) -> bool:  # fmt: skip
    """Keep finished work from elsewhere: nobody is paid for it, the task is done, nobody gets it any more."""
    made = uuid5(UUID(job), str(task.id))
    if sql.rows("SELECT 1 FROM work_submission WHERE id = %s", (sql.uuid(made),)):
        return True  # this very job did it before a crash
    taken = sql.rows("SELECT 1 FROM work_lease WHERE task_id = %s LIMIT 1", (task.id,))
    if task.answered or taken:
        tally.answered_already += 1
        return False
    free = sql.rows("DELETE FROM work_ready WHERE task_id = %s RETURNING id, fence", (task.id,))
    slot, fence = free[0] if free else (opaque.draw(), 0)
    sql.insert_rows(
        "work_submission",
        ("id", "queue_id", "task_id", "slot", "fence", "person", "mode", "revision", "previous", "state", "reply", "document",
         "marks", "active_ms", "guideline_version", "schema_version", "late", "provenance", "received_at"),
        [(sql.uuid(made), queue.id, task.id, slot, fence, "", "import", 1, None, "accepted", "accepted", document.decode(),
          len(marks), 0, setup.guideline_version, setup.schema_version, False,
          msgspec.json.encode({"source": source}).decode(), sql.time(now))],
    )  # fmt: skip
    sql.run(
        "UPDATE work_task SET answered = slots, accepted = slots, state = 'done', answered_at = %s WHERE id = %s",
        (sql.time(now), task.id),
    )
    content.write(queue.id, task.id, slot, task.seq, content.keys_of(marks, attrs), revised=False)
    counts.add(queue.id, "", now, completed=1)
    events.publish(TaskCompleted(project, opaque.encode(task.id), item, now))
    return True
