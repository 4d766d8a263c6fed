"""Property tests of COCO, YOLO and VOC: what a format holds comes back, what it does not is counted in the report.

What each format keeps is stated here once more, independently of the writers (``expected``).
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doujia import formats
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.contract import LOSS_CODES
from doujia.marks import (
    Box,
    Cuboid2D,
    Ellipse,
    ImageMedia,
    Interval,
    Item,
    ItemMarks,
    Keyframe,
    Keypoints,
    LabelClass,
    Mark,
    Nothing,
    Origin,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Relation,
    RotatedBox,
    Schema,
    Track,
    raster,
    rle,
)  # fmt: skip

WIDTH, HEIGHT = 64, 48
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6)
PROFILE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def eighths(low: int, high: int) -> st.SearchStrategy[float]:
    """Numbers that binary arithmetic keeps exactly, so that equal means equal."""
    return st.integers(low * 8, high * 8).map(lambda n: n / 8)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = draw(eighths(0, 40)), draw(eighths(0, 30))
    return Box(x0, y0, x0 + draw(eighths(1, 24)), y0 + draw(eighths(1, 18)))


@st.composite
def rings(draw: st.DrawFn) -> list[float]:
    box = draw(boxes())
    return [box.x0, box.y0, box.x1, box.y0, draw(eighths(0, WIDTH)), draw(eighths(0, HEIGHT)), box.x0, box.y1]


@st.composite
def masks(draw: st.DrawFn) -> Any:
    return raster.mask_of(draw(boxes().filter(lambda b: b.x1 - b.x0 > 2 and b.y1 - b.y0 > 2)), HEIGHT, WIDTH)


POLYGON = rings().map(lambda r: Polygon([PolygonPart(r)]))
PARTS = st.lists(rings().map(PolygonPart), min_size=2, max_size=3).map(Polygon)
HOLED = st.builds(lambda a, b: Polygon([PolygonPart(a, [b])]), rings(), rings())
TURNED = st.builds(
    RotatedBox,
    eighths(25, 35),
    eighths(20, 28),
    eighths(2, 15),
    eighths(2, 15),
    st.sampled_from([0.0, 0.5, -1.25, 3.0]),
)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "box": boxes(),
    "polygon": POLYGON,
    "parts": PARTS,
    "holed": HOLED,
    "mask": masks(),
    "obox": TURNED,
    "ellipse": st.builds(Ellipse, eighths(25, 35), eighths(20, 28), eighths(2, 10), eighths(2, 10)),
    "keypoints": st.builds(Keypoints, st.lists(eighths(1, 40), min_size=4, max_size=4), st.just([2, 1])),
    "polyline": st.builds(Polyline, st.lists(eighths(0, 40), min_size=4, max_size=4)),
    "points": st.builds(Points, st.lists(eighths(0, 40), min_size=2, max_size=2)),
    "cuboid2": st.builds(
        Cuboid2D,
        st.lists(eighths(0, 40), min_size=8, max_size=8),
        st.lists(eighths(0, 40), min_size=8, max_size=8),
    ),
    "interval": st.just(Interval(1, 2)),
    "none": st.just(Nothing()),
    "track": boxes().map(lambda b: Track([Keyframe(0, b)])),
}

ATTRS = st.dictionaries(
    WORDS,
    st.one_of(st.booleans(), st.integers(-9, 9), eighths(0, 9), WORDS, st.lists(WORDS, max_size=2)),
    max_size=2,
)


@st.composite
def marks(draw: st.DrawFn, number: int, kinds: list[str], plain: bool) -> tuple[str, Mark]:
    kind = draw(st.sampled_from(kinds))
    mark = Mark(id=str(number), geometry=draw(KINDS[kind]), label=draw(st.sampled_from(["车", "b<&\"'>"])))
    if not plain:
        mark.attrs = draw(ATTRS)
        mark.score = draw(st.none() | eighths(0, 1))
        mark.flags = draw(
            st.lists(st.sampled_from(["occluded", "truncated", "ignore", "uncertain"]), unique=True)
        )
        mark.text = draw(st.none() | WORDS)
        mark.group = draw(st.none() | st.just("g"))
        mark.z = draw(st.integers(0, 2))
        mark.origin = draw(st.none() | st.just(Origin(by="model", model="m@1")))
        mark.ext = draw(st.sampled_from([{}, {}, {"cvat": {"k": 1}}]))
    return kind, mark


@st.composite
def datasets(draw: st.DrawFn, kinds: list[str], plain: bool = False) -> tuple[MemoryDataset, list[list[str]]]:
    items, shapes, number = [], [], 0
    for i in range(draw(st.integers(1, 3))):
        pairs = []
        for _ in range(draw(st.integers(0, 4))):
            number += 1
            pairs.append(draw(marks(number, kinds, plain)))
        name = draw(st.sampled_from(["a", "相册/图 1", "x/y z"])) + f"{i}.png"
        item = Item(
            id=str(i + 1),
            name=name,
            media=ImageMedia(width=WIDTH, height=HEIGHT),
            split=draw(st.sampled_from([None, "train", "val"])),
        )
        items.append(ItemMarks(item, [m for _, m in pairs], []))
        shapes.append([k for k, _ in pairs])
    schema = Schema(
        classes=[
            LabelClass(id="b<&\"'>", name="b<&\"'>"),
            LabelClass(id="车", name="车"),
            LabelClass(id="空", name="空"),
        ]
    )
    return MemoryDataset(schema, items), shapes


def written(
    data: MemoryDataset, name: str, suffix: str = "", **extra: str
) -> tuple[Any, dict[str, ItemMarks], Any]:
    """Write with every loss allowed, read again: the report, the items by name, the dataset read."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"out{suffix}"
        report = formats.write(
            data, target, name, WriteOptions(allow_loss=frozenset(LOSS_CODES), extra=extra)
        )
        back = formats.read(target, name)
        found = {b.item.name: b for b in back}
        assert [p for p in back.problems if p.severity == "error"] == []
        return report, found, back


def counts(report: Any) -> Counter[str]:
    total: Counter[str] = Counter()
    for loss in report.losses:
        total[loss.code] += loss.count
    return total


@PROFILE
@given(datasets([k for k in KINDS if k != "keypoints"]))
def test_coco(case: tuple[MemoryDataset, list[list[str]]]) -> None:
    data, shapes = case
    report, found, back = written(data, "coco", ".json")
    assert [c.id for c in back.schema.classes] == [c.id for c in data.schema.classes]
    lost: Counter[str] = Counter()
    for bundle, kinds in zip(data, shapes, strict=True):
        kept = []
        for mark, kind in zip(bundle.marks, kinds, strict=True):
            caption = kind == "none" and mark.text is not None
            if kind in ("polyline", "points", "cuboid2", "interval") or (kind == "none" and not caption):
                lost["geometry_dropped"] += 1
                continue
            if kind == "track":
                lost["track_dropped"] += 1
                continue
            lost["mask_rasterised"] += kind == "holed"
            lost["geometry_changed"] += kind in ("obox", "ellipse")
            lost["ext_dropped"] += "cvat" in mark.ext
            kept.append(mark)
        read = found[bundle.item.name]
        assert read.item.split == bundle.item.split and read.item.media == bundle.item.media
        assert len(read.marks) == len(kept)
        for before, after in zip(kept, read.marks, strict=True):
            for field in ("id", "geometry", "label", "text", "attrs", "group", "z", "score", "origin"):
                assert getattr(after, field) == getattr(before, field), field
            assert set(after.flags) == set(before.flags)
    assert counts(report) == +lost


def yolo_losses(kinds: list[list[str]], data: MemoryDataset) -> Counter[str]:
    lost: Counter[str] = Counter()
    for bundle, shapes in zip(data, kinds, strict=True):
        for mark, kind in zip(bundle.marks, shapes, strict=True):
            if kind in ("polyline", "points", "cuboid2", "interval", "none", "track"):
                continue
            lost["attrs_dropped"] += bool(mark.attrs)
            lost["score_dropped"] += mark.score is not None
            lost["ignore_dropped"] += "ignore" in mark.flags
            lost["flags_dropped"] += len(set(mark.flags) - {"ignore"})
            lost["text_dropped"] += mark.text is not None
            lost["group_dropped"] += mark.group is not None
            lost["z_dropped"] += bool(mark.z)
            lost["origin_dropped"] += mark.origin is not None
            lost["ext_dropped"] += "cvat" in mark.ext
    return lost


GONE = {"polyline": "geometry_dropped", "points": "geometry_dropped", "cuboid2": "geometry_dropped", "interval": "geometry_dropped",
        "none": "geometry_dropped", "track": "track_dropped"}  # fmt: skip
WAYS = {
    "yolo-detect": {**GONE, **dict.fromkeys(("polygon", "parts", "holed", "mask", "obox", "ellipse"), "geometry_reduced")},
    "yolo-seg": {**GONE, "box": "geometry_changed", "mask": "geometry_changed", "obox": "geometry_changed", "parts": "parts_joined",
                 "holed": "holes_dropped", "ellipse": "polygon_resampled"},
    "yolo-obb": {**GONE, "box": "geometry_changed", **dict.fromkeys(("polygon", "parts", "holed", "mask", "ellipse"), "geometry_reduced")},
}  # fmt: skip
HELD = {"yolo-detect": "box", "yolo-seg": "polygon", "yolo-obb": "obox"}


@pytest.mark.parametrize("name", list(WAYS))
@PROFILE
@given(datasets([k for k in KINDS if k != "keypoints"]))
def test_yolo(name: str, case: tuple[MemoryDataset, list[list[str]]]) -> None:
    data, shapes = case
    report, found, back = written(data, name)
    lost = yolo_losses(shapes, data)
    for kinds in shapes:
        for kind in kinds:
            if kind in WAYS[name]:
                lost[WAYS[name][kind]] += 1
    # What a turned or drawn shape reaches beyond the picture is clipped, which depends on its place.
    reported = counts(report)
    for code in ("coordinate_clipped", "out_of_image", "marks_dropped"):
        reported.pop(code, None)
    assert reported == +lost
    assert [c.name for c in back.schema.classes] == [c.name for c in data.schema.classes]
    for bundle, kinds in zip(data, shapes, strict=True):
        read = found[bundle.item.name]
        assert (read.item.split, read.item.media, read.item.status) == (
            bundle.item.split,
            bundle.item.media,
            "done",
        )
        if all(k == HELD[name] for k in kinds) and len(read.marks) == len(kinds):
            for before, after in zip(bundle.marks, read.marks, strict=True):
                assert after.label == before.label
                assert flat(after.geometry) == pytest.approx(flat(before.geometry), abs=1e-6)


@pytest.mark.parametrize("name", list(HELD))
@PROFILE
@given(st.data())
def test_yolo_without_loss_is_without_loss(name: str, data: st.DataObject) -> None:
    case, _ = data.draw(datasets([HELD[name]], plain=True))
    report, found, _ = written(case, name)
    assert counts(report) - Counter(coordinate_clipped=99) == Counter()
    assert report.marks == sum(len(b.marks) for b in case) == sum(len(b.marks) for b in found.values())


def flat(geometry: Any) -> list[float]:
    if isinstance(geometry, Polygon):
        return [c for p in geometry.parts for c in p.outer]
    return [getattr(geometry, f) for f in geometry.__struct_fields__]


@PROFILE
@given(datasets([k for k in KINDS if k != "keypoints"]))
def test_voc_boxes(case: tuple[MemoryDataset, list[list[str]]]) -> None:
    data, shapes = case
    report, found, back = written(data, "voc", rounding="none")
    lost: Counter[str] = Counter()
    zero_based = formats_zero(data, shapes)
    for bundle, kinds in zip(data, shapes, strict=True):
        kept = []
        for mark, kind in zip(bundle.marks, kinds, strict=True):
            if kind in GONE:
                lost[GONE[kind]] += 1
                continue
            lost["geometry_reduced"] += kind != "box"
            for code, set_ in (("score", mark.score is not None), ("text", mark.text is not None), ("group", mark.group is not None),
                               ("z", bool(mark.z)), ("origin", mark.origin is not None), ("ext", "cvat" in mark.ext),
                               ("flags", "uncertain" in mark.flags)):  # fmt: skip
                lost[f"{code}_dropped"] += set_
            kept.append((mark, kind))
        read = found[bundle.item.name]
        assert (read.item.split, read.item.media) == (bundle.item.split, bundle.item.media)
        assert len(read.marks) == len(kept)
        for (before, kind), after in zip(kept, read.marks, strict=True):
            assert (after.label, after.attrs) == (before.label, before.attrs)
            assert set(after.flags) == set(before.flags) - {"uncertain"}
            if kind == "box" and zero_based:
                assert after.geometry == before.geometry
    assert counts(report) == +lost
    assert [c.name for c in back.schema.classes] == [c.name for c in data.schema.classes]


def formats_zero(data: MemoryDataset, shapes: list[list[str]]) -> bool:
    """A box with a 0 or a fraction tells a reader that pixels count from 0."""
    return any(
        any(v == 0 or v % 1 for v in flat(m.geometry))
        for b, kinds in zip(data, shapes, strict=True)
        for m, k in zip(b.marks, kinds, strict=True)
        if k == "box"
    )


@PROFILE
@given(datasets(["mask"], plain=True))
def test_voc_masks(case: tuple[MemoryDataset, list[list[str]]]) -> None:
    data, _ = case
    alone = MemoryDataset(data.schema, [ItemMarks(b.item, b.marks[:1], []) for b in data])
    report, found, _ = written(alone, "voc", masks="yes")
    assert counts(report) == Counter()
    for bundle in alone:
        assert [m.geometry for m in found[bundle.item.name].marks] == [m.geometry for m in bundle.marks]


def test_relations_and_items_that_are_not_done_are_counted() -> None:
    media = ImageMedia(width=WIDTH, height=HEIGHT)
    items = [
        ItemMarks(
            Item(id="1", name="a.png", media=media), [], [Relation(id="r", type="t", source="1", target="2")]
        ),
        ItemMarks(Item(id="2", name="b.png", media=media, status="unseen"), [], []),
        ItemMarks(
            Item(id="3", name="c.wav", media=msgspec.convert({"kind": "audio"}, formats_media())), [], []
        ),
    ]
    for name, suffix in (("coco", ".json"), ("yolo", ""), ("voc", "")):
        report, found, _ = written(MemoryDataset(Schema(), items), name, suffix)
        assert counts(report) == Counter(relation_dropped=1, not_done_skipped=1, items_dropped=1)
        assert list(found) == ["a.png"]


def formats_media() -> Any:
    from doujia.marks import Media

    return Media


def test_masks_survive_coco_exactly() -> None:
    mask = rle.encode(rle.decode(raster.mask_of(Box(3, 4, 30, 31), HEIGHT, WIDTH)))
    item = ItemMarks(
        Item(id="1", name="a.png", media=ImageMedia(width=WIDTH, height=HEIGHT)),
        [Mark(id="1", geometry=mask, label="a")],
    )
    _, found, _ = written(MemoryDataset(Schema(classes=[LabelClass(id="a")]), [item]), "coco", ".json")
    assert found["a.png"].marks[0].geometry == mask
