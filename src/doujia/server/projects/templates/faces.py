"""Face outline and features with 68 and with 106 points.

The layouts are the two the field uses (iBUG 300-W; the 106-point layout with pupils). The templates are our own: a face
drawn with a few curves in the unit square, so that the figure can be placed at once and then put right point by point.
"""

from __future__ import annotations

import math

from doujia.marks import LabelClass, Schema, Skeleton

__all__ = ["FACE_68", "FACE_106", "TEMPLATES"]

Point = tuple[float, float]


def _arc(x0: float, x1: float, y: float, lift: float, count: int) -> list[Point]:
    """Points from left to right on a shallow curve that rises by ``lift`` in its middle."""
    steps = [i / (count - 1) for i in range(count)]
    return [(x0 + (x1 - x0) * t, y - lift * math.sin(math.pi * t)) for t in steps]


def _jaw(count: int) -> list[Point]:
    """The outline from the left temple over the chin to the right temple."""
    points = []
    for i in range(count):
        t = math.pi * (1 - i / (count - 1))
        x = 0.5 + 0.44 * math.cos(t) * (1 - 0.1 * math.sin(t) ** 4)
        points.append((x, 0.34 + 0.62 * math.sin(t) ** 1.15))
    return points


def _eye(cx: float, cy: float) -> list[Point]:
    """Six points: outer or inner corner, upper lid twice, other corner, lower lid twice, from left to right and back."""
    w, h = 0.085, 0.03
    return [
        (cx - w, cy),
        (cx - w / 3, cy - h),
        (cx + w / 3, cy - h),
        (cx + w, cy),
        (cx + w / 3, cy + h),
        (cx - w / 3, cy + h),
    ]


def _mouth() -> tuple[list[Point], list[Point]]:
    outer = [
        *_arc(0.34, 0.66, 0.77, 0.035, 7),
        *[(x, 1.54 - y + 0.02) for x, y in reversed(_arc(0.34, 0.66, 0.77, 0.045, 7)[1:-1])],
    ]
    inner = [
        *_arc(0.37, 0.63, 0.772, 0.008, 5),
        *[(x, 1.544 - y) for x, y in reversed(_arc(0.37, 0.63, 0.772, 0.012, 5)[1:-1])],
    ]
    return outer, inner


def _flat(points: list[Point]) -> list[float]:
    return [round(v, 4) for p in points for v in p]


def _line(first: int, last: int, *, closed: bool = False) -> list[tuple[int, int]]:
    pairs = [(i, i + 1) for i in range(first, last)]
    return [*pairs, (last, first)] if closed else pairs


def _mirror(ranges: list[tuple[list[int], list[int]]]) -> list[tuple[int, int]]:
    return [(a, b) for left, right in ranges for a, b in zip(left, right, strict=True)]


def _numbered(groups: list[tuple[str, str, int]], language: str) -> list[str]:
    return [f"{zh if language == 'zh' else en} {i + 1}" for zh, en, count in groups for i in range(count)]


def _face_68() -> Skeleton:
    outer, inner = _mouth()
    nose = [(0.5, 0.42 + 0.06 * i) for i in range(4)]
    base = [(0.42 + 0.04 * i, 0.655 + 0.018 * math.sin(math.pi * i / 4)) for i in range(5)]
    points = [
        *_jaw(17), *_arc(0.17, 0.42, 0.36, 0.05, 5), *_arc(0.58, 0.83, 0.36, 0.05, 5), *nose, *base, *_eye(0.3, 0.44), *_eye(0.7, 0.44), *outer, *inner,
    ]  # fmt: skip
    groups = [
        ("轮廓", "jaw", 17), ("左眉", "left brow", 5), ("右眉", "right brow", 5), ("鼻梁", "nose bridge", 4), ("鼻底", "nose base", 5),
        ("左眼", "left eye", 6), ("右眼", "right eye", 6), ("外唇", "outer lip", 12), ("内唇", "inner lip", 8),
    ]  # fmt: skip
    edges = [
        *_line(0, 16), *_line(17, 21), *_line(22, 26), *_line(27, 30), *_line(31, 35), *_line(36, 41, closed=True), *_line(42, 47, closed=True),
        *_line(48, 59, closed=True), *_line(60, 67, closed=True),
    ]  # fmt: skip
    flip = _mirror([
        (list(range(8)), list(range(16, 8, -1))), (list(range(17, 22)), list(range(26, 21, -1))), ([31, 32], [35, 34]),
        ([36, 37, 38, 39, 40, 41], [45, 44, 43, 42, 47, 46]), ([48, 49, 50, 59, 58], [54, 53, 52, 55, 56]), ([60, 61, 67], [64, 63, 65]),
    ])  # fmt: skip
    names = _numbered(groups, "en")
    return Skeleton(
        id="face-68",
        names=names,
        point_names={"zh": _numbered(groups, "zh"), "en": names},
        edges=edges,
        flip=flip,
        template=_flat(points),
    )


def _face_106() -> Skeleton:
    outer, inner = _mouth()
    left_top, right_top = _arc(0.17, 0.42, 0.36, 0.05, 5), _arc(0.58, 0.83, 0.36, 0.05, 5)
    left_low, right_low = _arc(0.21, 0.42, 0.375, 0.028, 4), _arc(0.58, 0.79, 0.375, 0.028, 4)
    points = [
        *_jaw(33), *left_top, *right_top, *[(0.5, 0.42 + 0.06 * i) for i in range(4)],
        *[(0.42 + 0.04 * i, 0.655 + 0.018 * math.sin(math.pi * i / 4)) for i in range(5)], *_eye(0.3, 0.44), *_eye(0.7, 0.44), *left_low, *right_low,
        (0.3, 0.408), (0.3, 0.472), (0.3, 0.44), (0.7, 0.408), (0.7, 0.472), (0.7, 0.44),
        (0.455, 0.44), (0.545, 0.44), (0.43, 0.57), (0.57, 0.57), (0.4, 0.63), (0.6, 0.63), *outer, *inner, (0.302, 0.441), (0.698, 0.441),
    ]  # fmt: skip
    groups = [
        ("轮廓", "outline", 33), ("左眉上", "left brow top", 5), ("右眉上", "right brow top", 5), ("鼻梁", "nose bridge", 4), ("鼻底", "nose base", 5),
        ("左眼", "left eye", 6), ("右眼", "right eye", 6), ("左眉下", "left brow bottom", 4), ("右眉下", "right brow bottom", 4),
        ("左眼中", "left eye middle", 3), ("右眼中", "right eye middle", 3), ("鼻翼", "nose side", 6), ("外唇", "outer lip", 12), ("内唇", "inner lip", 8),
        ("瞳孔", "pupil", 2),
    ]  # fmt: skip
    edges = [
        *_line(0, 32), *_line(33, 37), *_line(38, 42), *_line(43, 46), *_line(47, 51), *_line(52, 57, closed=True), *_line(58, 63, closed=True),
        *_line(64, 67), *_line(68, 71), *_line(84, 95, closed=True), *_line(96, 103, closed=True),
    ]  # fmt: skip
    flip = _mirror([
        (list(range(16)), list(range(32, 16, -1))), (list(range(33, 38)), list(range(42, 37, -1))), ([47, 48], [51, 50]),
        ([52, 53, 54, 55, 56, 57], [61, 60, 59, 58, 63, 62]), (list(range(64, 68)), list(range(71, 67, -1))), ([72, 73, 74], [75, 76, 77]),
        ([78, 80, 82], [79, 81, 83]), ([84, 85, 86, 95, 94], [90, 89, 88, 91, 92]), ([96, 97, 103], [100, 99, 101]), ([104], [105]),
    ])  # fmt: skip
    names = _numbered(groups, "en")
    return Skeleton(
        id="face-106",
        names=names,
        point_names={"zh": _numbered(groups, "zh"), "en": names},
        edges=edges,
        flip=flip,
        template=_flat(points),
    )


FACE_68, FACE_106 = _face_68(), _face_106()


def _schema(skeleton: Skeleton) -> Schema:
    face = LabelClass(
        id="face",
        name="face",
        names={"zh": "人脸", "en": "face"},
        kinds=["keypoints"],
        skeleton=skeleton.id,
        key="Digit1",
        min=0,
    )
    box = LabelClass(
        id="face-box", name="face box", names={"zh": "脸框", "en": "face box"}, kinds=["box"], key="Digit2"
    )
    return Schema(classes=[face, box], skeletons=[skeleton])


_ZH = """# 人脸轮廓和五官

1. 按 1 点一下脸,整张网就放好;再按顺序把每个点拖到位置,放大镜会跟着。
2. 被头发、手、口罩挡住的点选“挡住”,按脸的样子估计位置。
3. 转到看不见的一侧,点选“看不见”。
4. 左右是**被拍的人**的左右在画面上的位置:画面左边的眉毛叫左眉。
"""
_EN = """# Face outline and features

1. Press 1 and click the face: the whole net is placed. Then put the points right one after the other; the magnifier follows.
2. Points under hair, hands or masks are “hidden”; estimate where they are.
3. Points on the far side are “outside”.
4. Left and right are those of the picture: the brow on the left of the picture is the left brow.
"""
TEMPLATES = (
    (
        "face-68", {"zh": "人脸 68 点", "en": "Face, 68 points"}, {"zh": "人脸轮廓和五官,68 个点", "en": "Face outline and features, 68 points"},
        _schema(FACE_68), {"zh": _ZH, "en": _EN},
    ),
    (
        "face-106", {"zh": "人脸 106 点", "en": "Face, 106 points"}, {"zh": "人脸轮廓和五官,106 个点", "en": "Face outline and features, 106 points"},
        _schema(FACE_106), {"zh": _ZH, "en": _EN},
    ),
)  # fmt: skip
