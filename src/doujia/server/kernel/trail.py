"""Sealing and proving the audit trail.

Every second the worker seals what is new: a seal keeps a hash of each of its rows and one digest over these and the
seal before (``SHA-256(previous ‖ "id:hash" lines)``), so that nothing sealed can be changed, taken out, put in or
swapped without a break that ``verify`` finds and places. Rows not yet sealed (the last second or two) are the tail: the
verifier counts them, it cannot vouch for them. Once an hour the newest digest is also written to
``audit-heads.jsonl`` in the home folder, outside the database: cutting the trail's end off shows there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from doujia.server.kernel import clock, db
from doujia.server.kernel.models import AuditEvent, AuditSeal
from doujia.server.kernel.schedule import every

__all__ = ["Break", "Report", "forget", "row_hash", "seal", "verify"]

FIRST = "0" * 64
BEFORE_ALL = -(1 << 62)
BATCH = 500  # some 8 ms of work: who submits meanwhile waits no longer than that
SETTLE = timedelta(seconds=1)
HEADS_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Break:
    """A place where the trail is not what was sealed. ``event`` is the first bad row's id (None: the seal itself)."""

    kind: str  # row_changed row_missing row_added seal_changed seal_missing trail_cut
    seal: int
    event: int | None
    zh: str
    en: str


@dataclass(frozen=True)
class Report:
    """What the verifier found."""

    ok: bool
    seals: int
    sealed: int
    unsealed: int
    head: str
    breaks: list[Break] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"审计记录:{self.sealed} 条已封({self.seals} 个封条),{self.unsealed} 条还没封。",
            f"Audit trail: {self.sealed} rows sealed by {self.seals} seals, {self.unsealed} not sealed yet.",
            f"head {self.head}",
        ]
        for b in self.breaks:
            lines += [b.zh, b.en]
        return "\n".join([*lines, "完好。 / It is whole." if self.ok else "有断裂。 / It is broken."])


def row_hash(row: dict[str, Any]) -> str:
    """Return the hash of one row (64 bits, hex): of its canonical JSON, keys sorted, times in UTC."""
    at: datetime = row["at"]
    canonical = json.dumps(
        [
            row["id"],
            at.astimezone(UTC).isoformat(timespec="microseconds"),
            row["actor"],
            row["action"],
            row["thing"],
            row["tenant"],
            row["details"],
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _digest(previous: str, rows: str) -> str:
    return hashlib.sha256(f"{previous}\n{rows}".encode()).hexdigest()


def _rows(first: int, last: int | None = None) -> Iterator[dict[str, Any]]:
    found = AuditEvent.objects.filter(id__gte=first)
    if last is not None:
        found = found.filter(id__lte=last)
    columns = ("id", "at", "actor", "action", "thing", "tenant", "details")
    return iter(found.order_by("id").values(*columns).iterator(chunk_size=BATCH))


def _settled(last: int) -> list[int]:
    """Return the ids after ``last`` that no transaction still under way can precede.

    SQLite has one writer: ids are committed in their order. On PostgreSQL an id is drawn before its transaction commits,
    so a lower id may appear later than a higher one: only rows of transactions older than every running one are taken,
    and only a second after they were written, so that an id just drawn by a transaction that has no number yet is waited for.
    """
    if db.is_sqlite():
        return list(
            AuditEvent.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:BATCH]
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        horizon = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT id, xmin::text::bigint, at FROM kernel_auditevent WHERE id > %s ORDER BY id LIMIT %s",
            [last, BATCH],
        )
        rows = cursor.fetchall()
    now, settled = clock.now(), []
    for event, number, at in rows:
        # xmin has 32 bits, the horizon 64: put the row's number into the horizon's epoch or the one before.
        full = (horizon & ~0xFFFFFFFF) | number
        if full - horizon > 1 << 31:
            full -= 1 << 32
        # A row from the future (the clock was set back) shall not hold the sealing up until then.
        if full >= horizon or now - SETTLE < at <= now + SETTLE:
            break
        settled.append(event)
    return settled


@every(1.0, "audit-seal")
def seal() -> int:
    """Seal what is new and return how many rows; called by the worker each second, by several workers at once in vain."""
    total = 0
    while True:
        with db.write():
            count = _seal_once()
        total += count
        if count < BATCH:
            return total


def _seal_once() -> int:
    if not db.is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(7230117)")
            if not cursor.fetchone()[0]:
                return 0
    head = AuditSeal.objects.order_by("-id").first()
    ids = _settled(head.last_event if head else 0)
    if not ids:
        return 0
    lines = "\n".join(f"{row['id']}:{row_hash(row)}" for row in _rows(ids[0], ids[-1]))
    previous = head.digest if head else FIRST
    now = clock.now()
    made = AuditSeal.objects.create(
        first_event=ids[0], last_event=ids[-1], count=len(ids), previous=previous, digest=_digest(previous, lines), rows=lines, at=now
    )  # fmt: skip
    if head is None or head.at.replace(minute=0, second=0, microsecond=0) != now.replace(
        minute=0, second=0, microsecond=0
    ):
        db.after_commit(lambda: _note_head(made.id, made.digest, now))
    return len(ids)


def _heads() -> Path:
    return Path(settings.HOME) / "audit-heads.jsonl"


def forget() -> None:
    """Drop the noted heads of a trail that is thrown away as a whole, with the demo it belongs to."""
    _heads().unlink(missing_ok=True)


def _note_head(number: int, digest: str, at: datetime) -> None:
    with _heads().open("a", encoding="utf-8") as file:
        file.write(json.dumps({"seal": number, "digest": digest, "at": at.isoformat()}) + "\n")


def verify() -> Report:
    """Read the whole trail and return what is sealed, what is not yet, and every break.

    Never raises for a broken trail: the report is the answer.
    """
    breaks: list[Break] = []
    previous, last_event, sealed, seals, last_seal = FIRST, BEFORE_ALL, 0, 0, 0
    digests = {}
    for link in AuditSeal.objects.order_by("id").iterator(chunk_size=200):
        seals += 1
        digests[link.id] = link.digest
        if link.previous != previous:
            breaks.append(_break("seal_missing", link.id, None))
        elif _digest(link.previous, link.rows) != link.digest:
            breaks.append(_break("seal_changed", link.id, None))
        breaks += _compare(link, last_event)
        sealed += link.count
        previous, last_event, last_seal = link.digest, link.last_event, link.id
    breaks += _cut(digests, last_seal)
    unsealed = AuditEvent.objects.filter(id__gt=last_event).count()
    return Report(not breaks, seals, sealed, unsealed, previous, breaks)


def _compare(link: AuditSeal, after: int) -> list[Break]:
    """Return the first bad row of one seal, if any: rows between the seal before and this one's last."""
    expected = dict(line.split(":") for line in link.rows.split("\n")) if link.rows else {}
    found: set[int] = set()
    for row in _rows(after + 1, link.last_event):
        found.add(row["id"])
        stated = expected.get(str(row["id"]))
        if stated is None:
            return [_break("row_added", link.id, row["id"])]
        if stated != row_hash(row):
            return [_break("row_changed", link.id, row["id"])]
    missing = sorted(int(e) for e in expected if int(e) not in found)
    return [_break("row_missing", link.id, missing[0])] if missing else []


def _cut(digests: dict[int, str], last: int) -> list[Break]:
    """Return the noted heads that the trail no longer holds."""
    if not _heads().exists():
        return []
    for line in _heads().read_text(encoding="utf-8").splitlines():
        head = json.loads(line)
        if digests.get(head["seal"]) != head["digest"]:
            return [_break("trail_cut" if head["seal"] > last else "seal_changed", head["seal"], None)]
    return []


_SAID = {
    "row_changed": ("第 {event} 条记录在封存之后被改过(封条 {seal})。", "Row {event} was changed after it was sealed (seal {seal})."),
    "row_missing": ("第 {event} 条记录不见了(封条 {seal})。", "Row {event} is missing (seal {seal})."),
    "row_added": ("第 {event} 条记录是封存之后插进来的(封条 {seal})。", "Row {event} was put in after the sealing (seal {seal})."),
    "seal_changed": ("封条 {seal} 被改过。", "Seal {seal} was changed."),
    "seal_missing": ("封条 {seal} 之前少了一个封条。", "A seal is missing before seal {seal}."),
    "trail_cut": ("记录的末尾被截掉了:封条 {seal} 曾经存在。", "The end of the trail was cut off: seal {seal} has existed."),
}  # fmt: skip


def _break(kind: str, number: int, event: int | None) -> Break:
    zh, en = _SAID[kind]
    return Break(
        kind, number, event, zh.format(seal=number, event=event), en.format(seal=number, event=event)
    )
