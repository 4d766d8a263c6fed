"""What may be read of datasets and items. The number of queries never grows with the number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q

from doujia.marks import Media
from doujia.server.data.models import (
    Dataset,
    DatasetShare,
    Import,
    ImportProblem,
    Item,
    UploadFile,
    UploadSession,
)
from doujia.server.data.staging import Placed, placed
from doujia.server.kernel import jobs
from doujia.server.kernel.authz import CLIENT, LEAD, MANAGER, TRAINER, Actor, Thing, require
from doujia.server.kernel.errors import NotFound

__all__ = [
    "BATCH", "DatasetView", "ImportView", "ItemFilter", "ItemView", "RefusedFile", "UploadView", "by_content", "by_name", "dataset", "dataset_names", "dataset_thing",
    "datasets", "get_item", "get_items", "imports", "item_ids", "item_view", "items", "open_uploads", "owner_thing", "owners_shown_to", "refused_files", "visible_dataset",
    "upload_files", "uuid_of", "visible_import", "visible_upload",
]  # fmt: skip

SEEN_BY = (LEAD, MANAGER, CLIENT, TRAINER)
BATCH = 500
"""Ids in one query: SQLite takes some thousand variables at most."""


@dataclass(frozen=True)
class DatasetView:
    """A dataset. ``shared_with`` are the tenants beside the owner that may look at it."""

    id: str
    tenant: str
    name: str
    medium: str
    description: str
    items: int
    bytes: int
    version: int
    created_by: str
    created_at: datetime
    shared_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemView:
    """One item as the rooms above see it.

    Attributes:
        media: what it is and how large, upright.
        sha256: of the file as it came; ``served_sha256`` of what people are shown, ``served_type`` its ending
            (``jpg``), ``preview_sha256`` of the preview (at most 80 kB). Empty where there is none (text).
        tiles: None or ``{"size": 512, "levels": [{"w", "h", "scale"}], "pack": sha256}``.
        duplicate_of: id of the first item of the dataset with the same bytes.
        problems: what the checks of its quality found: ``[{"code", "zh", "en"}]``.
    """

    id: str
    dataset: str
    name: str
    media: Media
    sha256: str
    size: int
    mime: str
    served_sha256: str
    served_type: str
    preview_sha256: str
    tiles: dict[str, Any] | None
    duplicate_of: str | None
    problems: tuple[dict[str, str], ...]
    attrs: dict[str, Any]
    sequence: str
    index: int | None
    status: str
    version: int


@dataclass(frozen=True)
class ItemFilter:
    """Which items: by part of the name, by state, by what was found."""

    name: str = ""
    status: str = "ready"
    duplicates: bool | None = None
    doubtful: bool | None = None


def uuid_of(text: str, what: str) -> UUID:
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError) as error:
        raise NotFound(f"{what}_not_found") from error


def _dataset_view(row: Dataset, shares: Sequence[str] = ()) -> DatasetView:
    return DatasetView(
        str(row.id), row.tenant, row.name, row.medium, row.description, row.items, row.bytes, row.version,
        row.created_by, row.created_at, tuple(shares),
    )  # fmt: skip


def item_view(row: Item) -> ItemView:
    """Return the view of a row."""
    return ItemView(
        id=str(row.id), dataset=str(row.dataset_id), name=row.name, media=msgspec.convert(row.media, Media),
        sha256=row.sha256, size=row.size, mime=row.mime, served_sha256=row.served_sha256, served_type=row.served_type,
        preview_sha256=row.preview_sha256, tiles=row.tiles, duplicate_of=str(row.duplicate_of) if row.duplicate_of else None,
        problems=tuple(row.problems), attrs=row.attrs, sequence=row.sequence, index=row.index, status=row.status,
        version=row.version,
    )  # fmt: skip


def dataset(dataset_id: str) -> DatasetView:
    """Return one dataset, without asking who wants it.

    Raises:
        NotFound: there is none, or it lies in the trash.
    """
    row = Dataset.objects.filter(id=uuid_of(dataset_id, "dataset"), deleted_at=None).first()
    if row is None:
        raise NotFound("dataset_not_found")
    return _dataset_view(row, DatasetShare.objects.filter(dataset=row).values_list("tenant", flat=True))


def dataset_names(ids: Iterable[str]) -> dict[str, str]:
    """Return the names of the datasets that exist; one query."""
    wanted = []
    for text in ids:
        try:
            wanted.append(UUID(text))
        except ValueError:
            continue
    found = Dataset.objects.filter(id__in=wanted, deleted_at=None).values_list("id", "name")
    return {str(i): name for i, name in found}


def dataset_thing(dataset_id: str) -> Thing:
    """Return whose the dataset is to look at: the owner's and those it is shared with.

    Raises:
        NotFound: there is none, or it lies in the trash.
    """
    return _seen_by(dataset(dataset_id))


def _seen_by(view: DatasetView) -> Thing:
    return Thing(frozenset({view.tenant, *view.shared_with}))


def owner_thing(view: DatasetView) -> Thing:
    """Return whose the dataset is to change: the owner's."""
    return Thing(frozenset({view.tenant}))


def visible_dataset(actor: Actor, dataset_id: str) -> DatasetView:
    """Return a dataset that ``actor`` may look at.

    Raises:
        NotFound, Forbidden
    """
    view = dataset(dataset_id)
    require(actor, "dataset.view", _seen_by(view))
    return view


def datasets(
    *,
    actor: Actor,
    tenant: str | None = None,
    medium: str | None = None,
    name: str = "",
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[DatasetView]:
    """Return the datasets that ``actor`` may look at, newest first."""
    rows = Dataset.objects.filter(deleted_at=None)
    if not actor.is_admin():
        mine = actor.tenants(*SEEN_BY)
        rows = rows.filter(
            Q(tenant__in=mine) | Q(id__in=DatasetShare.objects.filter(tenant__in=mine).values("dataset"))
        )
    if tenant:
        rows = rows.filter(tenant=tenant)
    if medium:
        rows = rows.filter(medium=medium)
    if name:
        rows = rows.filter(name__icontains=name)
    if before is not None:
        at, last = before
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=uuid_of(last, "dataset")))
    found = list(rows.order_by("-created_at", "-id")[:limit])
    shares: dict[UUID, list[str]] = {}
    for share in DatasetShare.objects.filter(dataset__in=found):
        shares.setdefault(share.dataset_id, []).append(share.tenant)
    return [_dataset_view(row, shares.get(row.id, ())) for row in found]


def owners_shown_to(tenants: Iterable[str]) -> frozenset[str]:
    """Return whose datasets some of ``tenants`` were shown."""
    rows = DatasetShare.objects.filter(tenant__in=list(tenants), dataset__deleted_at=None)
    return frozenset(rows.values_list("dataset__tenant", flat=True).distinct())


def get_item(item_id: str) -> ItemView:
    """Return one item.

    Raises:
        NotFound: there is none.
    """
    row = Item.objects.filter(id=uuid_of(item_id, "item")).first()
    if row is None:
        raise NotFound("item_not_found")
    return item_view(row)


def get_items(ids: Iterable[str]) -> dict[str, ItemView]:
    """Return items by id; those that do not exist are left out."""
    wanted: list[UUID] = []
    for text in ids:
        try:
            wanted.append(UUID(text))
        except (ValueError, AttributeError):
            continue
    found: dict[str, ItemView] = {}
    texts = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            # A plain statement: it is part of every take, and building Django's costs three times as much.
            cursor.execute(
                f"{_ITEMS} ({', '.join(['%s'] * len(part))})", [u.hex if texts else u for u in part]
            )
            for row in cursor.fetchall():
                item = _view_of(row)
                found[item.id] = item
    return found


_quoted = ", ".join(f'"{f.name if f.name != "dataset" else "dataset_id"}"' for f in fields(ItemView))
_ITEMS = f"SELECT {_quoted} FROM data_item WHERE id IN"


def _view_of(row: Sequence[Any]) -> ItemView:
    """Return the view of a row of ``_ITEMS``, whose JSON is text and whose ids are as the database keeps them."""
    (
        id_, dataset_id, name, media, sha256, size, mime, served_sha256, served_type, preview_sha256, tiles, duplicate_of, problems,
        attrs, sequence, index, status, version,
    ) = row  # fmt: skip
    return ItemView(
        id=_uuid_text(id_), dataset=_uuid_text(dataset_id), name=name, media=msgspec.json.decode(media, type=Media), sha256=sha256,
        size=size, mime=mime, served_sha256=served_sha256, served_type=served_type, preview_sha256=preview_sha256,
        tiles=msgspec.json.decode(tiles) if tiles is not None else None,
        duplicate_of=_uuid_text(duplicate_of) if duplicate_of is not None else None,
        problems=tuple(msgspec.json.decode(problems)), attrs=msgspec.json.decode(attrs), sequence=sequence, index=index,
        status=status, version=version,
    )  # fmt: skip


def _uuid_text(value: UUID | str) -> str:
    return str(value) if isinstance(value, UUID) else str(UUID(value))


def _filtered(dataset_id: UUID, which: ItemFilter) -> Any:
    rows = Item.objects.filter(dataset=dataset_id, status=which.status)
    if which.name:
        rows = rows.filter(name__icontains=which.name)
    if which.duplicates is not None:
        rows = rows.filter(duplicate_of__isnull=not which.duplicates)
    if which.doubtful is not None:
        rows = rows.filter(doubtful=which.doubtful)
    return rows.order_by("id")


def items(
    dataset_id: str, which: ItemFilter = ItemFilter(), *, after: str | None = None, limit: int = 50
) -> list[ItemView]:
    """Return items of a dataset in the order in which they came, after the item ``after``."""
    rows = _filtered(uuid_of(dataset_id, "dataset"), which)
    if after:
        rows = rows.filter(id__gt=uuid_of(after, "item"))
    if which.name:
        # Two steps: the search reads an index that holds the names, then come the few rows it found.
        rows = Item.objects.filter(id__in=list(rows.values_list("id", flat=True)[:limit])).order_by("id")
    return [item_view(row) for row in rows[:limit]]


def item_ids(
    dataset_id: str, after: str | None = None, limit: int = 1000, which: ItemFilter = ItemFilter()
) -> list[str]:
    """Return ids of the items of a dataset in the order in which they came, after the item ``after``."""
    rows = _filtered(uuid_of(dataset_id, "dataset"), which)
    if after:
        rows = rows.filter(id__gt=uuid_of(after, "item"))
    return [str(i) for i in rows.values_list("id", flat=True)[:limit]]


def _pages(values: Iterable[str]) -> Iterator[list[str]]:
    rest = list(dict.fromkeys(values))
    for start in range(0, len(rest), BATCH):
        yield rest[start : start + BATCH]


def by_name(dataset_ids: Sequence[str], names: Iterable[str]) -> dict[str, str]:
    """Return the ids of the items with these exact names; a name that stands in several datasets gives the first."""
    owners = [uuid_of(d, "dataset") for d in dataset_ids]
    found: dict[str, str] = {}
    for page in _pages(names):
        rows = Item.objects.filter(dataset__in=owners, name__in=page, status="ready").order_by("id")
        for name, item in rows.values_list("name", "id"):
            found.setdefault(name, str(item))
    return found


def by_content(dataset_ids: Sequence[str], sha256s: Iterable[str]) -> dict[str, str]:
    """Return the ids of the first items with these contents."""
    owners = [uuid_of(d, "dataset") for d in dataset_ids]
    found: dict[str, str] = {}
    for page in _pages(s for s in sha256s if s):
        rows = Item.objects.filter(dataset__in=owners, sha256__in=page, status="ready").order_by("id")
        for sha256, item in rows.values_list("sha256", "id"):
            found.setdefault(sha256, str(item))
    return found


@dataclass(frozen=True)
class ImportView:
    """One import: what it was told, how far it is, what came in and what did not."""

    id: str
    dataset: str
    source: str
    job: str
    state: str
    done: int
    total: int | None
    error: dict[str, Any] | None
    counts: dict[str, int]
    reasons: dict[str, int]
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class RefusedFile:
    """A file that did not come in, and why."""

    id: int
    name: str
    code: str
    zh: str
    en: str


def _import_view(row: Import, job: jobs.JobView | None) -> ImportView:
    return ImportView(
        id=str(row.id), dataset=str(row.dataset_id), source=row.source, job=row.job, state=job.state if job else "queued",
        done=job.done if job else 0, total=job.total if job else None, error=job.error if job else None, counts=row.counts,
        reasons=row.reasons, created_by=row.created_by, created_at=row.created_at,
    )  # fmt: skip


def imports(
    dataset_id: str, *, before: tuple[datetime, str] | None = None, limit: int = 50
) -> list[ImportView]:
    """Return the imports of a dataset, newest first; two queries.

    Args:
        before: ``(created_at, id)`` of the last one of the page before.
    """
    found = Import.objects.filter(dataset=uuid_of(dataset_id, "dataset"))
    if before is not None:
        at, last = before
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=UUID(last)))
    rows = list(found.order_by("-created_at", "-id")[:limit])
    by_id = jobs.views(row.job for row in rows)
    return [_import_view(row, by_id.get(row.job)) for row in rows]


def visible_import(actor: Actor, import_id: str) -> ImportView:
    """Return an import into a dataset that ``actor`` may look at.

    Raises:
        NotFound, Forbidden
    """
    row = Import.objects.filter(id=uuid_of(import_id, "import")).first()
    if row is None:
        raise NotFound("import_not_found")
    visible_dataset(actor, str(row.dataset_id))
    return _import_view(row, jobs.get(row.job))


def refused_files(
    import_id: str, *, code: str | None = None, after: int = 0, limit: int = 100
) -> list[RefusedFile]:
    """Return what an import did not take, in its order; the first 10,000 are kept, all are counted."""
    rows = ImportProblem.objects.filter(run=uuid_of(import_id, "import"), id__gt=after)
    if code:
        rows = rows.filter(code=code)
    return [RefusedFile(r.id, r.name, r.code, r.zh, r.en) for r in rows.order_by("id")[:limit]]


@dataclass(frozen=True)
class UploadView:
    """An upload: files announced from a browser or a program."""

    id: str
    dataset: str
    state: str
    files: int
    bytes: int
    created_at: datetime


def _upload_view(row: UploadSession) -> UploadView:
    return UploadView(str(row.id), str(row.dataset_id), row.state, row.files, row.bytes, row.created_at)


def visible_upload(actor: Actor, upload_id: str) -> UploadView:
    """Return an upload that ``actor`` began, in a dataset they may change.

    Raises:
        NotFound: there is none, or it is another person's. Forbidden: the right to change the dataset is gone.
    """
    row = UploadSession.objects.filter(id=uuid_of(upload_id, "upload"), owner=actor.person).first()
    if row is None:
        raise NotFound("upload_not_found")
    require(actor, "dataset.edit", owner_thing(dataset(str(row.dataset_id))))
    return _upload_view(row)


def open_uploads(actor: Actor, dataset_id: str) -> list[UploadView]:
    """Return the person's own open uploads into a dataset, newest first: what a browser asks after a reload."""
    require(actor, "dataset.edit", owner_thing(dataset(dataset_id)))
    rows = UploadSession.objects.filter(
        dataset=uuid_of(dataset_id, "dataset"), owner=actor.person, state="open"
    )
    return [_upload_view(row) for row in rows.order_by("-created_at")[:20]]


def upload_files(upload_id: str, *, after: str | None = None, limit: int = 500) -> list[Placed]:
    """Return the files of an upload in the order of their ids, after the file ``after``, with what of each is here."""
    rows = UploadFile.objects.filter(session=uuid_of(upload_id, "upload")).order_by("id")
    if after:
        rows = rows.filter(id__gt=uuid_of(after, "upload_file"))
    return [placed(row) for row in rows[:limit]]
