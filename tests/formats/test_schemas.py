"""Schemas out of configurations, label lists and annotated files."""

from __future__ import annotations

import json

import msgspec
import pytest

from doujia.errors import FormatError, InputError
from doujia.formats.schemas import schema_from
from doujia.formats.union import merge_schemas
from doujia.marks import Attribute, LabelClass, RelationType, Schema

CVAT = [
    {"name": "车", "color": "#ff0000", "type": "rectangle", "attributes": [
        {"name": "colour", "mutable": False, "input_type": "select", "default_value": "red", "values": ["red", "blue"]},
        {"name": "speed", "mutable": True, "input_type": "number", "default_value": "0", "values": ["0", "120", "1"]}]},
    {"name": "人", "type": "skeleton", "svg": "", "sublabels": [{"name": "头"}, {"name": "脚"}], "attributes": []},
]  # fmt: skip


def test_what_one_file_states_is_not_taken_for_seen_because_of_another():
    seen = {"given": {"attributes": "observed", "relations": "observed"}}
    first = Schema(attributes=[Attribute(id="a", type="text")], relations=[RelationType(id="on")], ext=seen)
    assert merge_schemas([first, first]).ext == seen
    assert merge_schemas([first, Schema()]).ext == seen
    stated = Schema(attributes=[Attribute(id="b", type="int")])
    for order in ([first, stated], [stated, first]):
        merged = merge_schemas(order)
        assert {a.id for a in merged.attributes} == {"a", "b"}
        assert merged.ext == {"given": {"relations": "observed"}}


@pytest.mark.parametrize("kind", ["auto", "cvat-labels"])
def test_cvat_labels(kind):
    schema = schema_from(json.dumps(CVAT), kind)
    assert [(c.id, c.kinds, c.colour) for c in schema.classes] == [
        ("车", ["box"], "#ff0000"),
        ("人", ["keypoints"], None),
    ]
    assert [(a.id, a.type, a.mutable, a.classes) for a in schema.attributes] == [
        ("colour", "choice", False, ["车"]),
        ("speed", "int", True, ["车"]),
    ]
    assert schema.skeletons[0].names == ["头", "脚"]


def test_label_studio_names_and_our_own():
    xml = '<View><Image name="i" value="$image"/><PolygonLabels name="p" toName="i"><Label value="路"/></PolygonLabels></View>'
    assert [(c.id, c.kinds) for c in schema_from(xml).classes] == [("路", ["polygon"])]
    assert [c.id for c in schema_from("车\n\n人\n车\n").classes] == ["车", "人"]
    ours = Schema(classes=[LabelClass(id="1", name="车", parent=None)])
    assert schema_from(msgspec.json.encode(ours).decode()) == ours


def test_an_annotated_file_gives_its_classes(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(
        "<annotations><version>1.1</version><meta><task><labels><label><name>车</name></label></labels></task></meta>"
        "</annotations>",
        "utf-8",
    )
    assert [c.id for c in schema_from(path).classes] == ["车"]
    assert [c.id for c in schema_from(path, "cvat").classes] == ["车"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[{"nam": 1}]', "labels_malformed"),
        ('[{"name": "car", "attributes": ["colour"]}]', "labels_malformed"),
        ('[{"name": "face", "sublabels": "nose"}]', "labels_malformed"),
        ("[1", "json_malformed"),
        ("<View><a></View>", "xml_malformed"),
        ("<Other/>", "root_unexpected"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><View/>', "xml_entity_refused"),
    ],
)
def test_broken_texts_are_named(text, code):
    with pytest.raises(FormatError) as caught:
        schema_from(text)
    assert caught.value.code == code and caught.value.problem.line == 1


def test_what_is_missing_or_unknown(tmp_path):
    with pytest.raises(FormatError) as caught:
        schema_from(tmp_path / "none.xml")
    assert caught.value.code == "file_missing"
    with pytest.raises(InputError) as caught:
        schema_from("text", "nothing")
    assert caught.value.code == "format_unknown"
    with pytest.raises(InputError) as caught:
        schema_from("text", "cvat")
    assert caught.value.code == "schema_needs_file"
