"""The outermost layer of the web server: numbers, slow calls, and answers of the framework brought into our form."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from doujia.server.kernel.api import problem_response
from doujia.server.kernel.errors import BadRequest, NotFound

__all__ = ["Edge", "bad_request", "not_found", "server_error"]

log = logging.getLogger("doujia.web")
SLOW_SECONDS = 1.0
_METHOD = {
    "type": "urn:doujia:method_not_allowed",
    "title": "This address does not take this method.",
    "status": 405,
    "code": "method_not_allowed",
    "detail": {"zh": "这个地址不支持这种请求。", "en": "This address does not take this method."},
}


class Edge:
    """Django middleware: gives each answer a number, logs what failed or was slow, counts when metrics are on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response
        self._metrics = bool(settings.METRICS)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request.doujia_number = number = secrets.token_hex(8)
        response = self._next(request)
        if response.status_code == 405:
            allowed = response.get("Allow", "")
            response = problem_response(_METHOD, 405)
            response["Allow"] = allowed
        response["X-Request-Id"] = number
        seconds = time.perf_counter() - started
        if response.status_code >= 500 or seconds >= SLOW_SECONDS or settings.ACCESS_LOG:
            self._note(request, response, seconds, number)
        if self._metrics:
            from doujia.server.kernel import metrics

            metrics.count(request, response, seconds)
        return response

    @staticmethod
    def _note(request: HttpRequest, response: HttpResponse, seconds: float, number: str) -> None:
        actor = getattr(request, "doujia_actor", None)
        # The path without its query: a search text or a signature is nobody's business in a log.
        facts = {
            "request": number, "method": request.method, "path": request.path, "status": response.status_code,
            "ms": round(seconds * 1000, 1), "person": actor.person if actor else "",
        }  # fmt: skip
        level = logging.ERROR if response.status_code >= 500 else logging.INFO
        log.log(level, "request", extra=facts)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error nobody foresaw: a number to look for in the log, and nothing of its inside."""
    number = getattr(request, "doujia_number", "")
    zh = f"服务器出错了,已经记下(编号 {number})。你的活在本机,没有丢;过一会儿再试。"
    en = f"The server failed; it is noted (number {number}). Your work is safe in this browser; try again in a while."
    body = {
        "type": "urn:doujia:internal", "title": en, "status": 500, "code": "internal", "detail": {"zh": zh, "en": en}
    }  # fmt: skip
    return problem_response(body, 500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what the framework itself does not read: a malformed form, a host name that is none, too many fields."""
    known = BadRequest("malformed", zh="发来的请求读不懂。", en="The request cannot be read.")
    return problem_response(known.as_problem(), 400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that nobody serves."""
    known = NotFound("no_such_address", zh="没有这个地址。", en="There is nothing at this address.")
    return problem_response(known.as_problem(), 404)
