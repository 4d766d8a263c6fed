"""Documents of every released version stay readable, and what the web is told of the label model does not change unseen."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from doujia import formats
from doujia.errors import InputError
from doujia.marks import Schema
from doujia.marks.document import decode_schema, json_schema, migrate_schema

GOLDEN = Path(__file__).parent.parent / "golden"
V1 = GOLDEN / "documents-v1.jsonl"
LINES = [json.loads(line) for line in V1.read_text("utf-8").splitlines()]


def without_words(value):
    """Leave out the descriptions: docstrings, which Python versions indent differently."""
    if isinstance(value, dict):
        return {k: without_words(v) for k, v in value.items() if k != "description" or isinstance(v, dict)}
    return [without_words(v) for v in value] if isinstance(value, list | tuple) else value


def test_the_json_schema_for_the_web_is_the_golden_one():
    """Whoever changes the label model renews the file: ``without_words(json_schema())``, indent 1, sorted keys."""
    assert without_words(json_schema()) == json.loads((GOLDEN / "marks-schema.json").read_text("utf-8"))


def test_documents_of_version_1_hold_every_kind_and_every_medium():
    kinds = {m["geometry"]["kind"] for row in LINES[1:] for m in row["marks"]}
    assert kinds == formats.get("doujia-jsonl").holds
    media = {row["item"]["media"]["kind"] for row in LINES[1:]}
    assert media == {"image", "video", "points", "audio", "text", "conversation"}


@pytest.mark.parametrize("row", LINES[1:], ids=lambda r: r["item"]["media"]["kind"])
def test_the_golden_json_schema_accepts_documents_of_version_1(row):
    golden = json.loads((GOLDEN / "marks-schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator({**golden, "$ref": "#/$defs/ItemMarks"}).validate(row)


def test_documents_of_version_1_are_read_and_written_as_they_are(tmp_path):
    dataset = formats.read(V1)
    formats.write(dataset, tmp_path / "again.jsonl", "doujia-jsonl", formats.WriteOptions(strict=True))
    assert not list(dataset.problems)
    again = [json.loads(line) for line in (tmp_path / "again.jsonl").read_text("utf-8").splitlines()]
    assert again == LINES


def test_a_schema_of_version_1_is_read_as_it_is():
    schema = decode_schema(json.dumps(LINES[0]["schema"]))
    assert json.loads(msgspec.json.encode(schema)) == LINES[0]["schema"]
    assert decode_schema(json.dumps({**LINES[0]["schema"], "version": 1})) == schema


def test_old_schemas_go_through_every_step_in_turn():
    def labels_become_classes(raw):
        return {"classes": [{"id": name} for name in raw["labels"]]}

    def ids_become_names(raw):
        return {"classes": [{**c, "name": c["id"].title()} for c in raw["classes"]]}

    steps = {1: labels_become_classes, 2: ids_become_names}
    old = {"labels": ["car"]}
    wanted = {"version": 3, "classes": [{"id": "car", "name": "Car"}]}
    assert migrate_schema(old, steps, newest=3) == wanted
    assert migrate_schema({"version": 2, "classes": [{"id": "car"}]}, steps, newest=3) == wanted
    assert migrate_schema(wanted, steps, newest=3) == wanted
    assert old == {"labels": ["car"]}, "the document given is left as it was"


@pytest.mark.parametrize("version", [0, 2, 99, "1", None, True, 1.0])
def test_versions_nobody_knows_are_refused(version):
    with pytest.raises(InputError) as caught:
        migrate_schema({**msgspec.to_builtins(Schema()), "version": version})
    assert caught.value.code == "schema_version_unknown"
    assert "1" in caught.value.message.zh
