"""The figures over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel import sheets
from doujia.server.kernel.api import actor_of
from doujia.server.kernel.errors import BadRequest
from doujia.server.kernel.paths import content_disposition
from doujia.server.quality.queries import reports
from doujia.server.quality.queries.reports.gallery import FindingFilter
from doujia.server.work.api.bodies import answer, described

router = Router()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAYS = Query(30, ge=0, le=3660, description="how many days up to today; 0: all of time")


@router.get(
    "/projects",
    operation_id="quality_projects",
    openapi_extra=described("self", None, list[reports.ProjectRow]),
)
def projects(request: HttpRequest, days: int = DAYS) -> HttpResponse:
    """The projects whose quality the caller may see, with what passed at the first try."""
    return answer(reports.overview(actor=actor_of(request), days=days))


@router.get(
    "/projects/{project}/report",
    operation_id="quality_report",
    openapi_extra=described("quality.view", None, reports.Report),
)
def report(request: HttpRequest, project: str, days: int = DAYS) -> HttpResponse:
    """A project's quality: what to look at today, shares with intervals by class, person, base, day and slice."""
    return answer(reports.report(actor=actor_of(request), project=project, days=days))


@router.get(
    "/projects/{project}/errors",
    operation_id="quality_errors",
    openapi_extra=described("quality.view", None, reports.FindingPage),
)
def errors(
    request: HttpRequest, project: str, error_class: str = Query("", max_length=64), label: str = Query("", max_length=120),
    person: str = Query("", max_length=64), rule: str = Query("", max_length=40), days: int = DAYS,
    cursor: str | None = Query(None, max_length=300), limit: int = Query(24, ge=1, le=100),
) -> HttpResponse:  # fmt: skip
    """What was found wrong, with its place in the picture; newest first."""
    actor = actor_of(request)
    where = FindingFilter(error_class, label, person, rule)
    try:
        page = reports.gallery(
            actor=actor, project=project, where=where, days=days, cursor=cursor, limit=limit
        )
    except (TypeError, ValueError) as error:
        raise BadRequest(
            "cursor_invalid", zh="翻页的位置不对。", en="This is not a page position."
        ) from error
    return answer(page)


@router.get(
    "/projects/{project}/people/{person}",
    operation_id="quality_person",
    openapi_extra=described("quality.own", None, reports.PersonReport),
)
def person(request: HttpRequest, project: str, person: str, days: int = DAYS) -> HttpResponse:
    """What was counted of a person in a project; a person may see her own."""
    return answer(reports.person(actor=actor_of(request), project=project, person=person, days=days))


@router.get(
    "/projects/{project}/reviewers",
    operation_id="quality_reviewers",
    openapi_extra=described("quality.view", None, reports.ReviewerReport),
)
def reviewers(request: HttpRequest, project: str, days: int = DAYS) -> HttpResponse:
    """How alike the reviewers judge."""
    return answer(reports.reviewers(actor=actor_of(request), project=project, days=days))


@router.get(
    "/projects/{project}/tables", operation_id="quality_tables", openapi_extra=described("quality.view")
)
def tables(
    request: HttpRequest, project: str, table: str = Query("", max_length=20, description="one of the tables; all of them when empty (XLSX only)"),
    format: str = Query("xlsx", pattern="^(csv|xlsx)$"), days: int = DAYS,
) -> HttpResponse:  # fmt: skip
    """The figures for a spreadsheet: XLSX with a sheet for each table, or one table as CSV."""
    actor = actor_of(request)
    if format == "csv" and not table:
        raise BadRequest("table_missing", zh="CSV 一次只能放一张表。", en="A CSV holds one table: name it.")
    found = reports.table(actor=actor, project=project, name=table, days=days)
    if format == "csv":
        body, kind = sheets.csv_bytes(found[0].head, found[0].rows), "text/csv; charset=utf-8"
    else:
        body, kind = sheets.xlsx_book((t.title, t.titles, t.rows) for t in found), XLSX
    name = f"quality-{table or 'all'}.{format}"
    return HttpResponse(
        body,
        content_type=kind,
        headers={"Content-Disposition": content_disposition(name), "Cache-Control": "no-store"},
    )
