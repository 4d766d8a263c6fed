"""Addresses: the API, health, the signed media, and the single page for everything else."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.urls.resolvers import URLPattern

from doujia.server.config.api import api
from doujia.server.config.pages import index
from doujia.server.kernel.api import problem_response
from doujia.server.kernel.errors import NotFound

handler500 = "doujia.server.kernel.edge.server_error"


def _api_not_found(request: HttpRequest) -> HttpResponse:
    error = NotFound("no_such_address", zh="没有这个地址。", en="There is nothing at this address.")
    return problem_response(error.as_problem(), 404)


urlpatterns: list[URLPattern] = [path("api/v1/", api.urls)]
for _module in ("doujia.server.kernel.health", "doujia.server.data.media_urls"):
    if find_spec(_module) is not None:
        urlpatterns += import_module(_module).urlpatterns
urlpatterns += [
    re_path(r"^api/.*$", _api_not_found),
    re_path(r"^(?!static/|media/).*$", index),
]
