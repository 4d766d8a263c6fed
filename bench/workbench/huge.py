"""Measure the browser's memory with a picture of 100 megapixels in tiles and a polygon of 50,000 vertices on it.

    make web && python bench/workbench/huge.py

Memory of Chromium's whole process tree is read after every gesture, in two measures. *Own* is what Chromium's task manager
shows: private and swapped memory. *With files* is the proportional set size, which adds the program's own code and files
(some 200 MB of an empty browser; less when other browsers run, which share them). The tiles are noisy photographs of our
own, so that they do not compress to nothing in memory.
"""

from __future__ import annotations

import argparse
import io
import math
import random
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e/workbench"))
from fake_platform import ORIGIN, FakePlatform, street  # noqa: E402

WIDTH, HEIGHT, TILE, VERTICES = 12_288, 8_192, 512, 50_000


def tile() -> bytes:
    """Return one tile: noise over a street."""
    noise = Image.frombytes("RGB", (TILE, TILE), random.Random(1).randbytes(TILE * TILE * 3))
    picture = Image.blend(Image.open(io.BytesIO(street(TILE, TILE))), noise, 0.3)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def levels() -> list[dict[str, float]]:
    """The pyramid, smallest first, down to what one tile holds."""
    out = []
    scale = 1.0
    while True:
        w, h = math.ceil(WIDTH * scale), math.ceil(HEIGHT * scale)
        out.append({"w": w, "h": h, "scale": scale})
        if max(w, h) <= TILE:
            return out[::-1]
        scale /= 2


def coast() -> dict[str, Any]:
    """A polygon of 50,000 vertices around the middle, as ragged as a coast."""
    dice = random.Random(7)
    xy: list[float] = []
    for k in range(VERTICES):
        a = 2 * math.pi * k / VERTICES
        r = 3000 + 500 * math.sin(9 * a) + dice.gauss(0, 6)
        xy += [WIDTH / 2 + 1.4 * r * math.cos(a), HEIGHT / 2 + r * math.sin(a)]
    return {"id": "coast", "label": "car", "geometry": {"kind": "polygon", "parts": [{"outer": xy}]}}


class Memory(NamedTuple):
    """Megabytes of a process tree: private and swapped, and the proportional set size."""

    own: float
    with_files: float

    def __str__(self) -> str:
        return f"{self.own:.0f} MB ({self.with_files:.0f} with files)"


def memory(root: psutil.Process) -> Memory:
    """Return the memory of a process tree."""
    own = whole = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            whole += process.memory_full_info().pss
            own += private(process.pid)
        except (psutil.Error, OSError):
            continue  # it ended while we looked
    return Memory(own / 1e6, whole / 1e6)


def private(pid: int) -> int:
    """Return the bytes of anonymous memory, resident and swapped, as Chromium's private footprint counts them."""
    found = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return sum(int(found[name].split()[0]) for name in ("RssAnon", "VmSwap") if name in found) * 1024


def higher(a: Memory, b: Memory) -> Memory:
    """Return the higher of each measure."""
    return Memory(*map(max, a, b))


def browser_of(before: set[int]) -> psutil.Process:
    """Return the Chromium that was started since ``before``."""
    for process in psutil.Process().children(recursive=True):
        if (
            process.pid not in before
            and "chrom" in process.name()
            and "--type=" not in " ".join(process.cmdline())
        ):
            return process
    raise RuntimeError("no browser was started")


def gestures(page: Page, root: psutil.Process) -> tuple[Memory, list[float]]:
    """Zoom in at many places, pan across, drag a vertex; returns the peak and the milliseconds of each frame."""
    peak = memory(root)
    dice = random.Random(3)
    for _ in range(12):
        x, y = 200 + dice.random() * 800, 100 + dice.random() * 400
        page.mouse.move(x, y)
        for _ in range(14):
            page.mouse.wheel(0, -120)
        page.wait_for_timeout(400)
        page.mouse.down(button="middle")
        page.mouse.move(x - 180, y - 90, steps=8)
        page.mouse.up(button="middle")
        page.wait_for_timeout(400)
        peak = higher(peak, memory(root))
        page.keyboard.press("z")
        page.wait_for_timeout(300)
        peak = higher(peak, memory(root))
    page.keyboard.press("v")
    page.keyboard.press("Control+a")
    frames: list[float] = page.evaluate(
        """() => new Promise((resolve) => {
          const stage = document.querySelector('.wb-stage'), box = stage.getBoundingClientRect();
          const times = []; let n = 0, last = performance.now();
          const step = () => {
            const now = performance.now(); times.push(now - last); last = now;
            stage.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + 500 + n, clientY: box.top + 270, bubbles: true, pointerId: 1 }));
            if (++n < 60) requestAnimationFrame(step); else resolve(times.slice(1));
          };
          requestAnimationFrame(step);
        })"""
    )
    return higher(peak, memory(root)), frames


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    fake = FakePlatform(ROOT / "src/doujia/server/static/web")
    one = tile()
    fake.pictures = defaultdict(lambda: one)
    fake.pictures["preview"] = street(1280, 853)
    fake.add_tasks(
        1,
        width=WIDTH,
        height=HEIGHT,
        draft={"seq": 1, "marks": [coast()], "relations": [], "item_attrs": {}},
    )
    fake.tasks[0]["item"]["urls"] = {
        "preview": "/media/preview",
        "full": "/media/preview",
        "tiles": {"size": TILE, "levels": levels(), "url": "/media/tiles/{level}/{x}_{y}"},
    }
    with sync_playwright() as playwright:
        before = {p.pid for p in psutil.Process().children(recursive=True)}
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        root = browser_of(before)
        context = browser.new_context(viewport={"width": 1366, "height": 610}, locale="zh-CN")
        fake.attach(context)
        page = context.new_page()
        empty = memory(root)
        start = time.monotonic()
        page.goto(ORIGIN + "/work")
        page.wait_for_function(
            "document.querySelector('.wb-stage canvas')?.width > 300 && document.querySelector('.wb[data-mode=work]')"
        )
        opened = time.monotonic() - start
        page.wait_for_timeout(1500)
        at_rest = memory(root)
        peak, frames = gestures(page, root)
        frames.sort()
        print(f"picture {WIDTH}x{HEIGHT}, polygon of {VERTICES} vertices")
        print(f"empty page {empty}, opened in {opened:.1f} s at {at_rest}, peak {peak}")
        print(
            f"frame while the pointer moves: median {frames[len(frames) // 2]:.0f} ms, 95th percentile {frames[int(len(frames) * 0.95)]:.0f} ms"
        )
        browser.close()


if __name__ == "__main__":
    main()
