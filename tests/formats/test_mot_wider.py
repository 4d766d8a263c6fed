"""MOT sequences and WIDER FACE."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roundtrip import ALL, boxes, datasets, samples, tracks

from doujia import formats
from doujia.errors import FormatError, InputError, LossRefused
from doujia.formats import MemoryDataset, ReadOptions, WriteOptions
from doujia.marks import (
    At,
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    Keyframe,
    LabelClass,
    Mark,
    Polyline,
    Schema,
    Track,
    VideoMedia,
)
from doujia.marks.interpolate import expand

MOT = samples("other_tools", "mot_dataset")
INI = "[Sequence]\nname=s\nimDir=img1\nframeRate=29.97\nseqLength=6\nimWidth=640\nimHeight=480\nimExt=.jpg\n"


def sequence(tmp_path, rows, labels="car\n车\n", ini=INI):
    (tmp_path / "s" / "gt").mkdir(parents=True)
    (tmp_path / "s" / "gt" / "gt.txt").write_text(rows, "utf-8")
    (tmp_path / "s" / "gt" / "labels.txt").write_text(labels, "utf-8")
    (tmp_path / "s" / "seqinfo.ini").write_text(ini, "utf-8")
    return tmp_path


def test_rows_become_tracks_with_gaps(tmp_path):
    rows = "1,7,100,120,200,240,1,2,0.5\n2,7,101,120,200,240,1,2,0.5\n5,7,110,120,200,240,1,2,1\n1,8,0,0,5,5,0,1,1\n"
    dataset = formats.read(sequence(tmp_path, rows))
    (bundle,) = dataset
    assert not list(dataset.problems)
    assert bundle.item.media == VideoMedia(width=640, height=480, frames=6, fps_num=29970, fps_den=1000)
    first, second = bundle.marks
    assert (first.id, first.label) == ("7", "车")
    assert first.geometry.keyframes == [
        Keyframe(0, Box(100, 120, 300, 360), attrs={"visibility": 0.5}),
        Keyframe(1, Box(101, 120, 301, 360)),
        Keyframe(2, Box(101, 120, 301, 360), outside=True),
        Keyframe(4, Box(110, 120, 310, 360), attrs={"visibility": 1.0}),
        Keyframe(5, Box(110, 120, 310, 360), outside=True),
    ]
    assert (second.label, second.flags) == ("car", ["ignore"])


def test_rosetta_row_and_the_official_origin(tmp_path):
    item = Item(id="s", name="s", media=VideoMedia(width=640, height=480, frames=1))
    mark = Mark(id="1", label="car", geometry=Track([Keyframe(0, Box(100, 120, 300, 360))]))
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="car", name="car")]), [ItemMarks(item, [mark])])
    report = formats.write(dataset, tmp_path / "a", "mot", WriteOptions(strict=True))
    assert (tmp_path / "a" / "s" / "gt" / "gt.txt").read_text() == "1,1,100,120,200,240,1,1,1\n"
    assert report.pixel_origin == "continuous"
    report = formats.write(dataset, tmp_path / "b", "mot", WriteOptions(extra={"mot_origin": "one"}))
    assert (tmp_path / "b" / "s" / "gt" / "gt.txt").read_text() == "1,1,101,121,200,240,1,1,1\n"
    assert report.pixel_origin == "one"
    (back,) = formats.read(tmp_path / "b", "mot", ReadOptions(extra={"mot_origin": "one"}))
    assert back.marks[0].geometry == mark.geometry
    with pytest.raises(InputError):
        formats.write(dataset, tmp_path / "c", "mot", WriteOptions(extra={"mot_origin": "two"}))


@given(geometry=st.lists(tracks, min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_tracks_show_the_same_on_every_frame(geometry):
    frames = 14
    marks = [Mark(id=str(i + 1), label="car", geometry=g) for i, g in enumerate(geometry)]
    for m in marks:
        m.geometry = Track(
            [
                Keyframe(k.t, k.geometry, outside=k.outside, occluded=bool(k.attrs))
                for k in m.geometry.keyframes
            ]
        )
    item = Item(id="a/s", name="a/s", media=VideoMedia(width=640, height=480, frames=frames, fps_num=25))
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="car", name="car")]), [ItemMarks(item, marks)])
    with tempfile.TemporaryDirectory() as folder:
        report = formats.write(dataset, Path(folder) / "m", "mot", WriteOptions())
        (back,) = formats.read(Path(folder) / "m", "mot")
    assert back.item.name == "a/s" and back.item.media == item.media
    for before, after in zip(marks, back.marks, strict=True):
        shown = {s.t: s for s in expand(after.geometry, frames - 1)}
        for s in expand(before.geometry, frames - 1):
            assert shown[s.t].occluded is s.occluded
            got = shown.pop(s.t).geometry
            assert [got.x0, got.y0, got.x1, got.y1] == pytest.approx(
                [s.geometry.x0, s.geometry.y0, s.geometry.x1, s.geometry.y1]
            )
        assert not shown
    sparse = sum(any(not s.keyframe for s in expand(m.geometry, frames - 1)) for m in marks)
    assert sum(x.count for x in report.losses if x.code == "geometry_changed") == sparse


def test_single_boxes_empty_sequences_and_what_is_no_box(tmp_path):
    item = Item(id="s", name="s", media=VideoMedia(frames=9))
    marks = [
        Mark(id="box 1", label="car", geometry=Box(1, 2, 3, 4), at=At(frame=3)),
        Mark(id="x", label="car", geometry=Polyline([0, 0, 1, 1])),
    ]
    schema = Schema(classes=[LabelClass(id="car", name="car")])
    with pytest.raises(LossRefused) as caught:
        formats.write(MemoryDataset(schema, [ItemMarks(item, marks)]), tmp_path / "m", "mot")
    assert {(x.code, x.source) for x in caught.value.report.losses} == {("geometry_dropped", "polyline")}
    formats.write(MemoryDataset(schema, [ItemMarks(item, marks)]), tmp_path / "m", "mot", ALL)
    (back,) = formats.read(tmp_path / "m")
    assert [(m.geometry, m.at) for m in back.marks] == [(Box(1, 2, 3, 4), At(frame=3))]
    formats.write(MemoryDataset(schema, [ItemMarks(item)]), tmp_path / "e", "mot", WriteOptions(strict=True))
    (back,) = formats.read(tmp_path / "e")
    assert (back.marks, back.item.media.frames) == ([], 9)


@pytest.mark.parametrize("row", ["1,2,3", "0,1,1,1,1,1,1", "1,1,x,1,1,1,1", "1,1,nan,1,1,1,1"])
def test_broken_rows_are_named(row, tmp_path):
    dataset = formats.read(sequence(tmp_path, f"1,1,1,1,1,1,1\n{row}\n"), "mot")
    (bundle,) = dataset
    assert len(bundle.marks) == 1
    assert [(p.code, p.line) for p in dataset.problems] == [("line_malformed", 2)]


def test_conflicting_rows_classes_and_a_broken_seqinfo(tmp_path):
    dataset = formats.read(sequence(tmp_path, "1,1,1,1,1,1,1,1,1\n1,1,2,2,2,2,1,9,1\n"), "mot")
    list(dataset)
    assert dataset.problems.counts == {"class_unknown": 1, "track_classes": 1, "keyframes_conflict": 1}
    (tmp_path / "s" / "seqinfo.ini").write_text("[Sequence]\nseqLength=many\n")
    with pytest.raises(FormatError) as caught:
        list(formats.read(tmp_path, "mot"))
    assert caught.value.code == "seqinfo_bad"


@pytest.mark.skipif(MOT is None, reason="sample files of other tools are not here")
def test_mot_files_of_another_tool():
    (bundle,) = formats.read(MOT / "mot_seq_with_seqinfo", "mot")
    (mark,) = bundle.marks
    assert (mark.geometry, mark.label, mark.at) == (Box(0, 4, 4, 12), "label_2", At(frame=0))


FACES = "0--Parade/一.jpg\n2\n10 20 30 40 1 0 0 0 2 0\n1 2 3 4 0 0 0 1 0 1\n0--Parade/empty.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n"


def test_faces_and_empty_pictures(tmp_path):
    (tmp_path / "w.txt").write_text(FACES, "utf-8")
    assert formats.sniff(tmp_path / "w.txt")[0][0] == "wider-face"
    dataset = formats.read(tmp_path / "w.txt")
    first, empty = dataset
    assert not list(dataset.problems)
    assert [m.geometry for m in first.marks] == [Box(10, 20, 40, 60), Box(1, 2, 4, 6)]
    assert first.marks[0].attrs == {"blur": 1, "expression": 0, "illumination": 0, "occlusion": 2, "pose": 0}
    assert [m.flags for m in first.marks] == [[], ["ignore"]]
    assert (empty.item.name, empty.marks, empty.item.status) == ("0--Parade/empty.jpg", [], "done")
    formats.write(dataset, tmp_path / "again.txt", "wider-face", ALL)
    assert (tmp_path / "again.txt").read_text("utf-8") == FACES


@given(dataset=datasets(boxes, labels=("face",), rich=False))
@settings(max_examples=20, deadline=None)
def test_faces_are_rounded_to_whole_pixels_and_say_so(dataset):
    with tempfile.TemporaryDirectory() as folder:
        report = formats.write(dataset, Path(folder) / "w.txt", "wider-face", ALL)
        back = list(formats.read(Path(folder) / "w.txt", "wider-face"))
    worst, moved = 0.0, 0
    for before, after in zip(dataset, back, strict=True):
        for a, b in zip(before.marks, after.marks, strict=True):
            away = max(abs(getattr(a.geometry, k) - getattr(b.geometry, k)) for k in ("x0", "y0", "x1", "y1"))
            assert away <= 0.5
            worst, moved = max(worst, away), moved + (away > 0)
    rounded = [x for x in report.losses if x.code == "coordinate_rounded"]
    assert sum(x.count for x in rounded) == moved
    assert max((x.px_max for x in rounded), default=0.0) == pytest.approx(worst)


def test_a_second_class_stops(tmp_path):
    item = Item(id="a.jpg", name="a.jpg", media=ImageMedia())
    marks = [Mark(id=str(i), label=n, geometry=Box(0, 0, 1, 1)) for i, n in enumerate(("face", "car"))]
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="face", name="face")]), [ItemMarks(item, marks)])
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "w.txt", "wider-face")
    assert "class_unmapped" in {x.code for x in caught.value.report.losses}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a.jpg\nx\n", "count_missing"),
        ("a.jpg\n2\n1 2 3 4\n", "file_truncated"),
        ("a.jpg\n", "count_missing"),
    ],
)
def test_broken_face_files_say_where(text, code, tmp_path):
    (tmp_path / "w.txt").write_text(text)
    with pytest.raises(FormatError) as caught:
        list(formats.read(tmp_path / "w.txt", "wider-face"))
    assert caught.value.code == code and caught.value.problem.line


def test_a_broken_face_row_is_named(tmp_path):
    (tmp_path / "w.txt").write_text("a.jpg\n2\n1 2 3\n1 2 3 4 0 0 0 0 0 0\n")
    dataset = formats.read(tmp_path / "w.txt", "wider-face")
    (bundle,) = dataset
    assert len(bundle.marks) == 1
    assert [(p.code, p.line) for p in dataset.problems] == [("line_malformed", 3)]


def test_what_a_seqinfo_says_besides_the_sizes_comes_back(tmp_path):
    ini = "[Sequence]\nname=MOT17-02\nimDir=frames\nframeRate=12.5\nseqLength=2\nimWidth=64\nimHeight=48\nimExt=.png\nweather=rain\n"
    (tmp_path / "s" / "gt").mkdir(parents=True)
    (tmp_path / "s" / "gt" / "gt.txt").write_text("1,1,0,0,4,4,1,1,1\n")
    (tmp_path / "s" / "seqinfo.ini").write_text(ini)
    dataset = formats.read(tmp_path / "s", "mot")
    (bundle,) = dataset
    assert (bundle.item.media.fps_num, bundle.item.media.fps_den) == (12500, 1000)
    formats.write(dataset, tmp_path / "out", "mot", ALL)
    again = (tmp_path / "out" / "s" / "seqinfo.ini").read_text().splitlines()
    assert sorted(again) == sorted(ini.splitlines())


def test_a_seqinfo_in_small_letters_is_read(tmp_path):
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / "gt.txt").write_text("1,1,0,0,4,4,1,1,1\n")
    (tmp_path / "seqinfo.ini").write_text("[Sequence]\nseqlength=7\nimwidth=64\nimheight=48\n")
    (bundle,) = formats.read(tmp_path, "mot")
    assert (bundle.item.media.frames, bundle.item.media.width) == (7, 64)


RESULT = "1,7,100,120,200,240,0.9,-1,-1,-1\n2,7,101,120,200,240,0.8,-1,-1,-1\n1,8,0,0,5,5,0.5,-1,-1,-1\n"


def test_a_trackers_result_has_confidences_and_the_name_of_its_sequence(tmp_path):
    (tmp_path / "MOT17-04.txt").write_text(RESULT, "utf-8")
    assert formats.sniff(tmp_path / "MOT17-04.txt")[0] == ("mot", 0.6)
    (bundle,) = dataset = formats.read(tmp_path / "MOT17-04.txt")
    assert not list(dataset.problems)
    assert bundle.item.name == "MOT17-04"
    first, second = bundle.marks
    assert [(k.t, k.attrs) for k in first.geometry.keyframes] == [
        (0, {"confidence": 0.9}), (1, {"confidence": 0.8}), (2, {}),
    ]  # fmt: skip
    assert (first.label, first.score, first.flags) == (None, None, [])
    assert second.score == 0.5
    (tmp_path / "MOT17-05.txt").write_text("1,1,2,2,3,3,0,5.5,6.5,0\n", "utf-8")
    dataset = formats.read(tmp_path, "mot")
    assert [b.item.name for b in dataset] == ["MOT17-04"]  # the other's first line is not a result's


def test_truth_is_read_without_the_detections_beside_it(tmp_path):
    root = sequence(tmp_path, "1,7,1,1,2,2,1,1,1\n")
    (root / "s" / "det").mkdir()
    (root / "s" / "det" / "det.txt").write_text(
        "1,-1,1,1,2,2,0.25,-1,-1,-1\n1,-1,5,5,2,2,0,-1,-1,-1\n", "utf-8"
    )
    dataset = formats.read(root)
    (bundle,) = dataset
    assert [m.id for m in bundle.marks] == ["7"]
    assert [p.code for p in dataset.problems] == ["detections_left_out"]
    (bundle,) = formats.read(root / "s" / "det" / "det.txt", "mot")
    assert (bundle.item.name, [(m.score, m.flags) for m in bundle.marks]) == ("s", [(0.25, []), (0.0, [])])
    (root / "s" / "gt" / "gt.txt").unlink()
    assert [(b.item.name, len(b.marks)) for b in formats.read(root)] == [("s", 2)]


def test_places_in_the_world_are_not_taken_for_classes(tmp_path):
    rows = "1,7,1,1,2,2,1,3.2,-4.5,0\n2,7,1,1,2,2,1,3.3,-4.5,0\n"
    dataset = formats.read(sequence(tmp_path, rows))
    (bundle,) = dataset
    assert bundle.marks[0].label is None
    assert [(p.code, p.line) for p in dataset.problems] == [("world_left_out", 1)]
    dataset = formats.read(sequence(tmp_path / "b", "1,7,1,1,2,2,1,2,-1,-1\n"))
    assert [m.label for b in dataset for m in b.marks] == ["车"]


def test_a_sequence_comes_back_with_nothing_lost(tmp_path):
    dataset = formats.read(sequence(tmp_path, "1,7,1,1,2,2,1,1,0.5\n2,7,1,1,2,2,1,1,1\n"))
    formats.write(dataset, tmp_path / "again", "mot", WriteOptions(strict=True))
    (given,), (back,) = dataset, formats.read(tmp_path / "again")
    assert back == given
