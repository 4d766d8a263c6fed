"""The one page: the built web app, served for every address that the browser routes itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


@cache
def _page(path: Path, changed: float) -> bytes:
    return path.read_bytes()


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Return the page shell."""
    path = settings.WEB_DIR / "web" / "index.html"
    if not path.is_file():
        text = "网页还没有构建:先运行 make web。\nThe web app is not built yet: run make web first.\n"
        return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(_page(path, path.stat().st_mtime), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-cache"
    return response
