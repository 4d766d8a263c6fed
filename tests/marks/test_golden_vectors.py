"""The vectors that Python and TypeScript share: deltas, text offsets, and the JSON Schema of the label model."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from doujia.errors import InputError
from doujia.marks import deltas
from doujia.marks.document import json_schema

GOLDEN = Path(__file__).parent.parent / "golden"
DELTAS = json.loads((GOLDEN / "deltas.json").read_text("utf-8"))
OFFSETS = json.loads((GOLDEN / "offsets.json").read_text("utf-8"))


def document(raw):
    return msgspec.convert(raw, deltas.Document)


def name(case):
    return case["name"]


@pytest.mark.parametrize("case", DELTAS["cases"], ids=name)
def test_delta_applies_and_undoes(case):
    before, after = document(case["before"]), document(case["after"])
    delta = msgspec.convert(case["delta"], deltas.Delta)
    assert deltas.apply(before, delta) == after
    assert deltas.apply(after, deltas.invert(delta)) == before
    assert before == document(case["before"]), "the input is left as it was"


@pytest.mark.parametrize("case", DELTAS["conflicts"], ids=name)
def test_delta_that_does_not_fit_is_refused(case):
    before = document(case["before"])
    with pytest.raises(InputError) as caught:
        deltas.apply(before, msgspec.convert(case["delta"], deltas.Delta))
    assert caught.value.code == "delta_conflict"
    assert "3" in caught.value.message.zh
    assert before == document(case["before"])


@pytest.mark.parametrize("case", DELTAS["cases"], ids=name)
def test_delta_keeps_its_wire_form(case):
    delta = msgspec.json.decode(json.dumps(case["delta"]), type=deltas.Delta)
    assert msgspec.json.decode(msgspec.json.encode(delta), type=deltas.Delta) == delta
    assert msgspec.to_builtins(delta)["ops"] == case["delta"]["ops"]


@pytest.mark.parametrize("case", OFFSETS["texts"], ids=name)
def test_offset_vectors_are_true(case):
    text = case["text"]
    assert (len(text), len(text.encode("utf-16-le")) // 2, len(text.encode())) == (
        case["code_points"],
        case["utf16"],
        case["utf8"],
    )
    assert case["cp2u16"] == [len(text[:i].encode("utf-16-le")) // 2 for i in range(len(text) + 1)]
    for span in case["spans"]:
        start, end = span["cp"]
        assert text[start:end] == span["quote"]
        assert [case["cp2u16"][start], case["cp2u16"][end]] == span["u16"]


def test_json_schema_accepts_the_reference_mark_and_names_a_wrong_kind():
    schema = {**json_schema(), "$ref": "#/$defs/Mark"}
    mark = {
        "id": "01JD3M8Q0K7R6W2V9T5X4Z1A2B",
        "label": "vehicle.car",
        "attrs": {"colour": "red"},
        "geometry": {"kind": "box", "x0": 100.0, "y0": 120.0, "x1": 300.0, "y1": 360.0},
        "flags": ["occluded"],
        "origin": {"by": "human", "actor": "w_81f2", "model": "det-a@3", "edit": "moved", "ms": 4210},
        "ext": {"coco": {"my_extra": "x"}},
    }
    jsonschema.validate(mark, schema)
    for bad in ({**mark, "geometry": {"kind": "blob"}}, {"label": "no id"}, {**mark, "z": "top"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)


def test_json_schema_defines_every_geometry():
    from doujia.marks.schema import GEOMETRY_KINDS

    kinds = set()
    for definition in json_schema()["$defs"].values():
        kind = definition.get("properties", {}).get("kind", {})
        kinds |= set(kind.get("enum", []))
    assert set(GEOMETRY_KINDS) <= kinds
