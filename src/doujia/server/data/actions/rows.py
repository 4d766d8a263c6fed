"""Rows by the API: items whose content is told in the row, or is a file that the tenant already has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import F

from doujia.marks import ConversationMedia, Media, TextMedia
from doujia.media.reasons import REASONS
from doujia.server.data.actions.datasets import locked, require_edit
from doujia.server.data.actions.items import check_attrs
from doujia.server.data.models import Dataset, Item
from doujia.server.data.names import clean_name
from doujia.server.kernel import audit, clock, db
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import PlatformError, Unprocessable
from doujia.server.kernel.ids import uuid7
from doujia.server.kernel.statements import pour

__all__ = ["MAX_ROWS", "Row", "RowsAdded", "add_rows"]

MAX_ROWS = 20_000
BATCH = 2000
"""Rows in one transaction: other writers get their turn in between."""
COPIED = (
    "media", "sha256", "size", "mime", "served_sha256", "served_type", "preview_sha256", "tiles", "problems", "doubtful",
)  # fmt: skip
"""What an item takes over from another one with the same file."""
NAMED_IN_ROW = (TextMedia, ConversationMedia)


class Row(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One item.

    Attributes:
        name: path or other name, unique in the dataset.
        sha256: of a file that some dataset of the same tenant holds already.
        media: what it is, for items without a file (text, conversations).
    """

    name: str
    sha256: str | None = None
    media: Media | None = None
    attrs: dict[str, Any] = {}
    sequence: str = ""
    index: int | None = None


@dataclass(frozen=True)
class RowsAdded:
    """What became of the rows: ids in their order (None: refused), and what was refused."""

    ids: tuple[str | None, ...]
    added: int
    known: int
    problems: tuple[dict[str, Any], ...]


def _refusal(number: int, row: Row, code: str, zh: str, en: str) -> dict[str, Any]:
    return {"row": number, "name": row.name[:200], "code": code, "zh": zh, "en": en}


def add_rows(*, actor: Actor, dataset: str, rows: Sequence[Row]) -> RowsAdded:
    """Add items to a dataset. A name that is there already with the same content is the same item: sending twice is once.

    Raises:
        Unprocessable: ``too_many_rows``.
    """
    view = require_edit(actor, dataset)
    if len(rows) > MAX_ROWS:
        raise Unprocessable(
            "too_many_rows",
            zh=f"一次最多 {MAX_ROWS} 行。",
            en=f"At most {MAX_ROWS} rows at once; send the rest in further calls.",
        )
    ids: list[str | None] = []
    problems: list[dict[str, Any]] = []
    added = 0
    for start in range(0, len(rows), BATCH):
        part = _Batch(view.tenant, view.medium, dataset)
        part.check(rows[start : start + BATCH], start)
        added += part.write()
        ids += [part.ids.get(r.name) if n not in part.bad else None for n, r in part.rows]
        problems += part.problems
    known = len(rows) - added - len(problems)
    with db.write():
        audit.record(
            actor,
            "item.rows_added",
            f"dataset:{dataset}",
            tenant=view.tenant,
            added=added,
            refused=len(problems),
        )
    return RowsAdded(tuple(ids), added, known, tuple(problems))


class _Batch:
    """Some rows on their way into the table."""

    def __init__(self, tenant: str, medium: str, dataset: str) -> None:
        self.tenant, self.medium, self.dataset = tenant, medium, dataset
        self.rows: list[tuple[int, Row]] = []
        self.bad: set[int] = set()
        self.problems: list[dict[str, Any]] = []
        self.ids: dict[str, str] = {}
        self._files: dict[str, dict[str, Any]] = {}

    def check(self, rows: Sequence[Row], first: int) -> None:
        """Sort out what cannot come in."""
        self.rows = [(first + i, row) for i, row in enumerate(rows)]
        wanted = {r.sha256 for r in rows if r.sha256}
        # Only what the same tenant already holds: knowing a hash must not open somebody else's file.
        held = Item.objects.filter(
            sha256__in=wanted, dataset__tenant=self.tenant, dataset__medium=self.medium
        )
        found = held.order_by("-id").values(*COPIED) if wanted else ()
        self._files = {row["sha256"]: row for row in found}
        for number, row in self.rows:
            try:
                self._check_one(row)
            except PlatformError as error:
                self._refuse(number, row, error.code, error.zh, error.en)

    def _refuse(self, number: int, row: Row, code: str, zh: str, en: str) -> None:
        self.bad.add(number)
        self.problems.append(_refusal(number, row, code, zh, en))

    def _check_one(self, row: Row) -> None:
        clean_name(row.name)
        check_attrs(row.attrs)
        if row.sha256 is not None:
            if row.sha256 not in self._files:
                raise Unprocessable(
                    "file_not_held",
                    zh="还没有这个文件,请先上传。",
                    en="There is no such file yet; upload it first.",
                )
            return
        if not isinstance(row.media, NAMED_IN_ROW):
            raise Unprocessable(
                "row_without_content",
                zh="这一行没有内容:要有文件的 sha256,或者文字、对话。",
                en="The row has no content: give the sha256 of a file, or a text or conversation as media.",
            )
        kind = str(row.media.__struct_config__.tag)
        if kind != self.medium:
            zh, en = REASONS["wrong_medium"]
            names = {"wanted": self.medium, "found": kind}
            raise Unprocessable("wrong_medium", zh=zh.format(**names), en=en.format(**names))

    def write(self) -> int:
        """Insert what is new and return how many rows that were."""
        good = [(number, row) for number, row in self.rows if number not in self.bad]
        with db.write():
            dataset = locked(self.dataset)
            names = [r.name for _, r in good]
            known = Item.objects.filter(dataset=dataset, name__in=names)
            held = {n: (str(i), s, m) for n, i, s, m in known.values_list("name", "id", "sha256", "media")}
            firsts = self._first_holders(dataset)
            fresh: dict[str, dict[str, Any]] = {}
            for number, row in good:
                made = self._item(dataset, row, firsts)
                content = (made["sha256"], made["media"])
                before = held.get(row.name)
                if before is None:
                    fresh[row.name] = made
                    held[row.name] = (str(made["id"]), *content)
                elif before[1:] != content:
                    zh, en = REASONS["name_taken"]
                    self._refuse(number, row, "name_taken", zh, en)
            pour("data_item", _COLUMNS, [_values(item) for item in fresh.values()])
            self.ids = {name: content[0] for name, content in held.items()}
            size = sum(item["size"] for item in fresh.values() if item["duplicate_of"] is None)
            Dataset.objects.filter(id=dataset.id).update(
                items=F("items") + len(fresh), bytes=F("bytes") + size
            )
        return len(fresh)

    def _first_holders(self, dataset: Dataset) -> dict[str, UUID]:
        rows = Item.objects.filter(dataset=dataset, sha256__in=list(self._files)).order_by("-id")
        return dict(rows.values_list("sha256", "id")) if self._files else {}

    def _item(self, dataset: Dataset, row: Row, firsts: dict[str, UUID]) -> dict[str, Any]:
        item = {
            **_EMPTY, "id": uuid7(), "dataset_id": dataset.id, "name": row.name, "attrs": row.attrs, "sequence": row.sequence[:200],
            "index": row.index, "created_at": clock.now(),
        }  # fmt: skip
        if row.sha256 is None:
            return {**item, "media": msgspec.to_builtins(row.media)}
        item |= self._files[row.sha256] | {"duplicate_of": firsts.get(row.sha256)}
        firsts.setdefault(row.sha256, item["id"])
        return item


_EMPTY: dict[str, Any] = {
    "id": None, "dataset_id": None, "name": "", "media": None, "status": "ready", "sha256": "", "size": 0, "mime": "", "served_sha256": "",
    "served_type": "", "preview_sha256": "", "tiles": None, "duplicate_of": None, "problems": [], "doubtful": False, "attrs": {},
    "sequence": "", "index": None, "version": 1, "created_at": None, "deleted_at": None,
}  # fmt: skip
_COLUMNS = tuple(_EMPTY)
_JSON = ("media", "tiles", "problems", "attrs")


def _values(item: dict[str, Any]) -> list[Any]:
    """Return an item as a row: building ten thousand of Django's objects takes longer than the database."""
    texts = {n: msgspec.json.encode(item[n]).decode() for n in _JSON if item[n] is not None}
    if db.is_sqlite():
        texts |= {n: item[n].hex for n in ("id", "dataset_id", "duplicate_of") if item[n] is not None}
        texts["created_at"] = connection.ops.adapt_datetimefield_value(item["created_at"])
    return list((item | texts).values())
