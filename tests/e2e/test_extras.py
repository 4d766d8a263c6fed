"""A late answer beside the one that counts: the lead looks at both and decides. The demo has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e

# Marks are drawn on the canvas: of a demo street, without marks, nothing is exactly a class colour.
PAINTED = """(canvas) => {
  const { width, height } = canvas;
  if (!width || !height) return false;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4) colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return colours.size;
}"""


def test_the_lead_sees_both_and_takes_the_late_one(
    own_platform: Any, page: Page, log_in: Callable[[Page, Any, str], None]
) -> None:
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    log_in(page, own_platform, "lead")
    page.goto(f"{own_platform.url}/team")
    expect(page.get_by_text("1 张交晚了,别人已经交过")).to_be_visible()
    page.get_by_role("button", name="看两份").click()
    row = page.get_by_role("row").filter(has_text="0001.jpg")
    expect(row).to_contain_text("吴小燕")
    row.get_by_role("button", name="看两份").click()
    both = page.get_by_role("dialog", name="0001.jpg")
    expect(both.get_by_text("现在算的", exact=True)).to_be_visible()
    for name in ("吴小燕", "李春梅"):
        picture = both.get_by_role("img", name=f"{name} 标的")
        expect(picture).to_be_visible()
        page.wait_for_function(f"(c) => ({PAINTED})(c) > 500", arg=picture.element_handle())
    both.get_by_role("button", name="采用晚交的").click()
    expect(page.get_by_text("采用了晚交的")).to_be_visible()
    expect(page.get_by_text("没有多交的要定。")).to_be_visible()
    assert broken == []


def test_who_drew_the_other_one_is_told(
    own_platform: Any, page: Page, log_in: Callable[[Page, Any, str], None]
) -> None:
    log_in(page, own_platform, "worker2")
    mine = page.request.get(f"{own_platform.url}/api/v1/work/mine?limit=200").json()["items"]
    assert [m["name"] for m in mine if m["state"] == "aside"] == ["路口/0001.jpg"]
