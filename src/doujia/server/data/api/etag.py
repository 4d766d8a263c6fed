"""Versions over HTTP: ``ETag`` on what two people may write, ``If-Match`` on what they send."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from doujia.server.kernel.errors import PlatformError

__all__ = ["PreconditionRequired", "if_match", "set_etag"]


class PreconditionRequired(PlatformError):
    """The version that was looked at is not told."""

    status = 428

    def __init__(self) -> None:
        super().__init__(
            "if_match_required",
            zh="请带上 If-Match,说明改的是哪一版。",
            en="Send If-Match with the version that you have seen (its ETag).",
        )


def if_match(request: HttpRequest) -> int:
    """Return the version that the caller has seen.

    Raises:
        PreconditionRequired: none, or not one of ours.
    """
    text = request.headers.get("If-Match", "").removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise PreconditionRequired
    return int(text)


def set_etag(response: HttpResponse, version: int) -> None:
    """Tell the version."""
    response["ETag"] = f'"{version}"'
