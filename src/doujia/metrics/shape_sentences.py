"""Sentences about shapes: how far a box, an outline, points, a line or a cuboid lies from the right one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from doujia.marks import Box, Cuboid2D, Cuboid3D, Keypoints, Mark, Polyline, RotatedBox
from doujia.marks.shapes import bounds
from doujia.metrics.overlap import yaw
from doujia.metrics.points import lines_along
from doujia.metrics.words import Difference, Words

__all__ = [
    "box",
    "cuboid2",
    "cuboid3",
    "keypoints",
    "outline",
    "points",
    "polyline",
    "rotated_box",
    "sides_over",
]


def sides_over(a: Mark, b: Mark, tolerance: float) -> dict[tuple[str, str], float]:
    """Return (side in zh, in en) → by how many px ``b`` reaches beyond ``a`` there; only what is not within the tolerance."""
    right, done = bounds(a.geometry), bounds(b.geometry)
    if right is None or done is None:
        return {}
    over = {
        ("左边", "on the left"): right[0] - done[0],
        ("右边", "on the right"): done[2] - right[2],
        ("上边", "at the top"): right[1] - done[1],
        ("下边", "at the bottom"): done[3] - right[3],
    }
    return {side: value for side, value in over.items() if abs(value) > tolerance}


def _sides(off: dict[tuple[str, str], float]) -> tuple[str, str]:
    zh = "、".join(f"{s[0]}{'多出' if v > 0 else '少了'} {abs(v):.0f} 像素" for s, v in off.items())
    en = ", ".join(f"{abs(v):.0f} px too {'far' if v > 0 else 'short'} {s[1]}" for s, v in off.items())
    return zh, en


def outline(a: Mark, b: Mark, tolerance: float, alike: float) -> Difference:
    """Outlines, masks and ellipses: the share that agrees, and on which sides it is too much or too little."""
    percent = round(100 * alike)
    zh, en = _sides(sides_over(a, b, tolerance))
    box = bounds(b.geometry)
    return Difference(
        "place",
        f"形状只对上了 {percent}%,{zh or '沿着边再描一描'}。",
        f"Only {percent} % of the shape agrees{': ' + en if en else '; follow the edge more closely'}.",
        a.id,
        b.id,
        ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if box else None,
        1 - alike,
    )


def box(a: Mark, b: Mark, tolerance: float) -> Iterator[Difference]:
    """Boxes: the sides on which it reaches too far or falls short, in one sentence."""
    done = b.geometry
    assert isinstance(done, Box)
    off = sides_over(a, b, tolerance)
    if not off:
        return
    middle = (done.x0 + done.x1) / 2, (done.y0 + done.y1) / 2
    points = {
        "左边": (done.x0, middle[1]), "右边": (done.x1, middle[1]), "上边": (middle[0], done.y0), "下边": (middle[0], done.y1),
    }  # fmt: skip
    worst = max(off, key=lambda side: abs(off[side]))
    big, small = [s for s in off if off[s] > 0], [s for s in off if off[s] < 0]
    head_zh, head_en = (
        ("框太大了,", "The box is too big: ")
        if not small
        else ("框太小了,", "The box is too small: ")
        if not big
        else ("框偏了,", "The box is shifted: ")
    )
    zh, en = _sides(off)
    yield Difference(
        "place", f"{head_zh}{zh}。", f"{head_en}{en}.", a.id, b.id, points[worst[0]], abs(off[worst])
    )


def rotated_box(a: Mark, b: Mark, tolerance: float) -> Iterator[Difference]:
    """Turned boxes: the turn, the centre, length and width."""
    right, done = a.geometry, b.geometry
    assert isinstance(right, RotatedBox)
    assert isinstance(done, RotatedBox)
    turn = float(np.degrees((done.angle - right.angle + np.pi / 2) % np.pi - np.pi / 2))
    if abs(turn) > 3:
        zh, en = ("顺", "clockwise") if turn > 0 else ("逆", "anticlockwise")
        yield Difference(
            "place",
            f"框转过头了,{zh}时针多转了 {abs(turn):.0f} 度。",
            f"The box is turned {abs(turn):.0f}° too far {en}.",
            a.id,
            b.id,
            (done.cx, done.cy),
            abs(turn),
        )
    shift = float(np.hypot(done.cx - right.cx, done.cy - right.cy))
    if shift > tolerance:
        yield Difference(
            "place",
            f"框的中心偏了 {shift:.0f} 像素。",
            f"The centre of the box is {shift:.0f} px off.",
            a.id,
            b.id,
            (done.cx, done.cy),
            shift,
        )
    for zh, en, d in (("长", "length", done.w - right.w), ("宽", "width", done.h - right.h)):
        if abs(d) > 2 * tolerance:
            yield Difference(
                "place",
                f"框的{zh}{'多' if d > 0 else '少'}了 {abs(d):.0f} 像素。",
                f"The {en} is {abs(d):.0f} px too {'large' if d > 0 else 'small'}.",
                a.id,
                b.id,
                (done.cx, done.cy),
                abs(d),
            )


def keypoints(a: Mark, b: Mark, words: Words, tolerance: float) -> Iterator[Difference]:
    """Skeletons: each point that is off, or visible where it should not be, by its name."""
    right, done = a.geometry, b.geometry
    assert isinstance(right, Keypoints)
    assert isinstance(done, Keypoints)
    if len(right.v) != len(done.v):
        yield Difference(
            "place",
            f"应该有 {len(right.v)} 个点,这里有 {len(done.v)} 个。",
            f"There should be {len(right.v)} points; there are {len(done.v)}.",
            a.id,
            b.id,
        )
        return
    shown = {0: ("看不见", "outside"), 1: ("挡住", "hidden"), 2: ("看得见", "visible")}
    for i in range(len(right.v)):
        zh, en = words.point(right.skeleton or done.skeleton, i)
        x, y = done.xy[2 * i], done.xy[2 * i + 1]
        far = float(np.hypot(x - right.xy[2 * i], y - right.xy[2 * i + 1]))
        if right.v[i] and done.v[i] and far > tolerance:
            yield Difference(
                "place", f"{zh}偏了 {far:.0f} 像素。", f"{en} is {far:.0f} px off.", a.id, b.id, (x, y), far
            )
        if right.v[i] != done.v[i]:
            said = shown[right.v[i]]
            yield Difference(
                "attribute", f"{zh}应该选“{said[0]}”。", f"{en} should be “{said[1]}”.", a.id, b.id, (x, y)
            )


def points(a: Mark, b: Mark, tolerance: float) -> Iterator[Difference]:
    """Loose points, each with the nearest one by the cheapest assignment."""
    from scipy.optimize import linear_sum_assignment

    right, done = (np.asarray(m.geometry.xy, np.float64).reshape(-1, 2) for m in (a, b))  # type: ignore[union-attr]
    if len(right) != len(done):
        yield Difference(
            "place",
            f"应该有 {len(right)} 个点,这里有 {len(done)} 个。",
            f"There should be {len(right)} points; there are {len(done)}.",
            a.id,
            b.id,
            amount=abs(len(right) - len(done)),
        )
    if not len(right) or not len(done):
        return
    far = np.hypot(right[:, None, 0] - done[None, :, 0], right[:, None, 1] - done[None, :, 1])
    rows, columns = linear_sum_assignment(far)
    worst = int(far[rows, columns].argmax())
    distance = float(far[rows[worst], columns[worst]])
    if distance > tolerance:
        x, y = done[columns[worst]].tolist()
        yield Difference(
            "place",
            f"点偏了 {distance:.0f} 像素。" if len(done) == 1 else f"有一个点偏了 {distance:.0f} 像素。",
            f"The point is {distance:.0f} px off."
            if len(done) == 1
            else f"One point is {distance:.0f} px off.",
            a.id,
            b.id,
            (x, y),
            distance,
        )


def polyline(a: Mark, b: Mark, tolerance: float) -> Iterator[Difference]:
    """Lines at equal arc length: the mean distance, and where it is largest."""
    assert isinstance(a.geometry, Polyline)
    assert isinstance(b.geometry, Polyline)
    right, done = lines_along(a.geometry, b.geometry)
    far = np.hypot(*(right - done).T)
    worst = int(far.argmax())
    if far[worst] <= tolerance:
        return
    x, y = done[worst].tolist()
    yield Difference(
        "place",
        f"线平均偏了 {far.mean():.0f} 像素,最远的地方偏了 {far[worst]:.0f} 像素。",
        f"The line is {far.mean():.0f} px off on average, {far[worst]:.0f} px at the farthest place.",
        a.id,
        b.id,
        (x, y),
        float(far[worst]),
    )


def cuboid2(a: Mark, b: Mark, tolerance: float) -> Iterator[Difference]:
    """Boxes in perspective: the face and corner that are farthest off."""
    assert isinstance(a.geometry, Cuboid2D)
    assert isinstance(b.geometry, Cuboid2D)
    right, done = (
        np.asarray([*c.front, *c.back], np.float64).reshape(-1, 2) for c in (a.geometry, b.geometry)
    )
    far = np.hypot(*(right - done).T)
    worst = int(far.argmax())
    if far[worst] <= tolerance:
        return
    face = ("前面", "near") if worst < 4 else ("后面", "far")
    corner = (
        ("左上角", "top left"),
        ("右上角", "top right"),
        ("右下角", "bottom right"),
        ("左下角", "bottom left"),
    )[worst % 4]
    x, y = done[worst].tolist()
    yield Difference(
        "place",
        f"{face[0]}的{corner[0]}偏了 {far[worst]:.0f} 像素。",
        f"The {corner[1]} corner of the {face[1]} face is {far[worst]:.0f} px off.",
        a.id,
        b.id,
        (x, y),
        float(far[worst]),
    )


def cuboid3(a: Mark, b: Mark) -> Iterator[Difference]:
    """Boxes in space: centre and size in metres, heading in degrees."""
    right, done = a.geometry, b.geometry
    assert isinstance(right, Cuboid3D)
    assert isinstance(done, Cuboid3D)
    far = float(np.linalg.norm(np.subtract(done.centre, right.centre)))
    if far > 0.1:
        yield Difference(
            "place",
            f"立体框的中心偏了 {far:.2f} 米。",
            f"The centre of the cuboid is {far:.2f} m off.",
            a.id,
            b.id,
            amount=far,
        )
    for (zh, en), d in zip(
        (("长", "length"), ("宽", "width"), ("高", "height")), np.subtract(done.size, right.size), strict=True
    ):
        if abs(d) > 0.1:
            yield Difference(
                "place",
                f"{zh}{'多' if d > 0 else '少'}了 {abs(d):.2f} 米。",
                f"The {en} is {abs(d):.2f} m too {'large' if d > 0 else 'small'}.",
                a.id,
                b.id,
                amount=float(abs(d)),
            )

    turn = float(np.degrees((yaw(done) - yaw(right) + np.pi) % (2 * np.pi) - np.pi))
    if abs(turn) > 170:
        yield Difference(
            "place",
            "朝向反了,前后对调一下。",
            "The heading is the wrong way round.",
            a.id,
            b.id,
            amount=abs(turn),
        )
    elif abs(turn) > 3:
        zh, en = ("逆", "anticlockwise") if turn > 0 else ("顺", "clockwise")
        yield Difference(
            "place",
            f"立体框转过头了,从上往下看{zh}时针多转了 {abs(turn):.0f} 度。",
            f"Seen from above the cuboid is turned {abs(turn):.0f}° too far {en}.",
            a.id,
            b.id,
            amount=abs(turn),
        )
