"""Make the pictures of docs/user/workbench.md: every mode of the bench, with our own drawn street.

python bench/workbench/screens.py docs/user/workbench
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

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


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    previous = {"id": "s2", "revision": 2, "marks": CARS, "relations": [], "item_attrs": {}}
    earlier = {
        "id": "s1",
        "revision": 1,
        "marks": CARS[:1] + [box("m2", "bus", 360, 430, 500, 560)],
        "relations": [],
        "item_attrs": {},
    }
    draft = {"seq": 3, "marks": CARS + SUGGESTED, "relations": [], "item_attrs": {}}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"]
        )

        def open_bench(name: str, path: str = "/work", locale: str = "zh-CN", **task: Any) -> Page:
            fake = FakePlatform(ROOT / "src/doujia/server/static/web")
            fake.add_tasks(5, **task)
            context = browser.new_context(viewport={"width": 1366, "height": 610}, locale=locale)
            fake.attach(context)
            page = context.new_page()
            page.goto(ORIGIN + path)
            page.wait_for_function(
                "document.querySelector('.wb-stage canvas')?.width > 300 && document.querySelector('.wb:not([data-mode=none])')"
            )
            page.wait_for_timeout(900)
            pages[name] = page
            return page

        pages: dict[str, Page] = {}
        page = open_bench("work", draft=draft)
        page.keyboard.press("v")
        page.mouse.click(300, 390)
        page = open_bench("work-en", locale="en-US", draft=draft)
        page.keyboard.press("v")
        page.mouse.click(300, 390)
        page = open_bench("outline")
        page.keyboard.press("g")
        page.mouse.move(206, 330)
        page.mouse.down()
        page.mouse.move(280, 400)
        page.mouse.move(342, 444)
        page.mouse.up()
        page.wait_for_timeout(2500)
        open_bench("review", path="/review", mode="review", previous=previous, before_previous=earlier)
        page = open_bench(
            "returned",
            mode="rework",
            previous=previous,
            findings=[{"error_class": "loose", "mark": "m2", "text": "左边多出一截", "severity": "minor"}],
        )
        candidates = [
            {"key": k, "marks": m, "relations": []}
            for k, m in (("A", CARS), ("B", CARS[:2]), ("C", CARS[1:]))
        ]
        open_bench("arbitrate", mode="arbitrate", candidates=candidates, fused={"marks": CARS})
        open_bench("readonly", mode="readonly", previous=previous)
        page = open_bench("help")
        page.keyboard.press("Shift+Slash")
        page = open_bench("adjust", draft=draft)
        page.keyboard.press("Shift+B")
        page = open_bench("checks")
        page.keyboard.press("f")
        for name, shown in pages.items():
            shown.wait_for_timeout(400)
            shown.screenshot(path=options.folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
