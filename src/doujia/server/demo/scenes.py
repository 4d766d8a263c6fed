"""Street scenes drawn by our own hand, with the true box of everything in them.

Nothing is downloaded and nothing is of unknown origin: a seed gives a crossing with houses, trees, cars, riders,
people, lights and signs. Each drawing function draws into a box and so knows where its object is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

__all__ = ["HEIGHT", "WIDTH", "Thing", "draw"]

WIDTH, HEIGHT = 1280, 720
SCALE = 2
HORIZON = 292
VANISH = 640


@dataclass(frozen=True)
class Thing:
    """What is in the picture: class id and box in px of the picture (x0, y0, x1, y1), attributes, whether it is hidden."""

    label: str
    box: tuple[float, float, float, float]
    attrs: dict[str, str]
    occluded: bool = False


class _Canvas:
    """Draws in picture coordinates on a larger canvas, so that edges come out smooth."""

    def __init__(self) -> None:
        from PIL import Image, ImageDraw

        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), "#DCE9EE")
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, points: list[tuple[float, float]], fill: str) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: str, radius: float = 0) -> None:
        if x1 - x0 < 0.5 or y1 - y0 < 0.5:
            return
        self._draw.rounded_rectangle(
            [x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE], radius=radius * SCALE, fill=fill
        )

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: str) -> None:
        self._draw.ellipse([x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE], fill=fill)

    def line(self, points: list[tuple[float, float]], fill: str, width: float) -> None:
        self._draw.line(
            [(x * SCALE, y * SCALE) for x, y in points],
            fill=fill,
            width=max(1, round(width * SCALE)),
            joint="curve",
        )


def draw(seed: int) -> tuple[Any, list[Thing]]:
    """Draw scene number ``seed``.

    Returns:
        The picture (``PIL.Image``, 1280×720) and what is in it, far things first.
    """
    dice = random.Random(seed)
    canvas = _Canvas()
    _background(canvas, dice)
    things: list[Thing] = []
    things += _lights_and_signs(canvas, dice)
    places = _places(dice)
    for depth, lane in sorted(places):
        things.append(_road_user(canvas, dice, depth, lane))
    _bonnet(canvas)
    things = [_clip(t) for t in things]
    from PIL import Image

    return canvas.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), _mark_hidden(
        [t for t in things if t is not None]
    )


def _ground(depth: float) -> float:
    """y of the road at ``depth`` 0 (horizon) … 1 (just before the bonnet)."""
    return HORIZON + 12 + (HEIGHT - 130 - HORIZON) * depth**1.5


def _places(dice: random.Random) -> list[tuple[float, float]]:
    places: list[tuple[float, float]] = []
    for _ in range(dice.randint(5, 9)):
        for _ in range(20):
            place = (dice.uniform(0.08, 0.92), dice.choice([-1.9, -1.05, -0.35, 0.35, 1.05, 1.9]))
            if all(abs(place[0] - d) > 0.13 or abs(place[1] - lane) > 0.5 for d, lane in places):
                places.append(place)
                break
    return places


def _background(c: _Canvas, dice: random.Random) -> None:
    top, low = dice.choice([("#9EC3D6", "#E6EEEC"), ("#B7C6CF", "#EDEBE4"), ("#86B4D4", "#F2E9D8")])
    rgb = [tuple(int(s[i : i + 2], 16) for i in (1, 3, 5)) for s in (top, low)]
    for y in range(0, HORIZON + 20, 4):
        t = y / (HORIZON + 20)
        c.box(
            0,
            y,
            WIDTH,
            y + 5,
            _hex(tuple(round(a + (b - a) * t) for a, b in zip(*rgb, strict=True))),
        )
    c.polygon(
        [(300, HORIZON + 14), (470, 232), (590, 262), (700, 226), (860, 258), (990, HORIZON + 14)], "#A9BDA9"
    )
    for side in (-1, 1):
        x = 0.0
        while x < 470:
            wide = dice.uniform(74, 120)
            near = 1 - x / 560
            high = dice.uniform(230, 330) * near + 60
            _house(c, dice, side, x, wide, high, near)
            x += wide * max(near, 0.45)
    c.polygon(
        [(VANISH - 30, HORIZON + 10), (VANISH + 30, HORIZON + 10), (WIDTH + 560, HEIGHT), (-560, HEIGHT)],
        "#C9C0B0",
    )
    c.polygon(
        [(VANISH - 20, HORIZON + 10), (VANISH + 20, HORIZON + 10), (WIDTH + 240, HEIGHT), (-240, HEIGHT)],
        "#7C8187",
    )
    for k in range(9):
        a, b = k / 9, k / 9 + 0.055
        ya, yb = _ground(a), _ground(b)
        wa, wb = 1 + a * 7, 1 + b * 7
        c.polygon([(VANISH - wa, ya), (VANISH + wa, ya), (VANISH + wb, yb), (VANISH - wb, yb)], "#E0AE49")
    if dice.random() < 0.7:
        y0, y1 = _ground(0.60), _ground(0.72)
        for k in range(-5, 5):
            x0, x1 = VANISH + k * 74, VANISH + k * 74 + 40
            c.polygon(
                [
                    (x0, y0),
                    (x1, y0),
                    (VANISH + (x1 - VANISH) * 1.17, y1),
                    (VANISH + (x0 - VANISH) * 1.17, y1),
                ],
                "#E8E5DC",
            )
    for side in (-1, 1):
        for k in range(3):
            depth = 0.12 + 0.2 * k + dice.uniform(0, 0.06)
            x = VANISH + side * (150 + 640 * depth)
            _tree(c, dice, x, _ground(depth) - 6, 60 + 190 * depth)


def _hex(rgb: tuple[int, ...]) -> str:
    return "#" + "".join(f"{v:02x}" for v in rgb)


def _house(
    c: _Canvas, dice: random.Random, side: int, x: float, wide: float, high: float, near: float
) -> None:
    wall = dice.choice(["#D9B48C", "#CFA58C", "#C7B9A2", "#B9A08A", "#D8C7A4", "#A9A298"])
    left = x if side < 0 else WIDTH - x - wide
    base = HORIZON + 40 + 150 * near
    c.box(left, base - high, left + wide, base + 60, wall)
    c.box(left, base - high, left + wide, base - high + 8, "#8F7B66")
    rows = int(high / 46)
    for row in range(rows):
        for column in range(3):
            wx = left + 10 + column * (wide - 20) / 3
            wy = base - high + 20 + row * 44
            c.box(wx, wy, wx + wide / 5, wy + 26, dice.choice(["#6E8796", "#7F97A3", "#5C7280"]), 2)
    c.box(
        left + 4,
        base - 16,
        left + wide - 4,
        base + 4,
        dice.choice(["#3E6E58", "#8E3B34", "#A66A2B", "#4E5E86"]),
    )
    c.box(left + 12, base + 6, left + wide - 12, base + 60, "#4B4A48")


def _tree(c: _Canvas, dice: random.Random, x: float, y: float, high: float) -> None:
    c.box(x - high * 0.03, y - high * 0.5, x + high * 0.03, y, "#6B4F36")
    for _ in range(9):
        r = high * dice.uniform(0.13, 0.22)
        cx, cy = x + dice.uniform(-0.22, 0.22) * high, y - high * dice.uniform(0.5, 0.9)
        c.oval(cx - r, cy - r, cx + r, cy + r, dice.choice(["#5E8A57", "#6B9A61", "#4F7A4C"]))


def _lights_and_signs(c: _Canvas, dice: random.Random) -> list[Thing]:
    things = []
    for side in dice.sample([-1, 1], k=dice.randint(1, 2)):
        depth = dice.uniform(0.3, 0.55)
        x = VANISH + side * (120 + 460 * depth)
        size = 22 + 46 * depth
        top = 96 - 50 * depth + dice.uniform(0, 30)
        c.box(
            x + side * size * 1.9 - 3, top + size * 0.4, x + side * size * 1.9 + 3, _ground(depth), "#6F7478"
        )
        c.line([(x, top + size * 0.5), (x + side * size * 1.9, top + size * 0.5)], "#6F7478", 5)
        state = dice.choice(["red", "green", "yellow"])
        x0, x1 = x - size, x + size * 0.6
        c.box(x0, top, x1, top + size * 0.62, "#2B2F2E", size * 0.12)
        for k, name in enumerate(("red", "yellow", "green")):
            lit = {"red": "#FF4B3A", "yellow": "#FFC53D", "green": "#49E38C"}[name]
            r = size * 0.19
            cx, cy = x0 + (x1 - x0) * (k + 0.5) / 3, top + size * 0.31
            c.oval(cx - r, cy - r, cx + r, cy + r, lit if name == state else "#4A4F4D")
        things.append(Thing("light", (x0, top, x1, top + size * 0.62), {"state": state}))
    if dice.random() < 0.75:
        side, depth = dice.choice([-1, 1]), dice.uniform(0.32, 0.6)
        x, r = VANISH + side * (190 + 560 * depth), 12 + 30 * depth
        y = _ground(depth) - 150 - 130 * depth
        c.box(x - 2.5, y, x + 2.5, _ground(depth), "#8A8F92")
        c.oval(x - r, y - r, x + r, y + r, "#C6382E")
        c.oval(x - r * 0.76, y - r * 0.76, x + r * 0.76, y + r * 0.76, "#F7F5F0")
        c.box(x - r * 0.5, y - r * 0.12, x + r * 0.5, y + r * 0.12, "#2B2F2E")
        things.append(Thing("sign", (x - r, y - r, x + r, y + r), {}))
    return things


def _road_user(c: _Canvas, dice: random.Random, depth: float, lane: float) -> Thing:
    y = _ground(depth)
    size = 34 + 190 * depth**1.25
    x = VANISH + lane * (30 + 330 * depth)
    if abs(lane) > 1.5:
        return _person(c, dice, x, y, size * 0.94)
    kind = dice.choices(["car", "bus", "truck", "ebike", "tricycle"], [6, 1.2, 1.2, 2.4, 1])[0]
    shadow = size * (0.3 if kind == "ebike" else 0.62)
    c.oval(x - shadow, y - size * 0.06, x + shadow, y + size * 0.06, "#5F6469")
    drawing = {"car": _car, "bus": _bus, "truck": _truck, "ebike": _ebike, "tricycle": _tricycle}[kind]
    return drawing(c, dice, x, y, size, "away" if lane > 0 else "towards")


def _wheels(c: _Canvas, x0: float, x1: float, y: float, r: float) -> None:
    for wx in (x0 + r * 1.2, x1 - r * 1.2):
        c.box(wx - r * 0.55, y - r * 1.5, wx + r * 0.55, y, "#2A2A2A", r * 0.3)


def _car(c: _Canvas, dice: random.Random, x: float, y: float, s: float, way: str) -> Thing:
    paint = dice.choice(["#B9463A", "#DDE1E2", "#41628A", "#8A8F93", "#CBB994", "#2F3F4A", "#7FA08C"])
    w, h = s * 1.16, s * 0.84
    x0, x1, y0 = x - w / 2, x + w / 2, y - h
    _wheels(c, x0, x1, y, s * 0.12)
    c.polygon(
        [
            (x0 + w * 0.17, y0),
            (x1 - w * 0.17, y0),
            (x1 - w * 0.03, y0 + h * 0.46),
            (x0 + w * 0.03, y0 + h * 0.46),
        ],
        paint,
    )
    c.polygon(
        [
            (x0 + w * 0.21, y0 + h * 0.05),
            (x1 - w * 0.21, y0 + h * 0.05),
            (x1 - w * 0.1, y0 + h * 0.42),
            (x0 + w * 0.1, y0 + h * 0.42),
        ],
        "#3A4A55",
    )
    c.box(x0, y0 + h * 0.42, x1, y - s * 0.1, paint, s * 0.1)
    lamp = "#F3E9C6" if way == "towards" else "#D6352B"
    c.box(x0 + w * 0.05, y0 + h * 0.52, x0 + w * 0.2, y0 + h * 0.62, lamp, s * 0.03)
    c.box(x1 - w * 0.2, y0 + h * 0.52, x1 - w * 0.05, y0 + h * 0.62, lamp, s * 0.03)
    c.box(x - w * 0.15, y0 + h * 0.66, x + w * 0.15, y0 + h * 0.76, "#2F6FB5", s * 0.02)
    return Thing("car", (x0, y0, x1, y), {"direction": way})


def _bus(c: _Canvas, dice: random.Random, x: float, y: float, s: float, way: str) -> Thing:
    paint = dice.choice(["#2F7D6B", "#3C6EA8", "#B5652F"])
    w, h = s * 1.34, s * 1.5
    x0, x1, y0 = x - w / 2, x + w / 2, y - h
    _wheels(c, x0, x1, y, s * 0.14)
    c.box(x0, y0, x1, y - s * 0.1, paint, s * 0.1)
    c.box(x0 + w * 0.07, y0 + h * 0.16, x1 - w * 0.07, y0 + h * 0.56, "#33424C", s * 0.05)
    c.box(x0 + w * 0.2, y0 + h * 0.04, x1 - w * 0.2, y0 + h * 0.13, "#F0B04A", s * 0.02)
    lamp = "#F3E9C6" if way == "towards" else "#D6352B"
    for lx in (x0 + w * 0.06, x1 - w * 0.18):
        c.box(lx, y0 + h * 0.68, lx + w * 0.12, y0 + h * 0.75, lamp, s * 0.02)
    return Thing("bus", (x0, y0, x1, y), {"direction": way})


def _truck(c: _Canvas, dice: random.Random, x: float, y: float, s: float, way: str) -> Thing:
    w, h = s * 1.22, s * 1.36
    x0, x1, y0 = x - w / 2, x + w / 2, y - h
    _wheels(c, x0, x1, y, s * 0.15)
    c.box(x0, y0, x1, y - s * 0.3, dice.choice(["#D8D3C6", "#9FA8A6", "#C8B48A"]), s * 0.02)
    c.box(x - 1, y0 + h * 0.05, x + 1, y - s * 0.34, "#8B8D8A")
    c.box(x0 + w * 0.04, y - s * 0.32, x1 - w * 0.04, y - s * 0.12, "#4A5054", s * 0.03)
    for lx in (x0 + w * 0.06, x1 - w * 0.2):
        c.box(lx, y - s * 0.27, lx + w * 0.14, y - s * 0.19, "#D6352B")
    return Thing("truck", (x0, y0, x1, y), {"direction": way})


def _ebike(c: _Canvas, dice: random.Random, x: float, y: float, s: float, way: str) -> Thing:
    coat = dice.choice(["#C4483A", "#E0A93B", "#3E7CB1", "#6D8F4E"])
    w, h = s * 0.5, s * 1.12
    x0, x1, y0 = x - w / 2, x + w / 2, y - h
    c.box(x - w * 0.1, y - h * 0.34, x + w * 0.1, y, "#262626", w * 0.09)
    c.polygon(
        [
            (x - w * 0.3, y - h * 0.5),
            (x + w * 0.3, y - h * 0.5),
            (x + w * 0.22, y - h * 0.2),
            (x - w * 0.22, y - h * 0.2),
        ],
        "#44607E",
    )
    c.line([(x0 + w * 0.02, y - h * 0.52), (x1 - w * 0.02, y - h * 0.52)], "#3A3A3A", w * 0.07)
    c.box(x - w * 0.34, y - h * 0.8, x + w * 0.34, y - h * 0.42, coat, w * 0.16)
    c.line([(x - w * 0.3, y - h * 0.72), (x0 + w * 0.06, y - h * 0.53)], coat, w * 0.15)
    c.line([(x + w * 0.3, y - h * 0.72), (x1 - w * 0.06, y - h * 0.53)], coat, w * 0.15)
    c.oval(x - w * 0.22, y0, x + w * 0.22, y - h * 0.8, dice.choice(["#E9E2CF", "#2F3F4A", "#F6BE48"]))
    if way == "towards":
        c.oval(x - w * 0.09, y - h * 0.46, x + w * 0.09, y - h * 0.38, "#F7EDC8")
    return Thing("ebike", (x0, y0, x1, y), {"direction": way})


def _tricycle(c: _Canvas, dice: random.Random, x: float, y: float, s: float, way: str) -> Thing:
    w, h = s * 0.86, s * 1.0
    x0, x1, y0 = x - w / 2, x + w / 2, y - h
    _wheels(c, x0, x1, y, s * 0.11)
    c.box(x0, y - h * 0.55, x1, y - h * 0.14, dice.choice(["#3F6FA1", "#4F7F5C"]), s * 0.03)
    for k in range(4):
        cx = x0 + w * (0.18 + 0.21 * k)
        c.oval(
            cx - w * 0.13,
            y - h * 0.72,
            cx + w * 0.13,
            y - h * 0.46,
            dice.choice(["#7D9A4B", "#C89A4F", "#8FAE5C"]),
        )
    c.box(x - w * 0.16, y0 + h * 0.12, x + w * 0.16, y - h * 0.56, "#4A4F55", w * 0.08)
    c.oval(x - w * 0.12, y0, x + w * 0.12, y0 + h * 0.22, "#3B332C")
    return Thing("tricycle", (x0, y0, x1, y), {"direction": way})


def _person(c: _Canvas, dice: random.Random, x: float, y: float, s: float) -> Thing:
    h, w = s * 1.16, s * 0.4
    coat = dice.choice(["#C9A678", "#8C4A62", "#4C7A8E", "#D87C4A", "#59744F"])
    x0, x1, y0 = x - w / 2, x + w / 2, y - h
    c.oval(x - w * 0.6, y - h * 0.03, x + w * 0.6, y + h * 0.03, "#A79E90")
    c.line([(x - w * 0.1, y - h * 0.48), (x - w * 0.32, y - h * 0.02)], "#3C4456", w * 0.26)
    c.line([(x + w * 0.1, y - h * 0.48), (x + w * 0.32, y - h * 0.02)], "#4A5266", w * 0.26)
    c.box(x - w * 0.36, y - h * 0.82, x + w * 0.36, y - h * 0.42, coat, w * 0.18)
    c.line([(x - w * 0.32, y - h * 0.76), (x0 + w * 0.06, y - h * 0.46)], coat, w * 0.16)
    c.line([(x + w * 0.32, y - h * 0.76), (x1 - w * 0.06, y - h * 0.46)], coat, w * 0.16)
    c.oval(x - w * 0.24, y0, x + w * 0.24, y0 + h * 0.18, "#E2B48F")
    c.polygon(
        [
            (x - w * 0.26, y0 + h * 0.08),
            (x - w * 0.2, y0),
            (x + w * 0.2, y0),
            (x + w * 0.26, y0 + h * 0.08),
            (x, y0 + h * 0.05),
        ],
        "#2B2320",
    )
    return Thing("person", (x0, y0, x1, y), {})


def _bonnet(c: _Canvas) -> None:
    c.polygon(
        [
            (0, HEIGHT),
            (0, HEIGHT - 34),
            (180, HEIGHT - 62),
            (640, HEIGHT - 78),
            (1100, HEIGHT - 62),
            (WIDTH, HEIGHT - 34),
            (WIDTH, HEIGHT),
        ],
        "#2E3335",
    )
    c.line([(120, HEIGHT - 44), (640, HEIGHT - 66), (1160, HEIGHT - 44)], "#3D4447", 3)


def _clip(thing: Thing) -> Thing | None:
    x0, y0, x1, y1 = thing.box
    box = (max(0.0, x0), max(0.0, y0), min(float(WIDTH), x1), min(float(HEIGHT), y1))
    if box[2] - box[0] < 8 or box[3] - box[1] < 8:
        return None
    return Thing(thing.label, tuple(round(v, 1) for v in box), thing.attrs, thing.occluded)  # type: ignore[arg-type]


def _mark_hidden(things: list[Thing | None]) -> list[Thing]:
    """Drop what nearer things cover almost whole, and flag what they cover in part (the list is far to near)."""
    kept: list[Thing] = []
    for index, thing in enumerate(t for t in things if t is not None):
        area = (thing.box[2] - thing.box[0]) * (thing.box[3] - thing.box[1])
        cover = (
            max((_overlap(thing.box, n.box) for n in things[index + 1 :] if n is not None), default=0.0)
            / area
        )
        if cover < 0.75:
            kept.append(Thing(thing.label, thing.box, thing.attrs, cover > 0.12))
    return kept


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
