"""Strategies for marks and the exact check of a round trip: what comes back, and what the report must say.

``check`` writes with every loss allowed, reads again, and compares with ``stripped``, an independent statement of what a
format with given ``Holds`` keeps; the report must hold exactly the counted rest.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path

import msgspec
from hypothesis import strategies as st

from doujia import formats
from doujia.formats.contract import LOSS_CODES, MemoryDataset, WriteOptions
from doujia.formats.output import Holds
from doujia.marks import (
    At,
    Attribute,
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
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
    PointLabels3D,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    Rating,
    Relation,
    RotatedBox,
    Schema,
    Skeleton,
    Span,
    Spans,
    Track,
)

ALL = WriteOptions(allow_loss=frozenset(LOSS_CODES))
CLASSES = ("car", "行人", "traffic light")
WIDTH, HEIGHT = 640, 480

coordinate = st.floats(0, 480, allow_nan=False).map(lambda v: round(v, 4) + 0.0)
size = st.floats(1, 100).map(lambda v: round(v, 4))
angle = st.floats(-1.5, 1.5).map(lambda v: round(v, 5) + 0.0)
words = st.text(st.sampled_from("abc 车'\"<>&;,\\é😀"), min_size=1, max_size=8).map(str.strip).filter(bool)


@st.composite
def rings(draw):
    """A simple ring: corners on a circle at growing angles, so that it has an area."""
    n = draw(st.integers(3, 6))
    cx, cy, r = draw(coordinate), draw(coordinate), draw(size)
    return [
        round(c, 4) + 0.0
        for i in range(n)
        for c in (cx + r * math.cos(2 * math.pi * i / n), cy + r * math.sin(2 * math.pi * i / n))
    ]


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, round(x + w, 4), round(y + h, 4)), coordinate, coordinate, size, size
)
oboxes = st.builds(RotatedBox, coordinate, coordinate, size, size, angle)
ellipses = st.builds(Ellipse, coordinate, coordinate, size, size, angle)
polygons = rings().map(lambda r: Polygon([PolygonPart(r)]))
holed = st.builds(lambda a, b, c: Polygon([PolygonPart(a, [b]), PolygonPart(c)]), rings(), rings(), rings())
pairs = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=5).map(
    lambda p: [c for q in p for c in q]
)
polylines = pairs.map(Polyline)
points = pairs.map(Points)
keypoints = st.lists(st.tuples(coordinate, coordinate, st.sampled_from([1, 2])), min_size=3, max_size=3).map(
    lambda p: Keypoints([c for q in p for c in q[:2]], [q[2] for q in p], "body")
)
masks = st.sampled_from([Mask((3, 4), "421O3"), Mask((3, 4), "01;")])
cuboids2 = st.lists(coordinate, min_size=16, max_size=16).map(lambda c: Cuboid2D(c[:8], c[8:]))
cuboids3 = st.builds(
    lambda c, s, a: Cuboid3D(tuple(c), tuple(s), (math.cos(a / 2), 0.0, 0.0, math.sin(a / 2))),
    st.lists(coordinate, min_size=3, max_size=3),
    st.lists(size, min_size=3, max_size=3),
    angle,
)
spans = st.builds(lambda s, n: Span(s, s + n, "x" * n), st.integers(0, 20), st.integers(1, 9))
intervals = st.builds(
    lambda s, n, c: Interval(s, s + n, c),
    st.integers(0, 9999),
    st.integers(1, 999),
    st.sampled_from([None, 0, 1]),
)
tracks = st.lists(boxes, min_size=1, max_size=4).map(
    lambda b: Track(
        [Keyframe(3 * i, g, outside=i == 3, attrs={"lit": True} if i else {}) for i, g in enumerate(b)]
    )
)
anything = st.one_of(
    st.just(Nothing()), boxes, oboxes, polygons, holed, polylines, points, keypoints, masks, ellipses, cuboids2, cuboids3,
    st.just(PointLabels3D("ab" * 32)), spans, st.just(Spans([(0, 2), (4, 5)], "abc")), intervals, tracks,
    st.just(Ranking([["a"], ["b", "c"]])), st.just(Rating(3.5)),
)  # fmt: skip

typed_attrs = st.fixed_dictionaries({"colour": words, "lit": st.booleans(), "n": st.integers(0, 9)})


@st.composite
def marks(draw, geometry, *, labels=CLASSES, rich=True, attrs=typed_attrs):
    """A mark; ``rich`` fills every field now and then."""

    def maybe(strategy, default=None):
        return draw(strategy) if rich and draw(st.booleans()) else default

    return Mark(
        id="",
        geometry=draw(geometry),
        label=draw(st.sampled_from(labels)),
        text=maybe(words),
        attrs=maybe(attrs, {}),
        at=maybe(st.builds(At, frame=st.integers(0, 9))),
        group=maybe(st.integers(1, 9).map(str)),
        z=maybe(st.integers(1, 5), 0),
        score=maybe(st.floats(0, 1).map(lambda v: round(v, 4))),
        flags=maybe(
            st.lists(st.sampled_from(["occluded", "truncated", "ignore", "uncertain"]), unique=True), []
        ),
        origin=maybe(st.just(Origin(by="model", model="det@3"))),
        ext=maybe(st.just({"other": {"k": 1}}), {}),
    )


@st.composite
def datasets(
    draw, geometry, *, labels=CLASSES, media=None, rich=True, min_marks=0, max_marks=4, attrs=typed_attrs,
    suffix=".jpg",
):  # fmt: skip
    """A small dataset of pictures in two folders, some without marks."""
    items = []
    for i in range(draw(st.integers(1, 3))):
        mark = marks(geometry, labels=labels, rich=rich, attrs=attrs)
        found = draw(st.lists(mark, min_size=min_marks, max_size=max_marks))
        for k, m in enumerate(found):
            m.id = f"m{k}" if rich else str(k + 1)
        name = f"相册 {i % 2}/图 {i}{suffix}"
        relations = []
        if rich and len(found) >= 2 and draw(st.booleans()):
            relations = [Relation(id="r1", type="on", source=found[0].id, target=found[1].id)]
        item = Item(
            id=f"i{i}" if rich else name,
            name=name,
            media=media or ImageMedia(width=WIDTH, height=HEIGHT),
            split="train" if rich and draw(st.booleans()) else None,
            attrs={"weather": "rain"} if rich and draw(st.booleans()) else {},
        )
        items.append(ItemMarks(item, found, relations))
    schema = Schema(
        classes=[LabelClass(id=n, name=n, skeleton="body") for n in labels],
        attributes=[
            Attribute(id="colour", name="colour", type="text"),
            Attribute(id="lit", name="lit", type="bool", mutable=True),
            Attribute(id="n", name="n", type="int"),
        ],
        skeletons=[Skeleton(id="body", names=["head", "hand", "foot"])],
    )
    return MemoryDataset(schema, items)


def expected_losses(dataset, holds: Holds) -> Counter:
    """Count by hand what a format with ``holds`` loses besides geometry."""
    lost = Counter()
    for bundle in dataset:
        item = bundle.item
        if item.attrs and not holds.item_attrs:
            lost["item_attrs_dropped"] += 1
        if item.split and not holds.split:
            lost["split_dropped"] += 1
        if bundle.relations and not holds.relations:
            lost["relation_dropped"] += len(bundle.relations)
        for m in bundle.marks:
            for name in ("text", "score", "group", "origin"):
                if getattr(m, name) is not None and not getattr(holds, name):
                    lost[f"{name}_dropped"] += 1
            if m.z and not holds.z:
                lost["z_dropped"] += 1
            if m.at and not holds.at:
                lost["place_dropped"] += 1
            if m.attrs and not holds.attrs:
                lost["attrs_dropped"] += 1
            for f in m.flags:
                if f not in holds.flags:
                    lost["ignore_dropped" if f == "ignore" else "flags_dropped"] += 1
            lost["ext_dropped"] += sum(s not in holds.ext for s in m.ext)
    return +lost


def stripped(bundle: ItemMarks, holds: Holds) -> list[Mark]:
    """The marks as a format with ``holds`` must give them back."""
    return [
        Mark(
            id=m.id if holds.ids else str(number),
            geometry=m.geometry,
            label=m.label,
            text=m.text if holds.text else None,
            attrs=m.attrs if holds.attrs else {},
            at=m.at if holds.at else None,
            group=m.group if holds.group else None,
            z=m.z if holds.z else 0,
            score=m.score if holds.score else None,
            flags=sorted(f for f in m.flags if f in holds.flags),
            origin=m.origin if holds.origin else None,
            ext={k: v for k, v in m.ext.items() if k in holds.ext},
        )
        for number, m in enumerate(bundle.marks, 1)
    ]


def close(a, b, tolerance: float) -> bool:
    """Equal structures up to ``tolerance`` in their numbers."""
    if isinstance(a, float) or isinstance(b, float):
        return a is not None and b is not None and abs(a - b) <= tolerance
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[k], b[k], tolerance) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(close(x, y, tolerance) for x, y in zip(a, b, strict=True))
    return a == b


BY_FIELD = frozenset(
    f"{n}_dropped"
    for n in (
        "text", "score", "group", "origin", "z", "place", "attrs", "flags", "ignore", "ext", "item_attrs", "split",
        "relation",
    )
)  # fmt: skip


def check(
    name: str,
    dataset,
    target: Path,
    holds: Holds,
    *,
    tolerance: float = 0.0,
    options=ALL,
    read=None,
    ordered=True,
):
    """Write, read, compare; returns what was read and the report."""
    report = formats.write(dataset, target, name, options)
    counted = Counter()
    for loss in report.losses:
        if loss.code in BY_FIELD:
            counted[loss.code] += loss.count
    assert counted == expected_losses(dataset, holds)
    back = formats.read(target, name, read)
    got = {b.item.name: b for b in back}
    assert not list(back.problems), list(back.problems)
    names = [b.item.name for b in dataset]
    assert (names if ordered else sorted(names)) == (list(got) if ordered else sorted(got))
    for bundle in dataset:
        returned = got[bundle.item.name].marks
        expected = stripped(bundle, holds)
        assert len(returned) == len(expected)
        for r, e in zip(returned, expected, strict=True):
            r.flags = sorted(r.flags)
            assert close(msgspec.to_builtins(r), msgspec.to_builtins(e), tolerance), f"\n{r}\n{e}"
    assert report.marks == sum(len(b.marks) for b in dataset)
    assert report.items == len(got)
    return back, report


def samples(*parts: str) -> Path | None:
    """A folder of other tools' sample files (see ../shared/data), or None where it is not."""
    roots = [os.environ.get("DOUJIA_SHARED"), *(p / "shared" for p in Path(__file__).parents)]
    found = [Path(r, "data", "formats", *parts) for r in roots if r]
    return next((p for p in found if p.exists()), None)
