"""Tasks by the hundred thousand, and answers to them, written as rows: what people would need years to make.

Goes on from a world that ``world.py`` made; the rows are those that the rooms would write (``checks.py`` counts them).
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import time
import uuid
from typing import Any

from load import MARKS

__all__ = ["answers", "tasks"]

BATCH = 5000


def tasks(project: str, dataset: str, count: int) -> float:
    """Make ``count`` pictures and their tasks; returns the seconds it took."""
    from django.db import connection

    from doujia.server.data.models import Dataset
    from doujia.server.kernel import clock, db
    from doujia.server.kernel.ids import uuid7
    from doujia.server.kernel.statements import pour
    from doujia.server.work.actions.tasks import Wanted, make_tasks

    started, text = time.monotonic(), db.is_sqlite()
    owner = uuid.UUID(dataset).hex if text else dataset
    for first in range(0, count, BATCH):
        with db.write():
            now = connection.ops.adapt_datetimefield_value(clock.now())
            ids = [uuid7() for _ in range(first, min(first + BATCH, count))]
            pour(
                "data_item",
                _ITEM,
                (_picture(i.hex if text else i, owner, first + n, now) for n, i in enumerate(ids)),
            )
            make_tasks(project, [Wanted(str(i)) for i in ids])
    with db.write():
        Dataset.objects.filter(id=dataset).update(items=count, bytes=350_000 * count)
    return time.monotonic() - started


_ITEM = (
    "id", "dataset_id", "name", "media", "status", "sha256", "size", "mime", "served_sha256", "served_type", "preview_sha256", "problems",
    "doubtful", "attrs", "sequence", "version", "created_at",
)  # fmt: skip


def _picture(id_: Any, dataset: Any, number: int, now: Any) -> tuple[Any, ...]:
    media = '{"kind": "image", "width": 1920, "height": 1080}'
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    return (
        id_, dataset, f"frames/{number:08d}.jpg", media, "ready", sha256, 350_000, "image/jpeg", sha256, "jpg", sha256, "[]", False, "{}", "", 1,
        now,
    )  # fmt: skip


def answers(project: str, person: str, count: int, seed: int = 7) -> float:
    """Accept an answer of ``person`` with five boxes for the first ``count`` waiting tasks; returns the seconds it took."""
    from doujia.server.kernel import clock, db
    from doujia.server.work import counts, queues
    from doujia.server.work.models import Content, Ready, Submission, Task

    started, queue, rng = time.monotonic(), queues.of(project), random.Random(seed)
    left = count
    while left > 0:
        with db.write():
            now = clock.now()
            waiting = list(
                Ready.objects.filter(queue_id=queue.id, kind="work").order_by("rank", "seq")[
                    : min(BATCH, left)
                ]
            )
            if not waiting:
                raise SystemExit(f"only {count - left} tasks wait, {count} were asked for")
            sent, keys = [], []
            for slot in waiting:
                document, found = _document(rng)
                sent.append(
                    Submission(
                        id=uuid.UUID(bytes=secrets.token_bytes(16), version=4), queue_id=queue.id, task_id=slot.task_id, slot=slot.id,
                        fence=0, person=person, mode="work", state="accepted", reply="accepted", document=document, marks=5,
                        active_ms=42_000, guideline_version=1, schema_version=1, received_at=now,
                    )
                )  # fmt: skip
                keys += [
                    Content(queue_id=queue.id, task_id=slot.task_id, slot=slot.id, key=key, seq=slot.seq, n=n)
                    for key, n in found.items()
                ]
            Submission.objects.bulk_create(sent)
            Content.objects.bulk_create(keys)
            for start in range(0, len(waiting), 500):
                part = waiting[start : start + 500]
                Task.objects.filter(id__in=[s.task_id for s in part]).update(
                    answered=1, accepted=1, state="done", answered_at=now
                )
                Ready.objects.filter(id__in=[s.id for s in part]).delete()
            n = len(waiting)
            counts.add(
                queue.id, person, now, answered=True, items=n, accepted=n, completed=n, active_ms=42_000 * n
            )
            left -= n
    return time.monotonic() - started


def _document(rng: random.Random) -> tuple[str, dict[str, int]]:
    """Return an answer's JSON, its boxes somewhere else each time, and what is counted of it."""
    marks: list[dict[str, Any]] = []
    found: dict[str, int] = {"kind:box": 5}
    for mark in MARKS:
        x, y = rng.randrange(0, 1700) + 0.5, rng.randrange(0, 900) + 0.25
        box = {
            "kind": "box",
            "x0": x,
            "y0": y,
            "x1": x + rng.randrange(20, 200),
            "y1": y + rng.randrange(20, 170),
        }
        marks.append({**mark, "geometry": box})
        found[f"class:{mark['label']}"] = found.get(f"class:{mark['label']}", 0) + 1
    return json.dumps({"marks": marks, "relations": [], "item_attrs": {}}, separators=(",", ":")), found
