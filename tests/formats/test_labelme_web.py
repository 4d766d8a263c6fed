"""LabelMe's web XML: files written by hand, MIT's own sample, damage."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from roundtrip import samples

from doujia import formats
from doujia.errors import FormatError, InputError
from doujia.marks import Box, ImageMedia, Origin, Polygon, PolygonPart, Relation, rle

SAMPLE = samples("other_tools", "labelme_dataset")


def points(*pairs: tuple[int, int]) -> str:
    return "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in pairs)


CAR = f"""<object><name>车</name><deleted>0</deleted><occluded>yes</occluded><attributes>颜色=红, 停着</attributes><id>0</id>
<parts><hasparts>1</hasparts><ispartof></ispartof></parts><polygon><username>w1</username>{points((1, 2), (9, 2), (9, 7))}</polygon></object>"""
DOOR = f"""<object><name>门</name><deleted>0</deleted><occluded>no</occluded><attributes></attributes><id>1</id><type>bounding_box</type>
<parts><hasparts></hasparts><ispartof>0</ispartof></parts><polygon>{points((3, 3), (5, 3), (5, 6), (3, 6))}</polygon></object>"""
GONE = f"<object><name>x</name><deleted>1</deleted><id>2</id><polygon>{points((1, 2), (9, 2), (9, 7))}</polygon></object>"
ROAD = "<object><name>路</name><deleted>0</deleted><id>3</id><segm><username>w2</username><mask>a_mask_3.png</mask></segm></object>"


def put(tmp_path: Path, *objects: str) -> Path:
    folder = tmp_path / "Annotations" / "集 1"
    folder.mkdir(parents=True)
    body = f"<annotation><filename>a.jpg</filename><folder>集 1</folder>{''.join(objects)}<imagesize><nrows>8</nrows><ncols>10</ncols></imagesize></annotation>"
    (folder / "a.xml").write_text(body, "utf-8")
    return tmp_path


def test_outlines_boxes_masks_attributes_and_parts(tmp_path: Path) -> None:
    root = put(tmp_path, CAR, DOOR, GONE, ROAD)
    pixels = np.zeros((8, 10), np.uint8)
    pixels[6:, :4] = 255
    (root / "Masks" / "集 1").mkdir(parents=True)
    Image.fromarray(pixels).save(root / "Masks" / "集 1" / "a_mask_3.png")
    assert formats.sniff(root)[0][0] == "labelme-xml"
    dataset = formats.read(root)
    (bundle,) = dataset
    assert (bundle.item.name, bundle.item.media) == ("集 1/a.jpg", ImageMedia(width=10, height=8))
    car, door, road = bundle.marks
    assert car.geometry == Polygon([PolygonPart([1, 2, 9, 2, 9, 7])])
    assert (car.label, car.attrs, car.flags, car.origin) == (
        "车", {"颜色": "红", "停着": True}, ["occluded"], Origin(by="human", actor="w1"),
    )  # fmt: skip
    assert (door.geometry, door.attrs, door.flags) == (Box(3, 3, 5, 6), {}, [])
    assert np.array_equal(rle.decode(road.geometry), pixels > 0)
    assert bundle.relations == [Relation(id="r1", type="part_of", source=door.id, target=car.id)]
    assert [(p.code, p.severity) for p in dataset.problems] == [("object_deleted", "info")]
    with pytest.raises(InputError):
        formats.write(dataset, tmp_path / "out", "labelme-xml")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (ROAD, "mask_unreadable"),
        ("<object><name>x</name></object>", "shape_bad"),
        (CAR.replace("<x>1</x>", "<x>one</x>"), "number_bad"),
        (f"<object><name>x</name><polygon>{points((1, 2), (3, 4))}</polygon></object>", "ring_short"),
    ],
)
def test_a_broken_object_is_named_and_the_others_are_read(broken: str, code: str, tmp_path: Path) -> None:
    dataset = formats.read(put(tmp_path, DOOR, broken), "labelme-xml")
    (bundle,) = dataset
    assert len(bundle.marks) == 1
    ((found, place),) = [(p.code, p.line) for p in dataset.problems]
    assert found == code and place is not None


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_damage_ends_in_problems_or_a_place(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = put(Path(folder), CAR, DOOR)
        victim = next(root.rglob("*.xml"))
        raw = bytearray(victim.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
        victim.write_bytes(bytes(raw))
        formats.sniff(root)
        try:
            list(formats.read(root, "labelme-xml"))
        except FormatError as error:
            assert error.problem.code and error.problem.file


@pytest.mark.skipif(SAMPLE is None, reason="sample files of other tools are not here")
def test_the_sample_of_the_web_tool() -> None:
    dataset = formats.read(SAMPLE)
    (bundle,) = dataset
    assert (bundle.item.name, bundle.item.media) == ("subset1/img1.png", ImageMedia(width=102, height=77))
    assert [(m.label, m.geometry.__struct_config__.tag) for m in bundle.marks] == [
        ("window", "polygon"), ("license plate", "mask"), ("o1", "polygon"), ("q1", "polygon"), ("b1", "box"), ("m1", "mask"), ("hg", "polygon"),
    ]  # fmt: skip
    assert bundle.marks[4].geometry == Box(13, 19, 23, 30)
    assert bundle.marks[2].attrs == {"a1": True} and bundle.marks[2].flags == ["occluded"]
    assert [(r.source, r.target) for r in bundle.relations] == [("4", "3"), ("5", "3"), ("7", "6")]
    assert not list(dataset.problems)
