"""Label Studio: what is written comes back, and broken files say where."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_studio_tasks import opened, result, task
from roundtrip import ALL, boxes, datasets, ellipses, holed, oboxes, polygons, polylines

from doujia import formats
from doujia.errors import FormatError, LossRefused
from doujia.formats import MemoryDataset, WriteOptions
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
    RotatedBox,
    Schema,
    Span,
    TextMedia,
    Track,
    VideoMedia,
)

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


def test_what_changes_along_a_track_is_counted(tmp_path):
    track = Track(
        [Keyframe(0, Box(0, 0, 5, 5), occluded=True, attrs={"lit": True}), Keyframe(4, Box(4, 0, 9, 5))]
    )
    video = Item(id="v.mp4", name="v.mp4", media=VideoMedia(width=100, height=50, frames=9))
    marks = [Mark(id="g", label="c", geometry=track)]
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="c", name="c")]), [ItemMarks(video, marks)])
    report = formats.write(dataset, tmp_path / "t.json", "label-studio")
    assert {(x.code, x.source, x.count) for x in report.losses} == {
        ("flags_dropped", "track:occluded", 1), ("attrs_dropped", "track:lit", 1),
    }  # fmt: skip
