"""Endpoints that read and write by msgspec, described for OpenAPI all the same."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["IF_MATCH", "answers", "described"]

IF_MATCH = {
    "name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag of what was read: 409 when somebody has changed it since.",
}  # fmt: skip
"""The header by which two people do not overwrite each other; in ``parameters`` of an operation's ``openapi_extra``."""


def described(action: str, body: Any = None, out: Any = None, status: int = 200) -> dict[str, Any]:
    """Return ``openapi_extra`` of an endpoint: its action, the body it reads itself, and what it answers."""
    extra: dict[str, Any] = {"x-action": action}
    if body is not None:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": _schema(body)}}}
    if out is not None:
        extra["responses"] = answers(out, status)
    return extra


def answers(out: Any, *statuses: int) -> dict[int, Any]:
    """Return the ``responses`` of an operation that answers ``out`` with one of ``statuses`` (200 when none is named)."""
    content = {"application/json": {"schema": _schema(out)}}
    return {status: {"description": "OK", "content": content} for status in statuses or (200,)}


def _schema(type_: Any) -> dict[str, Any]:
    [schema], parts = msgspec.json.schema_components([type_], ref_template="#/$defs/{name}")
    return {**schema, "$defs": parts} if parts else dict(schema)
