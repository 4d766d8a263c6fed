"""Label Studio: golden values of the reference, all result types, round trips, broken files."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roundtrip import ALL, boxes, datasets, ellipses, holed, oboxes, polygons, polylines

from doujia import formats
from doujia.errors import FormatError, InputError, LossRefused
from doujia.formats import MemoryDataset, ReadOptions, WriteOptions
from doujia.formats.label_studio import brush, config_of, schema_from_config
from doujia.formats.label_studio.values import image_geometry, image_value, sample_of
from doujia.marks import (
    At,
    AudioMedia,
    Box,
    ConversationMedia,
    ImageMedia,
    Interval,
    Item,
    ItemMarks,
    Keyframe,
    LabelClass,
    Mark,
    Mask,
    Message,
    Nothing,
    Origin,
    Points,
    Ranking,
    Relation,
    RotatedBox,
    Schema,
    Span,
    TextMedia,
    Track,
    VideoMedia,
    rle,
)
from doujia.marks.shapes import corners

CONFIG = """<View>
 <Image name="img" value="$image"/>
 <RectangleLabels name="box" toName="img"><Label value="Car" background="#ff0000" hotkey="1"/><Label value="车"/></RectangleLabels>
 <BrushLabels name="brush" toName="img"><Label value="Road"/></BrushLabels>
 <Choices name="weather" toName="img" choice="single" required="true"><Choice value="sun"/><Choice value="rain"/></Choices>
 <Choices name="parts" toName="img" choice="multiple" perRegion="true"><Choice value="door"/><Choice value="wheel"/></Choices>
 <Taxonomy name="kind" toName="img"><Choice value="Animal"><Choice value="Dog"/></Choice></Taxonomy>
 <Rating name="quality" toName="img" maxRating="5"/><Number name="count" toName="img" perRegion="true" step="1" min="0" max="9"/>
 <Relations><Relation value="on"/></Relations>
</View>"""


def result(kind, value, id="r1", **more):
    return {
        "id": id,
        "from_name": "box",
        "to_name": "img",
        "type": kind,
        "value": value,
        "original_width": 1280,
        "original_height": 720,
        "image_rotation": 0,
        **more,
    }


def task(*results, data=None, **annotation):
    body = {"id": 5, "completed_by": 1, "was_cancelled": False, "result": list(results), **annotation}
    return {"id": 1, "data": data or {"image": "/data/local-files/?d=相册/a 1.jpg"}, "annotations": [body]}


def opened(tmp_path, tasks, config=None, **extra):
    (tmp_path / "tasks.json").write_text(json.dumps(tasks, ensure_ascii=False), "utf-8")
    if config:
        (tmp_path / "config.xml").write_text(config, "utf-8")
        extra["config"] = str(tmp_path / "config.xml")
    return formats.read(tmp_path / "tasks.json", "label-studio", ReadOptions(extra=extra))


def only(dataset):
    (bundle,) = dataset
    assert not list(dataset.problems), list(dataset.problems)
    return bundle


def test_golden_rotated_rectangle():
    value = {"x": 25, "y": 50, "width": 10, "height": 20, "rotation": 30}
    geometry = image_geometry("rectangle", value, (1280, 720))
    assert (geometry.cx, geometry.cy) == pytest.approx((339.4256, 454.3538), abs=1e-4)
    expected = [320, 360, 430.8513, 424, 358.8513, 548.7077, 248, 484.7077]
    assert corners(geometry) == pytest.approx(expected, abs=1e-4)
    kind, again = image_value(geometry, (1280, 720))
    assert kind == "rectangle" and again == pytest.approx(value)


def test_golden_brush_mask():
    pixels = np.array([[0, 1, 0], [0, 1, 0]])
    packed = [0, 0, 0, 24, 57, 27, 252, 96, 17, 255, 206, 1, 31, 252, 96, 0]
    assert brush.pack(rle.encode(pixels)) == packed
    assert (rle.decode(brush.unpack(packed, 3, 2)) == pixels).all()


def test_brush_of_a_disc_comes_back_and_is_small():
    y, x = np.mgrid[:120, :160]
    disc = rle.encode((x - 80) ** 2 + (y - 60) ** 2 < 40**2)
    assert len(brush.pack(disc)) < 120 * 160 / 32
    assert brush.unpack(brush.pack(disc), 160, 120) == disc


@pytest.mark.parametrize("data", [[], [0, 0, 0], [0, 0, 0, 24, 57, 27], [0, 0, 0, 99], [300], "x"])
def test_broken_brush_masks_are_refused(data):
    with pytest.raises(InputError) as caught:
        brush.unpack(data, 3, 2)
    assert caught.value.code == "brush_bad"


def test_rosetta_box(tmp_path):
    item = Item(id="1", name="r.png", media=ImageMedia(width=640, height=480))
    mark = Mark(id="1", label="car", geometry=Box(100, 120, 300, 360))
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="car", name="car")]), [ItemMarks(item, [mark])])
    formats.write(dataset, tmp_path / "t.json", "label-studio", WriteOptions(strict=True))
    (written,) = json.loads((tmp_path / "t.json").read_text("utf-8"))
    value = written["annotations"][0]["result"][0]["value"]
    assert value == {
        "x": 15.625,
        "y": 25,
        "width": 31.25,
        "height": 50,
        "rotation": 0,
        "rectanglelabels": ["car"],
    }
    assert written["data"] == {"image": "r.png"}


def test_seconds_become_samples_by_decimal_half_up():
    assert sample_of(1.005, 44_100) == 44_321


def test_configuration_becomes_a_schema_and_is_kept():
    schema = schema_from_config(CONFIG)
    assert [(c.id, c.kinds, c.colour, c.key) for c in schema.classes] == [
        ("Car", ["box", "obox"], "#ff0000", "1"),
        ("车", ["box", "obox"], None, None),
        ("Road", ["mask"], None, None),
    ]
    by_id = {a.id: a for a in schema.attributes}
    assert (by_id["weather"].type, by_id["weather"].values, by_id["weather"].scope) == (
        "choice",
        ["sun", "rain"],
        "item",
    )
    assert by_id["weather"].required
    assert (by_id["parts"].type, by_id["parts"].scope) == ("choices", "mark")
    assert by_id["kind"].values == ["Animal", "Animal/Dog"]
    assert (by_id["count"].type, by_id["count"].min, by_id["count"].max) == ("int", 0, 9)
    assert (by_id["quality"].type, by_id["quality"].max) == ("int", 5)
    assert [r.id for r in schema.relations] == ["on"]
    assert config_of(schema, "image") == CONFIG


@pytest.mark.parametrize("medium", ["image", "video", "audio", "text", "conversation"])
def test_a_made_configuration_reads_back_as_the_same_schema(medium):
    kinds = {
        "image": ["box"],
        "video": ["track"],
        "audio": ["interval"],
        "text": ["span"],
        "conversation": ["span"],
    }
    schema = Schema(
        classes=[
            LabelClass(id="a&b", name="a&b", kinds=kinds[medium]),
            LabelClass(id="车", name="车", kinds=kinds[medium]),
        ]
    )
    again = schema_from_config(config_of(schema, medium))
    assert [c.id for c in again.classes] == ["a&b", "车"]
    assert all(kinds[medium][0] in c.kinds for c in again.classes)


def test_regions_that_share_an_id_become_one_mark(tmp_path):
    place = {"x": 10, "y": 10, "width": 10, "height": 10, "rotation": 0}
    bundle = only(
        opened(
            tmp_path,
            [
                task(
                    result("rectangle", place),
                    result("labels", {**place, "labels": ["Car"]}),
                    result("choices", {"choices": ["door", "wheel"]}, from_name="parts"),
                    result("textarea", {"text": ["京A12345"]}, from_name="transcription"),
                    result("number", {"number": 3}, from_name="count"),
                    {
                        "id": "q",
                        "from_name": "weather",
                        "to_name": "img",
                        "type": "choices",
                        "value": {"choices": ["rain"]},
                    },
                    {
                        "id": "t",
                        "from_name": "kind",
                        "to_name": "img",
                        "type": "taxonomy",
                        "value": {"taxonomy": [["Animal", "Dog"]]},
                    },
                )
            ],
            CONFIG,
        )
    )
    (mark,) = bundle.marks
    assert mark.geometry == Box(128, 72, 256, 144)
    assert (mark.label, mark.text, mark.attrs) == (
        "Car",
        "京A12345",
        {"parts": ["door", "wheel"], "count": 3},
    )
    assert mark.origin == Origin(by="human", actor="1")
    assert bundle.item.attrs == {"weather": "rain", "kind": ["Animal/Dog"]}
    assert (bundle.item.name, bundle.item.media) == ("相册/a 1.jpg", ImageMedia(width=1280, height=720))


IMAGE_TYPES = [
    ("ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 5, "rotation": 0}, "ellipse"),
    ("polygonlabels", {"points": [[0, 0], [10, 0], [10, 10]], "closed": True}, "polygon"),
    ("polygonlabels", {"points": [[0, 0], [10, 0], [10, 10]], "closed": False}, "polyline"),
    ("keypointlabels", {"x": 1, "y": 2, "width": 0.3}, "points"),
    (
        "vectorlabels",
        {"closed": False, "vertices": [{"x": 0, "y": 0, "id": "a"}, {"x": 5, "y": 5, "id": "b"}]},
        "polyline",
    ),
]


@pytest.mark.parametrize(
    ("kind", "value", "expected"), IMAGE_TYPES, ids=[f"{t[0]} {t[2]}" for t in IMAGE_TYPES]
)
def test_every_shape_of_a_picture(kind, value, expected, tmp_path):
    bundle = only(opened(tmp_path, [task(result(kind, {**value, kind: ["Car"]}))]))
    assert bundle.marks[0].geometry.__struct_config__.tag == expected
    assert bundle.marks[0].label == "Car"


def test_bitmask_and_brush(tmp_path):
    import base64
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.array([[0, 255, 0], [0, 255, 0]], dtype=np.uint8)).save(out, "PNG")
    url = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    size = {"original_width": 3, "original_height": 2}
    packed = [0, 0, 0, 24, 57, 27, 252, 96, 17, 255, 206, 1, 31, 252, 96, 0]
    bundle = only(
        opened(
            tmp_path,
            [
                task(
                    result("bitmasklabels", {"imageDataURL": url, "bitmasklabels": ["Road"]}, id="a", **size),
                    result(
                        "brushlabels",
                        {"format": "rle", "rle": packed, "brushlabels": ["Road"]},
                        id="b",
                        **size,
                    ),
                )
            ],
        )
    )
    assert (
        bundle.marks[0].geometry == bundle.marks[1].geometry == rle.encode(np.array([[0, 1, 0], [0, 1, 0]]))
    )


VIDEO = {
    "framesCount": 20,
    "duration": 2,
    "sequence": [
        {"frame": 1, "x": 0, "y": 0, "width": 10, "height": 10, "rotation": 0, "enabled": True, "time": 0.1},
        {
            "frame": 5,
            "x": 40,
            "y": 0,
            "width": 10,
            "height": 10,
            "rotation": 0,
            "enabled": False,
            "time": 0.5,
        },
        {
            "frame": 11,
            "x": 40,
            "y": 50,
            "width": 10,
            "height": 10,
            "rotation": 0,
            "enabled": True,
            "time": 1.1,
        },
    ],
    "labels": ["Car"],
}


def test_video_frames_count_from_one_and_leave_after_the_last_enabled(tmp_path):
    data = {"video": "v.mp4"}
    first = opened(
        tmp_path, [task(result("videorectangle", VIDEO, original_width=100, original_height=100), data=data)]
    )
    bundle = only(first)
    assert bundle.item.media == VideoMedia(width=100, height=100, frames=20)
    assert bundle.marks[0].label == "Car"
    track = bundle.marks[0].geometry
    assert track.keyframes == [
        Keyframe(0, Box(0, 0, 10, 10)),
        Keyframe(4, Box(40, 0, 50, 10)),
        Keyframe(5, Box(40, 0, 50, 10), outside=True),
        Keyframe(10, Box(40, 50, 50, 60)),
    ]
    formats.write(first, tmp_path / "again.json", "label-studio", WriteOptions(strict=True))
    again = only(formats.read(tmp_path / "again.json", "label-studio"))
    assert again.marks[0].geometry == track
    (written,) = json.loads((tmp_path / "again.json").read_text("utf-8"))
    sequence = written["annotations"][0]["result"][0]["value"]["sequence"]
    assert [(r["frame"], r["enabled"]) for r in sequence] == [(1, True), (5, False), (11, True)]
    # The rate of the file's own clock (10 frames a second) is kept.
    assert [r["time"] for r in sequence] == [0.1, 0.5, 1.1]
    assert written["annotations"][0]["result"][0]["value"]["duration"] == 2.0


def test_audio_text_and_dialogue(tmp_path):
    audio = task(
        {"id": "a", "from_name": "l", "to_name": "audio", "type": "labels", "original_length": 2.0, "value": {"start": 0.5, "end": 1.005, "channel": 1, "labels": ["speech"]}},
        data={"audio": "a.wav"},
    )  # fmt: skip
    text = task(
        {"id": "t", "from_name": "l", "to_name": "text", "type": "labels", "value": {"start": 5, "end": 9, "text": "𠮷野家", "labels": ["shop"]}},
        {"id": "u", "from_name": "l", "to_name": "text", "type": "labels", "value": {"start": 0, "end": 2, "text": "张三", "labels": ["name"]}},
        {"type": "relation", "from_id": "u", "to_id": "t", "direction": "right", "labels": ["at"]},
        data={"text": "张三😀在𠮷野家吃饭"},
    )  # fmt: skip
    talk = task(
        {"id": "p", "from_name": "l", "to_name": "d", "type": "paragraphlabels", "value": {"start": "1", "end": "1", "startOffset": 0, "endOffset": 2, "text": "你好", "paragraphlabels": ["hi"]}},
        data={"dialogue": [{"author": "A", "text": "喂"}, {"author": "B", "text": "你好"}]},
    )  # fmt: skip
    dataset = opened(
        tmp_path, [{**audio, "id": 1}, {**text, "id": 2}, {**talk, "id": 3}], sample_rate="44100"
    )
    first, second, third = dataset
    assert not list(dataset.problems)
    assert first.item.media == AudioMedia(samples=88_200, sample_rate=44_100)
    assert first.marks[0].geometry == Interval(22_050, 44_321, 1)
    # the file's offsets are UTF-16; the quote proves it and code points come out
    assert [(m.geometry, m.label) for m in second.marks] == [
        (Span(4, 7, "𠮷野家"), "shop"),
        (Span(0, 2, "张三"), "name"),
    ]
    assert second.relations == [Relation(id="r1", type="at", source="u", target="t")]
    assert (third.marks[0].geometry, third.marks[0].at) == (Span(0, 2, "你好"), At(message="1"))
    assert [m.role for m in third.item.media.messages] == ["A", "B"]


def test_the_rest_of_the_result_types(tmp_path):
    plain = {"from_name": "x", "to_name": "img"}
    bundle = only(
        opened(
            tmp_path,
            [
                task(
                    {**plain, "id": "1", "type": "pairwise", "value": {"selected": "left"}},
                    {
                        **plain,
                        "id": "2",
                        "type": "ranker",
                        "value": {"ranker": {"best": ["b", "a"], "_": ["c", "d"]}},
                    },
                    {**plain, "id": "3", "from_name": "stars", "type": "rating", "value": {"rating": 4}},
                    {
                        **plain,
                        "id": "4",
                        "from_name": "day",
                        "type": "datetime",
                        "value": {"datetime": "2026-11-21"},
                    },
                    {
                        **plain,
                        "id": "5",
                        "from_name": "say",
                        "type": "textarea",
                        "value": {"text": ["a", "b"]},
                    },
                )
            ],
        )
    )
    assert [m.geometry for m in bundle.marks] == [
        Ranking([["left"], ["right"]]),
        Ranking([["b"], ["a"], ["c", "d"]]),
    ]
    assert bundle.item.attrs == {"stars": 4, "day": "2026-11-21", "say": ["a", "b"]}


def test_states_predictions_and_several_annotators(tmp_path):
    box = {"x": 0, "y": 0, "width": 10, "height": 10, "rotation": 0, "rectanglelabels": ["Car"]}
    several = task(result("rectanglelabels", box))
    several["annotations"].append({"id": 6, "completed_by": 2, "result": [result("rectanglelabels", box)]})
    several["predictions"] = [
        {"model_version": "v1", "score": 0.7, "result": [result("rectanglelabels", box, score=0.71)]}
    ]
    tasks = [
        {**several, "id": 1},
        {"id": 2, "data": {"image": "b.jpg"}, "annotations": [{"result": [], "was_cancelled": False}]},
        {"id": 3, "data": {"image": "c.jpg"}, "annotations": [{"result": [], "was_cancelled": True}]},
        {"id": 4, "data": {"image": "d.jpg"}, "annotations": []},
        {"image": "e.jpg"},
    ]
    dataset = opened(tmp_path, tasks)
    first, *others = dataset
    assert [b.item.status for b in others] == ["done", "skipped", "unseen", "unseen"]
    assert [b.item.name for b in others] == ["b.jpg", "c.jpg", "d.jpg", "e.jpg"]
    assert [m.origin for m in first.marks] == [
        Origin(by="human", actor="1"),
        Origin(by="human", actor="2"),
        Origin(by="model", model="v1"),
    ]
    assert first.marks[2].score == 0.71 and len({m.id for m in first.marks}) == 3
    formats.write(dataset, tmp_path / "again.json", "label-studio", WriteOptions(strict=True))
    written = json.loads((tmp_path / "again.json").read_text("utf-8"))
    assert [len(a["result"]) for a in written[0]["annotations"]] == [1, 1]
    assert [a["id"] for a in written[0]["annotations"]] == [5, 6]
    assert written[0]["predictions"][0]["model_version"] == "v1"
    again = list(formats.read(tmp_path / "again.json", "label-studio"))
    assert [m.origin for m in again[0].marks] == [m.origin for m in first.marks]
    assert [b.item.status for b in again] == ["done", "done", "skipped", "unseen", "unseen"]


held = st.one_of(
    boxes, oboxes, polygons, polylines, ellipses, st.just(Nothing()), st.just(Points([3.5, 4.25]))
)


@given(dataset=datasets(held))
@settings(max_examples=40, deadline=None)
def test_round_trip(dataset):
    for c in dataset.schema.classes:
        c.kinds, c.skeleton = ["box", "none"], None
    dataset.schema.skeletons = []
    for bundle in dataset:
        if bundle.item.attrs:
            bundle.item.attrs = {"weather": "rain"}
        bundle.relations = [r for r in bundle.relations]
        for m in bundle.marks:
            m.origin = m.origin and Origin(by="model", model="det@3")
            if isinstance(m.geometry, RotatedBox) and m.geometry.angle == 0:
                m.geometry = RotatedBox(m.geometry.cx, m.geometry.cy, m.geometry.w, m.geometry.h, 0.1)
            if isinstance(m.geometry, Nothing):
                m.score, m.text, m.attrs = None, None, {}
        if any(m.origin for m in bundle.marks):  # predictions come after annotations in the file
            bundle.marks.sort(key=lambda m: m.origin is not None)
    with tempfile.TemporaryDirectory() as folder:
        report = formats.write(dataset, Path(folder) / "out", "label-studio", ALL)
        back = formats.read(Path(folder) / "out", "label-studio")
        for before, after in zip(dataset, back, strict=True):
            assert (after.item.id, after.item.name, after.item.media) == (
                before.item.id,
                before.item.name,
                before.item.media,
            )
            assert (after.item.split, after.item.attrs) == (before.item.split, before.item.attrs)
            assert len(after.marks) == len(before.marks)
            for a, b in zip(after.marks, before.marks, strict=True):
                assert numbers(a.geometry) == pytest.approx(numbers(b.geometry), abs=1e-9)
                assert (a.label, a.text, a.attrs, a.score) == (b.label, b.text, b.attrs, b.score)
                assert a.origin == b.origin
            kept = [r for r in before.relations if not crosses(before, r)]
            assert [(r.type, r.source) for r in after.relations] == [
                (r.type, own_id(after, r.source, before)) for r in kept
            ]
        assert not list(back.problems)
    codes = {x.code for x in report.losses}
    lost = {
        "group_dropped": any(m.group for b in dataset for m in b.marks),
        "z_dropped": any(m.z for b in dataset for m in b.marks),
        "place_dropped": any(m.at for b in dataset for m in b.marks),
        "flags_dropped": any(f != "ignore" for b in dataset for m in b.marks for f in m.flags),
        "ignore_dropped": any("ignore" in m.flags for b in dataset for m in b.marks),
        "ext_dropped": any(m.ext for b in dataset for m in b.marks),
        "relation_dropped": any(crosses(b, r) for b in dataset for r in b.relations),
    }
    assert codes == {code for code, happened in lost.items() if happened}


def crosses(bundle, relation):
    """Whether a relation joins a person's mark to a model's, which Label Studio keeps apart."""
    ends = [m for m in bundle.marks if m.id in (relation.source, relation.target)]
    return (ends[0].origin is None) != (ends[1].origin is None)


def own_id(after, source, before):
    """The id that the mark which was ``source`` has after reading."""
    return after.marks[[m.id for m in before.marks].index(source)].id


def numbers(geometry):
    import msgspec

    found = []

    def walk(value):
        if isinstance(value, dict):
            for v in value.values():
                walk(v)
        elif isinstance(value, list | tuple):
            for v in value:
                walk(v)
        elif isinstance(value, float | int):
            found.append(float(value))

    walk(msgspec.to_builtins(geometry))
    return found


def test_masks_spans_intervals_and_dialogues_come_back(tmp_path):
    items = [
        ItemMarks(Item(id="1", name="m.png", media=ImageMedia(width=4, height=3)), [Mark(id="a", label="c", geometry=Mask((3, 4), "421O3"))]),
        ItemMarks(Item(id="2", name="a.wav", media=AudioMedia(samples=48_000, sample_rate=16_000, channels=2)), [Mark(id="b", label="c", geometry=Interval(1, 47_999, 1), text="喂")]),
        ItemMarks(Item(id="3", name="t", media=TextMedia(text="张三😀在𠮷野家吃饭")), [Mark(id="d", label="c", geometry=Span(4, 7, "𠮷野家"))]),
        ItemMarks(Item(id="4", name="d", media=ConversationMedia(messages=[Message(id="0", role="user", content="你好")])), [Mark(id="e", label="c", geometry=Span(0, 1, "你"), at=At(message="0"))]),
        ItemMarks(Item(id="5", name="v.mp4", media=VideoMedia(width=100, height=50, frames=9)), [Mark(id="f", label="c", geometry=Interval(2, 5)), Mark(id="g", label="c", geometry=Track([Keyframe(0, Box(0, 0, 5, 5)), Keyframe(4, Box(4, 0, 9, 5)), Keyframe(5, Box(4, 0, 9, 5), outside=True)]))]),
        ItemMarks(Item(id="6", name="r", media=TextMedia(text="r")), [Mark(id="h", geometry=Ranking([["left"], ["right"]]))]),
    ]  # fmt: skip
    for bundle in items:
        dataset = MemoryDataset(Schema(classes=[LabelClass(id="c", name="c")]), [bundle])
        target = tmp_path / f"{bundle.item.id}.json"
        formats.write(dataset, target, "label-studio", WriteOptions(strict=True))
        (back,) = formats.read(target, "label-studio")
        assert back.item.media == bundle.item.media
        assert [(m.geometry, m.label, m.text, m.at) for m in back.marks] == [
            (m.geometry, m.label, m.text, m.at) for m in bundle.marks
        ]


def test_the_configuration_has_a_tool_for_every_kind_that_occurs(tmp_path):
    item = Item(id="1", name="a.png", media=ImageMedia(width=10, height=10))
    marks = [
        Mark(id="a", label="c", geometry=Points([1, 1])),
        Mark(id="b", label="c", geometry=RotatedBox(5, 5, 4, 2, 0.5)),
    ]
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="c", name="c")]), [ItemMarks(item, marks)])
    formats.write(dataset, tmp_path / "out", "label-studio")
    written = json.loads((tmp_path / "out" / "tasks.json").read_text("utf-8"))[0]["annotations"][0]["result"]
    config = (tmp_path / "out" / "config.xml").read_text("utf-8")
    assert [r["from_name"] for r in written] == ["keypoint", "rectangle"]
    assert all(f'name="{r["from_name"]}" toName="image"' in config for r in written)


@given(geometry=holed)
@settings(max_examples=5, deadline=None)
def test_holes_stop(geometry):
    dataset = MemoryDataset(
        Schema(classes=[LabelClass(id="c", name="c")]),
        [
            ItemMarks(
                Item(id="1", name="m.png", media=ImageMedia(width=4, height=3)),
                [Mark(id="a", label="c", geometry=geometry)],
            )
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        with pytest.raises(LossRefused) as caught:
            formats.write(dataset, Path(folder) / "x.json", "label-studio")
        assert "holes_dropped" in {x.code for x in caught.value.report.losses}
        assert not list(Path(folder).iterdir())


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (result("rectanglelabels", {"x": "a"}), "value_bad"),
        (
            result("rectanglelabels", {"x": 1, "y": 1, "width": 1, "height": 1}, original_width=None),
            "size_missing",
        ),
        (result("polygonlabels", {"points": [[1, 2]]}), "value_bad"),
        (result("brushlabels", {"format": "rle", "rle": [1, 2]}), "brush_bad"),
        (result("bitmasklabels", {"imageDataURL": "data:image/png;base64,AAAA"}), "value_bad"),
        ({"type": "relation", "from_id": "x", "to_id": "y"}, "relation_dangling"),
        ("text", "result_malformed"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_broken_results_are_problems_with_a_pointer(item, code, tmp_path):
    dataset = opened(tmp_path, [task(item)])
    list(dataset)
    (problem,) = dataset.problems
    assert (problem.code, problem.pointer) == (code, "/0/annotations/0/result/0")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_truncated_json_says_where(share, tmp_path):
    whole = json.dumps([task(result("choices", {"choices": ["a"]}))] * 3, indent=1)
    (tmp_path / "t.json").write_text(whole[: int(len(whole) * share)])
    with pytest.raises(FormatError) as caught:
        list(formats.read(tmp_path / "t.json", "label-studio"))
    assert caught.value.code in ("json_truncated", "json_malformed") and caught.value.problem.line


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_strange_json_never_raises_anything_but_a_format_error(data):
    strange = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "type", "id", "x", "start", "labels"]), inner, max_size=4),
        max_leaves=8,
    )  # fmt: skip
    body = {
        "data": data.draw(strange),
        "annotations": data.draw(st.lists(st.fixed_dictionaries({"result": st.lists(st.fixed_dictionaries({"type": st.sampled_from(["rectanglelabels", "labels", "relation", "ranker", "videorectangle", "choices", "number"]), "value": strange, "id": strange}) | strange, max_size=3)}) | strange, max_size=2)),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        try:
            list(opened(Path(folder), [body]))
        except FormatError as error:
            assert error.problem.file


def test_sniffing_tells_it_from_other_json(tmp_path):
    opened(tmp_path, [task(result("choices", {"choices": ["a"]}))])
    assert formats.sniff(tmp_path / "tasks.json")[0][0] == "label-studio"
    (tmp_path / "coco.json").write_text('{"images": [], "annotations": []}')
    assert "label-studio" not in dict(formats.sniff(tmp_path / "coco.json"))


def test_angles_keep_their_sense():
    for angle in (3.0, -3.0, math.pi / 2):
        kind, value = image_value(RotatedBox(50, 50, 20, 10, angle), (100, 100))
        assert image_geometry(kind, value, (100, 100)).angle == pytest.approx(angle)
