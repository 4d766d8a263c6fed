"""Existing annotations come in: as pre-labels, as accepted work, or as right answers."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel.api import actor_of
from doujia.server.work import actions
from doujia.server.work.api.bodies import answer, described

router = Router()


class ImportAnswer(msgspec.Struct, kw_only=True):
    """The job that reads the file; its result lists what did not match."""

    job: str


@router.post(
    "/projects/{project}/imports",
    operation_id="work_import",
    openapi_extra=described("work.import", None, ImportAnswer, 202),
)
def import_annotations(
    request: HttpRequest, project: str, name: str = Query(..., max_length=255), mode: str = Query(..., max_length=12),
    format: str = Query("auto", max_length=40), source: str = Query("", max_length=120),
) -> HttpResponse:  # fmt: skip
    """Send an annotation file (or a ZIP of a folder) as the body; ``mode`` is prelabels, accepted or gold."""
    job = actions.import_annotations(
        actor=actor_of(request),
        project=project,
        name=name,
        mode=mode,
        format=format,
        source=source,
        body=request,
    )
    return answer({"job": job}, 202)
