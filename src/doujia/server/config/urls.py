"""Addresses: the API, health, the signed media, and the single page for everything else."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, re_path
from django.urls.resolvers import URLPattern

from doujia.server.config.api import api
from doujia.server.config.pages import index

handler400 = "doujia.server.kernel.edge.bad_request"
handler404 = "doujia.server.kernel.edge.not_found"
handler500 = "doujia.server.kernel.edge.server_error"


def _api_not_found(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns: list[URLPattern] = [path("api/v1/", api.urls)]
for _module in ("doujia.server.kernel.health", "doujia.server.data.media_urls"):
    if find_spec(_module) is not None:
        urlpatterns += import_module(_module).urlpatterns
urlpatterns += [
    re_path(r"^api/.*$", _api_not_found),
    re_path(r"^(?!static/|media/).*$", index),
]
