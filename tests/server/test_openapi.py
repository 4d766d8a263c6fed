"""The OpenAPI document is whole: every reference leads somewhere, every operation says what it needs."""

from typing import Any

import pytest

from doujia.server.config.api import api


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        own |= (
            set(node.get("discriminator", {}).get("mapping", {}).values())
            if isinstance(node.get("discriminator"), dict)
            else set()
        )
        return own.union(*(_references(v) for v in node.values()))
    if isinstance(node, list):
        return set().union(*(_references(v) for v in node))
    return set()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(api.get_openapi_schema(path_prefix="/api/v1/"))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in _references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, f"{reference} leads nowhere"
            place = place[step]


def test_every_operation_names_its_action(document: dict[str, Any]) -> None:
    nameless = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "x-action" not in operation
    ]
    assert nameless == []


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [
        operation["operationId"] for methods in document["paths"].values() for operation in methods.values()
    ]
    assert len(ids) == len(set(ids))


FILES = {
    "people_roster_template", "people_my_data", "releases_file", "releases_export_file", "quality_tables",
}  # fmt: skip
"""Operations that answer with a file: its type is its own."""
WHOLE = {
    "people_tokens": "one's own, at most 50 valid ones", "people_sessions": "one's own browsers",
    "people_qualifications": "a person's valid skills", "webhook_events": "what the program knows",
    "webhook_list": "at most 20", "releases_formats": "what the library knows", "projects_templates": "what comes along",
    "releases_list": "versions of one dataset, made by hand", "releases_exports": "formats of one version",
    "work_takers": "people of a project's bases", "work_filters": "a person's own saved filters", "work_revisions": "of one task", "work_comments": "on one task, at most 500",
    "quality_skills": "people × classes of one project, at most 5,000", "quality_cases": "open cases of one project, the gravest first",
    "quality_appeals_waiting": "one line for each project", "quality_overturns": "one line for each reviewer of a project",
    "quality_gold_standings": "one line for each person of a project", "quality_my_practice": "one's own runs",
    "quality_practice_list": "runs of one project's people, the newest", "quality_pools": "three kinds",
    "quality_mine": "one's own weeks", "quality_records": "one line for each person of a project",
    "quality_projects": "projects one may look at", "quality_firings": "of one project, the newest", "quality_my_firings": "one's own",
    "quality_firings_waiting": "one line for each project that waits for somebody",
}  # fmt: skip
"""Lists that are answered whole, and why they cannot grow long."""


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (o["operationId"], method, o)
        for methods in document["paths"].values()
        for method, o in methods.items()
    ]


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        place: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        schema = place
    return schema


def test_every_answer_is_described(document: dict[str, Any]) -> None:
    bare = []
    for name, _, operation in _operations(document):
        good = {str(c): a for c, a in operation["responses"].items() if str(c).startswith("2")}
        assert good, f"{name} never succeeds"
        bare += [
            f"{name} {c}"
            for c, a in good.items()
            if c != "204" and not a.get("content") and name not in FILES
        ]
    assert bare == []


def test_every_operation_tells_how_it_refuses_and_who_may_ask(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    problem = document["components"]["responses"]["Problem"]["content"]
    assert list(problem) == ["application/problem+json"]
    assert document["security"] == [{"session": []}, {"token": []}]
    for name, _, operation in _operations(document):
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}, name
        assert (operation.get("security") == []) == (operation["x-action"] == "anonymous"), name
        assert operation.get("description") or operation.get("summary"), name


def test_lists_come_by_pages(document: dict[str, Any]) -> None:
    """A list that may grow is read by cursor; those answered whole are named with the reason."""
    whole = set()
    for name, method, operation in _operations(document):
        answer = operation["responses"].get(200, operation["responses"].get("200", {}))
        if method != "get" or "application/json" not in answer.get("content", {}):
            continue
        schema = _resolved(document, answer["content"]["application/json"]["schema"])
        if schema.get("type") == "array":
            whole.add(name)
        if "next" in schema.get("properties", {}):
            given = {p["name"] for p in operation.get("parameters", [])}
            assert {"cursor", "limit"} <= given, name
    assert whole == set(WHOLE)


def test_what_two_people_may_write_names_the_version_that_was_seen(document: dict[str, Any]) -> None:
    named = {
        name
        for name, _, operation in _operations(document)
        if any(p["name"] == "If-Match" for p in operation.get("parameters", []))
    }
    assert named == {
        "data_dataset_edit", "data_item_edit", "projects_edit", "projects_schema_put", "projects_guideline_put",
    }  # fmt: skip
