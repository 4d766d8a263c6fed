"""Make the pictures of docs/user/workbench: every mode and every tool of the bench, in both languages.

    make web && python bench/workbench/screens.py docs/user/workbench

The streets and the face are our own drawings. ``--only name`` makes some of them.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e/workbench"))
from fake_platform import ORIGIN, FakePlatform, box  # noqa: E402

MACHINE = {"by": "model", "actor": "detector@3"}
CARS = [
    box("m1", "car", 150, 394, 300, 518, attrs={"heading": "same", "covered": "none"}),
    box("m2", "car", 370, 449, 520, 573, attrs={"heading": "against"}),
    box("m3", "truck", 590, 504, 740, 628, attrs={"heading": "parked"}),
]
SUGGESTED = [
    box("p1", "car", 805, 390, 965, 520, score=0.91, origin=MACHINE),
    box("p2", "car", 1030, 449, 1180, 575, score=0.83, origin=MACHINE),
]
PREVIOUS = {"id": "s2", "revision": 2, "marks": CARS, "relations": [], "item_attrs": {}}
EARLIER = {
    "id": "s1",
    "revision": 1,
    "marks": [*CARS[:1], box("m2", "bus", 360, 430, 500, 560)],
    "relations": [],
    "item_attrs": {},
}
DRAFT = {"seq": 3, "marks": CARS + SUGGESTED, "relations": [], "item_attrs": {}}
OUTLINE = [150, 440, 175, 430, 200, 394, 255, 394, 285, 430, 300, 450, 300, 500, 150, 500]
POLYGON = {"id": "g1", "label": "car", "geometry": {"kind": "polygon", "parts": [{"outer": OUTLINE}]}}
KINDS = ["box", "obox", "polygon", "polyline", "points", "ellipse", "cuboid2", "mask"]
ALL: dict[str, Any] = {
    "classes": [
        {"id": "car", "names": {"zh": "小汽车", "en": "car"}, "kinds": KINDS},
        {"id": "person", "names": {"zh": "行人", "en": "person"}, "kinds": KINDS},
        {"id": "road", "names": {"zh": "路面", "en": "road"}, "kinds": KINDS},
    ],
    "relations": [{"id": "behind", "names": {"zh": "在后面", "en": "behind"}, "sources": ["car"], "targets": ["car"]}],
}  # fmt: skip
FACE: dict[str, Any] = {
    "classes": [{"id": "face", "names": {"zh": "脸", "en": "face"}, "kinds": ["keypoints"], "skeleton": "five"}],
    "skeletons": [
        {
            "id": "five", "names": ["左眼 left eye", "右眼 right eye", "鼻尖 nose", "左嘴角 mouth left", "右嘴角 mouth right"],
            "edges": [[0, 1], [0, 2], [1, 2], [2, 3], [2, 4], [3, 4]], "flip": [[0, 1], [3, 4]], "template": [0.25, 0.35, 0.75, 0.35, 0.5, 0.6, 0.3, 0.8, 0.7, 0.8],
        }
    ],
}  # fmt: skip
WEATHER: dict[str, Any] = {
    "attributes": [
        {"id": "weather", "type": "choice", "scope": "item", "required": True, "names": {"zh": "天气", "en": "weather"}, "values": ["sun", "rain", "fog"],
         "value_names": {"sun": {"zh": "晴", "en": "sun"}, "rain": {"zh": "雨", "en": "rain"}, "fog": {"zh": "雾", "en": "fog"}}},
        {"id": "night", "type": "bool", "scope": "item", "required": True, "names": {"zh": "夜里吗", "en": "at night"}},
    ]
}  # fmt: skip


def portrait() -> bytes:
    """Return a drawn face as JPEG."""
    picture = Image.new("RGB", (1280, 720), "#c9d6cf")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((440, 60, 840, 640), fill="#e3b892")
    draw.pieslice((430, 30, 850, 420), 180, 360, fill="#3b2d25")
    for x in (530, 690):
        draw.ellipse((x, 290, x + 70, 325), fill="white")
        draw.ellipse((x + 22, 293, x + 50, 322), fill="#2f2a26")
    draw.polygon([(640, 340), (615, 430), (665, 430)], fill="#cf9c74")
    draw.chord((560, 470, 720, 560), 0, 180, fill="#a4493f")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


@dataclass
class Hand:
    """Keys and gestures in the coordinates of the 1280×720 picture, fitted into the stage."""

    page: Page

    @staticmethod
    def at(x: float, y: float) -> tuple[float, float]:
        scale = 543 / 720
        return 44 + (1086 - 1280 * scale) / 2 + x * scale, 44 + y * scale

    def keys(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name)

    def click(self, *places: tuple[float, float]) -> None:
        for place in places:
            self.page.mouse.click(*self.at(*place), delay=20)
            self.page.wait_for_timeout(380)  # two quick clicks are a double click

    def drag(self, *places: tuple[float, float], drop: bool = True) -> None:
        mouse = self.page.mouse
        mouse.move(*self.at(*places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(*place), steps=4)
        if drop:
            mouse.up()

    def move(self, x: float, y: float) -> None:
        self.page.mouse.move(*self.at(x, y), steps=3)


def _do(*steps: Callable[[Hand], None]) -> Callable[[Hand], None]:
    def run(hand: Hand) -> None:
        for step in steps:
            step(hand)

    return run


def keys(*names: str) -> Callable[[Hand], None]:
    """Press keys."""
    return lambda hand: hand.keys(*names)


def clicks(*places: tuple[float, float]) -> Callable[[Hand], None]:
    """Click at places."""
    return lambda hand: hand.click(*places)


def drag(*places: tuple[float, float], drop: bool = True) -> Callable[[Hand], None]:
    """Drag along places; without ``drop`` the button stays down."""
    return lambda hand: hand.drag(*places, drop=drop)


def move(x: float, y: float) -> Callable[[Hand], None]:
    """Move the pointer."""
    return lambda hand: hand.move(x, y)


def wait(ms: int) -> Callable[[Hand], None]:
    """Let the worker thread finish."""
    return lambda hand: hand.page.wait_for_timeout(ms)


@dataclass
class Scene:
    """One picture: what the task is, and what the hand does before it is taken."""

    name: str
    act: Callable[[Hand], None] = lambda hand: None
    path: str = "/work"
    schema: dict[str, Any] | None = None
    face: bool = False
    task: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def kept(*marks: dict[str, Any], relations: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A task with these marks as its draft."""
    return {"draft": {"seq": 1, "marks": list(marks), "relations": relations or [], "item_attrs": {}}}


RING = [(150, 440), (175, 430), (200, 394), (255, 394), (285, 430), (300, 450)]
SCENES = [
    Scene("work", _do(keys("v"), clicks((260, 396))), task={"draft": DRAFT}),
    Scene("review", path="/review", task={"mode": "review", "previous": PREVIOUS, "before_previous": EARLIER}),
    Scene("returned", task={"mode": "rework", "previous": PREVIOUS, "findings": [{"error_class": "loose", "mark": "m2", "text": "左边多出一截", "severity": "minor"}]}),
    Scene("rework", _do(lambda h: h.page.get_by_role("dialog").get_by_role("button").nth(1).click(), wait(300)), task={"mode": "rework", "previous": PREVIOUS, "findings": [{"error_class": "loose", "mark": "m2", "text": "左边多出一截", "severity": "minor"}]}),
    Scene("appeal", _do(lambda h: h.page.get_by_role("dialog").locator(".wb-row.end button").first.click(), wait(300)), task={"mode": "rework", "previous": PREVIOUS, "findings": [{"error_class": "loose", "mark": "m2", "severity": "minor"}]}),
    Scene("menu", _do(keys("v"), lambda h: h.page.mouse.click(*h.at(445, 455), button="right")), task={"draft": DRAFT}),
    Scene("veiled", settings={"sensitive": True}),
    Scene("arbitrate", path="/review", task={"mode": "arbitrate", "candidates": [{"key": k, "marks": m, "relations": []} for k, m in (("A", CARS), ("B", CARS[:2]), ("C", CARS[1:]))], "fused": {"marks": CARS}}),
    Scene("readonly", task={"mode": "readonly", "previous": PREVIOUS}),
    Scene("adjust", keys("Shift+B"), task={"draft": DRAFT}),
    Scene("checks", keys("f")),
    Scene("help", keys("Shift+Slash")),
    Scene("tool-select", _do(keys("v"), drag((120, 370), (330, 540), (540, 590), drop=False)), task=kept(*CARS)),
    Scene("tool-box", _do(keys("1"), drag((150, 394), (300, 518)), drag((370, 449), (450, 520), (518, 570), drop=False))),
    Scene("tool-obox", _do(keys("o"), drag((590, 560), (735, 520)), move(740, 610)), schema=ALL),
    Scene("tool-polygon", _do(keys("p"), clicks(*RING), move(300, 490)), schema=ALL),
    Scene("tool-polyline", _do(keys("3", "l"), clicks((100, 690), (420, 640), (800, 650)), move(1180, 690)), schema=ALL),
    Scene("tool-points", _do(keys("Shift+k"), clicks((182, 501)), keys("Shift+k")), schema=ALL),
    Scene("tool-keypoints", _do(drag((470, 170), (810, 620)), clicks((565, 307), (725, 307)), move(640, 428)), schema=FACE, face=True),
    Scene("tool-ellipse", _do(keys("e"), drag((163, 480), (202, 520)), drag((250, 482), (280, 500), (288, 520), drop=False)), schema=ALL),
    Scene("tool-cuboid2", _do(keys("u"), drag((370, 470), (480, 573)), move(530, 545)), schema=ALL),
    Scene("tool-brush", _do(keys("w"), drag((170, 450), (280, 450), (280, 475), (170, 475), (170, 490), (270, 490))), schema=ALL),
    Scene("tool-fill", _do(keys("Shift+p"), drag((150, 440), (200, 394), (255, 394), (300, 450), (298, 500), (160, 500), (152, 450), drop=False)), schema=ALL),
    Scene("tool-flood", _do(keys("m"), clicks((230, 465)), wait(900)), schema=ALL),
    Scene("tool-superpixel", _do(keys("s"), clicks((450, 500)), wait(2500), clicks((480, 530)), wait(900)), schema=ALL),
    Scene("tool-outline", _do(keys("g"), drag((135, 380), (230, 450), (315, 530)), wait(3500))),
    Scene("tool-scissors", _do(keys("i"), clicks((150, 440), (200, 394)), wait(600), move(296, 440), wait(900)), schema=ALL),
    Scene("tool-cut", _do(keys("v"), clicks((155, 470)), keys("Shift+c"), clicks((225, 370)), move(225, 540)), schema=ALL, task=kept(POLYGON)),
    Scene("tool-hole", _do(keys("v"), clicks((155, 470)), keys("Shift+o"), clicks((205, 425), (215, 402), (245, 402)), move(262, 425)), schema=ALL, task=kept(POLYGON)),
    Scene("tool-lasso", _do(keys("Shift+a"), drag((120, 380), (330, 370), (560, 440), (540, 600), (330, 590), (120, 530), drop=False)), task=kept(*CARS)),
    Scene("tool-relation", _do(keys("j"), drag((445, 455), (400, 450), (296, 420), drop=False)), schema=ALL, task=kept(box("a", "car", 150, 394, 300, 518), box("b", "car", 370, 449, 520, 573))),
    Scene("tool-ruler", _do(keys("Shift+r"), drag((150, 530), (300, 530))), task={"item_attrs": {"mm_per_pixel": 28}}),
    Scene("tool-comment", _do(keys("Shift+t"), clicks((560, 420)), lambda h: h.page.keyboard.type("这辆算货车吗?")), task=kept(*CARS)),
    Scene("tool-classification", keys("2"), schema=WEATHER),
]  # fmt: skip


def take(browser: Browser, scene: Scene, language: str, folder: Path) -> None:
    """Make one picture."""
    fake = FakePlatform(ROOT / "src/doujia/server/static/web")
    if scene.schema is not None:
        fake.schema = scene.schema
    fake.settings = scene.settings
    task = dict(scene.task)
    attrs = task.pop("item_attrs", None)
    fake.add_tasks(5, **task)
    for one in fake.tasks:
        one["item"]["attrs"] = attrs or {}
    if scene.face:
        fake.pictures = dict.fromkeys(fake.pictures, portrait())
    context = browser.new_context(
        viewport={"width": 1366, "height": 610}, locale="zh-CN" if language == "zh" else "en"
    )
    fake.attach(context)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(ORIGIN + scene.path)
    page.wait_for_function(
        "document.querySelector('.wb-stage canvas')?.width > 300 && document.querySelector('.wb:not([data-mode=none])')"
    )
    page.wait_for_timeout(700)  # the full picture replaces the preview
    scene.act(Hand(page))
    page.wait_for_timeout(350)
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    path = folder / f"{scene.name}{'' if language == 'zh' else '-en'}.png"
    shot.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    context.close()
    print(path.name, f"{path.stat().st_size // 1000} kB", flush=True)


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for scene in SCENES:
            if options.only and scene.name not in options.only:
                continue
            for language in ("zh", "en"):
                take(browser, scene, language, options.folder)
        browser.close()


if __name__ == "__main__":
    main()
