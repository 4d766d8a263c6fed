"""Doujia JSONL and Parquet lose nothing and name what is broken."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from roundtrip import anything, datasets

from doujia import formats
from doujia.errors import FormatError, InputError
from doujia.formats import MemoryDataset, WriteOptions
from doujia.marks import (
    Box,
    Candidate,
    ConversationMedia,
    ImageMedia,
    Item,
    ItemMarks,
    LabelClass,
    Mark,
    Message,
    Nothing,
    Relation,
    Schema,
    TextMedia,
)

SUFFIX = {"doujia-jsonl": "marks.jsonl", "parquet": "marks.parquet"}
BOTH = pytest.mark.parametrize("name", list(SUFFIX))


def small():
    schema = Schema(classes=[LabelClass(id="c1", name="车", names={"en": "car"})])
    items = [
        ItemMarks(
            Item(id="1", name="a/图 1.png", media=ImageMedia(width=640, height=480), split="val"),
            [
                Mark(id="m1", label="c1", geometry=Box(100, 120, 300, 360), ext={"coco": {"big": 10**12}}),
                Mark(id="m2", label="c1", geometry=Nothing(), text="整张"),
            ],
            [Relation(id="r", type="on", source="m1", target="m2")],
        ),
        ItemMarks(Item(id="2", name="empty.png")),
        ItemMarks(Item(id="3", name="later.png", status="unseen")),
        ItemMarks(Item(id="4", name="t", media=TextMedia(text="张三😀\r\n在𠮷野家"))),
        ItemMarks(
            Item(
                id="5",
                media=ConversationMedia(
                    messages=[Message(id="m", role="user", content="问")],
                    candidates=[
                        Candidate(id="a", messages=[Message(id="x", role="assistant", content="答")])
                    ],
                ),
            )
        ),
    ]
    return MemoryDataset(schema, items, info={"coco": {"licences": [{"id": 1}]}})


@BOTH
@given(dataset=datasets(anything))
@settings(max_examples=25, deadline=None)
def test_everything_comes_back(name, dataset):
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / SUFFIX[name]
        report = formats.write(dataset, target, name, WriteOptions(strict=True))
        back = formats.read(target, name)
        assert back.schema == dataset.schema
        assert list(back) == dataset.items
    assert report.losses == [] and report.result == "written"
    assert (report.items, report.marks) == (len(dataset.items), sum(len(b.marks) for b in dataset))


@BOTH
def test_items_without_marks_states_order_relations_and_info_survive(name, tmp_path):
    dataset = small()
    formats.write(dataset, tmp_path / SUFFIX[name], name)
    back = formats.read(tmp_path / SUFFIX[name], name)
    assert list(back) == dataset.items
    assert back.info == dataset.info
    assert back.schema == dataset.schema


@BOTH
def test_equal_datasets_give_equal_bytes_and_are_recognised(name, tmp_path):
    formats.write(small(), tmp_path / "a", name)
    formats.write(small(), tmp_path / "b", name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert formats.sniff(tmp_path / "a")[0][0] == name


@BOTH
def test_a_number_that_is_not_finite_is_refused_and_leaves_nothing(name, tmp_path):
    bad = MemoryDataset(Schema(), [ItemMarks(Item(id="1"), [Mark(id="m", geometry=Box(0, 0, math.nan, 1))])])
    with pytest.raises(InputError) as caught:
        formats.write(bad, tmp_path / "out", name)
    assert caught.value.code == "number_not_finite"
    assert list(tmp_path.iterdir()) == []


@BOTH
def test_an_empty_dataset(name, tmp_path):
    formats.write(MemoryDataset(Schema(), []), tmp_path / "out", name)
    assert list(formats.read(tmp_path / "out", name)) == []


def test_the_first_line_is_the_header_and_each_item_a_line(tmp_path):
    formats.write(small(), tmp_path / "m.jsonl", "doujia-jsonl")
    lines = (tmp_path / "m.jsonl").read_text("utf-8").splitlines()
    header = json.loads(lines[0])
    assert (header["doujia"], header["version"]) == ("jsonl", 1)
    box = {"kind": "box", "x0": 100, "y0": 120, "x1": 300, "y1": 360}
    assert json.loads(lines[1])["marks"][0]["geometry"] == box
    assert len(lines) == 6


def test_a_broken_line_is_named_and_the_others_are_read(tmp_path):
    formats.write(small(), tmp_path / "m.jsonl", "doujia-jsonl")
    lines = (tmp_path / "m.jsonl").read_text("utf-8").splitlines()
    lines[2] = lines[2][:-3]
    (tmp_path / "m.jsonl").write_text("\n".join(lines), "utf-8")
    back = formats.read(tmp_path / "m.jsonl", "doujia-jsonl")
    assert [b.item.id for b in back] == ["1", "3", "4", "5"]
    problem = back.problems.kept[0]
    assert (problem.code, problem.line, problem.file) == ("line_malformed", 3, str(tmp_path / "m.jsonl"))


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"doujia": "jsonl", "version": 99}', "version_unknown"),
        ('{"doujia": "jsonl", "version": "one"}', "header_malformed"),
        ('{"doujia": "jsonl", "version": 1, "schema": {"classes": 3}}', "schema_malformed"),
        ('{"doujia": "jsonl", ', "json_malformed"),
        ('{"doujia": "jsonl", "info": NaN}', "number_not_finite"),
    ],
)
def test_a_broken_header_is_refused_with_its_line(first, code, tmp_path):
    (tmp_path / "m.jsonl").write_text(first + "\n", "utf-8")
    with pytest.raises(FormatError) as caught:
        formats.read(tmp_path / "m.jsonl", "doujia-jsonl")
    assert (caught.value.code, caught.value.problem.line) == (code, 1)


def test_lines_without_a_header_get_an_inferred_schema(tmp_path):
    line = msgspec.json.encode(ItemMarks(Item(id="1"), [Mark(id="m", label="车", geometry=Box(0, 0, 1, 1))]))
    (tmp_path / "m.jsonl").write_bytes(line)
    back = formats.read(tmp_path / "m.jsonl", "doujia-jsonl")
    assert [(c.id, c.kinds) for c in back.schema.classes] == [("车", ["box"])]


@pytest.mark.parametrize("keep", [0, 3, 10, 200, 900])
def test_a_truncated_parquet_file_is_refused(keep, tmp_path):
    formats.write(small(), tmp_path / "whole", "parquet")
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:keep])
    with pytest.raises(FormatError) as caught:
        formats.read(tmp_path / "cut", "parquet")
    assert caught.value.code == "parquet_unreadable"


def test_parquet_columns_serve_plain_queries(tmp_path):
    import pyarrow.parquet as pq

    formats.write(small(), tmp_path / "m.parquet", "parquet")
    rows = pq.read_table(tmp_path / "m.parquet").to_pylist()
    assert [(r["item"], r["id"], r["kind"], r["label"], r["box"]) for r in rows[:3]] == [
        ("1", "m1", "box", "c1", [100, 120, 300, 360]),
        ("1", "m2", "none", "c1", None),
        ("2", None, None, None, None),
    ]
