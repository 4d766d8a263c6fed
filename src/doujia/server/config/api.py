"""One API under /api/v1: mounts each domain's router."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from doujia import __version__
from doujia.server.kernel.api import install_error_handlers

# Work first: Django tries addresses in turn, and next and submit are asked for a thousand times as often as the rest.
DOMAINS = ("work", "kernel", "people", "data", "projects", "quality", "releases")


def _hoist(node: Any, schemas: dict[str, Any]) -> Any:
    """Return ``node`` with every nested ``$defs`` moved to the components, where OpenAPI looks for it."""
    if isinstance(node, dict):
        for name, definition in node.get("$defs", {}).items():
            if name not in schemas:
                schemas[name] = {}  # before the descent: definitions may refer to each other
                schemas[name] = _hoist(definition, schemas)
        return {k: _hoist(v, schemas) for k, v in node.items() if k != "$defs"}
    if isinstance(node, list):
        return [_hoist(v, schemas) for v in node]
    if isinstance(node, str) and node.startswith("#/$defs/"):
        return "#/components/schemas/" + node.removeprefix("#/$defs/")
    return node


_WORDS = {
    "type": "object",
    "required": ["zh", "en"],
    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
}
PROBLEM: dict[str, Any] = {
    "title": "Problem", "type": "object", "required": ["type", "title", "status", "code", "detail"],
    "description": "What went wrong (RFC 9457), in both languages. Some problems carry more, named in their operation's text.",
    "properties": {
        "type": {"type": "string", "description": "urn:doujia:<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: programs decide by it."},
        "detail": _WORDS,
        "fields": {
            "type": "array", "description": "The places that are wrong.",
            "items": {
                "type": "object", "required": ["field", "code", "zh", "en"],
                "properties": {
                    "field": {"type": "string"}, "code": {"type": "string"}, "zh": {"type": "string"}, "en": {"type": "string"},
                    "mark": {"type": ["string", "null"], "description": "The mark that is meant, where it is one."},
                },
            },
        },
        "retry_after": {"type": "integer", "description": "Seconds to wait."},
    },
}  # fmt: skip
_PROBLEM_ANSWER = {
    "description": "Anything that is not done: 4xx is the caller's to put right, 5xx ours.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
SECURITY: dict[str, Any] = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": "doujia_session",
        "description": "A browser that is logged in; what changes something also carries X-CSRFToken (GET /people/me tells it).",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "An API token of a person, with scope and end."},
}  # fmt: skip


class DoujiaAPI(NinjaAPI):
    """Django-ninja's API with one correction: structs described by msgspec keep working references."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the OpenAPI 3.1 document."""
        document = super().get_openapi_schema(**options)
        schemas: dict[str, Any] = {}
        document["paths"] = _hoist(document["paths"], schemas)
        components = document.setdefault("components", {})
        components["schemas"] = {**schemas, **components.get("schemas", {}), "Problem": PROBLEM}
        components["securitySchemes"] = SECURITY
        components["responses"] = {"Problem": _PROBLEM_ANSWER}
        document["security"] = [{"session": []}, {"token": []}]
        for methods in document["paths"].values():
            for operation in methods.values():
                answers = operation["responses"] = {str(c): a for c, a in operation["responses"].items()}
                told = any("content" in a for code, a in answers.items() if code != "200")
                if told and "content" not in answers.get("200", {"content": ""}):
                    # The framework's own guess, where the operation says that it answers 201 or 202.
                    del answers["200"]
                answers["default"] = {"$ref": "#/components/responses/Problem"}
                if operation.get("x-action") == "anonymous":
                    operation["security"] = []
        return document


api = DoujiaAPI(
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
