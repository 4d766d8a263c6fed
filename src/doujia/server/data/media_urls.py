"""The media server: answers signed addresses only, knows no cookie, decodes nothing.

Every answer carries a type from our own table, ``nosniff`` and a sandbox policy: whatever is inside a file, a browser
sees a picture or a sound and never a page.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from doujia.media.tiles import TILE_HEADER, tile_place
from doujia.server.data import media
from doujia.server.kernel import clock, storage
from doujia.server.kernel.errors import NotFound

__all__ = ["blob", "tile", "urlpatterns"]

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_INLINE = ("image/", "audio/", "video/")
POLICY = "sandbox; default-src 'none'"


def _refused(status: int, text: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return _guarded(response)


def _guarded(response: HttpResponseBase) -> HttpResponseBase:
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    if settings.MEDIA_ORIGIN:
        response["Access-Control-Allow-Origin"] = settings.PUBLIC_URL
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
    else:
        response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _headers(response: HttpResponseBase, kind: str, tag: str, allowed: media.Checked) -> HttpResponseBase:
    seconds = max(0, allowed.ends - int(clock.now().timestamp()))
    response["Cache-Control"] = (
        f"private, max-age={seconds}, immutable" if allowed.cacheable else "private, no-store"
    )
    response["ETag"] = f'"{tag}"'
    inline = media.TYPES[kind].startswith(_INLINE)
    response["Content-Disposition"] = "inline" if inline else "attachment"
    return _guarded(response)


def _span(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte asked for; None when none of them exists. Raises ValueError: not a single range."""
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        raise ValueError(header)
    first, last = found.groups()
    if first == "":
        length = min(int(last), size)
        return (size - length, size - 1) if length else None
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        raise ValueError(header)
    return (start, end) if start < size else None


@require_safe
def blob(request: HttpRequest, kind: str, sha256: str) -> HttpResponseBase:
    """One file by its content, whole or a range of it."""
    allowed = media.check(f"/media/{kind}/{sha256}", request.GET.dict())
    if allowed is None:
        return _refused(403, "This address is not valid or is over. / 这个地址不对或者过期了。")
    if kind not in media.TYPES or kind == "tiles":
        return _refused(404, "There is no such thing.")
    if request.headers.get("If-None-Match") in (f'"{sha256}"', f'W/"{sha256}"'):
        return _headers(HttpResponse(status=304), kind, sha256, allowed)
    try:
        size = storage.size(sha256)
    except NotFound:
        return _refused(404, "There is no such thing.")
    start, end, status = 0, size - 1, 200
    asked = request.headers.get("Range", "")
    if asked and request.headers.get("If-Range", f'"{sha256}"') == f'"{sha256}"':
        try:
            span = _span(asked, size)
        except ValueError:
            span = (
                0,
                size - 1,
            )  # several ranges or another unit: the whole file is a right answer (RFC 9110 14.2)
        else:
            if span is None:
                response = _refused(416, "There are no such bytes.")
                response["Content-Range"] = f"bytes */{size}"
                return response
            status = 206
        start, end = span
    length = end - start + 1
    body: Iterator[bytes] = (
        iter(()) if request.method == "HEAD" else storage.open_range(sha256, start, length)
    )
    response = StreamingHttpResponse(body, status=status, content_type=media.TYPES[kind])
    response["Content-Length"] = str(length)
    response["Accept-Ranges"] = "bytes"
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return _headers(response, kind, sha256, allowed)


@require_safe
def tile(request: HttpRequest, pack: str, level: int, x: int, y: int) -> HttpResponseBase:
    """One tile out of a pack: two reads by range, no decoding."""
    allowed = media.check(f"/media/tiles/{pack}", request.GET.dict())
    if allowed is None:
        return _refused(403, "This address is not valid or is over. / 这个地址不对或者过期了。")
    tag = f"{pack}-{level}-{x}-{y}"
    if request.headers.get("If-None-Match") == f'"{tag}"':
        return _headers(HttpResponse(status=304), "tiles", tag, allowed)
    try:
        data = read_tile(pack, level, x, y)
    except (NotFound, IndexError, struct.error):
        return _refused(404, "There is no such tile.")
    return _headers(HttpResponse(data, content_type=media.TYPES["tiles"]), "tiles", tag, allowed)


def read_tile(pack: str, level: int, x: int, y: int) -> bytes:
    """Return one tile of a pack.

    Raises:
        NotFound: no such pack. IndexError: no such tile in it.
    """
    size = storage.size(pack)
    head = b"".join(storage.open_range(pack, 0, min(TILE_HEADER, size)))
    place = tile_place(head, level, x, y)
    entry = b"".join(storage.open_range(pack, place, 16))
    start, end = struct.unpack("<QQ", entry)
    return b"".join(storage.open_range(pack, start, end - start))


urlpatterns = [
    path("media/tiles/<str:pack>/<int:level>/<int:x>_<int:y>", tile),
    path("media/<str:kind>/<str:sha256>", blob),
]
