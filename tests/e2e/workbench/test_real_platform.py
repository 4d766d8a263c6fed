"""The bench and the real platform: the server goes away in the middle, work goes on, and everything arrives once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.chaos]


def items_today(page: Page, url: str) -> int:
    """Ask the platform how many items this person has handed in today."""
    answer = page.request.get(f"{url}/api/v1/work/today")
    assert answer.ok
    return int(answer.json()["items"])


def draw_and_hand_in(page: Page) -> None:
    """Add one traffic light in the middle of the road, answer what is asked about it, and hand in."""
    page.wait_for_function(
        "document.querySelector('.wb-stage canvas')?.width > 300 && document.querySelector('.wb:not([data-mode=none])')"
    )
    if page.get_by_role("dialog").is_visible():
        page.get_by_role("button", name="知道了").click()
    page.keyboard.press("a")  # suggestions, where there are some
    page.keyboard.press("7")
    mouse = page.mouse
    mouse.move(600, 380)
    mouse.down()
    mouse.move(615, 400)
    mouse.move(630, 430)
    mouse.up()
    for _ in range(3):
        page.keyboard.press("Shift+Digit1")
    page.keyboard.press("f")


def test_server_stopped_and_started_again(page: Page, own_platform: Any, log_in: Callable[..., None]) -> None:
    log_in(page, own_platform, "worker")
    before = items_today(page, own_platform.url)
    page.goto(f"{own_platform.url}/work")
    expect(page.get_by_text("断网也能做")).to_be_visible(timeout=20_000)
    page.wait_for_function(MEDIA_HERE, timeout=20_000)
    own_platform.stop()
    for n in (1, 2):
        draw_and_hand_in(page)
        expect(page.get_by_text(f"等网络好了自动上传({n} 张)")).to_be_visible(timeout=20_000)
    own_platform.start()
    expect(page.locator(".wb-saved", has_text="已上传")).to_be_visible(timeout=60_000)
    assert items_today(page, own_platform.url) == before + 2


MEDIA_HERE = """async () => {
  const name = (await indexedDB.databases()).map((d) => d.name).find((n) => n.startsWith('doujia-bench-'));
  if (!name) return false;
  const db = await new Promise((resolve) => { const r = indexedDB.open(name); r.onsuccess = () => resolve(r.result); });
  const n = await new Promise((resolve) => { const r = db.transaction('media').objectStore('media').count(); r.onsuccess = () => resolve(r.result); });
  db.close();
  return n >= 6;
}"""
