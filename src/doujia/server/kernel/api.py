"""The edge of the platform: who is asking, how errors look, how lists are paged.

Domains build a ``Router`` of django-ninja and name the action of every endpoint with ``action=``; the permission
matrix test is generated from these names.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.utils import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from doujia.errors import DoujiaError, LossRefused, ValidationError
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import (
    BadRequest,
    PayloadTooLarge,
    PlatformError,
    StorageFull,
    Unauthenticated,
    Unavailable,
)

__all__ = [
    "actor_of",
    "address_of",
    "authenticators",
    "cursor_decode",
    "cursor_encode",
    "database_trouble",
    "install_error_handlers",
    "moment_and_id",
    "number_in",
    "problem_response",
]

log = logging.getLogger("doujia.api")
T = TypeVar("T")
authenticators: list[Callable[[HttpRequest], Actor | None]] = []
"""Filled by ``people`` (session, token): asked in order until one knows the caller."""


def actor_of(request: HttpRequest) -> Actor:
    """Return who is asking; found once per request.

    Raises:
        Unauthenticated: nobody is logged in.
    """
    known = getattr(request, "doujia_actor", None)
    if known is None:
        for authenticate in authenticators:
            known = authenticate(request)
            if known is not None:
                request.doujia_actor = known  # type: ignore[attr-defined]
                break
        else:
            raise Unauthenticated
    return known  # type: ignore[no-any-return]


def address_of(request: HttpRequest) -> str:
    """Return the address the request came from.

    ``X-Forwarded-For`` counts only when the connection comes from one of ``TRUSTED_PROXIES``, and of it only the last
    address that is not itself such a proxy: everything before that may be invented.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if address not in settings.TRUSTED_PROXIES:
        return address
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if hop.strip() and hop.strip() not in settings.TRUSTED_PROXIES:
            return hop.strip()[:45]
    return address


def problem_response(body: dict[str, Any], status: int) -> HttpResponse:
    """Return a problem+json answer."""
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json"
    )
    if body.get("retry_after"):
        response["Retry-After"] = str(body["retry_after"])
    return response


def _library_problem(error: DoujiaError) -> HttpResponse:
    body: dict[str, Any] = {
        "type": f"urn:doujia:{error.code}", "title": error.message.en, "code": error.code,
        "detail": {"zh": error.message.zh, "en": error.message.en},
    }  # fmt: skip
    if isinstance(error, ValidationError):
        body["fields"] = [
            {"mark": p.mark, "field": p.field, "code": p.code, "zh": p.zh, "en": p.en} for p in error.problems
        ]
    status = 409 if isinstance(error, LossRefused) else 422
    return problem_response(body | {"status": status}, status)


_CHINESE = {
    "missing": "要填这一项。", "string_type": "要是一段文字。", "string_too_long": "最多 {max_length} 个字。",
    "string_too_short": "至少 {min_length} 个字。", "int_type": "要是整数。", "int_parsing": "要是整数。", "int_from_float": "要是整数。",
    "float_type": "要是数字。", "float_parsing": "要是数字。", "finite_number": "要是数字。", "bool_type": "要是 true 或 false。",
    "bool_parsing": "要是 true 或 false。", "greater_than_equal": "不能小于 {ge}。", "less_than_equal": "不能大于 {le}。",
    "greater_than": "要大于 {gt}。", "less_than": "要小于 {lt}。", "list_type": "要是一个列表。", "dict_type": "要是一个对象。",
    "model_attributes_type": "要是一个对象。", "too_long": "最多 {max_length} 项。", "too_short": "至少 {min_length} 项。",
    "datetime_type": "要是一个时间(ISO 8601)。", "datetime_parsing": "要是一个时间(ISO 8601)。",
    "datetime_from_date_parsing": "要是一个时间(ISO 8601)。", "date_parsing": "要是一个日期(ISO 8601)。",
    "date_from_datetime_parsing": "要是一个日期(ISO 8601)。", "literal_error": "只能是这几个之一:{expected}。", "json_invalid": "不是 JSON。",
}  # fmt: skip
"""What a field's fault is called, by the code that pydantic gives it."""


def _in_chinese(code: str, facts: dict[str, Any]) -> str:
    try:
        return _CHINESE[code].format(**facts)
    except KeyError:
        return f"这一项不对({code})。"


def install_error_handlers(api: NinjaAPI) -> None:
    """Make every error of the platform and of the library wing a problem+json answer."""
    from ninja.errors import HttpError
    from ninja.errors import ValidationError as RequestInvalid

    def platform(request: HttpRequest, error: Any) -> HttpResponse:
        return problem_response(error.as_problem(), error.status)

    def library(request: HttpRequest, error: Any) -> HttpResponse:
        return _library_problem(error)

    api.add_exception_handler(PlatformError, platform)
    api.add_exception_handler(DoujiaError, library)

    def invalid(request: HttpRequest, error: Any) -> HttpResponse:
        fields = [
            {
                "field": ".".join(str(p) for p in e["loc"]),
                "code": e["type"],
                "zh": _in_chinese(e["type"], e.get("ctx") or {}),
                "en": e["msg"],
            }
            for e in error.errors
        ]
        names = ", ".join(f["field"] for f in fields)
        problem = {
            "type": "urn:doujia:request_invalid", "title": f"These fields cannot be used: {names}.", "status": 422,
            "code": "request_invalid", "detail": {"zh": f"这几项填得不对:{names}。", "en": f"These fields cannot be used: {names}."},
            "fields": fields,
        }  # fmt: skip
        return problem_response(problem, 422)

    api.add_exception_handler(RequestInvalid, invalid)

    def too_large(request: HttpRequest, error: Any) -> HttpResponse:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000
        known = PayloadTooLarge(
            "body_too_large",
            zh=f"发来的内容太大(最多 {limit} MB)。大文件请用分段上传。",
            en=f"The body is too large (at most {limit} MB). Send large files as an upload in parts.",
        )
        return problem_response(known.as_problem(), known.status)

    api.add_exception_handler(RequestDataTooBig, too_large)

    def http(request: HttpRequest, error: Any) -> HttpResponse:
        # What the router itself refuses, above all a body that is not what it says it is.
        known = BadRequest(
            "malformed",
            zh="发来的内容读不懂:不是它说的那种格式。",
            en="The body cannot be read as what it says it is.",
        )
        body = known.as_problem() | {"status": error.status_code}
        return problem_response(body, error.status_code)

    api.add_exception_handler(HttpError, http)

    def impossible(request: HttpRequest, error: Any) -> HttpResponse:
        log.warning(
            "value refused by the database", extra={"path": request.path, "kind": type(error).__name__}
        )
        problem = BadRequest(
            "value_impossible",
            zh="里面有存不下的字符或太大的数。",
            en="A text holds characters that cannot be kept, or a number is too large.",
        )
        return problem_response(problem.as_problem(), problem.status)

    def database(request: HttpRequest, error: Any) -> HttpResponse:
        known = database_trouble(error)
        log.error("database trouble", extra={"path": request.path, "code": known.code, "said": str(error)})
        return problem_response(known.as_problem(), known.status)

    for trouble in (OperationalError, InterfaceError):
        api.add_exception_handler(trouble, database)

    # Half a surrogate pair, a NUL in PostgreSQL, a number beyond 64 bits: wherever a value from outside meets the disk.
    for kind in (UnicodeEncodeError, DataError, OverflowError):
        api.add_exception_handler(kind, impossible)


def database_trouble(error: Exception) -> PlatformError:
    """Return what people are told when the database does not do its work: full, held by another program, or away."""
    text = str(error).lower()
    if "full" in text or "no space" in text:
        return StorageFull()
    if "locked" in text or "busy" in text or "lock timeout" in text or "deadlock" in text:
        return Unavailable(
            "database_busy",
            zh="数据库正被别的程序占着,等几秒再试。已交的都在。",
            en="Another program holds the database; try again in a few seconds. What was handed in is safe.",
            retry_after=3,
        )
    return Unavailable(
        "database_away",
        zh="数据库没有回应,请等一等再试;一直这样就告诉管理员。已交的都在。",
        en="The database does not answer; wait and try again, and tell the admin if it stays so. What was handed in is safe.",
        retry_after=10,
    )


def cursor_encode(*values: Any) -> str:
    """Return an opaque cursor that remembers the sort key of the last row."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def cursor_decode(cursor: str | None, length: int) -> list[Any] | None:
    """Return what ``cursor_encode`` was given, or None for the first page.

    Raises:
        BadRequest: not a cursor of ours.
    """
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != length:
            raise ValueError
    except (ValueError, UnicodeDecodeError) as error:
        raise _not_a_place() from error
    return values


def _not_a_place() -> BadRequest:
    return BadRequest(
        "cursor_invalid",
        zh="翻页的位置不对,请从第一页开始。",
        en="This is not a page position; start from the first page.",
    )


def number_in(cursor: str | None) -> int | None:
    """Return the number in a cursor over one ascending number, or None for the first page.

    Raises:
        BadRequest: not a cursor of ours.
    """
    found = cursor_decode(cursor, 1)
    if found is None:
        return None
    if not isinstance(found[0], int) or isinstance(found[0], bool) or abs(found[0]) >= 1 << 63:
        raise _not_a_place()
    return found[0]


def moment_and_id(cursor: str | None) -> tuple[datetime, str] | None:
    """Return the (time, UUID) in a cursor over both, or None for the first page.

    Raises:
        BadRequest: not a cursor of ours.
    """
    found = cursor_decode(cursor, 2)
    if found is None:
        return None
    try:
        at, last = datetime.fromisoformat(str(found[0])), str(UUID(str(found[1])))
    except ValueError as error:
        raise _not_a_place() from error
    if at.tzinfo is None:
        raise _not_a_place()
    return at, last
