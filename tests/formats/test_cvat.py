"""CVAT XML 1.1: golden values of the reference, round trips, and broken files."""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roundtrip import (
    ALL,
    boxes,
    check,
    cuboids2,
    datasets,
    ellipses,
    holed,
    keypoints,
    oboxes,
    points,
    polygons,
    polylines,
    samples,
)

from doujia import formats
from doujia.errors import FormatError, LossRefused
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.cvat import HOLDS
from doujia.marks import (
    At,
    Attribute,
    Box,
    ImageMedia,
    Interval,
    Item,
    ItemMarks,
    Keyframe,
    Keypoints,
    LabelClass,
    Mark,
    Mask,
    Nothing,
    Origin,
    Polygon,
    PolygonPart,
    RotatedBox,
    Schema,
    Skeleton,
    Track,
    VideoMedia,
    rle,
)
from doujia.marks.interpolate import visible_runs
from doujia.marks.shapes import corners

SHARED = samples("other_tools", "cvat_dataset")

IMAGES = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><id>7</id><name>t</name><bugtracker>http://b</bugtracker><labels>
 <label><name>车</name><color>#ff0000</color><type>any</type><attributes>
  <attribute><name>color</name><mutable>False</mutable><input_type>select</input_type><default_value>red</default_value><values>red
blue</values></attribute>
  <attribute><name>lit</name><mutable>True</mutable><input_type>checkbox</input_type><default_value>false</default_value><values>false
true</values></attribute>
  <attribute><name>doors</name><mutable>False</mutable><input_type>number</input_type><default_value>4</default_value><values>0
9
1</values></attribute></attributes></label>
 <label><name>人</name><type>skeleton</type><attributes></attributes><svg>&lt;line x1="1" data-node-from="1" data-node-to="2"&gt;&lt;/line&gt;&lt;circle cx="50" cy="10" data-node-id="1" data-label-name="头"&gt;&lt;/circle&gt;&lt;circle cx="50" cy="90" data-node-id="2" data-label-name="脚"&gt;&lt;/circle&gt;</svg></label>
 <label><name>头</name><type>points</type><attributes></attributes><parent>人</parent></label>
 <label><name>脚</name><type>points</type><attributes></attributes><parent>人</parent></label>
 <label><name>雨天</name><type>tag</type><attributes></attributes></label>
</labels></task></meta>
<image id="12" name="a/中文 1.jpg" width="640" height="480">
 <box label="车" source="manual" occluded="1" xtl="100.00" ytl="100.00" xbr="200.00" ybr="150.00" rotation="30.00" z_order="2" group_id="2"><attribute name="color">red</attribute><attribute name="lit">true</attribute><attribute name="doors">5</attribute></box>
 <mask label="车" source="auto" occluded="0" rle="1, 2, 1, 4, 2, 1, 1" left="10" top="20" width="4" height="3" z_order="1"></mask>
 <skeleton label="人" source="manual" z_order="0"><points label="脚" outside="1" occluded="0" points="1,2"></points><points label="头" source="manual" outside="0" occluded="1" points="31.00,42.50"></points></skeleton>
 <cuboid label="车" occluded="0" xtl1="1" ytl1="2" xbl1="3" ybl1="4" xtr1="5" ytr1="6" xbr1="7" ybr1="8" xtl2="11" ytl2="12" xbl2="13" ybl2="14" xtr2="15" ytr2="16" xbr2="17" ybr2="18" z_order="0"></cuboid>
 <tag label="雨天" source="manual"></tag>
</image>
<image id="13" name="a/empty.jpg" width="640" height="480"/>
</annotations>
"""

VIDEO = """<annotations><version>1.1</version><meta><task><name>v</name><size>3</size><mode>interpolation</mode>
<start_frame>5</start_frame><stop_frame>9</stop_frame><frame_filter>step=2</frame_filter>
<labels><label><name>车</name><attributes><attribute><name>color</name><mutable>True</mutable><input_type>text</input_type><default_value></default_value><values></values></attribute></attributes></label>
<label><name>人</name><type>skeleton</type><attributes></attributes></label><label><name>头</name><type>points</type><parent>人</parent></label></labels>
<original_size><width>640</width><height>480</height></original_size><source>clip 1.mp4</source></task></meta>
<track id="0" label="车" source="manual">
 <box frame="5" keyframe="1" outside="0" occluded="0" xtl="10.00" ytl="10.00" xbr="30.00" ybr="30.00" z_order="0"><attribute name="color">red</attribute></box>
 <box frame="7" keyframe="0" outside="0" occluded="0" xtl="12.00" ytl="10.00" xbr="32.00" ybr="30.00" z_order="0"><attribute name="color">red</attribute></box>
 <box frame="9" keyframe="1" outside="1" occluded="0" xtl="14.00" ytl="10.00" xbr="34.00" ybr="30.00" z_order="0"><attribute name="color">blue</attribute></box>
</track>
<track id="1" label="人" source="manual"><skeleton frame="5" keyframe="1" z_order="0">
 <points label="头" keyframe="1" outside="0" occluded="0" points="31.00,42.50"></points></skeleton></track>
</annotations>
"""


def opened(tmp_path, content, name="annotations.xml"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return formats.read(path, "cvat")


def test_images_are_read_as_the_reference_says(tmp_path):
    dataset = opened(tmp_path, IMAGES)
    first, empty = list(dataset)
    assert not list(dataset.problems)
    assert (first.item.name, first.item.media) == ("a/中文 1.jpg", ImageMedia(width=640, height=480))
    assert first.item.ext == {"cvat": {"id": "12"}}
    assert (empty.marks, empty.item.status) == ([], "done")
    box, mask, person, cuboid, tag = first.marks
    # golden: the first corner of the turned box
    assert corners(box.geometry)[:2] == pytest.approx([119.199, 78.349], abs=1e-3)
    assert box.attrs == {"color": "red", "lit": True, "doors": 5}
    assert (box.flags, box.z, box.group, box.origin) == (["occluded"], 2, "2", Origin(by="human"))
    pixels = rle.decode(mask.geometry)
    assert pixels[20:23, 10:14].astype(int).tolist() == [[0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 1, 0]]
    assert pixels.sum() == 7 and mask.origin.by == "model"
    assert person.geometry == Keypoints([31, 42.5, 1, 2], [1, 0], "人")
    assert cuboid.geometry.front == [1, 2, 5, 6, 7, 8, 3, 4]
    assert cuboid.geometry.back == [11, 12, 15, 16, 17, 18, 13, 14]
    assert (tag.geometry, tag.label) == (Nothing(), "雨天")


def test_labels_become_a_schema(tmp_path):
    schema = opened(tmp_path, IMAGES).schema
    assert [(c.id, c.kinds, c.colour) for c in schema.classes] == [
        ("车", [], "#ff0000"),
        ("人", ["keypoints"], None),
        ("雨天", ["none"], None),
    ]
    assert schema.skeletons == [
        Skeleton(id="人", names=["头", "脚"], edges=[(0, 1)], template=[0.5, 0.1, 0.5, 0.9])
    ]
    colour, lit, doors = schema.attributes
    assert colour == Attribute(
        id="color", name="color", type="choice", values=["red", "blue"], default="red", classes=["车"]
    )
    assert (lit.type, lit.mutable, lit.default) == ("bool", True, False)
    assert (doors.type, doors.min, doors.max, doors.default) == ("int", 0, 9, 4)


def test_video_keeps_source_frames_and_keyframes_only(tmp_path):
    dataset = opened(tmp_path, VIDEO)
    (bundle,) = dataset
    assert not list(dataset.problems)
    assert bundle.item.name == "clip 1.mp4"
    assert bundle.item.media == VideoMedia(width=640, height=480, frames=10)
    car, person = bundle.marks
    assert car.geometry.keyframes == [
        Keyframe(5, Box(10, 10, 30, 30), attrs={"color": "red"}),
        Keyframe(9, Box(14, 10, 34, 30), outside=True, attrs={"color": "blue"}),
    ]
    assert person.geometry.keyframes == [Keyframe(5, Keypoints([31, 42.5], [2], "人"))]


def test_video_round_trip_gives_the_same_tracks_and_writes_every_frame(tmp_path):
    dataset = opened(tmp_path, VIDEO)
    before = list(dataset)
    formats.write(dataset, tmp_path / "again.xml", "cvat", WriteOptions(strict=True))
    written = (tmp_path / "again.xml").read_text("utf-8")
    assert re.findall(r'<box frame="(\d+)" keyframe="(\d)" outside="(\d)"', written) == [
        ("5", "1", "0"),
        ("7", "0", "0"),
        ("9", "1", "1"),
    ]
    assert 'xtl="12.00"' in written and "<frame_filter>step=2</frame_filter>" in written
    again = formats.read(tmp_path / "again.xml")
    assert [b.marks for b in again] == [b.marks for b in before]
    assert [b.item for b in again] == [b.item for b in before]


@pytest.mark.parametrize(("frame", "frames"), [(9, 10), (8, 10), (0, 10), (3, 4)])
def test_a_single_shape_comes_back_on_exactly_one_frame(frame, frames, tmp_path):
    video = Item(id="v.mp4", name="v.mp4", media=VideoMedia(width=64, height=48, frames=frames))
    mark = Mark(id="1", label="车", geometry=Box(1, 2, 3, 4), at=At(frame=frame))
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="车", name="车")]), [ItemMarks(video, [mark])])
    report = formats.write(dataset, tmp_path / "v.xml", "cvat", ALL)
    (bundle,) = formats.read(tmp_path / "v.xml")
    assert visible_runs(bundle.marks[0].geometry, frames - 1) == [(frame, frame + 1)]
    assert [x.code for x in report.losses] == ["geometry_changed"]


ROSETTA = Mark(id="1", label="car", geometry=Box(100, 120, 300, 360))


def rosetta(*marks, width=640, height=480, **item):
    item = Item(id="r.png", name="r.png", media=ImageMedia(width=width, height=height), **item)
    classes = list(dict.fromkeys(m.label for m in marks if m.label))
    return MemoryDataset(
        Schema(classes=[LabelClass(id=c, name=c) for c in classes]), [ItemMarks(item, list(marks))]
    )


def test_rosetta_box(tmp_path):
    formats.write(rosetta(ROSETTA), tmp_path / "r.xml", "cvat", WriteOptions(strict=True))
    assert 'xtl="100.00" ytl="120.00" xbr="300.00" ybr="360.00"' in (tmp_path / "r.xml").read_text("utf-8")


held = st.one_of(
    boxes, oboxes, polygons, polylines, points, ellipses, cuboids2, st.just(Nothing()), keypoints
)


@given(dataset=datasets(held))
@settings(max_examples=40, deadline=None)
def test_round_trip(dataset):
    for bundle in dataset:
        for m in bundle.marks:
            if isinstance(m.geometry, Nothing):
                m.z, m.flags = 0, [f for f in m.flags if f != "occluded"]
            if isinstance(m.geometry, Keypoints):
                m.flags = [f for f in m.flags if f != "occluded"]
            m.origin = m.origin and Origin(by=m.origin.by)
    dataset.schema.classes[0].kinds = ["keypoints"]
    for bundle in dataset:
        for m in bundle.marks:
            if isinstance(m.geometry, Keypoints):
                m.label = dataset.schema.classes[0].id
                m.geometry = Keypoints(m.geometry.xy, m.geometry.v, m.label)
    dataset.schema.skeletons[0].id = dataset.schema.classes[0].id
    for c in dataset.schema.classes:
        c.skeleton = c.id if c is dataset.schema.classes[0] else None
    with tempfile.TemporaryDirectory() as folder:
        back, _ = check("cvat", dataset, Path(folder) / "a.xml", HOLDS, tolerance=1e-9)
        assert [c.id for c in back.schema.classes] == [c.id for c in dataset.schema.classes]
        assert {(a.id, a.type, a.mutable) for a in back.schema.attributes} == {
            (a.id, a.type, a.mutable) for a in dataset.schema.attributes
        }


@given(geometry=holed)
@settings(max_examples=10, deadline=None)
def test_holes_and_parts_are_reported(geometry):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xml"
        mark = Mark(id="1", label="车", geometry=geometry)
        with pytest.raises(LossRefused) as caught:
            formats.write(rosetta(mark), path, "cvat")
        assert not list(Path(folder).iterdir())
        assert {x.code: x.count for x in caught.value.report.losses} == {"holes_dropped": 1, "parts_split": 1}
        formats.write(rosetta(mark), path, "cvat", ALL)
        (bundle,) = formats.read(path)
        assert [m.geometry.parts[0].outer for m in bundle.marks] == [p.outer for p in geometry.parts]


SMALL, LARGE = [0.0, 0, 2, 0, 2, 2], [10.0, 10, 30, 10, 30, 30]
TWO = Polygon([PolygonPart(SMALL), PolygonPart(LARGE)])


def film(*marks):
    media = VideoMedia(width=640, height=480, frames=20, fps_num=25)
    schema = Schema(classes=[LabelClass(id="车", name="车")])
    return MemoryDataset(schema, [ItemMarks(Item(id="v.mp4", name="v.mp4", media=media), list(marks))])


def test_the_parts_of_a_shape_on_one_frame_become_tracks_with_ids_of_their_own(tmp_path):
    marks = [
        Mark(id="one", label="车", geometry=TWO, at=At(frame=3)),
        Mark(id="0", label="车", geometry=Box(1, 1, 2, 2), at=At(frame=4)),
    ]
    report = formats.write(film(*marks), tmp_path / "v.xml", "cvat")
    assert {(x.code, x.source, x.count) for x in report.losses} == {
        ("parts_split", None, 1),
        ("geometry_changed", "shape", 2),
        ("id_renumbered", "mark", 1),
    }
    (bundle,) = formats.read(tmp_path / "v.xml")
    assert [(m.id, m.geometry.keyframes[0].t) for m in bundle.marks] == [("1", 3), ("2", 3), ("0", 4)]
    rings = [m.geometry.keyframes[0].geometry for m in bundle.marks[:2]]
    assert rings == [Polygon([PolygonPart(SMALL)]), Polygon([PolygonPart(LARGE)])]


def test_a_moving_outline_in_parts_stops_and_keeps_its_largest_part(tmp_path):
    mark = Mark(id="7", label="车", geometry=Track([Keyframe(0, TWO), Keyframe(5, TWO)]))
    with pytest.raises(LossRefused) as caught:
        formats.write(film(mark), tmp_path / "v.xml", "cvat")
    (loss,) = caught.value.report.losses
    assert (loss.code, loss.source, loss.target, loss.count) == (
        "geometry_reduced", "track:parts", "track:polygon", 2,
    )  # fmt: skip
    formats.write(film(mark), tmp_path / "v.xml", "cvat", ALL)
    (bundle,) = formats.read(tmp_path / "v.xml")
    assert bundle.marks[0].geometry.keyframes[0].geometry == Polygon([PolygonPart(LARGE)])


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize(
    ("label", "box", "code"),
    [(None, Box(0, 0, 1, 1), "class_unmapped"), ("车", Box(5, 0, 5, 9), "marks_dropped")],
)
def test_what_cvat_would_refuse_or_not_show_stops(label, box, code, moving, tmp_path):
    mark = Mark(id="1", label=label, geometry=box, at=At(frame=0) if moving else None)
    given = film(mark) if moving else rosetta(mark)
    with pytest.raises(LossRefused) as caught:
        formats.write(given, tmp_path / "a.xml", "cvat")
    assert code in {x.code for x in caught.value.report.losses}
    formats.write(given, tmp_path / "a.xml", "cvat", ALL)
    (bundle,) = formats.read(tmp_path / "a.xml")
    assert bundle.marks == []


def test_pictures_of_one_name_have_ids_of_their_own(tmp_path):
    subsets = ['subset="Test"', 'subset="Train"', 'subset="Val"', "", "", ""]
    rows = [f'<image id="0" name="a.jpg" {subset} width="9" height="9"/>' for subset in subsets]
    path = tmp_path / "a.xml"
    path.write_text(f"<annotations><version>1.1</version>{''.join(rows)}</annotations>", "utf-8")
    items = [b.item for b in formats.read(path, "cvat")]
    assert [i.id for i in items] == [
        "a.jpg", "Train/a.jpg", "Val/a.jpg", "a.jpg#0", "a.jpg#0~2", "a.jpg#0~3",
    ]  # fmt: skip
    assert {i.name for i in items} == {"a.jpg"}
    formats.write(formats.read(path, "cvat"), tmp_path / "b.xml", "cvat")
    assert [b.item.id for b in formats.read(tmp_path / "b.xml", "cvat")] == [i.id for i in items]


def test_mask_round_trip_and_empty_mask(tmp_path):
    for counts in ("421O3", "01;"):
        mark = Mark(id="1", label="车", geometry=Mask((3, 4), counts))
        formats.write(rosetta(mark, width=4, height=3), tmp_path / "m.xml", "cvat")
        (bundle,) = formats.read(tmp_path / "m.xml")
        assert bundle.marks[0].geometry == Mask((3, 4), counts)


def test_a_kind_that_cannot_be_held_stops(tmp_path):
    with pytest.raises(LossRefused) as caught:
        formats.write(
            rosetta(ROSETTA, Mark(id="2", label="car", geometry=Interval(0, 9))), tmp_path / "x", "cvat"
        )
    (loss,) = caught.value.report.losses
    assert (loss.code, loss.source, loss.count, loss.examples) == (
        "geometry_dropped",
        "interval",
        1,
        ["r.png#2"],
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ('<box label="车" xtl="1" ytl="1" xbr="1" ybr="5"/>', "box_empty"),
        ('<box label="车" xtl="1" ytl="nan" xbr="3" ybr="5"/>', "number_bad"),
        ('<box label="车" xtl="1" xbr="3" ybr="5"/>', "number_bad"),
        ('<points label="车" points=""/>', "points_missing"),
        ('<polygon label="车" points="1,1;2,x;3,3"/>', "number_bad"),
        ('<mask label="车" rle="1, 2" left="0" top="0" width="4" height="3"/>', "mask_bad"),
        ('<mask label="车" rle="12" left="639" top="0" width="4" height="3"/>', "mask_outside"),
        ('<mask label="车" rle="-1, 13" left="0" top="0" width="4" height="3"/>', "mask_bad"),
    ],
)
def test_broken_shapes_are_problems_with_a_line(shape, code, tmp_path):
    content = re.sub(
        r'<image id="13".*', f'<image id="13" name="b.jpg" width="640" height="480">\n{shape}</image>', IMAGES
    )
    dataset = opened(tmp_path, content)
    bundles = list(dataset)
    assert bundles[1].marks == []
    (problem,) = dataset.problems
    line = content[: content.index(shape)].count("\n") + 1
    assert (problem.code, problem.line, problem.item) == (code, line, "b.jpg")


def test_unknown_labels_and_attributes_are_named(tmp_path):
    content = IMAGES.replace('label="雨天" source', 'label="雪天" source').replace(
        'name="lit">true', 'name="dim">true'
    )
    dataset = opened(tmp_path, content)
    list(dataset)
    assert dataset.problems.counts == {"class_unknown": 1, "attribute_unknown": 1}


@pytest.mark.parametrize("name", ["../x.jpg", "/etc/x.jpg", "C:\\x.jpg", "a/../../x"])
def test_names_that_leave_the_dataset_are_refused(name, tmp_path):
    with pytest.raises(FormatError) as caught:
        list(opened(tmp_path, IMAGES.replace("a/empty.jpg", name)))
    assert caught.value.code == "name_unsafe" and caught.value.problem.line


def test_a_frame_off_the_grid_names_the_track(tmp_path):
    dataset = opened(tmp_path, VIDEO.replace('<box frame="7"', '<box frame="6"'))
    list(dataset)
    (problem,) = dataset.problems
    assert (problem.code, problem.mark) == ("frame_off_grid", "0") and "'6'" in problem.en


def test_rows_that_are_not_interpolated_and_double_keyframes_are_named(tmp_path):
    dataset = opened(tmp_path, VIDEO.replace('xtl="12.00"', 'xtl="12.50"'))
    list(dataset)
    assert dataset.problems.counts == {"interpolation_differs": 1}
    twice = VIDEO.replace('<box frame="9"', '<box frame="5"')
    dataset = opened(tmp_path, twice)
    list(dataset)
    assert dataset.problems.counts["keyframes_conflict"] == 1


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]><annotations>&m;</annotations>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotations>&x;</annotations>'


@pytest.mark.parametrize("content", [BOMB, OUTSIDE], ids=["bomb", "external"])
def test_entities_are_refused(content, tmp_path):
    with pytest.raises(FormatError) as caught:
        opened(tmp_path, content)
    assert (caught.value.code, caught.value.problem.line) == ("xml_entity_refused", 1)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + IMAGES.encode(),
        IMAGES.replace("utf-8", "utf-16").encode("utf-16"),
        IMAGES.replace("utf-8", "GB18030").encode("gb18030"),
        IMAGES.replace("\n", "\r\n").encode(),
        IMAGES.replace('"', "'").replace("data-node-from='1'", 'data-node-from="1"').encode(),
    ],
    ids=["bom", "utf-16", "gb18030", "crlf", "single quotes"],
)
def test_encodings(content, tmp_path):
    first, _ = opened(tmp_path, content)
    assert (first.item.name, first.marks[0].label, len(first.marks)) == ("a/中文 1.jpg", "车", 5)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 0.97])
def test_a_truncated_file_says_where(share, tmp_path):
    data = IMAGES.encode()
    with pytest.raises(FormatError) as caught:
        list(opened(tmp_path, data[: int(share * len(data))]))
    assert caught.value.code in ("xml_truncated", "xml_malformed")
    assert caught.value.problem.file and caught.value.problem.line


@pytest.mark.parametrize("place", ["abc", "nan", ""])
def test_a_skeleton_drawn_at_no_place_keeps_its_points_and_edges(tmp_path, place):
    text = IMAGES.replace('cx="50" cy="10"', f'cx="{place}" cy="10"')
    assert text != IMAGES
    skeleton = opened(tmp_path, text).schema.skeletons[0]
    assert (skeleton.names, skeleton.edges, skeleton.template) == (["头", "脚"], [(0, 1)], [])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_garbage_never_raises_anything_but_a_format_error(data):
    raw = bytearray(IMAGES.encode() if data.draw(st.booleans()) else VIDEO.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    with tempfile.TemporaryDirectory() as folder:
        try:
            list(opened(Path(folder), bytes(raw)))
        except FormatError as error:
            assert error.problem.file


def test_projects_tell_same_names_apart(tmp_path):
    content = """<annotations><version>1.1</version><meta><project><id>1</id><tasks><task><id>3</id></task></tasks>
    <labels><label><name>车</name></label></labels></project></meta>
    <image id="0" name="i.jpg" subset="Train" task_id="3" width="4" height="4"></image>
    <image id="0" name="i.jpg" subset="Test" task_id="4" width="4" height="4"></image></annotations>"""
    dataset = opened(tmp_path, content)
    assert [(b.item.id, b.item.name, b.item.split) for b in dataset] == [
        ("Train/i.jpg", "i.jpg", "Train"),
        ("Test/i.jpg", "i.jpg", "Test"),
    ]
    formats.write(dataset, tmp_path / "again.xml", "cvat", ALL)
    assert 'id="0" name="i.jpg" subset="Test" task_id="4"' in (tmp_path / "again.xml").read_text("utf-8")


@pytest.mark.skipif(SHARED is None, reason="sample files of other tools are not here")
def test_files_of_another_tool():
    dataset = formats.read(SHARED / "for_images" / "export_task" / "train.xml")
    first, second = dataset
    assert first.marks[0].geometry == Box(0, 2, 4, 4)
    assert first.marks[0].attrs == {"a1": True, "a2": "v3", "a3": "0003", "a4": 2.4}
    assert (first.marks[0].flags, first.marks[0].z) == (["occluded"], 1)
    assert first.marks[1].geometry.xy == [1, 2, 3, 4, 5, 6, 7, 8] and first.marks[1].label is None
    assert [m.z for m in second.marks] == [1, 2]
    project = list(formats.read(SHARED / "for_images" / "export_project"))
    assert len({b.item.id for b in project}) == len(project) == 6


def test_polygon_and_rotation_survive_the_degrees(tmp_path):
    for angle in (math.pi, -math.pi / 2, 3.0, -3.0, 1e-3):
        mark = Mark(id="1", label="车", geometry=RotatedBox(5, 5, 4, 2, angle))
        formats.write(rosetta(mark), tmp_path / "m.xml", "cvat")
        (bundle,) = formats.read(tmp_path / "m.xml")
        assert bundle.marks[0].geometry.angle == pytest.approx(angle, abs=1e-9)
    mark = Mark(id="1", label="车", geometry=Polygon([PolygonPart([0.123456789, 0, 1, 0, 1, 1])]))
    formats.write(rosetta(mark), tmp_path / "m.xml", "cvat", WriteOptions(strict=True))
    assert next(iter(formats.read(tmp_path / "m.xml"))).marks[0].geometry == mark.geometry


def test_attributes_of_elements_that_nobody_knows_come_back(tmp_path):
    source = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><labels><label><name>a</name></label></labels></task></meta>
<image id="3" name="x.jpg" width="64" height="48" chapter="2">
 <box label="a" source="manual" occluded="0" xtl="1.00" ytl="2.00" xbr="30.00" ybr="40.00" z_order="0" elementID="17"></box>
 <cuboid label="a" xtl1="1" ytl1="1" xbl1="1" ybl1="9" xtr1="9" ytr1="1" xbr1="9" ybr1="9" xtl2="2" ytl2="0" xbl2="2" ybl2="8" xtr2="10" ytr2="0" xbr2="10" ybr2="8" z_order="0"></cuboid>
</image></annotations>"""
    (tmp_path / "a.xml").write_text(source, "utf-8")
    dataset = formats.read(tmp_path / "a.xml", "cvat")
    (bundle,) = dataset
    assert [m.ext for m in bundle.marks] == [{"cvat": {"elementID": "17"}}, {}]
    formats.write(dataset, tmp_path / "b.xml", "cvat", WriteOptions(strict=True))
    written = (tmp_path / "b.xml").read_text("utf-8")
    assert 'elementID="17"' in written and 'chapter="2"' in written
    assert list(formats.read(tmp_path / "b.xml", "cvat")) == [bundle]
    report = formats.write(dataset, tmp_path / "c", "voc", ALL)
    assert ("ext_dropped", "cvat", 2) in {(x.code, x.source, x.count) for x in report.losses}
