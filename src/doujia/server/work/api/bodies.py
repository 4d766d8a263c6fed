"""Reading and writing JSON on the hot path: msgspec straight from the body, described for OpenAPI all the same."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse

from doujia.server.kernel.errors import BadRequest, Unprocessable

__all__ = ["answer", "described", "read"]

T = TypeVar("T")
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_encoder = msgspec.json.Encoder()
LARGEST = 32 * 1024 * 1024
"""Bytes of one request's body."""


def read(request: HttpRequest, type_: type[T]) -> T:
    """Return the body as ``type_``.

    Raises:
        Unprocessable: ``request_invalid``, a field is missing or of the wrong kind; the place is named.
    """
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise BadRequest("body_too_large", zh="发来的内容太大了。", en="The body is too large (32 MiB).")
    decoder = _decoders.get(type_)
    if decoder is None:
        decoder = _decoders[type_] = msgspec.json.Decoder(type_)
    try:
        return decoder.decode(request.body)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        field = where.rstrip("`").lstrip(".")
        code = "invalid_marks" if field.startswith(("marks", "relations")) else "request_invalid"
        raise Unprocessable(
            code, zh=f"这一项不对:{field or what}。", en=f"This field cannot be used: {field or what}.",
            fields=[{"mark": None, "field": field, "code": "malformed", "zh": f"这一项不对:{what}", "en": what}],
        ) from error  # fmt: skip
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("not_json", zh="发来的不是 JSON。", en="The body is not JSON.") from error


def answer(value: Any, status: int = 200) -> HttpResponse:
    """Return ``value`` as JSON."""
    return HttpResponse(_encoder.encode(value), status=status, content_type="application/json")


def described(action: str, body: type | None = None, **more: Any) -> dict[str, Any]:
    """Return ``openapi_extra`` of an endpoint: its action, and the schema of the body it reads itself."""
    extra: dict[str, Any] = {"x-action": action, **more}
    if body is not None:
        schema, parts = msgspec.json.schema_components([body], ref_template="#/$defs/{name}")
        name = schema[0]["$ref"].rsplit("/", 1)[1]
        inline = dict(parts[name])
        others = {k: v for k, v in parts.items() if k != name}
        if others:
            inline["$defs"] = others
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": inline}}}
    return extra
