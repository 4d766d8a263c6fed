"""A schema out of what a team has: another tool's configuration, a list of names, or the classes of an annotation file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

LABEL_STUDIO = """<View><Image name="image" value="$image"/>
<RectangleLabels name="label" toName="image"><Label value="Car" background="#ff0000"/><Label value="Bus"/></RectangleLabels></View>"""
CVAT = [
    {
        "name": "car",
        "color": "#ff0000",
        "attributes": [{"name": "parked", "input_type": "checkbox", "mutable": False, "values": ["false"]}],
    }
]
COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 1, 2, 2], "area": 4, "iscrowd": 0}
    ],
    "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
}
VOC = """<annotation><filename>a.jpg</filename><size><width>10</width><height>10</height><depth>3</depth></size>
<object><name>horse</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object></annotation>"""


@pytest.fixture
def web(tenants: Any, make_person: Callable[..., str], client_for: Callable[[str], Client]) -> Client:
    return client_for(make_person("client", tenants.client))


def read(web: Client, kind: str, text: str, name: str = "") -> Any:
    body = {"kind": kind, "text": text, "name": name}
    return web.post("/api/v1/projects/schema-import", body, content_type="application/json")


@pytest.mark.parametrize(
    ("kind", "text", "name", "classes"),
    [
        ("label_studio_xml", LABEL_STUDIO, "", ["Car", "Bus"]),
        ("cvat_json", json.dumps(CVAT), "", ["car"]),
        ("names", "car\n公交车\n\n car \n", "", ["car", "公交车"]),
        ("annotations", json.dumps(COCO), "instances.json", ["cat", "dog"]),
        ("annotations", VOC, "a.xml", ["horse"]),
    ],
)
def test_each_source_gives_its_classes(
    web: Client, kind: str, text: str, name: str, classes: list[str]
) -> None:
    answer = read(web, kind, text, name)
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert [c["name"] for c in found["schema"]["classes"]] == classes
    assert all(c["colour"] for c in found["schema"]["classes"]), "every class has a colour"


def test_attributes_of_cvat_come_too(web: Client) -> None:
    [attribute] = read(web, "cvat_json", json.dumps(CVAT)).json()["schema"]["attributes"]
    assert (attribute["name"], attribute["type"]) == ("parked", "bool")


@pytest.mark.parametrize(
    ("kind", "text", "name"),
    [
        ("label_studio_xml", "<View><Oops", ""), ("cvat_json", "{}", ""), ("annotations", '{"a": 1}', "x.json"),
        ("annotations", json.dumps(COCO), "../../etc/passwd"), ("pickle", "x", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_plainly(web: Client, kind: str, text: str, name: str) -> None:
    answer = read(web, kind, text, name)
    if name.startswith(".."):  # a name is a name, never a way
        assert answer.status_code == 200
    else:
        assert answer.status_code in (400, 422) and answer.json()["detail"]["zh"]
