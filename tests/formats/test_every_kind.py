"""Every format × every kind of mark: what the format holds comes back equal, and each mark of any other kind is accounted for.

``holds`` of each format is compared with its page in docs (``test_every_format``); here it is compared with what files do.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from roundtrip import ALL, close

from doujia import formats
from doujia.errors import LossRefused
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.contract import STOPPING_LOSSES
from doujia.marks import (
    At,
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
    ItemMarks,
    Keyframe,
    Keypoints,
    LabelClass,
    Mark,
    Message,
    Nothing,
    PointLabels3D,
    Points,
    PointsMedia,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    Rating,
    RotatedBox,
    Schema,
    Skeleton,
    Span,
    Spans,
    TextMedia,
    Track,
    VideoMedia,
    raster,
)
from doujia.marks.interpolate import expand

WIDTH, HEIGHT = 640, 480
TEXT = "张三在𠮷野家吃饭😀后去了上海"
NAMES = [n for n in formats.names() if formats.get(n).read and formats.get(n).write]
SUFFIX = {
    "coco": "a.json", "doujia-jsonl": "a.jsonl", "parquet": "a.parquet", "cvat": "a.xml", "wider-face": "a.txt",
    "ppocr": "a.txt", "conll": "a.conll", "doccano": "a.jsonl", "chat-jsonl": "a.jsonl", "dpo-jsonl": "a.jsonl",
    "kto-jsonl": "a.jsonl", "prm-jsonl": "a.jsonl", "ranking-jsonl": "a.jsonl",
}  # fmt: skip
TOLERANCE = 1e-5
"""px and radians; the coarsest are YOLO's ten decimals of a share, seen through the corners of a turned box."""

near = st.integers(40, 200).map(float)
length = st.integers(4, 60).map(float)


@st.composite
def boxes(draw):
    x, y = draw(near), draw(near)
    return Box(x, y, x + draw(length), y + draw(length))


@st.composite
def rings(draw):
    """Corners at growing angles around a middle: a simple ring within the picture."""
    cx, cy, count = draw(near), draw(near), draw(st.integers(3, 7))
    reach = [draw(st.integers(5, 35)) for _ in range(count)]
    turn = [2 * math.pi * i / count for i in range(count)]
    return [
        round(v, 3) for r, a in zip(reach, turn, strict=True) for v in (cx + r * math.cos(a), cy + r * math.sin(a))
    ]  # fmt: skip


def upright(box):
    """A box as four points, which is all that ICDAR has room for."""
    return Polygon([PolygonPart([box.x0, box.y0, box.x1, box.y0, box.x1, box.y1, box.x0, box.y1])])


flat = st.lists(st.tuples(near, near), min_size=2, max_size=5, unique=True).map(
    lambda p: [c for q in p for c in q]
)
KINDS = {
    "none": st.just(Nothing()),
    "box": boxes(),
    "obox": st.builds(RotatedBox, near, near, length, length, st.sampled_from([-1.2, -0.3, 0.4, 1.3])),
    "polygon": rings().map(lambda r: Polygon([PolygonPart(r)])),
    "polyline": flat.map(Polyline),
    "points": st.builds(lambda x, y: Points([x, y]), near, near),
    "keypoints": st.lists(st.tuples(near, near, st.sampled_from([1, 2])), min_size=3, max_size=3).map(
        lambda p: Keypoints([c for q in p for c in q[:2]], [q[2] for q in p])
    ),
    "mask": boxes().map(lambda b: raster.mask_of(b, HEIGHT, WIDTH)),
    "ellipse": st.builds(Ellipse, near, near, length, length),
    "cuboid2": st.lists(near, min_size=16, max_size=16).map(lambda c: Cuboid2D(c[:8], c[8:])),
    "track": st.lists(boxes(), min_size=1, max_size=3).map(
        lambda b: Track([Keyframe(4 * i, g) for i, g in enumerate(b)])
    ),
    "interval": st.builds(lambda s, n: Interval(s, s + n), st.integers(0, 5000), st.integers(1, 900)),
    "span": st.builds(lambda s, n: Span(s, s + n, TEXT[s : s + n]), st.integers(0, 9), st.integers(1, 3)),
    "spans": st.just(Spans([(0, 2), (7, 9)], "张三吃饭")),
    "cuboid3": st.builds(
        lambda x, y, a: Cuboid3D((x, y - 100, 0.5), (4.5, 2.0, 1.5), (math.cos(a), 0.0, 0.0, math.sin(a))),
        near, near, st.sampled_from([-0.7, 0.0, 0.3, 1.2]),
    ),
    "points3": st.just(PointLabels3D("ab" * 32)),
    "ranking": st.just(Ranking([["chosen"], ["rejected"]])),
    "rating": st.just(Rating(1.0, 0.0, 1.0)),
}  # fmt: skip
INSTEAD = {
    ("icdar", "polygon"): boxes().map(upright),
}
MEDIA = {
    "track": VideoMedia(width=WIDTH, height=HEIGHT, frames=12, fps_num=25),
    "interval": AudioMedia(samples=16_000, sample_rate=16_000),
    **dict.fromkeys(("span", "spans"), TextMedia(text=TEXT)),
    **dict.fromkeys(("cuboid3", "points3"), PointsMedia()),
    **dict.fromkeys(
        ("ranking", "rating"),
        ConversationMedia(
            messages=[Message(id="m1", role="user", content="问")],
            candidates=[
                Candidate(id=c, messages=[Message(id=f"{c}1", role="assistant", content=f"答 {c}")])
                for c in ("chosen", "rejected")
            ],
        ),
    ),
}
OTHER_MEDIA = {("doccano", "none"): TextMedia(text=TEXT), ("mot", "box"): MEDIA["track"]}
"""Media of marks that could be in several, for formats that are about one."""

PLACES = {
    ("kto-jsonl", "rating"): At(message="chosen"),
    ("prm-jsonl", "rating"): At(message="chosen1"),
    ("mot", "box"): At(frame=3),
}
LABEL = {"wider-face": "face", "ppocr": "text", "icdar": "text"}
NEEDS_TEXT = ("ppocr", "icdar", "textgrid")
ONE = {"conll": 1, "prm-jsonl": 1, "dpo-jsonl": 1, "ranking-jsonl": 1, "coco-panoptic": 1, "mot": 1, "voc": 1}
"""Formats in which marks may be in each other's way (spans that overlap, pixels, one judgement a dialogue): one mark."""

AS_ANOTHER = Counter(
    {
        "geometry_dropped", "geometry_reduced", "geometry_changed", "polygon_resampled", "mask_rasterised", "track_dropped",
        "class_unmapped",
    }
)  # fmt: skip
GONE = ("geometry_dropped", "track_dropped", "class_unmapped")
REPORTED_TOO = {("coco", "obox"), ("coco", "ellipse"), ("mot", "track")}
"""Held, but in another form than other readers see (a key of ours beside a ring) or edit (frames instead of keyframes)."""

NEW_BOX = {("yolo-pose", "keypoints"), ("kitti-3d", "cuboid3")}
"""The format wants a box beside it, which comes back as a mark of its own, and the report says so."""


EXTRA = {"voc": {"masks": "yes"}}


@st.composite
def datasets(draw, name, kind):
    strategy = INSTEAD.get((name, kind), KINDS[kind])
    found = draw(st.lists(strategy, min_size=1, max_size=ONE.get(name, 3), unique_by=repr))
    label = None if kind in ("ranking", "rating") else LABEL.get(name, "车")
    at = PLACES.get((name, kind))
    marks = [
        Mark(
            id=str(i), label=label, geometry=g, at=at, text="字" if name in NEEDS_TEXT else None
        )
        for i, g in enumerate(found[:1] if kind in ("ranking", "rating") else found, 1)
    ]  # fmt: skip
    media = OTHER_MEDIA.get((name, kind)) or MEDIA.get(kind)
    item = Item(id="1", name="相册/图 1.jpg", media=media or ImageMedia(width=WIDTH, height=HEIGHT))
    skeletons = [Skeleton(id=label or "", names=["头", "手", "脚"])] if kind == "keypoints" else []
    classes = [LabelClass(id=label, name=label, skeleton=label if skeletons else None)] if label else []
    return MemoryDataset(Schema(classes=classes, skeletons=skeletons), [ItemMarks(item, marks)])


OF_PICTURES = [n for n in NAMES if n != "mot" and formats.get(n).holds & {"box", "polygon", "mask", "obox"}]


@pytest.mark.parametrize("name", OF_PICTURES)
def test_how_a_picture_was_turned_comes_back_or_is_counted(name):
    kind = next(k for k in ("box", "polygon", "mask", "obox") if k in formats.get(name).holds)
    geometry = {
        "box": Box(10, 10, 50, 40),
        "polygon": Polygon([PolygonPart([10.0, 10, 50, 10, 50, 40, 10, 40])]),
        "mask": raster.mask_of(Box(10, 10, 50, 40), HEIGHT, WIDTH),
        "obox": RotatedBox(60, 60, 20, 10, 0.3),
    }[kind]
    label = LABEL.get(name, "车")
    marks = [Mark(id="1", label=label, geometry=geometry, text="字" if name in NEEDS_TEXT else None)]
    media = ImageMedia(width=WIDTH, height=HEIGHT, exif_orientation=6)
    item = Item(id="a.jpg", name="a.jpg", media=media)
    dataset = MemoryDataset(Schema(classes=[LabelClass(id=label, name=label)]), [ItemMarks(item, marks)])
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / SUFFIX.get(name, "out")
        report = formats.write(dataset, target, name, ALL)
        turned = [b.item.media.exif_orientation for b in formats.read(target, name)]
    counted = sum(x.count for x in report.losses if x.code == "orientation_dropped")
    assert (turned, counted) in (([6], 0), ([1], 1))


def place(geometry):
    """A geometry as plain values; a track as its boxes frame by frame, because formats of frames choose keyframes anew.

    Left out is what follows from the schema (a skeleton's name) and the sign of a quaternion.
    """
    if isinstance(geometry, Track):
        return {"frames": [[s.t, *msgspec.structs.astuple(s.geometry)] for s in expand(geometry, 11)]}
    values = msgspec.to_builtins(geometry)
    values.pop("skeleton", None)
    if values["kind"] == "cuboid3" and values.get("q", [1])[0] < 0:
        values["q"] = [-v for v in values["q"]]
    return values


def written(name, kind, dataset, folder):
    """Write with every loss allowed: the path, the report, the counts by code."""
    target = Path(folder) / SUFFIX.get(name, "a")
    options = WriteOptions(allow_loss=ALL.allow_loss, extra=EXTRA.get(name, {}))
    report = formats.write(dataset, target, name, options)
    count = Counter()
    for loss in report.losses:
        count[loss.code] += loss.count
    return target, report, count


def refuses_what_it_should(name, dataset, count, folder):
    """Without leave, losses that stop leave nothing behind and every other one lets pass."""
    target = Path(folder) / "again" / SUFFIX.get(name, "a")
    stops = STOPPING_LOSSES & count.keys()
    if stops:
        with pytest.raises(LossRefused) as refused:
            formats.write(dataset, target, name, WriteOptions(extra=EXTRA.get(name, {})))
        assert stops <= {loss.code for loss in refused.value.report.losses}
    else:
        formats.write(dataset, target, name, WriteOptions(extra=EXTRA.get(name, {})))
    assert target.exists() is not bool(stops)


@pytest.mark.parametrize(
    ("name", "kind"), [(n, k) for n in NAMES for k in KINDS if k in formats.get(n).holds]
)
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_kind_that_is_held_comes_back(name, kind, data):
    dataset = data.draw(datasets(name, kind))
    marks = dataset.items[0].marks
    with tempfile.TemporaryDirectory() as folder:
        target, report, count = written(name, kind, dataset, folder)
        assert sum(count[code] for code in AS_ANOTHER) == (
            len(marks) if (name, kind) in REPORTED_TOO else 0
        ), count
        assert count["marks_dropped"] == 0
        assert count["box_added"] == (len(marks) if (name, kind) in NEW_BOX else 0)
        assert report.marks == len(marks)
        back = [m for bundle in formats.read(target, name) for m in bundle.marks]
        if (name, kind) in NEW_BOX:
            assert sum(isinstance(m.geometry, Box) for m in back) == len(marks)
            back = [m for m in back if not isinstance(m.geometry, Box)]
        if kind == "interval":  # files of sound are in the order of time
            marks, back = (sorted(x, key=lambda m: (m.geometry.start, m.geometry.end)) for x in (marks, back))
        assert [m.label for m in back] == [m.label for m in marks]
        for before, after in zip(marks, back, strict=True):
            assert close(place(before.geometry), place(after.geometry), TOLERANCE), after.geometry
        refuses_what_it_should(name, dataset, count, folder)


@pytest.mark.parametrize(
    ("name", "kind"), [(n, k) for n in NAMES for k in KINDS if k not in formats.get(n).holds]
)
@given(data=st.data())
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_kind_that_is_not_held_is_accounted_for_mark_by_mark(name, kind, data):
    dataset = data.draw(datasets(name, kind))
    if name in ("labelme", "x-anylabeling"):  # they hold the ellipses that are circles
        assume(
            not any(
                isinstance(m.geometry, Ellipse) and m.geometry.rx == m.geometry.ry
                for m in dataset.items[0].marks
            )
        )
    number = len(dataset.items[0].marks)
    with tempfile.TemporaryDirectory() as folder:
        target, report, count = written(name, kind, dataset, folder)
        if count["items_dropped"]:
            assert (count["items_dropped"], count["marks_dropped"], report.marks) == (1, number, 0)
        else:
            assert sum(count[code] for code in AS_ANOTHER) == number, count
            gone = sum(count[code] for code in GONE)
            assert gone in (0, number) and report.marks == number - gone
        if report.marks:
            back = [m for bundle in formats.read(target, name) for m in bundle.marks]
            assert len(back) >= number  # a skeleton may have become several points
            assert not {m.geometry.__struct_config__.tag for m in back} - formats.get(name).holds
        refuses_what_it_should(name, dataset, count, folder)


PAGES = Path(__file__).parents[2] / "docs" / "user" / "formats"
HOLE = Polygon([PolygonPart([40.0, 40, 90, 40, 90, 90, 40, 90], [[50.0, 50, 60, 50, 60, 60, 50, 60]])])
PIECES = Polygon([PolygonPart([40.0, 40, 90, 40, 90, 90]), PolygonPart([140.0, 40, 190, 40, 190, 90])])
ROWS = {
    "box": Box(40, 40, 90, 90), "polygon": Polygon([PolygonPart([40.0, 40, 90, 40, 90, 90])]), "parts": PIECES, "holes": HOLE,
    "mask": raster.mask_of(Box(40, 40, 90, 90), HEIGHT, WIDTH), "rotated box": RotatedBox(90, 90, 40, 20, 0.5),
    "ellipse": Ellipse(90, 90, 40, 20), "keypoints": Keypoints([40.0, 40, 90, 90, 60, 60], [2, 1, 2]),
    "others": Polyline([40.0, 40, 90, 90]),
}  # fmt: skip


@pytest.mark.parametrize("task", ["detect", "seg", "obb", "pose"])
def test_the_page_of_yolo_says_what_becomes_of_each_kind(task, tmp_path):
    lines = (PAGES / "yolo.md").read_text("utf-8").splitlines()
    table = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    column = table[0].index(task)
    said = {row[0].split(" · ")[-1]: row[column] for row in table if len(row) > column}
    for number, (row, geometry) in enumerate(ROWS.items()):
        mark = Mark(id="1", label="车", geometry=geometry)
        schema = Schema(
            classes=[LabelClass(id="车", name="车")], skeletons=[Skeleton(id="车", names=["头", "手", "脚"])]
        )
        item = Item(id="1", name="a.jpg", media=ImageMedia(width=WIDTH, height=HEIGHT))
        report = formats.write(
            MemoryDataset(schema, [ItemMarks(item, [mark])]), tmp_path / str(number), f"yolo-{task}", ALL
        )
        found = {loss.code for loss in report.losses} - {"schema_dropped", "id_renumbered"}
        named = {code for code in re.findall(r"`([a-z_]+)`", said[row])}
        assert found == {c for c in named if c != "parts_split"}, (row, said[row])
        assert bool(re.match("yes", said[row])) is not bool(found - {"box_added"}), (row, said[row])


TRACK = Track([Keyframe(0, Box(40, 40, 90, 90)), Keyframe(4, Box(50, 40, 99, 90))])
OTHER_ROWS = [
    ("coco", "box, polygon in parts, mask", {}, [ROWS["box"], PIECES, ROWS["mask"]]),
    ("coco", "keypoints", {}, [ROWS["keypoints"]]),
    ("coco", "rotated box, ellipse", {}, [ROWS["rotated box"], ROWS["ellipse"]]),
    ("coco", "holes", {}, [HOLE]),
    ("coco", "polyline, points, cuboid, interval, track", {}, [ROWS["others"], Points([4.0, 4]), Interval(0, 3), TRACK]),
    ("coco-panoptic", "mask", {}, [ROWS["mask"]]),
    ("coco-panoptic", "box, polygon, rotated box, ellipse", {}, [ROWS["box"], PIECES, ROWS["rotated box"], ROWS["ellipse"]]),
    ("coco-panoptic", "others", {}, [ROWS["keypoints"], ROWS["others"], TRACK]),
    ("voc", "box", {}, [Box(40.25, 40, 90, 90)]),
    ("voc", "polygon, mask, rotated box, ellipse", {}, [PIECES, ROWS["mask"], ROWS["rotated box"], ROWS["ellipse"]]),
    ("voc", "polygon, mask, rotated box, ellipse", {"masks": "yes"}, [PIECES, ROWS["rotated box"], ROWS["ellipse"]]),
    ("voc", "keypoints", {}, [ROWS["keypoints"]]),
    ("voc", "others", {}, [ROWS["others"], Interval(0, 3)]),
]  # fmt: skip
BESIDE = {"schema_dropped", "id_renumbered", "size_dropped", "coordinate_rounded"}
"""Said elsewhere on the page, or once for all rows."""


@pytest.mark.parametrize(("name", "row", "extra", "geometries"), OTHER_ROWS, ids=lambda v: str(v)[:30])
def test_the_pages_of_coco_and_voc_say_what_becomes_of_each_kind(name, row, extra, geometries, tmp_path):
    lines = (PAGES / f"{name}.md").read_text("utf-8").splitlines()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    told = next(" ".join(c[1:]) for c in cells if c[0].split(" · ")[-1] == row)
    named = set(re.findall(r"`([a-z_]+)`", told))
    for number, geometry in enumerate(geometries):
        skeletons = [Skeleton(id="车", names=["头", "手", "脚"])] if isinstance(geometry, Keypoints) else []
        schema = Schema(
            classes=[LabelClass(id="车", name="车", skeleton="车" if skeletons else None)],
            skeletons=skeletons,
        )
        item = Item(id="1", name="a.jpg", media=ImageMedia(width=WIDTH, height=HEIGHT))
        dataset = MemoryDataset(schema, [ItemMarks(item, [Mark(id="1", label="车", geometry=geometry)])])
        target = tmp_path / f"{number}{'.json' if name == 'coco' else ''}"
        report = formats.write(dataset, target, name, WriteOptions(allow_loss=ALL.allow_loss, extra=extra))
        found = {loss.code for loss in report.losses} - BESIDE
        assert found <= named, (geometry, found, told)
        lost = {c for c in ("geometry_dropped", "geometry_reduced", "track_dropped") if c in named}
        if lost and not extra and not told.startswith("yes"):
            assert found & lost, (geometry, told)


def test_every_format_that_is_read_and_written_is_here():
    one_way = {n for n in formats.names() if n not in NAMES}
    assert one_way == {"template", "elan", "labelme-xml"}
    assert set(KINDS) == formats.get("doujia-jsonl").holds
