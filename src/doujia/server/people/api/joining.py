"""How people come in: roster import and enrolment links."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from doujia.server.kernel.api import actor_of, address_of, cursor_encode, moment_and_id
from doujia.server.kernel.errors import Unprocessable
from doujia.server.kernel.paths import content_disposition
from doujia.server.people import actions, queries, sessions
from doujia.server.people.api import schemas

router = Router()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_FILE = 8 * 1024 * 1024


def _sheet(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition(name)
    response["Cache-Control"] = "no-store"  # it may hold one-time codes
    return response


@router.get(
    "/roster/template",
    operation_id="people_roster_template",
    openapi_extra={"x-action": "self"},
    include_in_schema=True,
)
def roster_template(request: HttpRequest) -> HttpResponse:
    """An empty roster (XLSX) to fill in."""
    actor_of(request)
    return _sheet(actions.template_xlsx(), "名单模板.xlsx")


@router.post(
    "/roster",
    operation_id="people_roster",
    response=schemas.RosterOut,
    openapi_extra={"x-action": "people.create"},
)
def roster(
    request: HttpRequest,
    file: UploadedFile = File(...),
    tenant: str = Form(..., max_length=36),
    form: str = Query("json", alias="as", max_length=8, description="json, or xlsx for a file to print"),
) -> Any:
    """Create accounts from an XLSX roster; good rows are kept, bad ones are listed with row number and reason."""
    actor = actor_of(request)
    if file.size is None or file.size > MAX_FILE:
        raise Unprocessable("sheet_refused", zh="表格最大 8 MB。", en="A table may have 8 MB at most.")
    done = actions.import_roster(actor=actor, tenant=tenant, file=file.file)
    return _sheet(actions.result_xlsx(done), "名单结果.xlsx") if form == "xlsx" else asdict(done)


@router.get(
    "/enrolment-links", operation_id="people_links", response=schemas.LinkPage,
    openapi_extra={"x-action": "people.enrolment"},
)  # fmt: skip
def links(
    request: HttpRequest,
    tenant: str = Query(..., max_length=36),
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """A base's enrolment links, newest first."""
    rows = queries.links(
        actor=actor_of(request), tenant=tenant, before=moment_and_id(cursor), limit=limit + 1
    )
    page = rows[:limit]
    more = cursor_encode(page[-1].created_at.isoformat(), page[-1].id) if len(rows) > limit else None
    return {"items": [asdict(link) for link in page], "next": more}


@router.post(
    "/enrolment-links", operation_id="people_link_create", response={201: schemas.LinkMade},
    openapi_extra={"x-action": "people.enrolment"},
)  # fmt: skip
def link_create(request: HttpRequest, body: schemas.LinkIn) -> Any:
    """Make an enrolment link; it is shown this once."""
    return Status(201, asdict(actions.create_link(actor=actor_of(request), **body.dict())))


@router.delete(
    "/enrolment-links/{link}", operation_id="people_link_revoke", response={204: None},
    openapi_extra={"x-action": "people.enrolment"},
)  # fmt: skip
def link_revoke(request: HttpRequest, link: str) -> Any:
    """End an enrolment link."""
    actions.revoke_link(actor=actor_of(request), link=link)
    return Status(204, None)


@router.get(
    "/enrol/{code}",
    operation_id="people_door",
    response=schemas.DoorOut,
    openapi_extra={"x-action": "anonymous"},
)
def door(request: HttpRequest, code: str) -> Any:
    """Whose enrolment link this is."""
    return asdict(actions.look(code=code, address=address_of(request)))


@router.post(
    "/enrol/{code}", operation_id="people_enrol", response={201: schemas.EnrolOut},
    openapi_extra={"x-action": "anonymous"},
)  # fmt: skip
def enrol(request: HttpRequest, code: str, body: schemas.EnrolIn) -> Any:
    """Create one's account at a base."""
    sessions.check_origin(request)
    login, state = actions.enrol(code=code, address=address_of(request), **body.dict())
    return Status(201, {"login": login, "state": state})


@router.post(
    "/enrol/{code}/join",
    operation_id="people_join",
    response=schemas.JoinOut,
    openapi_extra={"x-action": "self"},
)
def join(request: HttpRequest, code: str) -> Any:
    """Come to a second base with the account one has."""
    return {"tenant": actions.join(actor=actor_of(request), code=code, address=address_of(request))}
