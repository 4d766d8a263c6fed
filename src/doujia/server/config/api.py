"""One API under /api/v1: mounts each domain's router."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from ninja import NinjaAPI

from doujia import __version__
from doujia.server.kernel.api import install_error_handlers

DOMAINS = ("kernel", "people", "data", "projects", "work", "quality", "releases")

api = NinjaAPI(
    title="Doujia",
    version=__version__,
    description="Everything the pages do goes through here. Errors are problem+json with a stable code and zh/en text.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
install_error_handlers(api)
for _name in DOMAINS:
    _module = f"doujia.server.{_name}." + ("routes" if _name == "kernel" else "api")
    if find_spec(_module) is not None:
        api.add_router(f"/{_name}" if _name != "kernel" else "", import_module(_module).router, tags=[_name])
