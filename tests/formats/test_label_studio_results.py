"""Label Studio: every type of result of the reference, read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from label_studio_tasks import CONFIG, only, opened, result, task

from doujia import formats
from doujia.formats import WriteOptions
from doujia.marks import (
    At,
    AudioMedia,
    Box,
    ImageMedia,
    Interval,
    Keyframe,
    Origin,
    Polyline,
    Ranking,
    Relation,
    Span,
    VideoMedia,
    rle,
)


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


def test_relations_with_several_labels_or_a_direction_come_back(tmp_path):
    spans = [
        {"id": n, "from_name": "l", "to_name": "text", "type": "labels", "value": {"start": i, "end": i + 1, "text": n, "labels": ["x"]}}
        for i, n in enumerate("ab")
    ]  # fmt: skip
    arrows = [
        {"type": "relation", "from_id": "a", "to_id": "b", "direction": "left", "labels": ["of", "near"]},
        {"type": "relation", "from_id": "b", "to_id": "a", "direction": "bi", "labels": []},
    ]
    dataset = opened(tmp_path, [task(*spans, *arrows, data={"text": "ab"})])
    assert [(r.type, r.source, r.target) for r in only(dataset).relations] == [
        ("of", "b", "a"),
        ("", "b", "a"),
    ]
    formats.write(dataset, tmp_path / "again.json", "label-studio", WriteOptions(strict=True))
    (written,) = json.loads((tmp_path / "again.json").read_text("utf-8"))
    results = written["annotations"][0]["result"]
    assert [r for r in results if r["type"] == "relation"] == arrows


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


def test_every_stretch_of_a_timeline_is_a_mark(tmp_path):
    value = {"ranges": [{"start": 3, "end": 5}, {"start": 9, "end": 9}], "timelinelabels": ["rain"]}
    first = opened(
        tmp_path,
        [task(result("timelinelabels", value, from_name="tl", to_name="v"), data={"video": "v.mp4"})],
    )
    bundle = only(first)
    # Frames count from 1 there, and both ends are inside.
    assert [(m.id, m.geometry, m.label) for m in bundle.marks] == [
        ("r1", Interval(2, 5), "rain"),
        ("r1-2", Interval(8, 9), "rain"),
    ]
    formats.write(first, tmp_path / "again.json", "label-studio", WriteOptions(strict=True))
    again = only(formats.read(tmp_path / "again.json", "label-studio"))
    assert [m.geometry for m in again.marks] == [m.geometry for m in bundle.marks]


RAW = [
    ("timeserieslabels", {"start": 1.5, "end": 2.25, "instant": False, "timeserieslabels": ["Run"]}, {"ts": "http://x.invalid/a.csv"}),
    ("labels", {"start": 1.5, "end": 2.25, "labels": ["Run"]}, {"ts": "http://x.invalid/a.csv"}),
    ("hypertextlabels", {"start": "/div[1]/text()[1]", "end": "/div[1]/text()[1]", "startOffset": 0, "endOffset": 2, "hypertextlabels": ["P"]}, {"html": "<div>ab</div>"}),
    ("chatmessage", {"role": "user", "content": "hi"}, {"chat": "x"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "data"), RAW, ids=[r[0] for r in RAW])
def test_results_without_a_geometry_here_are_kept_whole(kind, value, data, tmp_path):
    given = {"id": "r1", "from_name": "l", "to_name": "o", "type": kind, "value": value}
    first = opened(tmp_path, [task(given, data=data)])
    (bundle,) = first
    assert {p.code for p in first.problems} == {"result_kept_raw"}
    assert {p.severity for p in first.problems} == {"info"}
    assert len(bundle.marks) == 1
    formats.write(first, tmp_path / "again.json", "label-studio", WriteOptions(strict=True))
    (written,) = json.loads((tmp_path / "again.json").read_text("utf-8"))
    (back,) = written["annotations"][0]["result"]
    assert {k: back[k] for k in given} == given


def test_the_vertices_and_curves_of_a_vector_and_the_size_of_a_point_come_back(tmp_path):
    vertices = [
        {"id": "a", "prevPointId": None, "x": 0, "y": 0, "isBezier": False},
        {"id": "b", "prevPointId": "a", "x": 50, "y": 50, "isBezier": True, "controlPoint1": {"x": 10, "y": 0}, "controlPoint2": {"x": 20, "y": 9}},
    ]  # fmt: skip
    values = [
        ("vectorlabels", {"closed": False, "vertices": vertices, "vectorlabels": ["Car"]}),
        ("keypointlabels", {"x": 1, "y": 2, "width": 0.3, "keypointlabels": ["Car"]}),
    ]
    first = opened(tmp_path, [task(*(result(k, v, id=k) for k, v in values))])
    (bundle,) = first
    assert bundle.marks[0].geometry == Polyline([0, 0, 640, 360])
    assert [(p.code, p.severity) for p in first.problems] == [("curve_flattened", "warn")]
    formats.write(first, tmp_path / "again.json", "label-studio", WriteOptions(strict=True))
    written = json.loads((tmp_path / "again.json").read_text("utf-8"))[0]["annotations"][0]["result"]
    assert [(r["type"], r["value"]) for r in written] == values
    # Once the line is changed, its own straight points are written.
    bundle.marks[0].geometry = Polyline([0, 0, 640, 0, 640, 360])
    changed = formats.MemoryDataset(first.schema, [bundle])
    formats.write(changed, tmp_path / "moved.json", "label-studio", WriteOptions(strict=True))
    moved = json.loads((tmp_path / "moved.json").read_text("utf-8"))[0]["annotations"][0]["result"][0]
    assert moved["type"] == "vectorlabels"
    assert [(v["x"], v["y"], v["isBezier"]) for v in moved["value"]["vertices"]] == [
        (0, 0, False),
        (50, 0, False),
        (50, 50, False),
    ]
