"""Uploads and imports over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from doujia.server.data import actions, queries
from doujia.server.data.actions.uploads import PART_BYTES
from doujia.server.kernel.api import actor_of, cursor_decode, cursor_encode, moment_and_id, number_in
from doujia.server.kernel.errors import BadRequest

router = Router()


class FileIn(Schema):
    """A file that is going to be sent; sha256 is checked when it is told."""

    name: str = Field(max_length=4096, description="path with / as separator, kept exactly")
    size: int = Field(ge=0)
    sha256: str = Field("", max_length=64)


class FilesIn(Schema):
    files: list[FileIn] = Field(max_length=5000)


class FileOut(Schema):
    """Where a file goes and how much of it is here."""

    id: str
    name: str
    size: int
    received: int
    complete: bool


class FileProblemOut(Schema):
    name: str
    code: str
    zh: str
    en: str


class AnnouncedOut(Schema):
    files: list[FileOut]
    problems: list[FileProblemOut]


class UploadOut(Schema):
    """An upload."""

    id: str
    dataset: str
    state: str = Field(description="open committed dropped")
    files: int
    bytes: int
    created_at: datetime


class UploadsOut(Schema):
    items: list[UploadOut]


class UploadPage(Schema):
    upload: UploadOut
    items: list[FileOut]
    next: str | None


class ReceivedOut(Schema):
    received: int
    complete: bool


class CommitIn(Schema):
    """``list_kind`` says that the files are lists of addresses: csv, jsonl or json."""

    list_kind: str | None = Field(None, max_length=8)


class UrlsIn(Schema):
    urls: list[dict[str, str]] = Field(max_length=10_000)


class FolderIn(Schema):
    root: str = Field(max_length=100)
    path: str = Field("", max_length=4096)


class ImportOut(Schema):
    """An import with its progress; counts: added, known, duplicates, refused; reasons: refused by code."""

    id: str
    dataset: str
    source: str
    job: str
    state: str = Field(description="queued running done failed cancelled")
    done: int
    total: int | None
    error: dict[str, Any] | None
    counts: dict[str, int]
    reasons: dict[str, int]
    created_by: str
    created_at: datetime


class ImportPage(Schema):
    items: list[ImportOut]
    next: str | None


class RefusedPage(Schema):
    items: list[FileProblemOut]
    next: str | None


class RootsOut(Schema):
    items: list[str]


def _x(action: str, **more: Any) -> dict[str, Any]:
    return {"x-action": action, **more}


@router.post("/datasets/{dataset}/uploads", operation_id="data_upload_open", response={201: UploadOut}, openapi_extra=_x("dataset.edit"))  # fmt: skip
def upload_open(request: HttpRequest, dataset: str) -> Any:
    """Begin an upload."""
    actor = actor_of(request)
    made = actions.open_upload(actor=actor, dataset=dataset)
    return Status(201, asdict(queries.visible_upload(actor, made)))


@router.get("/datasets/{dataset}/uploads", operation_id="data_uploads", response=UploadsOut, openapi_extra=_x("dataset.edit"))  # fmt: skip
def upload_list(request: HttpRequest, dataset: str) -> Any:
    """One's own open uploads, newest first: how a browser finds its upload after a reload."""
    return {"items": [asdict(view) for view in queries.open_uploads(actor_of(request), dataset)]}


@router.post("/uploads/{upload}/files", operation_id="data_upload_announce", response=AnnouncedOut, openapi_extra=_x("dataset.edit"))  # fmt: skip
def upload_announce(request: HttpRequest, upload: str, body: FilesIn) -> Any:
    """Say which files will come; announcing a file again tells how much of it is here."""
    files = [actions.Announced(f.name, f.size, f.sha256) for f in body.files]
    found, problems = actions.announce(actor=actor_of(request), upload=upload, files=files)
    return {"files": [asdict(f) for f in found], "problems": problems}


@router.get("/uploads/{upload}", operation_id="data_upload", response=UploadPage, openapi_extra=_x("dataset.edit"))  # fmt: skip
def upload_get(
    request: HttpRequest,
    upload: str,
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(500, ge=1, le=1000),
) -> Any:
    """An upload and its files, with what of each is here."""
    view = queries.visible_upload(actor_of(request), upload)
    after = cursor_decode(cursor, 1)
    found = queries.upload_files(view.id, after=str(after[0]) if after else None, limit=limit + 1)
    more = cursor_encode(found[limit - 1].id) if len(found) > limit else None
    return {"upload": asdict(view), "items": [asdict(file) for file in found[:limit]], "next": more}


@router.put(
    "/uploads/{upload}/files/{file}",
    operation_id="data_upload_part",
    response=ReceivedOut,
    openapi_extra=_x(
        "dataset.edit",
        requestBody={
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
    ),
)
def upload_part(request: HttpRequest, upload: str, file: str, offset: int = Query(ge=0)) -> Any:
    """Send a part of at most 64 MiB; ``offset`` must be what is here. 409 ``wrong_offset`` tells where to go on."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or "")
    except ValueError as error:
        raise BadRequest(
            "length_required",
            zh=f"请带上 Content-Length(最多 {PART_BYTES} 字节)。",
            en="Send Content-Length.",
        ) from error
    done = actions.receive(
        actor=actor_of(request), upload=upload, file=file, offset=offset, length=length, body=request
    )
    return asdict(done)


@router.post("/uploads/{upload}/commit", operation_id="data_upload_commit", response={201: ImportOut}, openapi_extra=_x("dataset.edit"))  # fmt: skip
def upload_commit(request: HttpRequest, upload: str, body: CommitIn) -> Any:
    """End the upload and import what came."""
    actor = actor_of(request)
    run = actions.commit_upload(actor=actor, upload=upload, list_kind=body.list_kind)
    return Status(201, asdict(queries.visible_import(actor, run)))


@router.delete("/uploads/{upload}", operation_id="data_upload_drop", response={204: None}, openapi_extra=_x("dataset.edit"))  # fmt: skip
def upload_drop(request: HttpRequest, upload: str) -> Any:
    """Give an upload up."""
    actions.drop_upload(actor=actor_of(request), upload=upload)
    return Status(204, None)


@router.get("/datasets/{dataset}/imports", operation_id="data_imports", response=ImportPage, openapi_extra=_x("dataset.view"))  # fmt: skip
def import_list(
    request: HttpRequest,
    dataset: str,
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """The imports of a dataset, newest first."""
    view = queries.visible_dataset(actor_of(request), dataset)
    rows = queries.imports(view.id, before=moment_and_id(cursor), limit=limit + 1)
    page = rows[:limit]
    more = cursor_encode(page[-1].created_at.isoformat(), page[-1].id) if len(rows) > limit else None
    return {"items": [asdict(row) for row in page], "next": more}


@router.post("/datasets/{dataset}/imports/urls", operation_id="data_import_urls", response={201: ImportOut}, openapi_extra=_x("dataset.edit"))  # fmt: skip
def import_urls(request: HttpRequest, dataset: str, body: UrlsIn) -> Any:
    """Import from addresses; each goes through the guarded fetch."""
    actor = actor_of(request)
    run = actions.import_urls(actor=actor, dataset=dataset, urls=body.urls)
    return Status(201, asdict(queries.visible_import(actor, run)))


@router.get("/datasets/{dataset}/roots", operation_id="data_roots", response=RootsOut, openapi_extra=_x("dataset.edit"))  # fmt: skip
def root_list(request: HttpRequest, dataset: str) -> Any:
    """Folders of the server and buckets that may be imported from, by name."""
    actor = actor_of(request)
    view = actions.require_edit(actor, dataset)
    return {"items": sorted(actions.roots_for(actor, view.tenant))}


@router.post("/datasets/{dataset}/imports/folder", operation_id="data_import_folder", response={201: ImportOut}, openapi_extra=_x("dataset.import_folder"))  # fmt: skip
def import_folder(request: HttpRequest, dataset: str, body: FolderIn) -> Any:
    """Import a folder below a configured root, or a prefix of a configured bucket."""
    actor = actor_of(request)
    run = actions.import_folder(actor=actor, dataset=dataset, root=body.root, path=body.path)
    return Status(201, asdict(queries.visible_import(actor, run)))


@router.get("/imports/{run}", operation_id="data_import", response=ImportOut, openapi_extra=_x("dataset.view"))  # fmt: skip
def import_get(request: HttpRequest, run: str) -> Any:
    """One import: how far it is, what came in."""
    return asdict(queries.visible_import(actor_of(request), run))


@router.get("/imports/{run}/refused", operation_id="data_import_refused", response=RefusedPage, openapi_extra=_x("dataset.view"))  # fmt: skip
def import_refused(
    request: HttpRequest,
    run: str,
    code: str | None = Query(None, max_length=64),
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(100, ge=1, le=1000),
) -> Any:
    """What did not come in, and why."""
    view = queries.visible_import(actor_of(request), run)
    rows = queries.refused_files(view.id, code=code, after=number_in(cursor) or 0, limit=limit + 1)
    page = rows[:limit]
    more = cursor_encode(page[-1].id) if len(rows) > limit else None
    return {"items": [asdict(r) for r in page], "next": more}


@router.post("/imports/{run}/cancel", operation_id="data_import_cancel", response=ImportOut, openapi_extra=_x("dataset.edit"))  # fmt: skip
def import_cancel(request: HttpRequest, run: str) -> Any:
    """Stop an import; what is in stays in."""
    actor = actor_of(request)
    actions.cancel_import(actor=actor, run=run)
    return asdict(queries.visible_import(actor, run))


@router.post("/imports/{run}/resume", operation_id="data_import_resume", response=ImportOut, openapi_extra=_x("dataset.edit"))  # fmt: skip
def import_resume(request: HttpRequest, run: str) -> Any:
    """Go on with an import that was stopped or failed."""
    actor = actor_of(request)
    actions.resume_import(actor=actor, run=run)
    return asdict(queries.visible_import(actor, run))
