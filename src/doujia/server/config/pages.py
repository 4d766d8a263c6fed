"""The one page: the built web app, served for every address that the browser routes itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from doujia.server.people import queries, sessions

POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


HEAD_END = b"</head>"


@cache
def _page(path: Path, changed: float) -> bytes:
    return path.read_bytes()


def _who(request: HttpRequest) -> bytes:
    """Return who is logged in, as data in the page: it saves the first of the requests that a slow line would feel."""
    try:
        known = sessions.known_session(request)
        me = asdict(queries.me(known.actor.person)) | {"csrf": known.csrf} if known else None
    except DatabaseError:
        # The page itself needs no database; it asks again and tells people what is wrong.
        return b""
    # "<" could end the element early: names are people's own.
    text = json.dumps(me, ensure_ascii=False, default=str).replace("<", "\\u003c")
    return f'<script type="application/json" id="me">{text}</script>'.encode()


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Return the page shell, with who is logged in."""
    path = settings.WEB_DIR / "web" / "index.html"
    if not path.is_file():
        text = "网页还没有构建:先运行 make web。\nThe web app is not built yet: run make web first.\n"
        return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")
    page = _page(path, path.stat().st_mtime).replace(HEAD_END, _who(request) + HEAD_END, 1)
    response = HttpResponse(page, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Cookie"
    return response
