"""Releases at /api/v1/releases."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router

from doujia import formats
from doujia.server.kernel import storage
from doujia.server.kernel.api import actor_of
from doujia.server.kernel.paths import content_disposition
from doujia.server.releases import actions, queries
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class ReleaseBody(msgspec.Struct, kw_only=True):
    """A name and notes for people; both may be empty."""

    name: str = ""
    notes: str = ""


class ExportBody(msgspec.Struct, kw_only=True):
    """A format of the library, and the losses that are allowed (codes)."""

    format: str
    allow_loss: list[str] = []


class MadeAnswer(msgspec.Struct, kw_only=True):
    """The id of what a job is making now."""

    id: str


@router.get(
    "/projects/{project}",
    operation_id="releases_list",
    openapi_extra=described("release.view", None, list[queries.ReleaseView]),
)
def list_releases(request: HttpRequest, project: str) -> HttpResponse:
    """Releases of a project, newest first."""
    return answer(queries.listing(actor=actor_of(request), project=project))


@router.post(
    "/projects/{project}",
    operation_id="releases_make",
    openapi_extra=described("release.make", ReleaseBody, MadeAnswer, 202),
)
def make_release(request: HttpRequest, project: str) -> HttpResponse:
    """Make the next numbered release from what is accepted now; a job does it."""
    actor, body = actor_of(request), read(request, ReleaseBody)
    return answer(
        {"id": actions.make_release(actor=actor, project=project, name=body.name, notes=body.notes)}, 202
    )


@router.get(
    "/exports/{export}",
    operation_id="releases_export_get",
    openapi_extra=described("release.view", None, queries.ExportView),
)
def get_export(request: HttpRequest, export: str) -> HttpResponse:
    """One export: how far, what it lost, or what to allow."""
    return answer(queries.export(actor=actor_of(request), export_id=export))


@router.get(
    "/exports/{export}/file", operation_id="releases_export_file", openapi_extra=described("release.view")
)
def get_export_file(request: HttpRequest, export: str) -> Any:
    """The file. 409 ``loss_refused`` lists the codes to allow."""
    return _send(queries.export_file(actor=actor_of(request), export_id=export))


class FormatShown(msgspec.Struct, kw_only=True):
    """A format of the library: its title, and whether it can be read and written."""

    name: str
    zh: str
    en: str
    reads: bool
    writes: bool


@router.get(
    "/formats", operation_id="releases_formats", openapi_extra=described("self", None, list[FormatShown])
)
def list_formats(request: HttpRequest) -> HttpResponse:
    """Every format in which annotations come in and releases go out."""
    actor_of(request)
    known = [formats.get(name) for name in formats.names()]
    return answer(
        [
            FormatShown(
                name=f.name,
                zh=f.title[0],
                en=f.title[1],
                reads=f.read is not None,
                writes=f.write is not None,
            )
            for f in known
        ]
    )


@router.get(
    "/{release}",
    operation_id="releases_get",
    openapi_extra=described("release.view", None, queries.ReleaseView),
)
def get_release(request: HttpRequest, release: str) -> HttpResponse:
    """One release with its manifest and data card."""
    return answer(queries.get(actor=actor_of(request), release=release))


@router.get("/{release}/files/{name}", operation_id="releases_file", openapi_extra=described("release.view"))
def get_file(request: HttpRequest, release: str, name: str) -> Any:
    """A file of the release: data.parquet, data.jsonl, index.jsonl, schema.json, card.json, card.md, manifest.json."""
    return _send(queries.file(actor=actor_of(request), release=release, name=name))


@router.get(
    "/{release}/exports",
    operation_id="releases_exports",
    openapi_extra=described("release.view", None, list[queries.ExportView]),
)
def list_exports(request: HttpRequest, release: str) -> HttpResponse:
    """Exports of a release, newest first."""
    return answer(queries.exports(actor=actor_of(request), release=release))


@router.post(
    "/{release}/exports",
    operation_id="releases_export",
    openapi_extra=described("release.export", ExportBody, MadeAnswer, 202),
)
def make_export(request: HttpRequest, release: str) -> HttpResponse:
    """Ask for a release in a format; a job writes it. The same request again gives the same export."""
    actor, body = actor_of(request), read(request, ExportBody)
    made = actions.export_release(
        actor=actor, release=release, format=body.format, allow_loss=body.allow_loss
    )
    return answer({"id": made}, 202)


@router.get(
    "/{before}/compare/{after}",
    operation_id="releases_compare",
    openapi_extra=described("release.view", None, queries.Comparison),
)
def compare(request: HttpRequest, before: str, after: str) -> HttpResponse:
    """What changed between two releases: items added, removed, changed, and marks per class."""
    return answer(queries.compare(actor=actor_of(request), before=before, after=after))


def _send(file: queries.FileView) -> StreamingHttpResponse:
    headers = {
        "Content-Length": str(file.size), "Content-Disposition": content_disposition(file.name), "ETag": f'"{file.sha256}"',
        "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox",
    }  # fmt: skip
    return StreamingHttpResponse(
        storage.open_range(file.sha256, 0, file.size),
        content_type="application/octet-stream",
        headers=headers,
    )
