"""Projects over HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Body as FromBody
from ninja import Router
from ninja import Schema as Body
from pydantic import Field

from doujia.marks import Schema
from doujia.marks.document import decode_schema, encode
from doujia.server.data import queries as data
from doujia.server.data.queries import ItemFilter
from doujia.server.kernel import storage
from doujia.server.kernel.api import actor_of, cursor_decode, cursor_encode
from doujia.server.kernel.authz import require
from doujia.server.kernel.described import IF_MATCH, answers
from doujia.server.kernel.errors import BadRequest, NotFound, Unprocessable
from doujia.server.kernel.paths import export_name
from doujia.server.projects import actions, queries, schema_rules, shapes, templates
from doujia.server.projects.partners import Partners, partners

router = Router()
IN_REQUEST = 2000
"""Items of a dataset that one request puts into a project; more is a job's work."""


class NewProject(Body):
    """A project from a template, or with a schema of its own."""

    name: str
    client: str
    bases: list[str] = []
    template: str | None = None
    schema_document: dict[str, Any] | None = None
    guideline: str | None = None
    settings: dict[str, Any] = {}
    datasets: list[str] = []
    medium: str = "image"
    priority: int = 0
    language: str = "zh"


class ProjectChange(Body):
    """Fields to change; those left out stay."""

    name: str | None = None
    bases: list[str] | None = None
    datasets: list[str] | None = None
    priority: int | None = None
    settings: dict[str, Any] | None = None


class NewState(Body):
    """running, paused or done."""

    state: str


class NewGuideline(Body):
    """A new version of the guideline; ``changed`` tells people what is new."""

    markdown: str
    changed: str = ""


class ItemsOfDataset(Body):
    """Items to put in: those listed, else all of the dataset that the filters admit."""

    dataset: str
    items: list[str] | None = None
    name: str = ""
    duplicates: bool | None = None
    doubtful: bool | None = None
    priority: int = 0


class SchemaSource(Body):
    """What a schema is read from.

    ``kind``: label_studio_xml, cvat_json, names (one class a line), doujia, or annotations: a file of any format of the library
    (COCO, VOC, CVAT …), whose classes, attributes and skeletons are taken; ``name`` is then the file's.
    """

    kind: str
    text: str = Field(max_length=32_000_000)
    name: str = Field("", max_length=255)


def _action(name: str, out: Any, *statuses: int) -> dict[str, Any]:
    return {"x-action": name, "responses": answers(out, *statuses)}


MATCHED = {"parameters": [IF_MATCH]}
BINARY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
PICTURE = {
    "x-action": "project.view",
    "responses": {
        200: {
            "description": "OK",
            "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
}


def _json(value: Any, etag: int | None = None, status: int = 200) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(value), status=status, content_type="application/json")
    if etag is not None:
        response["ETag"] = f'"{etag}"'
    return response


def _if_match(request: HttpRequest) -> int | None:
    header = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if header in ("", "*"):
        return None
    if not header.isdigit():
        raise BadRequest(
            "if_match_invalid", zh="If-Match 要用读到的 ETag。", en="If-Match must be an ETag that was read."
        )
    return int(header)


def _seen(request: HttpRequest, project: str) -> None:
    require(actor_of(request), "project.view", queries.thing(project))


@router.get(
    "/templates",
    operation_id="projects_templates",
    openapi_extra=_action("project.templates", list[templates.Template]),
)
def list_templates(request: HttpRequest) -> HttpResponse:
    """Ready-made projects, with schema and guideline."""
    require(actor_of(request), "project.templates")
    return _json(templates.TEMPLATES)


_KINDS = {"label_studio_xml": "label-studio-config", "cvat_json": "cvat-labels", "names": "names"}


def _schema_of(body: SchemaSource) -> Schema:
    from doujia.formats.schemas import schema_from

    if body.kind == "doujia":
        return decode_schema(body.text)
    if body.kind in _KINDS:
        return schema_from(body.text, _KINDS[body.kind])
    if body.kind != "annotations":
        known = ", ".join(["doujia", "annotations", *_KINDS])
        raise Unprocessable(
            "schema_kind_unknown", zh=f"kind 要是这几种之一:{known}。", en=f"kind is one of {known}."
        )
    with tempfile.TemporaryDirectory() as folder:
        # Formats are told by name and content: the file keeps its ending.
        path = Path(folder) / (export_name(body.name) if body.name else "annotations.json")
        path.write_text(body.text, encoding="utf-8")
        found = schema_from(path, "auto")
    if not found.classes:
        raise Unprocessable(
            "no_classes",
            zh="这个文件里没有找到类别。",
            en="No classes were found in this file.",
        )
    return found


@router.post(
    "/schema-import",
    operation_id="projects_schema_import",
    openapi_extra=_action("project.templates", shapes.ReadSchema),
)
def import_schema(request: HttpRequest, body: SchemaSource) -> HttpResponse:
    """Read another tool's labelling configuration as a schema; nothing is kept."""
    require(actor_of(request), "project.templates")
    schema = _schema_of(body)
    found = list(schema_rules.problems(schema))
    return _json({"schema": schema_rules.with_defaults(schema), "problems": found})


@router.get("/partners", operation_id="projects_partners", openapi_extra=_action("project.list", Partners))
def list_partners(request: HttpRequest) -> HttpResponse:
    """Whom the caller may name in a new project: who may own it, which bases may do its work."""
    actor = actor_of(request)
    require(actor, "project.list")
    return _json(partners(actor))


@router.get("/", operation_id="projects_list", openapi_extra=_action("project.list", shapes.ProjectPage))
def list_projects(
    request: HttpRequest, state: str | None = None, text: str = "", cursor: str | None = None, limit: int = 50
) -> HttpResponse:
    """Projects of the actor's tenants, newest first."""
    actor = actor_of(request)
    require(actor, "project.list")
    limit = max(1, min(limit, 200))
    rows = queries.listing(actor, state=state, text=text, after=cursor_decode(cursor, 2), limit=limit + 1)
    more = rows[limit - 1] if len(rows) > limit else None
    return _json(
        {
            "projects": rows[:limit],
            "next": cursor_encode(more.created_at.isoformat(), more.id) if more else None,
        }
    )


@router.post(
    "/", operation_id="projects_create", openapi_extra=_action("project.create", shapes.MadeProject, 201)
)
def create_project(request: HttpRequest, body: NewProject) -> HttpResponse:
    """Create a project in state draft."""
    actor = actor_of(request)
    guideline = body.guideline
    if body.schema_document is not None:
        schema = decode_schema(msgspec.json.encode(body.schema_document))
    else:
        template = templates.get(body.template or "")
        if template is None:
            raise NotFound("template_not_found", zh="没有这个模板。", en="There is no such template.")
        schema = decode_schema(encode(template.schema))
        guideline = (
            template.guideline["zh" if body.language.startswith("zh") else "en"]
            if guideline is None
            else guideline
        )
    made = actions.create_project(
        actor=actor, client=body.client, bases=body.bases, name=body.name, schema=schema, guideline=guideline or "", settings=body.settings,
        datasets=body.datasets, medium=body.medium, template=body.template or "", priority=body.priority,
    )  # fmt: skip
    return _json({"id": made}, status=201)


@router.get("/assets/{asset}", operation_id="projects_asset", openapi_extra=PICTURE)
def get_asset(request: HttpRequest, asset: str) -> HttpResponse:
    """A picture of a guideline."""
    project, sha256, mime = queries.asset(asset)
    _seen(request, project)
    response = HttpResponse(storage.read(sha256), content_type=mime)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@router.get(
    "/{project}", operation_id="projects_get", openapi_extra=_action("project.view", queries.ProjectView)
)
def get_project(request: HttpRequest, project: str) -> HttpResponse:
    """One project; its ETag is its revision."""
    _seen(request, project)
    view = queries.view(project)
    return _json(view, view.revision)


@router.patch(
    "/{project}",
    operation_id="projects_edit",
    openapi_extra=_action("project.edit", queries.ProjectView) | MATCHED,
)
def edit_project(request: HttpRequest, project: str, body: ProjectChange) -> HttpResponse:
    """Change a project (If-Match with the revision that was read)."""
    revision = actions.edit_project(
        actor=actor_of(request), project=project, revision=_if_match(request), name=body.name, bases=body.bases, datasets=body.datasets,
        priority=body.priority, settings=body.settings,
    )  # fmt: skip
    return _json(queries.view(project), revision)


@router.post(
    "/{project}/state",
    operation_id="projects_state",
    openapi_extra=_action("project.edit", queries.ProjectView),
)
def set_state(request: HttpRequest, project: str, body: NewState) -> HttpResponse:
    """Start, pause, finish or reopen."""
    actions.set_state(actor=actor_of(request), project=project, state=body.state)
    return _json(queries.view(project))


@router.get(
    "/{project}/schema",
    operation_id="projects_schema_get",
    openapi_extra=_action("project.view", shapes.SchemaAnswer),
)
def get_schema(request: HttpRequest, project: str, version: int | None = None) -> HttpResponse:
    """The schema in force, or an older version; its ETag is its version."""
    _seen(request, project)
    number, document = queries.schema_version(project, version)
    return _json(
        {"version": number, "schema": document, "versions": queries.schema_versions(project)}, number
    )


@router.put(
    "/{project}/schema",
    operation_id="projects_schema_put",
    openapi_extra=_action("project.edit", shapes.NewVersion) | MATCHED,
)
def put_schema(request: HttpRequest, project: str, body: dict[str, Any] = FromBody(...)) -> HttpResponse:
    """Put a new version of the schema in force (If-Match with the version that was read)."""
    actor, schema = actor_of(request), decode_schema(msgspec.json.encode(body))
    version = actions.save_schema(actor=actor, project=project, schema=schema, version=_if_match(request))
    return _json({"version": version}, version)


@router.get(
    "/{project}/guideline",
    operation_id="projects_guideline_get",
    openapi_extra=_action("project.view", shapes.GuidelineAnswer),
)
def get_guideline(request: HttpRequest, project: str, version: int | None = None) -> HttpResponse:
    """The guideline in force, or an older version, with the list of versions."""
    _seen(request, project)
    found = queries.guideline(project, version)
    versions = [
        {"version": v.version, "changed": v.changed, "made_at": v.made_at}
        for v in queries.guideline_versions(project)
    ]
    return _json({"guideline": found, "versions": versions}, found.version)


@router.put(
    "/{project}/guideline",
    operation_id="projects_guideline_put",
    openapi_extra=_action("project.guide", shapes.NewVersion) | MATCHED,
)
def put_guideline(request: HttpRequest, project: str, body: NewGuideline) -> HttpResponse:
    """Put a new version of the guideline in force (If-Match with the version that was read)."""
    actor = actor_of(request)
    version = actions.save_guideline(
        actor=actor, project=project, markdown=body.markdown, changed=body.changed, version=_if_match(request)
    )
    return _json({"version": version}, version)


@router.get(
    "/{project}/guideline/diff",
    operation_id="projects_guideline_diff",
    openapi_extra=_action("project.view", shapes.GuidelineDiff),
)
def diff_guideline(request: HttpRequest, project: str, old: int, new: int) -> HttpResponse:
    """Two versions line by line."""
    _seen(request, project)
    return _json({"lines": queries.guideline_diff(project, old, new)})


@router.post(
    "/{project}/assets",
    operation_id="projects_asset_add",
    openapi_extra=_action("project.guide", shapes.MadeAsset, 201) | BINARY,
)
def add_asset(request: HttpRequest, project: str, name: str = "picture") -> HttpResponse:
    """Add a picture for the guideline: the body is the file."""
    made = actions.add_asset(actor=actor_of(request), project=project, name=name, data=request.body)
    return _json({"id": made, "url": f"/api/v1/projects/assets/{made}"}, status=201)


@router.post(
    "/{project}/items",
    operation_id="projects_items_add",
    openapi_extra=_action("project.edit", shapes.AddedItems, 200, 202),
)
def add_items(request: HttpRequest, project: str, body: ItemsOfDataset) -> HttpResponse:
    """Put items of a dataset into the project; those that are in stay as they are.

    A whole dataset of more than 2,000 items goes in as a job: 202 with its id, and ``offered`` is null.
    """
    actor = actor_of(request)
    which = ItemFilter(name=body.name, duplicates=body.duplicates, doubtful=body.doubtful)
    require(actor, "project.edit", queries.thing(project))
    if body.items is None and data.visible_dataset(actor, body.dataset).items > IN_REQUEST:
        job = actions.start_adding(
            actor=actor, project=project, dataset=body.dataset, priority=body.priority, which=which
        )
        return _json({"offered": None, "job": job}, status=202)
    count = actions.add_items(
        actor=actor,
        project=project,
        dataset=body.dataset,
        items=body.items,
        priority=body.priority,
        which=which,
    )
    return _json({"offered": count, "job": None})
