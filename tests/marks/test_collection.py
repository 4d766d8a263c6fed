"""The fluent collection, by hand-made marks."""

from __future__ import annotations

import math

import pandas
import pytest

from doujia.errors import InputError
from doujia.marks import At, Box, Item, ItemMarks, Mark, Nothing, Polygon, PolygonPart
from doujia.marks.collection import COLUMNS, Marks

BUNDLES = [
    ItemMarks(Item(id="1", name="a.png", split="train"), [
        Mark(id="1", geometry=Box(0, 0, 4, 3), label="车", score=0.9, attrs={"颜色": "红"}),
        Mark(id="2", geometry=Polygon([PolygonPart([0, 0, 10, 0, 10, 10])]), label="人", flags=["ignore"]),
    ]),
    ItemMarks(Item(id="2", name="b.png", split="val"), [Mark(id="1", geometry=Box(1, 1, 2, 2), label="车", at=At(frame=3)),
                                                       Mark(id="2", label="雨", text="x")]),
]  # fmt: skip
MARKS = Marks.of(BUNDLES)


@pytest.mark.parametrize(
    ("conditions", "ids"),
    [({"label": "车"}, ["1/1", "2/1"]), ({"label": ["人", "雨"]}, ["1/2", "2/2"]), ({"kind": "box", "split": "val"}, ["2/1"]),
     ({"flag": "ignore"}, ["1/2"]), ({"attrs": {"颜色": "红"}}, ["1/1"]), ({"min_score": 0.5}, ["1/1"]), ({"min_area": 10}, ["1/1", "1/2"]),
     ({"keep": lambda r: r.mark.text == "x"}, ["2/2"]), ({}, ["1/1", "1/2", "2/1", "2/2"])],
)  # fmt: skip
def test_filter(conditions: dict, ids: list[str]) -> None:
    assert [f"{r.item.id}/{r.mark.id}" for r in MARKS.filter(**conditions)] == ids


def test_counts_areas_and_boxes() -> None:
    assert MARKS.counts() == {"车": 2, "人": 1, "雨": 1}
    assert MARKS.counts("kind") == {"box": 2, "polygon": 1, "none": 1}
    assert MARKS.counts("颜色") == {None: 3, "红": 1}
    assert MARKS.areas().tolist() == [12, 50, 1, 0]
    assert MARKS.boxes()[:3].tolist() == [[0, 0, 4, 3], [0, 0, 10, 10], [1, 1, 2, 2]] and math.isnan(
        MARKS.boxes()[3, 0]
    )


def test_relabel_leaves_the_original_alone_and_slices_are_collections() -> None:
    assert MARKS.relabel({"车": "car"}).counts() == {"car": 2, "人": 1, "雨": 1}
    assert MARKS.counts()["车"] == 2
    assert isinstance(MARKS[1:3], Marks) and len(MARKS[1:3]) == 2 and MARKS[0].kind == "box"
    assert [len(b.marks) for b in MARKS.filter(kind="box").by_item()] == [1, 1]


def test_data_frames_and_tables_come_back_as_the_same_marks() -> None:
    frame = MARKS.to_pandas()
    assert list(frame.columns) == list(COLUMNS) and len(frame) == 4
    assert frame.loc[frame.label == "车", "area"].sum() == 13
    for rows in (frame.to_dict("records"), MARKS.to_arrow().to_pylist(), MARKS.to_rows()):
        back = Marks.from_rows(rows)
        assert [r.mark for r in back] == [r.mark for r in MARKS]
        assert [(r.item.name, r.item.split) for r in back] == [(r.item.name, r.item.split) for r in MARKS]


def test_an_empty_table_has_the_same_types() -> None:
    assert Marks().to_arrow().schema == MARKS.to_arrow().schema
    assert isinstance(Marks().to_pandas(), pandas.DataFrame)


@pytest.mark.parametrize(
    "row",
    [{}, {"item": "1", "id": "1", "geometry": "{"}, {"item": "1", "id": "1", "geometry": '{"kind":"blob"}'}],
)
def test_rows_that_are_no_marks(row: dict) -> None:
    with pytest.raises(InputError):
        Marks.from_rows([row])


def test_geometry_none_is_kept() -> None:
    assert Marks.from_rows(MARKS.to_rows())[3].mark.geometry == Nothing()


def test_the_collection_is_there_without_knowing_its_module() -> None:
    import doujia.marks

    assert doujia.marks.Marks is Marks
    with pytest.raises(AttributeError):
        doujia.marks.Nobody
