"""Every rule of a schema, one broken mark at a time."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from doujia.marks import (
    At,
    Attribute,
    AudioMedia,
    Box,
    Candidate,
    ConversationMedia,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    ImageMedia,
    Interval,
    Item,
    Keyframe,
    Keypoints,
    LabelClass,
    Mark,
    Mask,
    Message,
    Nothing,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    Rating,
    Relation,
    RelationType,
    RotatedBox,
    Schema,
    Skeleton,
    Span,
    Spans,
    TextMedia,
    Track,
    VideoMedia,
)  # fmt: skip
from doujia.marks.validate import validate

SCHEMA = Schema(
    classes=[LabelClass(id="车", kinds=["box", "polygon", "track"]), LabelClass(id="人", skeleton="s"), LabelClass(id="物", abstract=True),
             LabelClass(id="牌", max=1)],
    attributes=[
        Attribute(id="颜色", type="choice", values=["红", "蓝"], classes=["车"]),
        Attribute(id="门", type="int", min=2, max=5), Attribute(id="长", type="float"), Attribute(id="停", type="bool", mutable=True),
        Attribute(id="号", type="text", pattern=r"[A-Z]\d+"), Attribute(id="朝", type="choices", values=["东", "西"]),
        Attribute(id="姓", type="text", required=True, classes=["人"], name="姓名"),
        Attribute(id="原因", type="text", required=True, when={"停": True}),
        Attribute(id="天气", type="choice", values=["雨"], scope="item", required=True),
    ],
    skeletons=[Skeleton(id="s", names=["a", "b"])],
    relations=[RelationType(id="属于", sources=["人"], targets=["车"])],
)  # fmt: skip
PICTURE = Item(id="1", media=ImageMedia(width=100, height=80))
CLIP = Item(id="1", media=VideoMedia(width=100, height=80, frames=10))
TEXT = Item(id="1", media=TextMedia(text="张三😀在𠮷野家吃饭"))
SOUND = Item(id="1", media=AudioMedia(samples=100, sample_rate=10, channels=1))
CHAT = Item(id="1", media=ConversationMedia(messages=[Message(id="m", role="user", content="你好")],
                                            candidates=[Candidate(id="A", messages=[]), Candidate(id="B", messages=[])]))  # fmt: skip
FREE = Schema()


def mark(geometry: Any = None, label: str | None = "车", **fields: Any) -> Mark:
    return Mark(id="1", geometry=Box(1, 1, 9, 9) if geometry is None else geometry, label=label, **fields)


def found(
    marks: list[Mark], schema: Schema = SCHEMA, item: Item | None = PICTURE, **options: Any
) -> list[tuple[str, str | None]]:
    return [(p.code, p.field) for p in validate(marks, schema, item, **options)]


@pytest.mark.parametrize(
    ("broken", "code", "field"),
    [
        (mark(label="狗"), "class_unknown", "label"), (mark(label=None), "class_missing", "label"),
        (mark(label="物"), "class_abstract", "label"), (mark(Points([1, 1])), "kind_not_allowed", "geometry"),
        (mark(attrs={"高": 1}), "attribute_unknown", "attrs.高"), (mark(attrs={"颜色": "绿"}), "attribute_value", "attrs.颜色"),
        (mark(attrs={"颜色": 3}), "attribute_type", "attrs.颜色"), (mark(attrs={"门": 2.5}), "attribute_type", "attrs.门"),
        (mark(attrs={"门": True}), "attribute_type", "attrs.门"), (mark(attrs={"门": 9}), "attribute_range", "attrs.门"),
        (mark(attrs={"长": "4"}), "attribute_type", "attrs.长"), (mark(attrs={"长": math.inf}), "number_not_finite", "attrs.长"),
        (mark(attrs={"停": "是", "原因": "x"}), "attribute_not_applicable", "attrs.原因"),
        (mark(attrs={"停": True}), "attribute_missing", "attrs.原因"), (mark(attrs={"号": "7"}), "attribute_pattern", "attrs.号"),
        (mark(attrs={"号": 7}), "attribute_type", "attrs.号"), (mark(attrs={"朝": ["东", "北"]}), "attribute_value", "attrs.朝"),
        (mark(attrs={"朝": ["东", "东"]}), "attribute_value", "attrs.朝"), (mark(attrs={"朝": "东"}), "attribute_type", "attrs.朝"),
        (mark(label="人"), "attribute_missing", "attrs.姓"), (mark(label="牌", attrs={"颜色": "红"}), "attribute_not_for_class", "attrs.颜色"),
        (mark(flags=["ugly"]), "flag_unknown", "flags"), (mark(score=1.5), "score_range", "score"),
        (mark(Box(9, 1, 1, 9)), "box_inverted", "geometry"), (mark(Box(1, 1, math.nan, 9)), "number_not_finite", "geometry"),
        (mark(Box(1, 1, 1.5, 9)), "too_small", "geometry"), (mark(Box(200, 1, 300, 9)), "outside_picture", "geometry"),
        (mark(Polygon([PolygonPart([1, 1, 2, 2])])), "points_count", "geometry"), (mark(Polygon([])), "points_count", "geometry"),
        (mark(Polygon([PolygonPart([1, 1, 9, math.nan, 9, 9])])), "number_not_finite", "geometry"),
        (mark(Polygon([PolygonPart([1, 1, 5, 5, 9, 9])])), "too_small", "geometry"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_each_rule_names_mark_and_field(broken: Mark, code: str, field: str) -> None:
    problems = [p for p in validate([broken], SCHEMA, PICTURE) if p.code == code]
    assert [(p.mark, p.field, p.severity) for p in problems] == [("1", field, "error")]
    assert problems[0].zh and problems[0].en and problems[0].zh != problems[0].en


@pytest.mark.parametrize(
    ("geometry", "item", "code"),
    [
        (RotatedBox(5, 5, 0, 4), PICTURE, "too_small"), (RotatedBox(5, 5, math.inf, 4), PICTURE, "number_not_finite"),
        (RotatedBox(500, 5, 4, 4), PICTURE, "outside_picture"), (Ellipse(5, 5, 0.1, 4), PICTURE, "too_small"),
        (Polyline([1, 1]), PICTURE, "points_count"), (Points([1, 1, 2]), PICTURE, "points_count"),
        (Cuboid2D([0] * 6, [0] * 8), PICTURE, "points_count"), (Mask((3, 4), "421O3"), PICTURE, "mask_shape"),
        (Keypoints([1, 1], [2], "s"), PICTURE, "points_count"), (Keypoints([1, 1, 2, 2], [0, 0], "s"), PICTURE, "points_count"),
        (Keypoints([1, 1, 2, 2], [2, 3], "s"), PICTURE, "keypoint_visibility"),
        (Cuboid3D((0, 0, 0), (1, 0, 1)), None, "too_small"), (Cuboid3D((0, 0, 0), (1, 1, 1), (2, 0, 0, 0)), None, "quaternion_norm"),
        (Span(4, 12), TEXT, "span_range"), (Span(3, 3), TEXT, "span_range"), (Span(5, 8, "𠮷野家"), TEXT, "quote_mismatch"),
        (Spans([(0, 2), (1, 3)]), TEXT, "span_range"), (Interval(5, 5), SOUND, "interval_range"),
        (Interval(5, 101), SOUND, "interval_range"), (Interval(5, 9, channel=1), SOUND, "interval_channel"),
        (Interval(5, 11), CLIP, "interval_range"), (Ranking([["A"], ["A", "B"]]), CHAT, "ranking_order"),
        (Ranking([["A"]]), CHAT, "ranking_order"), (Rating(6), None, "rating_range"), (Track([]), CLIP, "track_keyframes"),
        (Track([Keyframe(3, Box(1, 1, 9, 9)), Keyframe(3, Box(1, 1, 9, 9))]), CLIP, "track_keyframes"),
        (Track([Keyframe(3, Box(1, 1, 9, 9)), Keyframe(10, Box(1, 1, 9, 9))]), CLIP, "track_keyframes"),
        (Track([Keyframe(3, Box(1, 1, 9, 9)), Keyframe(4, Points([1, 1]))]), CLIP, "track_keyframes"),
        (Track([Keyframe(3, Box(9, 1, 1, 9))]), CLIP, "box_inverted"),
    ],
)  # fmt: skip
def test_geometry_of_every_kind(geometry: Any, item: Item | None, code: str) -> None:
    schema = msgspec.structs.replace(FREE, skeletons=SCHEMA.skeletons)
    assert found([mark(geometry, None)], schema, item) == [(code, "geometry")]


@pytest.mark.parametrize(
    ("geometry", "item"),
    [(Span(4, 7, "𠮷野家"), TEXT), (Spans([(0, 2), (4, 7)], "张三𠮷野家"), TEXT), (Interval(0, 100), SOUND), (Rating(3), None),
     (Ranking([["B"], ["A"]]), CHAT), (Keypoints([1, 1, 500, 2], [2, 0], "s"), PICTURE), (Nothing(), PICTURE),
     (Track([Keyframe(0, Box(1, 1, 9, 9)), Keyframe(9, Box(9, 1, 1, 9), outside=True)]), CLIP), (Box(-0.4, 0, 100.5, 80), PICTURE)],
)  # fmt: skip
def test_sound_geometry_is_not_complained_about(geometry: Any, item: Item | None) -> None:
    assert found([mark(geometry, None)], FREE, item) == []


def test_reaching_over_the_border_and_doubles_are_warnings() -> None:
    problems = validate(
        [mark(Box(-5, 1, 9, 9)), msgspec.structs.replace(mark(Box(-5, 1, 9, 9.2)), id="2")], SCHEMA, PICTURE
    )
    assert [(p.code, p.severity, p.mark) for p in problems] == [
        ("beyond_picture", "warn", "1"), ("beyond_picture", "warn", "2"), ("doubled", "warn", "2"),
    ]  # fmt: skip


def test_ids_counts_and_emptiness() -> None:
    signs = [msgspec.structs.replace(mark(Box(i, 1, i + 5, 9), "牌"), id=str(i)) for i in (1, 2)]
    assert found(signs) == [("too_many", "label")]
    assert found([mark(), mark(Box(5, 5, 50, 50))]) == [("id_duplicated", "id")]
    assert found([msgspec.structs.replace(mark(), id="")]) == [("id_missing", "id")]
    assert found([], Schema(empty_allowed=False)) == [("empty_not_allowed", None)]
    assert found([], Schema(classes=[LabelClass(id="x", min=1)])) == [("too_few", "label")]


@pytest.mark.parametrize(
    ("relation", "code"),
    [(("1", "有", "2"), "relation_unknown"), (("1", "属于", "9"), "relation_end_missing"), (("1", "属于", "1"), "relation_to_itself"),
     (("2", "属于", "1"), "relation_classes"), (("1", "属于", "2"), None)],
)  # fmt: skip
def test_relations(relation: tuple[str, str, str], code: str | None) -> None:
    marks = [
        Mark(id="1", geometry=Box(1, 1, 9, 9), label="人", attrs={"姓": "王"}),
        Mark(id="2", geometry=Box(20, 1, 30, 9), label="车"),
    ]
    arrow = Relation(id="r", source=relation[0], type=relation[1], target=relation[2])
    assert found(marks, relations=[arrow]) == ([(code, "relations")] if code else [])


def test_attributes_of_the_item_and_of_tracks() -> None:
    assert found([], item_attrs={}) == [("attribute_missing", "attrs.天气")]
    assert found([], item_attrs={"天气": "雪"}) == [("attribute_value", "attrs.天气")]
    assert found([], item_attrs={"天气": "雨"}) == []
    frames = [
        Keyframe(0, Box(1, 1, 9, 9), attrs={"停": False}),
        Keyframe(5, Box(1, 1, 9, 9), attrs={"颜色": "红"}),
    ]
    assert found([mark(Track(frames))], item=CLIP) == [("attribute_not_mutable", "attrs.颜色")]


def test_places_within_the_item() -> None:
    assert found([mark(at=At(frame=10))], item=CLIP) == [("place_unknown", "at")]
    assert found([mark(at=At(frame=9))], item=CLIP) == []
    here, there = (mark(Span(0, 2, "你好"), None, at=At(message=m)) for m in ("m", "n"))
    assert found([here], FREE, CHAT) == [] and found([there], FREE, CHAT) == [("place_unknown", "at")]
