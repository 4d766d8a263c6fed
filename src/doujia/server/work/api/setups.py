"""The set-up of a project as the bench caches it."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from ninja import Router

from doujia.marks import Schema
from doujia.marks.schema import CLASS_COLOURS
from doujia.server.kernel.api import actor_of
from doujia.server.kernel.authz import require
from doujia.server.work import neighbours
from doujia.server.work.api.bodies import answer, described

router = Router()


class GuidelineShown(msgspec.Struct, kw_only=True):
    """The guideline in force; ``changed`` says in words what is new."""

    version: int
    markdown: str
    changed: str | None


class SetupSettings(msgspec.Struct, kw_only=True):
    """What the bench needs of a project's settings."""

    lease_minutes: int
    prelabel_share: float
    overlap: int
    review_share: float
    min_size_px: float
    price_fen: int | None
    skip_reasons: list[str]
    error_classes: list[dict[str, str]]
    sensitive: bool


class SetupAnswer(msgspec.Struct, kw_only=True):
    """Schema, guideline and settings of a project."""

    id: str
    name: str
    names: dict[str, str]
    schema: Schema
    schema_version: int
    guideline: GuidelineShown
    settings: SetupSettings
    colours: list[str]


@router.get(
    "/projects/{project}/setup",
    operation_id="work_setup",
    openapi_extra=described("work.view", None, SetupAnswer),
)
def setup(request: HttpRequest, project: str) -> HttpResponse:
    """Schema, guideline and settings; with ETag, so that a bench asks for them once."""
    require(actor_of(request), "work.view", neighbours.thing(project))
    found, guideline = neighbours.setup(project), neighbours.guideline(project)
    settings: dict[str, Any] = {f: getattr(found.settings, f) for f in SetupSettings.__struct_fields__}
    body = answer(
        SetupAnswer(
            id=found.id, name=found.name, names={}, schema=found.schema, schema_version=found.schema_version,
            guideline=GuidelineShown(version=guideline.version, markdown=guideline.markdown, changed=guideline.changed or None),
            settings=SetupSettings(**settings), colours=list(CLASS_COLOURS),
        )
    )  # fmt: skip
    tag = f'"{hashlib.sha256(body.content).hexdigest()[:24]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    body["ETag"] = tag
    body["Cache-Control"] = "private, no-cache"
    return body
