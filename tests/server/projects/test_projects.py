"""Projects: from template to running, versions, two editors at once, other people's tenants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from doujia.marks import LabelClass, Schema
from doujia.server.projects import queries, schema_rules, templates
from doujia.server.projects.setup import settings_from

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(
    tenants: Any, partners: None, make_person: Callable[..., str], client_for: Callable[[str], Client]
) -> Client:
    return client_for(make_person("manager", tenants.base))


def create(client: Client, tenants: Any, **more: Any) -> Any:
    body = {
        "name": "路口",
        "client": tenants.client,
        "bases": [tenants.base],
        "template": "vehicles-people",
    } | more
    return client.post("/api/v1/projects/", body, content_type="application/json")


@pytest.fixture
def project(manager: Client, tenants: Any) -> str:
    made = create(manager, tenants)
    assert made.status_code == 201, made.content
    return str(made.json()["id"])


def test_a_project_from_a_template_has_its_classes_and_guideline(manager: Client, project: str) -> None:
    schema = manager.get(f"/api/v1/projects/{project}/schema").json()
    assert schema["version"] == 1
    assert [c["names"]["zh"] for c in schema["schema"]["classes"][:3]] == ["小汽车", "货车", "公交车"]
    assert schema["schema"]["classes"][0]["colour"] == "#4EE2FF"
    assert (
        "老年代步车算三轮车"
        in manager.get(f"/api/v1/projects/{project}/guideline").json()["guideline"]["markdown"]
    )


def test_every_template_is_usable_and_bilingual() -> None:
    wanted = {
        "traffic-lights",
        "vehicles-people",
        "road-area",
        "face-68",
        "face-106",
        "shelf-goods",
        "bird-or-car",
        "emotion",
    }
    assert {t.id for t in templates.TEMPLATES} == wanted
    for template in templates.TEMPLATES:
        assert list(schema_rules.problems(template.schema)) == []
        for words in (
            template.names,
            template.purpose,
            template.guideline,
            *(c.names for c in template.schema.classes),
        ):
            assert set(words) == {"zh", "en"}
            assert all(words.values())


@pytest.mark.parametrize(("template", "points"), [("face-68", 68), ("face-106", 106)])
def test_face_templates_are_mirror_images_of_themselves(template: str, points: int) -> None:
    found = templates.get(template)
    assert found is not None
    skeleton = found.schema.skeletons[0]
    assert len(skeleton.names) == points
    xs, ys = skeleton.template[0::2], skeleton.template[1::2]
    for a, b in skeleton.flip:
        assert xs[a] + xs[b] == pytest.approx(1.0, abs=0.01), (a, b)
        assert ys[a] == pytest.approx(ys[b], abs=0.01), (a, b)
    middle = set(range(points)) - {i for pair in skeleton.flip for i in pair}
    assert all(xs[i] == pytest.approx(0.5, abs=0.01) for i in middle)


def test_two_editors_of_the_schema_do_not_overwrite_each_other(manager: Client, project: str) -> None:
    seen = manager.get(f"/api/v1/projects/{project}/schema")
    document = seen.json()["schema"]
    document["classes"][0]["names"]["zh"] = "轿车"
    first = manager.put(
        f"/api/v1/projects/{project}/schema",
        document,
        content_type="application/json",
        headers={"If-Match": seen["ETag"]},
    )
    assert first.json() == {"version": 2}
    document["classes"][0]["names"]["zh"] = "汽车"
    second = manager.put(
        f"/api/v1/projects/{project}/schema",
        document,
        content_type="application/json",
        headers={"If-Match": seen["ETag"]},
    )
    assert second.status_code == 409
    assert second.json()["code"] == "changed_meanwhile"
    assert (
        manager.get(f"/api/v1/projects/{project}/schema").json()["schema"]["classes"][0]["names"]["zh"]
        == "轿车"
    )
    assert (
        manager.get(f"/api/v1/projects/{project}/schema?version=1").json()["schema"]["classes"][0]["names"][
            "zh"
        ]
        == "小汽车"
    )


def test_a_guideline_change_tells_what_is_new(manager: Client, project: str) -> None:
    old = manager.get(f"/api/v1/projects/{project}/guideline").json()["guideline"]["markdown"]
    put = manager.put(
        f"/api/v1/projects/{project}/guideline",
        {"markdown": old + "\n4 新的一条", "changed": "加了第 4 条"},
        content_type="application/json",
    )
    assert put.json() == {"version": 2}
    now = manager.get(f"/api/v1/projects/{project}/guideline").json()
    assert (now["guideline"]["changed"], [v["version"] for v in now["versions"]]) == ("加了第 4 条", [2, 1])
    lines = manager.get(f"/api/v1/projects/{project}/guideline/diff?old=1&new=2").json()["lines"]
    assert {"kind": "added", "text": "4 新的一条"} in lines
    assert queries.setup(project).guideline_version == 2


def test_a_project_starts_pauses_and_finishes(manager: Client, project: str) -> None:
    def move(state: str) -> int:
        return manager.post(
            f"/api/v1/projects/{project}/state", {"state": state}, content_type="application/json"
        ).status_code

    assert [move("paused"), move("running"), move("paused"), move("done"), move("draft")] == [
        409,
        200,
        200,
        200,
        409,
    ]
    assert queries.setup(project).state == "done"


def test_a_worker_sees_her_project_and_may_not_edit_it(
    tenants: Any, make_person: Callable[..., str], client_for: Callable[[str], Client], project: str
) -> None:
    worker = client_for(make_person("worker", tenants.base))
    assert [p["id"] for p in worker.get("/api/v1/projects/").json()["projects"]] == [project]
    refused = worker.patch(f"/api/v1/projects/{project}", {"name": "x"}, content_type="application/json")
    assert refused.status_code == 403


@pytest.mark.parametrize("path", ["", "/schema", "/guideline", "/guideline/diff?old=1&new=1"])
def test_another_base_cannot_tell_that_the_project_exists(
    tenants: Any,
    make_person: Callable[..., str],
    client_for: Callable[[str], Client],
    project: str,
    path: str,
) -> None:
    stranger = client_for(make_person("manager", tenants.other_base))
    assert stranger.get(f"/api/v1/projects/{project}{path}").status_code == 404
    assert stranger.get("/api/v1/projects/").json()["projects"] == []


def test_nobody_makes_a_project_for_tenants_that_are_not_theirs(
    tenants: Any, make_person: Callable[..., str], client_for: Callable[[str], Client]
) -> None:
    manager = client_for(make_person("manager", tenants.other_base))
    assert create(manager, tenants).status_code == 404


@pytest.mark.parametrize(
    ("raw", "share"),
    [
        ({}, 1.0),
        ({"overlap": 3}, 0.1),  # the answers check each other, and an arbiter sees what differs
        ({"overlap": 3, "consensus": False}, 1.0),
        ({"overlap": 3, "review_share": 0.5}, 0.5),
        ({"overlap": 1, "review_share": 0.0}, 0.0),
    ],
)
def test_how_much_is_checked_where_nobody_says(raw: dict[str, Any], share: float) -> None:
    assert settings_from(raw).review_share == share


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"overlap": 0}, "overlap"),
        ({"review_share": 1.5}, "review_share"),
        ({"price_fen": -1}, "price_fen"),
        ({"error_classes": [{"id": "x"}]}, "error_classes.0"),
    ],
)
def test_settings_out_of_range_are_named(
    manager: Client, tenants: Any, settings: dict[str, Any], field: str
) -> None:
    refused = create(manager, tenants, settings=settings)
    assert refused.status_code == 422
    assert [f["field"] for f in refused.json()["fields"]] == [field]


@pytest.mark.parametrize(
    ("schema", "code", "field"),
    [
        ({"classes": [{"id": "a"}, {"id": "a"}]}, "id_twice", "classes.1.id"),
        ({"classes": [{"id": "a", "parent": "b"}, {"id": "b", "parent": "a"}]}, "cycle", "classes.0.parent"),
        (
            {"classes": [{"id": "a", "key": "Digit1"}, {"id": "b", "key": "Digit1"}]},
            "key_twice",
            "classes.1.key",
        ),
        ({"classes": [{"id": "a", "kinds": ["sphere"]}]}, "kind_unknown", "classes.0.kinds"),
        ({"classes": [{"id": "a", "kinds": ["keypoints"]}]}, "skeleton_missing", "classes.0.skeleton"),
        ({"classes": [{"id": "a", "colour": "red;}</style>"}]}, "colour_invalid", "classes.0.colour"),
        ({"classes": [{"id": "a\u202e"}]}, "id_invalid", "classes.0.id"),
        (
            {"attributes": [{"id": "a", "type": "text", "pattern": "(a+)+$"}]},
            "pattern_slow",
            "attributes.0.pattern",
        ),
        (
            {"attributes": [{"id": "a", "type": "text", "pattern": "(("}]},
            "pattern_invalid",
            "attributes.0.pattern",
        ),
        ({"attributes": [{"id": "a", "type": "choice"}]}, "no_values", "attributes.0.values"),
        (
            {"skeletons": [{"id": "s", "names": ["a"], "edges": [[0, 5]]}]},
            "index_out_of_range",
            "skeletons.0.edges",
        ),
    ],
)
def test_schemas_that_cannot_work_are_refused_with_the_place(
    manager: Client, tenants: Any, schema: dict[str, Any], code: str, field: str
) -> None:
    refused = create(manager, tenants, schema_document=schema)
    assert refused.status_code == 422
    assert (code, field) in [(f["code"], f["field"]) for f in refused.json()["fields"]]


def test_markup_in_names_stays_text(manager: Client, tenants: Any) -> None:
    made = create(manager, tenants, name="<script>alert(1)</script> =1+1")
    shown = manager.get(f"/api/v1/projects/{made.json()['id']}")
    assert shown.json()["name"] == "<script>alert(1)</script> =1+1"
    assert shown["Content-Type"] == "application/json"


def test_a_page_is_no_picture(manager: Client, project: str) -> None:
    refused = manager.post(
        f"/api/v1/projects/{project}/assets", b"<svg onload=alert(1)>", content_type="image/png"
    )
    assert refused.status_code == 422
    assert refused.json()["code"] == "not_a_picture"


def test_a_guideline_picture_is_written_anew_and_served_in_a_sandbox(manager: Client, project: str) -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    made = manager.post(
        f"/api/v1/projects/{project}/assets?name=a.png",
        out.getvalue() + b"<script>",
        content_type="text/html",
    ).json()
    shown = manager.get(made["url"])
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Content-Security-Policy"].startswith("sandbox")
    assert b"<script>" not in shown.content


def test_the_setup_follows_a_change_at_once(manager: Client, project: str) -> None:
    assert queries.setup(project).settings.overlap == 1
    changed = manager.patch(
        f"/api/v1/projects/{project}",
        {"settings": {"overlap": 3}},
        content_type="application/json",
        headers={"If-Match": "1"},
    )
    assert changed.status_code == 200, changed.content
    assert queries.setup(project).settings.overlap == 3
    late = manager.patch(
        f"/api/v1/projects/{project}",
        {"name": "y"},
        content_type="application/json",
        headers={"If-Match": "1"},
    )
    assert late.status_code == 409


def test_default_colours_are_the_palette() -> None:
    schema = schema_rules.with_defaults(
        Schema(classes=[LabelClass(id="a"), LabelClass(id="b", colour="#000000"), LabelClass(id="c")])
    )
    assert [c.colour for c in schema.classes] == ["#4EE2FF", "#000000", "#2046DE"]


def test_a_project_is_not_made_with_somebody_elses_dataset(
    tenants: Any, make_person: Callable[..., str], client_for: Callable[[str], Client], manager: Client
) -> None:
    stranger = client_for(make_person("client", tenants.other_client))
    foreign = stranger.post(
        "/api/v1/data/datasets",
        {"name": "secret", "tenant": tenants.other_client, "medium": "image"},
        content_type="application/json",
    ).json()["id"]
    refused = create(manager, tenants, datasets=[foreign])
    assert refused.status_code == 404
    assert manager.get("/api/v1/projects/").json()["projects"] == []
