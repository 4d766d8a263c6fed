"""Datasets over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from doujia.server.data import actions, queries
from doujia.server.data.api.etag import if_match, set_etag
from doujia.server.kernel.api import actor_of, cursor_encode, moment_and_id
from doujia.server.kernel.described import IF_MATCH

router = Router()


class DatasetOut(Schema):
    """A dataset."""

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
    shared_with: list[str]


class DatasetPage(Schema):
    items: list[DatasetOut]
    next: str | None


class DatasetIn(Schema):
    tenant: str = Field(max_length=64)
    name: str = Field(max_length=400)
    medium: str = Field("image", max_length=16, description="image video audio points text conversation")
    description: str = Field("", max_length=4000)


class DatasetEdit(Schema):
    name: str | None = Field(None, max_length=400)
    description: str | None = Field(None, max_length=4000)


def _out(view: queries.DatasetView) -> dict[str, Any]:
    return asdict(view) | {"shared_with": list(view.shared_with)}


@router.get(
    "/datasets",
    operation_id="data_datasets",
    response=DatasetPage,
    openapi_extra={"x-action": "dataset.view"},
)
def dataset_list(
    request: HttpRequest,
    tenant: str | None = Query(None, max_length=64),
    medium: str | None = Query(None, max_length=16),
    name: str = Query("", max_length=200),
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """Datasets one may look at, newest first."""
    rows = queries.datasets(
        actor=actor_of(request),
        tenant=tenant,
        medium=medium,
        name=name,
        before=moment_and_id(cursor),
        limit=limit + 1,
    )
    page = rows[:limit]
    more = cursor_encode(page[-1].created_at.isoformat(), page[-1].id) if len(rows) > limit else None
    return {"items": [_out(view) for view in page], "next": more}


@router.post(
    "/datasets",
    operation_id="data_dataset_create",
    response={201: DatasetOut},
    openapi_extra={"x-action": "dataset.create"},
)
def dataset_create(request: HttpRequest, response: HttpResponse, body: DatasetIn) -> Any:
    """Make an empty dataset."""
    actor = actor_of(request)
    made = actions.create_dataset(
        actor=actor, tenant=body.tenant, name=body.name, medium=body.medium, description=body.description
    )
    view = queries.dataset(made)
    set_etag(response, view.version)
    return Status(201, _out(view))


@router.get(
    "/datasets/{dataset}",
    operation_id="data_dataset",
    response=DatasetOut,
    openapi_extra={"x-action": "dataset.view"},
)
def dataset_get(request: HttpRequest, response: HttpResponse, dataset: str) -> Any:
    """One dataset, with its version as ETag."""
    view = queries.visible_dataset(actor_of(request), dataset)
    set_etag(response, view.version)
    return _out(view)


@router.patch(
    "/datasets/{dataset}",
    operation_id="data_dataset_edit",
    response=DatasetOut,
    openapi_extra={"x-action": "dataset.edit", "parameters": [IF_MATCH | {"required": True}]},
)
def dataset_edit(request: HttpRequest, response: HttpResponse, dataset: str, body: DatasetEdit) -> Any:
    """Change name or description; If-Match names the version that was seen."""
    actor = actor_of(request)
    queries.visible_dataset(actor, dataset)
    actions.edit_dataset(
        actor=actor, dataset=dataset, version=if_match(request), name=body.name, description=body.description
    )
    return dataset_get(request, response, dataset)


@router.delete(
    "/datasets/{dataset}",
    operation_id="data_dataset_delete",
    response={204: None},
    openapi_extra={"x-action": "dataset.edit"},
)
def dataset_delete(request: HttpRequest, dataset: str) -> Any:
    """Put a dataset into the trash."""
    actions.delete_dataset(actor=actor_of(request), dataset=dataset)
    return Status(204, None)
