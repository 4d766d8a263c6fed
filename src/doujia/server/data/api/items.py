"""Items over HTTP: lists with filters, single items with signed media, rows by the thousand."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from doujia.server.data import actions, media, queries
from doujia.server.data.actions.rows import MAX_ROWS
from doujia.server.data.api.etag import if_match, set_etag
from doujia.server.kernel import clock
from doujia.server.kernel.api import actor_of, cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.described import IF_MATCH
from doujia.server.kernel.errors import BadRequest, Unprocessable

router = Router()
LOOK_MINUTES = 5
_rows = msgspec.json.Decoder(list[actions.Row])


class ProblemOut(Schema):
    """What a check found."""

    code: str
    zh: str
    en: str


class TileLevelOut(Schema):
    w: int
    h: int
    scale: float


class TilesOut(Schema):
    """A tile pyramid; level 0 is the full picture; fill in ``{level}/{x}_{y}``."""

    size: int
    levels: list[TileLevelOut]
    url: str


class UrlsOut(Schema):
    """Signed addresses, good for some minutes."""

    preview: str | None
    full: str | None
    tiles: TilesOut | None


class ItemOut(Schema):
    """One item."""

    id: str
    dataset: str
    name: str
    media: dict[str, Any]
    sha256: str
    size: int
    mime: str
    duplicate_of: str | None
    problems: list[ProblemOut]
    attrs: dict[str, Any]
    sequence: str
    index: int | None
    status: str
    version: int
    urls: UrlsOut


class ItemPage(Schema):
    items: list[ItemOut]
    next: str | None


class AttrsIn(Schema):
    attrs: dict[str, Any]


class IdsIn(Schema):
    items: list[str] = Field(max_length=1000)


class MovedOut(Schema):
    moved: int


class RowProblemOut(Schema):
    row: int
    name: str
    code: str
    zh: str
    en: str


class RowsOut(Schema):
    """What became of the rows; ids in their order, null for those that were refused."""

    ids: list[str | None]
    added: int
    known: int
    problems: list[RowProblemOut]


def item_out(view: queries.ItemView, actor: Actor) -> dict[str, Any]:
    """Return an item as the API shows it to ``actor``."""
    ends = clock.now() + timedelta(minutes=LOOK_MINUTES)
    shown = {k: v for k, v in asdict(view).items() if k in ItemOut.model_fields}
    return shown | {
        "media": msgspec.to_builtins(view.media),
        "problems": list(view.problems),
        "urls": media.signed_urls(view, ends, f"person:{actor.person}", cacheable=True),
    }


@router.get(
    "/datasets/{dataset}/items",
    operation_id="data_items",
    response=ItemPage,
    openapi_extra={"x-action": "dataset.view"},
)
def item_list(
    request: HttpRequest,
    dataset: str,
    name: str = Query("", max_length=200, description="part of the name"),
    status: str = Query("ready", pattern="^(ready|trash)$"),
    duplicates: bool | None = None,
    doubtful: bool | None = Query(None, description="the checks of its quality found something"),
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """Items in the order in which they came."""
    actor = actor_of(request)
    view = queries.visible_dataset(actor, dataset)
    after = cursor_decode(cursor, 1)
    which = queries.ItemFilter(name=name, status=status, duplicates=duplicates, doubtful=doubtful)
    rows = queries.items(view.id, which, after=str(after[0]) if after else None, limit=limit + 1)
    page = rows[:limit]
    more = cursor_encode(page[-1].id) if len(rows) > limit else None
    return {"items": [item_out(row, actor) for row in page], "next": more}


@router.post(
    "/datasets/{dataset}/items",
    operation_id="data_items_add",
    response=RowsOut,
    openapi_extra={
        "x-action": "dataset.edit",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "maxItems": MAX_ROWS,
                        "items": {
                            "type": "object",
                            "required": ["name"],
                            "properties": {
                                "name": {"type": "string"},
                                "sha256": {"type": ["string", "null"], "description": "a file that the tenant holds"},
                                "media": {"type": ["object", "null"], "description": "Media of doujia.marks: text, conversation"},
                                "attrs": {"type": "object"},
                                "sequence": {"type": "string"},
                                "index": {"type": ["integer", "null"]},
                            },
                        },
                    }
                }
            },
        },
    },
)  # fmt: skip
def items_add(request: HttpRequest, dataset: str) -> Any:
    """Add rows: texts, conversations, or files that are here already. Sending the same rows twice adds them once."""
    actor = actor_of(request)
    queries.visible_dataset(actor, dataset)
    try:
        rows = _rows.decode(request.body)
    except msgspec.ValidationError as error:
        raise Unprocessable(
            "request_invalid", zh=f"有一行不对:{error}", en=f"A row cannot be used: {error}"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("not_json", zh="发来的不是 JSON。", en="The body is not JSON.") from error
    done = actions.add_rows(actor=actor, dataset=dataset, rows=rows)
    return {"ids": list(done.ids), "added": done.added, "known": done.known, "problems": list(done.problems)}


@router.get(
    "/items/{item}", operation_id="data_item", response=ItemOut, openapi_extra={"x-action": "dataset.view"}
)
def item_get(request: HttpRequest, response: HttpResponse, item: str) -> Any:
    """One item with signed addresses of its media."""
    actor = actor_of(request)
    view = queries.get_item(item)
    queries.visible_dataset(actor, view.dataset)
    set_etag(response, view.version)
    return item_out(view, actor)


@router.patch(
    "/items/{item}",
    operation_id="data_item_edit",
    response=ItemOut,
    openapi_extra={"x-action": "dataset.edit", "parameters": [IF_MATCH | {"required": True}]},
)
def item_edit(request: HttpRequest, response: HttpResponse, item: str, body: AttrsIn) -> Any:
    """Replace the attributes; If-Match names the version that was seen."""
    actor = actor_of(request)
    queries.visible_dataset(actor, queries.get_item(item).dataset)
    actions.edit_item(actor=actor, item=item, version=if_match(request), attrs=body.attrs)
    return item_get(request, response, item)


@router.post(
    "/datasets/{dataset}/items/trash",
    operation_id="data_items_trash",
    response=MovedOut,
    openapi_extra={"x-action": "dataset.edit"},
)
def items_trash(request: HttpRequest, dataset: str, body: IdsIn) -> Any:
    """Put items into the trash."""
    return {"moved": actions.trash_items(actor=actor_of(request), dataset=dataset, items=body.items)}


@router.post(
    "/datasets/{dataset}/items/restore",
    operation_id="data_items_restore",
    response=MovedOut,
    openapi_extra={"x-action": "dataset.edit"},
)
def items_restore(request: HttpRequest, dataset: str, body: IdsIn) -> Any:
    """Take items out of the trash."""
    return {"moved": actions.restore_items(actor=actor_of(request), dataset=dataset, items=body.items)}
