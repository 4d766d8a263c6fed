"""KITTI raw tracklets: a drive by hand, there and back, and what is broken."""

from __future__ import annotations

import math

import pytest
from roundtrip import ALL

from doujia import formats
from doujia.errors import FormatError
from doujia.formats import MemoryDataset
from doujia.marks import Cuboid3D, Item, ItemMarks, LabelClass, Mark, PointsMedia, Schema

POSE = (
    "<item><tx>{}</tx><ty>2.5</ty><tz>-1.75</tz><rx>0</rx><ry>0</ry><rz>{}</rz><state>2</state><occlusion>{}</occlusion>"
    "<occlusion_kf>0</occlusion_kf><truncation>{}</truncation></item>"
)


def drive(*tracklets):
    body = "".join(
        f"<item><objectType>{kind}</objectType><h>{h}</h><w>1.5</w><l>4</l><first_frame>{first}</first_frame>"
        f"<poses><count>{len(poses)}</count>{''.join(POSE.format(*p) for p in poses)}</poses></item>"
        for kind, h, first, poses in tracklets
    )
    return f'<boost_serialization signature="serialization::archive"><tracklets><count>{len(tracklets)}</count>{body}</tracklets></boost_serialization>'


def put(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tracklet_labels.xml").write_text(content, "utf-8")
    return folder


HAND = drive(("Car", 1.5, 1, [(10, 0, 0, 0), (11.5, math.pi / 2, 1, 1)]), ("Cyclist", 2, 2, [(5, 0, 2, 0)]))


def test_boxes_stand_in_their_frames_by_their_middle(tmp_path):
    dataset = formats.read(put(tmp_path / "drive_0001", HAND))
    items = list(dataset)
    assert not list(dataset.problems)
    assert [(b.item.name, b.item.sequence, b.item.index) for b in items] == [
        (f"000000000{i}.bin", "drive_0001", i) for i in range(3)
    ]
    assert [len(b.marks) for b in items] == [0, 1, 2]
    first, (second, cyclist) = items[1].marks[0], items[2].marks
    # The pose is the middle of the bottom face: half the height of 1.5 m is added.
    assert first.geometry == Cuboid3D((10, 2.5, -1.0), (4, 1.5, 1.5), (1, 0, 0, 0))
    assert (first.label, first.group, first.flags) == ("Car", "1", [])
    assert second.geometry.q == pytest.approx((math.cos(math.pi / 4), 0, 0, math.sin(math.pi / 4)))
    assert (second.group, second.flags) == ("1", ["occluded", "truncated"])
    assert (cyclist.label, cyclist.group, cyclist.flags) == ("Cyclist", "2", ["occluded"])
    assert cyclist.geometry.centre == (5, 2.5, -0.75)


def test_a_drive_comes_back(tmp_path):
    dataset = formats.read(put(tmp_path / "d", HAND))
    formats.write(dataset, tmp_path / "out" / "d", "kitti-raw", ALL)
    again = formats.read(tmp_path / "out" / "d", "kitti-raw")
    assert [b.item for b in again] == [b.item for b in dataset]
    for before, after in zip(dataset, again, strict=True):
        assert [(m.id, m.label, m.flags, m.group) for m in after.marks] == [
            (m.id, m.label, m.flags, m.group) for m in before.marks
        ]
        assert [m.geometry.centre for m in after.marks] == [m.geometry.centre for m in before.marks]
        assert [m.geometry.q for m in after.marks] == [pytest.approx(m.geometry.q) for m in before.marks]


def test_a_missing_frame_begins_another_tracklet(tmp_path):
    box = Mark(id="7", label="Car", geometry=Cuboid3D((9, 0, 0), (4, 2, 1)), group="7")
    items = [
        ItemMarks(Item(id=str(i), name=f"{i:010d}.bin", media=PointsMedia(), sequence="s", index=i), marks)
        for i, marks in enumerate(([box], [], [box]))
    ]
    schema = Schema(classes=[LabelClass(id="Car", name="Car")])
    formats.write(MemoryDataset(schema, items), tmp_path / "o", "kitti-raw", ALL)
    back = list(formats.read(tmp_path / "o", "kitti-raw"))
    assert [[m.group for m in b.marks] for b in back] == [["1"], [], ["2"]]


@pytest.mark.parametrize("height", ["-1", "x", "nan", ""])
def test_a_tracklet_without_a_size_is_a_problem_and_the_others_are_read(height, tmp_path):
    content = drive(("Car", height, 0, [(1, 0, 0, 0)]), ("Van", 2, 0, [(5, 0, 0, 0)]))
    dataset = formats.read(put(tmp_path / "d", content))
    (bundle,) = dataset
    assert [m.label for m in bundle.marks] == ["Van"]
    assert [(p.code, p.pointer, p.line) for p in dataset.problems] == [
        ("tracklet_malformed", "tracklet 1", 1)
    ]


def test_a_file_that_ends_early_says_where(tmp_path):
    with pytest.raises(FormatError) as caught:
        list(formats.read(put(tmp_path / "d", HAND[:400]), "kitti-raw"))
    assert caught.value.code == "xml_truncated"
    assert caught.value.problem.line == 1
