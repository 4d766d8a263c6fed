"""Our output opened by Datumaro: COCO of all tasks, VOC, YOLO, CVAT, KITTI, MOT, ICDAR, WIDER FACE and its own format."""

from __future__ import annotations

import pytest
from roundtrip import ALL

from doujia import formats
from doujia.formats import MemoryDataset, WriteOptions
from doujia.marks import (
    Attribute,
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    ImageMedia,
    Item,
    ItemMarks,
    Keyframe,
    Keypoints,
    LabelClass,
    Mark,
    Mask,
    Nothing,
    PointsMedia,
    Polygon,
    PolygonPart,
    Schema,
    Skeleton,
    Track,
    VideoMedia,
)
from peers import ask, pictures

pytestmark = pytest.mark.peers

READ = """
import json, sys, warnings
warnings.filterwarnings("ignore")
from datumaro.components.dataset import Dataset
from datumaro.components.annotation import AnnotationType
found = Dataset.import_from(sys.argv[1], sys.argv[2])
known = found.categories().get(AnnotationType.label)
def place(a):
    if a.type.name in ("bbox", "polygon", "polyline", "points", "ellipse"):
        return [round(float(p), 2) for p in a.points]
    if a.type.name == "cuboid_2d":
        return [[round(float(c), 2) for c in p] for p in a.points]
    if a.type.name == "mask":
        image = a.image() if callable(a.image) else a.image
        return [[int(v) for v in row] for row in image]
    if a.type.name == "cuboid_3d":
        return [round(float(v), 2) for v in (*a.position, *a.rotation, *a.scale)]
    return getattr(a, "caption", None)
rows = []
for item in found:
    for a in item.annotations:
        label = getattr(a, "label", None)
        rows.append([item.id, a.type.name, place(a), None if label is None else known[label].name])
print("ROWS" + json.dumps([sorted(i.id for i in found), rows]))
"""
SIZE = (64, 48)
BOX = ["图 1", "bbox", [10, 12, 30, 36], "车"]
RING = ["图 1", "polygon", [10.25, 10, 50, 10, 50, 40.5], "人"]
NAMES = ("图 1.jpg", "b.jpg")


def dataset(*marks, split=None, classes=("车", "人"), skeleton=None):
    """Two pictures, the second without marks."""
    media = ImageMedia(width=SIZE[0], height=SIZE[1])
    schema = Schema(
        classes=[LabelClass(id=n, name=n, skeleton="body" if skeleton else None) for n in classes],
        attributes=[Attribute(id="colour", type="text")],
        skeletons=[Skeleton(id="body", names=skeleton)] if skeleton else [],
    )
    items = [
        ItemMarks(Item(id=n, name=n, media=media, split=split), found)
        for n, found in zip(NAMES, (list(marks), []), strict=True)
    ]
    return MemoryDataset(schema, items)


def both(**options):
    return dataset(
        Mark(id="1", label="车", geometry=Box(10, 12, 30, 36), attrs={"colour": "red"}),
        Mark(id="2", label="人", geometry=Polygon([PolygonPart([10.25, 10, 50, 10, 50, 40.5])])),
        **options,
    )


def test_its_own_format(tmp_path):
    formats.write(both(), tmp_path / "d", "datumaro", ALL)
    pictures(tmp_path / "d" / "images" / "default", SIZE, *NAMES)
    assert ask("datumaro", READ, tmp_path / "d", "datumaro") == [["b", "图 1"], [BOX, RING]]


def test_its_own_format_in_space(tmp_path):
    cloud = Cuboid3D((9.5, -2, 0.75), (4.2, 1.8, 1.5), (1, 0, 0, 0))
    item = Item(id="a.pcd", name="a.pcd", media=ImageMedia())
    data = MemoryDataset(
        Schema(classes=[LabelClass(id="车", name="车")]), [ItemMarks(item, [Mark(id="1", label="车", geometry=cloud)])]
    )  # fmt: skip
    formats.write(data, tmp_path / "d", "datumaro", ALL)
    _, rows = ask("datumaro", READ, tmp_path / "d", "datumaro")
    assert rows == [["a", "cuboid_3d", [9.5, -2, 0.75, 0, 0, 0, 4.2, 1.8, 1.5], "车"]]


def test_its_own_ellipse_and_box_in_perspective(tmp_path):
    """Datumaro keeps an ellipse as the box around it. Its projection and its drawing number the ground face first."""
    front, back = [10.0, 20, 30, 20, 30, 40, 10, 40], [15.0, 15, 35, 15, 35, 35, 15, 35]
    data = dataset(
        Mark(id="1", label="车", geometry=Ellipse(20, 30, 10, 5)),
        Mark(id="2", label="人", geometry=Cuboid2D(front, back)),
    )
    formats.write(data, tmp_path / "d", "datumaro", ALL)
    pictures(tmp_path / "d" / "images" / "default", SIZE, *NAMES)
    _, rows = ask("datumaro", READ, tmp_path / "d", "datumaro")
    drawn = [[10, 40], [15, 35], [35, 35], [30, 40], [10, 20], [15, 15], [35, 15], [30, 20]]
    assert rows == [["图 1", "ellipse", [10, 25, 30, 35], "车"], ["图 1", "cuboid_2d", drawn, "人"]]


def test_coco_instances(tmp_path):
    formats.write(both(split="train"), tmp_path / "c", "coco")
    pictures(tmp_path / "c/images/train", SIZE, *NAMES)
    names, rows = ask("datumaro", READ, tmp_path / "c", "coco_instances")
    assert names == ["b", "图 1"]
    # Datumaro makes a box of its own from a polygon's bbox.
    own_box = ["图 1", "bbox", [10.25, 10, 50, 40.5], "人"]
    assert sorted(rows, key=lambda r: (r[1], r[3])) == sorted(
        [BOX, RING, own_box], key=lambda r: (r[1], r[3])
    )


def test_coco_masks_and_holes(tmp_path):
    # columns 1 and 2 of rows 1 and 2, and the ring of pixels around the hole (2, 1)
    outer, hole = [10.0, 0, 13, 0, 13, 3, 10, 3], [11.0, 1, 12, 1, 12, 2, 11, 2]
    data = dataset(
        Mark(id="1", label="车", geometry=Mask((48, 64), formats_mask())),
        Mark(id="2", label="人", geometry=Polygon([PolygonPart(outer, [hole])])),
        split="train",
    )
    formats.write(data, tmp_path / "c", "coco", ALL)
    pictures(tmp_path / "c/images/train", SIZE, *NAMES)
    _, rows = ask("datumaro", READ, tmp_path / "c", "coco_instances")
    pixels = {label: {(x, y) for y, row in enumerate(image) for x, v in enumerate(row) if v} for _, kind, image, label in rows if kind == "mask"}  # fmt: skip
    ring = {(x, y) for x in (10, 11, 12) for y in (0, 1, 2)} - {(11, 1)}
    assert pixels == {"车": {(1, 1), (1, 2), (2, 1), (2, 2)}, "人": ring}


def formats_mask():
    import numpy as np

    from doujia.marks import rle

    pixels = np.zeros((48, 64), bool)
    pixels[1:3, 1:3] = True
    return rle.encode(pixels).counts


def test_coco_keypoints(tmp_path):
    points = Keypoints([10, 11, 20, 21, 0, 0], [2, 1, 0], "body")
    data = dataset(
        Mark(id="1", label="人", geometry=points, group="1"),
        Mark(id="2", label="人", geometry=Box(5, 6, 30, 40), group="1"),
        split="train", skeleton=["头", "手", "脚"],
    )  # fmt: skip
    formats.write(data, tmp_path / "c", "coco", ALL)
    place = tmp_path / "c" / "annotations"
    (place / "instances_train.json").rename(place / "person_keypoints_train.json")
    pictures(tmp_path / "c/images/train", SIZE, *NAMES)
    _, rows = ask("datumaro", READ, tmp_path / "c", "coco_person_keypoints")
    assert ["图 1", "points", [10, 11, 20, 21, 0, 0], "人"] in rows
    assert ["图 1", "bbox", [5, 6, 30, 40], "人"] in rows


def test_coco_captions(tmp_path):
    formats.write(dataset(Mark(id="1", geometry=Nothing(), text="两辆车"), split="train"), tmp_path / "c", "coco", ALL)  # fmt: skip
    place = tmp_path / "c" / "annotations"
    (place / "instances_train.json").rename(place / "captions_train.json")
    pictures(tmp_path / "c/images/train", SIZE, *NAMES)
    _, rows = ask("datumaro", READ, tmp_path / "c", "coco_captions")
    assert rows == [["图 1", "caption", "两辆车", None]]


def test_coco_panoptic(tmp_path):
    formats.write(
        dataset(Mark(id="1", label="车", geometry=Mask((48, 64), formats_mask()))), tmp_path / "c", "coco-panoptic", ALL
    )  # fmt: skip
    pictures(tmp_path / "c/images/default", SIZE, *NAMES)
    _, rows = ask("datumaro", READ, tmp_path / "c", "coco_panoptic")
    pixels = [{(x, y) for y, row in enumerate(r[2]) for x, v in enumerate(row) if v} for r in rows]
    assert [r[3] for r in rows] == ["车"]
    assert pixels == [{(1, 1), (1, 2), (2, 1), (2, 2)}]


def test_voc_boxes(tmp_path):
    # Datumaro takes VOC's numbers as they stand, so with 0-based fractions it sees the same place.
    half = dataset(Mark(id="1", label="车", geometry=Box(1.5, 2, 11.5, 22)), split="train")
    formats.write(half, tmp_path / "v", "voc", WriteOptions(extra={"rounding": "none"}))
    pictures(tmp_path / "v/JPEGImages", SIZE, *NAMES)
    names, rows = ask("datumaro", READ, tmp_path / "v", "voc_detection")
    assert (names, rows) == (["b", "图 1"], [["图 1", "bbox", [1.5, 2, 11.5, 22], "车"]])


def test_voc_masks(tmp_path):
    data = dataset(Mark(id="1", label="车", geometry=Mask((48, 64), formats_mask())), split="train")
    formats.write(
        data, tmp_path / "v", "voc", WriteOptions(allow_loss=ALL.allow_loss, extra={"masks": "yes"})
    )
    pictures(tmp_path / "v/JPEGImages", SIZE, *NAMES)
    _, rows = ask("datumaro", READ, tmp_path / "v", "voc_instance_segmentation")
    pixels = [({(x, y) for y, row in enumerate(r[2]) for x, v in enumerate(row) if v}, r[3]) for r in rows if r[1] == "mask"]  # fmt: skip
    assert pixels == [({(1, 1), (1, 2), (2, 1), (2, 2)}, "车")]


@pytest.mark.parametrize("split", ["train", None])
def test_yolo_boxes(split, tmp_path):
    data = dataset(Mark(id="1", label="车", geometry=Box(10, 12, 30, 36)), split=split)
    formats.write(data, tmp_path / "y", "yolo-detect", ALL)
    pictures(tmp_path / "y/images/train", SIZE, *NAMES)
    assert ask("datumaro", READ, tmp_path / "y", "yolo") == [["b", "图 1"], [BOX]]


def test_cvat_pictures(tmp_path):
    pictures(tmp_path / "c" / "images", SIZE, *NAMES)
    formats.write(both(), tmp_path / "c" / "annotations.xml", "cvat", ALL)
    assert ask("datumaro", READ, tmp_path / "c", "cvat") == [["b", "图 1"], [BOX, RING]]


def test_kitti(tmp_path):
    formats.write(both(), tmp_path / "k", "kitti", ALL)
    pictures(tmp_path / "k" / "image_2", SIZE, *NAMES)
    reduced = ["图 1", "bbox", [10.25, 10, 50, 40.5], "人"]
    assert ask("datumaro", READ, tmp_path / "k", "kitti_detection") == [["b", "图 1"], [BOX, reduced]]


def test_kitti_raw_tracklets(tmp_path):
    boxes = [Cuboid3D((9.5 + t, -2, 0.75), (4.25, 1.75, 1.5), (1, 0, 0, 0)) for t in range(2)]
    items = [
        ItemMarks(
            Item(id=str(t), name=f"{t:010d}.bin", media=PointsMedia(), index=t),
            [Mark(id="7", label="车", geometry=box, group="7")],
        )
        for t, box in enumerate(boxes)
    ]
    formats.write(
        MemoryDataset(Schema(classes=[LabelClass(id="车", name="车")]), items),
        tmp_path / "k",
        "kitti-raw",
        ALL,
    )
    _, rows = ask("datumaro", READ, tmp_path / "k", "kitti_raw")
    # Datumaro keeps the numbers of the file: the middle of the bottom face, no turn, and h, w, l.
    assert [r[1:] for r in rows] == [
        ["cuboid_3d", [9.5 + t, -2, 0, 0, 0, 0, 1.5, 1.75, 4.25], "车"] for t in range(2)
    ]


@pytest.mark.parametrize("name", ["mot", "cvat"])
def test_tracks_frame_by_frame(name, tmp_path):
    video = Item(id="s", name="s", media=VideoMedia(width=640, height=480, frames=5, fps_num=25))
    track = Track([Keyframe(0, Box(0, 0, 10, 10)), Keyframe(4, Box(40, 0, 50, 10))])
    schema = Schema(classes=[LabelClass(id="车", name="车")])
    data = MemoryDataset(schema, [ItemMarks(video, [Mark(id="7", label="车", geometry=track)])])
    target = tmp_path / ("m" if name == "mot" else "v.xml")
    formats.write(data, target, name, ALL)
    place, kind = (target / "s", "mot_seq") if name == "mot" else (target, "cvat")
    _, rows = ask("datumaro", READ, place, kind)
    assert [r[2] for r in rows] == [[10 * t, 0, 10 * t + 10, 10] for t in range(5)]


def test_icdar(tmp_path):
    ring = Polygon([PolygonPart([10, 10, 50, 10, 50, 20, 10, 20.0])])
    data = dataset(Mark(id="1", label="text", geometry=ring, text="出口"), classes=("text",))
    formats.write(data, tmp_path / "i" / "train", "icdar", ALL)
    assert ask("datumaro", READ, tmp_path / "i", "icdar_text_localization") == [
        ["b", "图 1"],
        [["图 1", "polygon", [10, 10, 50, 10, 50, 20, 10, 20], None]],
    ]


def test_wider_face(tmp_path):
    mark = Mark(id="1", label="face", geometry=Box(10, 12, 30, 36))
    items = [
        ItemMarks(Item(id=n, name=n, media=ImageMedia()), m) for n, m in (("0--游行/图 1.jpg", [mark]), ("0--游行/b.jpg", []))
    ]  # fmt: skip
    (tmp_path / "w" / "wider_face_split").mkdir(parents=True)
    target = tmp_path / "w" / "wider_face_split" / "wider_face_train_bbx_gt.txt"
    formats.write(MemoryDataset(Schema(classes=[LabelClass(id="face")]), items), target, "wider-face", ALL)
    pictures(tmp_path / "w" / "WIDER_train" / "images", SIZE, "0--游行/图 1.jpg", "0--游行/b.jpg")
    names, rows = ask("datumaro", READ, tmp_path / "w", "wider_face")
    assert names == ["b", "图 1"]
    assert [r for r in rows if r[1] == "bbox"] == [["图 1", "bbox", [10, 12, 30, 36], "face"]]
