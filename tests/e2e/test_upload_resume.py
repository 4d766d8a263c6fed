"""An upload that a reload cut short goes on where it was, when the same folder is chosen again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.e2e
FILES, LET_THROUGH = 3, 3


def is_part(url: str) -> bool:
    """Return whether an address is one of a part of a file."""
    return "/api/v1/data/uploads/" in url and "offset=" in url


def test_a_reload_in_the_middle_sends_nothing_twice(
    platform: Any, page: Page, log_in: Callable[[Page, Any, str], None], tmp_path: Path
) -> None:
    folder = tmp_path / "night"
    folder.mkdir()
    noise = np.random.default_rng(7)
    for n in range(FILES):
        # Noise does not compress: some 900 kB each, more than the first part of 256 kB.
        Image.fromarray(noise.integers(0, 255, (500, 600, 3), dtype=np.uint8)).save(folder / f"{n}.png")
    log_in(page, platform, "client")
    page.get_by_role("link", name="数据", exact=True).click()
    page.get_by_role("button", name="新建数据集").click()
    page.get_by_label("名字").fill("夜里的路口")
    page.get_by_role("button", name="建好").click()
    expect(page.get_by_role("heading", name="夜里的路口")).to_be_visible()

    through: list[str] = []

    def cut(route: Route) -> None:
        if len(through) < LET_THROUGH:
            through.append(route.request.url)
            route.continue_()
        else:
            route.abort("connectionreset")

    page.route(is_part, cut)
    page.get_by_role("button", name="加数据").first.click()
    page.get_by_label("选择文件夹").set_input_files(folder)
    expect(page.get_by_text("网络断了,等网络好了接着传").first).to_be_visible(timeout=60_000)
    assert len(through) == LET_THROUGH

    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.unroute(is_part)
    offsets: list[int] = []
    page.on(
        "request",
        lambda r: (
            offsets.append(int(parse_qs(urlsplit(r.url).query)["offset"][0])) if is_part(r.url) else None
        ),
    )
    page.get_by_role("button", name="加数据").first.click()
    expect(page.get_by_text("上次没传完")).to_be_visible()
    page.get_by_label("选择文件夹").set_input_files(folder)
    for n in range(FILES):
        expect(page.get_by_role("button", name=f"night/{n}.png", exact=True)).to_be_visible(timeout=90_000)
    assert offsets and min(offsets) > 0, "each file went on behind what had arrived before the reload"
