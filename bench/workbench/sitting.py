"""A scripted person labels 50 streets, 20 faces of 68 points and 100 classifications, and her actions are counted.

    make web && python bench/workbench/sitting.py

Ours is really done, in Chromium, and what was handed in is compared with what she meant. The same work list is then
counted for CVAT and Label Studio after their documentation (no account of theirs is driven): see ``WAYS``.

What counts as one action: a key press (a chord with Ctrl or Shift is one), a click, a drag. Moving the pointer and
reading count nothing. Seconds are those of the keystroke-level model (Card, Moran, Newell 1980, CACM 23 (7)): key 0.28,
a modifier one key more, pointing 1.1, button down or up 0.1; a drag points twice. Thinking (the same for all) and the
answering time of the others' machines are left out; ours is measured beside it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e/workbench"), str(ROOT / "src")]
from fake_platform import ORIGIN, FakePlatform, street  # noqa: E402

from doujia.server.projects.templates.faces import FACE_68  # noqa: E402

KEY, POINT, BUTTON = 0.28, 1.1, 0.1
STREETS, FACES, PICTURES = 50, 20, 100
CLASSES = ("car", "truck", "bus", "ebike", "person", "trike", "light", "sign", "bike")
WEATHER = ("sun", "rain", "fog")
Box = tuple[str, float, float, float, float]


@dataclass
class Count:
    """Actions, and the seconds that the model gives them."""

    keys: int = 0
    chords: int = 0
    clicks: int = 0
    drags: int = 0

    @property
    def actions(self) -> int:
        """All of them."""
        return self.keys + self.chords + self.clicks + self.drags

    @property
    def seconds(self) -> float:
        """Keystroke-level model."""
        return (
            self.keys * KEY
            + self.chords * 2 * KEY
            + self.clicks * (POINT + 2 * BUTTON)
            + self.drags * 2 * (POINT + BUTTON)
        )


@dataclass
class Hand:
    """Keyboard and mouse of a page that count what they do."""

    page: Page
    count: Count = field(default_factory=Count)

    def key(self, name: str) -> None:
        """Press a key or a chord."""
        if "+" in name:
            self.count.chords += 1
        else:
            self.count.keys += 1
        self.page.keyboard.press(name)

    def click(self, x: float, y: float) -> None:
        """Click at a place."""
        self.count.clicks += 1
        self.page.mouse.click(x, y)

    def drag(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Drag from place to place."""
        self.count.drags += 1
        mouse = self.page.mouse
        mouse.move(x0, y0)
        mouse.down()
        mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
        mouse.move(x1, y1)
        mouse.up()


def streets() -> list[list[Box]]:
    """What is on each street: 3 to 9 boxes; cars and people are most of it, as on real roads."""
    dice = random.Random(50)
    scenes = []
    for _ in range(STREETS):
        scene: list[Box] = []
        for n in range(dice.randint(3, 9)):
            label = dice.choices(CLASSES, (40, 8, 5, 12, 20, 3, 6, 4, 2))[0]
            # Columns that do not touch: boxes of one scene never hide each other's corners.
            x, y = 40 + n * 130 + dice.random() * 20, 80 + dice.random() * 420
            scene.append((label, x, y, x + 40 + dice.random() * 50, y + 40 + dice.random() * 90))
        # Class by class, as everybody is taught: the chosen class stays.
        scenes.append(sorted(scene, key=lambda one: CLASSES.index(one[0])))
    return scenes


def faces() -> list[tuple[Box, list[tuple[float, float]]]]:
    """A frame and 68 points each: the template, turned, stretched and shaken as real faces are."""
    dice = random.Random(68)
    assert FACE_68.template is not None
    template = list(zip(FACE_68.template[::2], FACE_68.template[1::2], strict=True))
    out = []
    for _ in range(FACES):
        x0, y0, w, h = (
            250 + dice.random() * 300,
            60 + dice.random() * 60,
            330 + dice.random() * 80,
            480 + dice.random() * 60,
        )
        lean = dice.uniform(-0.08, 0.08)
        points = [
            (x0 + (x + lean * (y - 0.5)) * w + dice.gauss(0, 5), y0 + y * h + dice.gauss(0, 5))
            for x, y in template
        ]
        out.append((("face", x0, y0, x0 + w, y0 + h), points))
    return out


def weathers() -> list[str]:
    """One of three values for each picture."""
    dice = random.Random(100)
    return [dice.choice(WEATHER) for _ in range(PICTURES)]


# ---- ours, done ----

TOP, STAGE = 44, (1086, 543)


def on_screen(x: float, y: float) -> tuple[float, float]:
    """Where a place of a 1280×720 picture is on the screen, fitted into the stage."""
    scale = STAGE[1] / 720
    return 44 + (STAGE[0] - 1280 * scale) / 2 + x * scale, TOP + y * scale


def sit(browser: Browser, fake: FakePlatform, work: Callable[[Hand], None]) -> tuple[Count, float]:
    """Open the bench, do the work, wait until all of it is handed in; returns the count and the seconds it ran."""
    context = browser.new_context(viewport={"width": 1366, "height": 610}, locale="zh-CN")
    fake.attach(context)
    page = context.new_page()
    page.goto(ORIGIN + "/work")
    page.wait_for_function(
        "document.querySelector('.wb-stage canvas')?.width > 300 && document.querySelector('.wb:not([data-mode=none])')"
    )
    hand = Hand(page)
    start = time.monotonic()
    work(hand)
    page.wait_for_function("document.querySelector('.wb[data-mode=none]')")
    spent = time.monotonic() - start
    while len(fake.unique_submissions()) < len(fake.tasks):
        page.wait_for_timeout(50)
    context.close()
    return hand.count, spent


def desk(count: int, schema: dict[str, Any] | None = None) -> FakePlatform:
    """A platform with ``count`` tasks on one drawn street."""
    fake = FakePlatform(ROOT / "src/doujia/server/static/web")
    if schema is not None:
        fake.schema = schema
    picture = street()
    fake.pictures = {f"p{n}": picture for n in range(count)}
    fake.add_tasks(count)
    return fake


def on_task(page: Page, name: str) -> None:
    """Wait until the task of this name is on screen: the script is faster than any hand, and must not outrun the page."""
    page.wait_for_function("(name) => document.querySelector('.wb-picture')?.title === name", arg=name)


def do_streets(browser: Browser) -> tuple[Count, float]:
    """Boxes: a class key when the class changes, a drag each, F."""
    fake, scenes = desk(STREETS), streets()

    def work(hand: Hand) -> None:
        label = "car"
        for n, scene in enumerate(scenes):
            on_task(hand.page, f"street_{n:03}.jpg")
            for own, x0, y0, x1, y1 in scene:
                if own != label:
                    hand.key(str(CLASSES.index(own) + 1))
                    label = own
                hand.drag(*on_screen(x0, y0), *on_screen(x1, y1))
            hand.key("f")

    count, spent = sit(browser, fake, work)
    for scene, answer in zip(scenes, by_task(fake), strict=True):
        got = [(m["label"], *(m["geometry"][k] for k in ("x0", "y0", "x1", "y1"))) for m in answer["marks"]]
        assert [g[0] for g in got] == [s[0] for s in scene], (got, scene)
        assert all(
            abs(a - b) < 1 for g, s in zip(got, scene, strict=True) for a, b in zip(g[1:], s[1:], strict=True)
        )
    return count, spent


def do_faces(browser: Browser) -> tuple[Count, float]:
    """The template over the face, then each point clicked to its place, F."""
    skeleton = {
        "id": "face", "names": list(FACE_68.names), "edges": [list(e) for e in FACE_68.edges], "flip": [list(p) for p in FACE_68.flip],
        "template": list(FACE_68.template or ()),
    }  # fmt: skip
    schema = {
        "classes": [{"id": "face", "names": {"zh": "脸"}, "kinds": ["keypoints"], "skeleton": "face"}],
        "skeletons": [skeleton],
    }
    fake, wanted = desk(FACES, schema), faces()

    def work(hand: Hand) -> None:
        for n, ((_, x0, y0, x1, y1), points) in enumerate(wanted):
            on_task(hand.page, f"street_{n:03}.jpg")
            hand.drag(*on_screen(x0, y0), *on_screen(x1, y1))
            for x, y in points:
                hand.click(*on_screen(x, y))
            hand.key("f")

    count, spent = sit(browser, fake, work)
    for (_, points), answer in zip(wanted, by_task(fake), strict=True):
        [mark] = answer["marks"]
        xy = mark["geometry"]["xy"]
        got = list(zip(xy[::2], xy[1::2], strict=True))
        off = [
            (n, g, p)
            for n, (g, p) in enumerate(zip(got, points, strict=True))
            if abs(g[0] - p[0]) >= 1 or abs(g[1] - p[1]) >= 1
        ]
        assert not off, off
    return count, spent


def do_pictures(browser: Browser) -> tuple[Count, float]:
    """Classification with "next one after the last answer": one key a picture (and one click to switch it on)."""
    schema = {
        "attributes": [
            {"id": "weather", "type": "choice", "scope": "item", "required": True, "names": {"zh": "天气"}, "values": list(WEATHER)}
        ]
    }  # fmt: skip
    fake, wanted = desk(PICTURES, schema), weathers()

    def work(hand: Hand) -> None:
        hand.count.clicks += 1
        hand.page.get_by_label("选完就下一张").check()
        for n, value in enumerate(wanted):
            on_task(hand.page, f"street_{n:03}.jpg")
            hand.key(str(WEATHER.index(value) + 1))

    count, spent = sit(browser, fake, work)
    assert [a["item_attrs"]["weather"] for a in by_task(fake)] == wanted
    return count, spent


def by_task(fake: FakePlatform) -> list[dict[str, Any]]:
    """The answers in the order of their tasks."""
    answers = {s["task"]: s for s in fake.submissions}
    return [answers[t["id"]] for t in fake.tasks]


# ---- theirs, counted ----


def changes(scene: list[Box], label: str) -> tuple[int, str]:
    """How often the class changes within a scene, coming from ``label``, and the last class."""
    count = 0
    for own, *_ in scene:
        count += own != label
        label = own
    return count, label


def cvat_streets() -> Count:
    """Ctrl+digit when the label changes, N, two clicks; F goes on; one Ctrl+S at the end."""
    count, label = Count(chords=1), CLASSES[0]
    for scene in streets():
        changed, label = changes(scene, label)
        count.chords += changed
        count.keys += len(scene) + 1
        count.clicks += 2 * len(scene)
    return count


def label_studio_streets(keeps_label: bool) -> Count:
    """A label's key before each region (with "keep label selected": when it changes), a drag, Ctrl+Enter.

    Without the setting the label is let go after each region; in a new task none is chosen in either case.
    """
    count = Count()
    for scene in streets():
        changed, _ = changes(scene, "")
        count.keys += changed if keeps_label else len(scene)
        count.drags += len(scene)
        count.chords += 1
    return count


WAYS: dict[str, list[tuple[str, Count]]] = {
    "streets": [
        ("CVAT: Ctrl+digit, N, two clicks, F", cvat_streets()),
        ("Label Studio: label key, drag, Ctrl+Enter", label_studio_streets(keeps_label=False)),
        ("Label Studio with “keep label selected”", label_studio_streets(keeps_label=True)),
    ],
    "faces": [
        # A skeleton is drawn as a box and its points are then dragged to their places, one by one.
        (
            "CVAT skeleton: N, two clicks, 68 drags, F",
            Count(keys=2 * FACES, clicks=2 * FACES, drags=68 * FACES, chords=1),
        ),
        # Points without names: the number of points is set before, the frame goes on by itself.
        (
            "CVAT single shape, points without names: 68 clicks",
            Count(clicks=68 * FACES, chords=1),
        ),
        # A label a point: keys exist for the digits and letters at most; counted as if all 68 had one.
        (
            "Label Studio: label key and click a point, Ctrl+Enter",
            Count(keys=68 * FACES, clicks=68 * FACES, chords=FACES),
        ),
    ],
    "pictures": [
        # Tag annotation workspace, "automatically go to the next frame".
        ("CVAT tags, automatically to the next frame: digit", Count(keys=PICTURES, clicks=1, chords=1)),
        ("Label Studio: choice's key, Ctrl+Enter", Count(keys=PICTURES, chords=PICTURES)),
    ],
}


def main() -> None:
    """Print the table of docs/benchmarks/workbench.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    objects = {"streets": sum(map(len, streets())), "faces": FACES, "pictures": PICTURES}
    ours = {"streets": do_streets, "faces": do_faces, "pictures": do_pictures}
    print(
        "| work | way | keys | chords | clicks | drags | actions | actions an object | model s an object | machine s an object |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for work, do in ours.items():
            count, spent = do(browser)
            row(work, objects[work], "**ours**", count, f"{spent / objects[work]:.2f}")
            for way, other in WAYS[work]:
                row(work, objects[work], way, other, "–")
        browser.close()


def row(work: str, objects: int, way: str, count: Count, machine: str) -> None:
    """Print one line."""
    print(
        f"| {objects} {'boxes on 50 streets' if work == 'streets' else work} | {way} | {count.keys} | {count.chords} | {count.clicks} | {count.drags}"
        f" | {count.actions} | {count.actions / objects:.2f} | {count.seconds / objects:.2f} | {machine} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
