"""A client brings pictures in, sets a project up, starts it and takes a release home: by mouse and by visible words."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, expect

pytestmark = pytest.mark.e2e


def _picture(shade: int) -> bytes:
    image = Image.new("RGB", (320, 200), (shade, 120, 200 - shade))
    ImageDraw.Draw(image).rectangle((40 + shade, 60, 120 + shade, 140), fill=(250, 180, 60))
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def _files() -> list[FilePayload]:
    pictures = [
        FilePayload(name=f"car {n}.jpg", mimeType="image/jpeg", buffer=_picture(10 * n)) for n in range(1, 4)
    ]
    return [*pictures, FilePayload(name="notes.txt", mimeType="text/plain", buffer="不是图片".encode())]


def test_from_pictures_to_a_running_project_and_a_release(
    own_platform: Any, page: Page, log_in: Callable[[Page, Any, str], None]
) -> None:
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    log_in(page, own_platform, "client")

    page.get_by_role("link", name="数据").click()
    page.get_by_role("button", name="新建数据集").click()
    page.get_by_label("名字").fill("城南路口")
    page.get_by_role("button", name="建好").click()
    expect(page.get_by_role("heading", name="城南路口")).to_be_visible()

    page.get_by_role("button", name="加数据").first.click()
    page.get_by_label("选择文件或压缩包").set_input_files(_files())
    for n in (1, 2, 3):
        expect(page.get_by_role("button", name=f"car {n}.jpg", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="改名字和说明").click()
    page.get_by_role("menuitem", name="导入记录").click()
    page.get_by_role("button", name="这 1 个文件没有进来").click()
    expect(page.get_by_role("cell", name="notes.txt")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="关掉").last.click()
    expect(page.get_by_role("dialog", name="导入记录")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_role("link", name="项目").click()
    page.get_by_role("link", name="新建项目").click()
    page.get_by_role("button", name="车辆、行人").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("名字").fill("城南路口 · 第 1 批")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="建好").click()
    expect(page.get_by_role("heading", name="城南路口 · 第 1 批")).to_be_visible()
    page.get_by_label("放数据进来").select_option(label="城南路口 (3)")
    page.get_by_role("button", name="放进来").click()
    expect(page.get_by_text("放进来 3 个")).to_be_visible()
    page.get_by_role("button", name="开工").click()
    expect(page.get_by_text("做完 0 / 3")).to_be_visible(timeout=30_000)

    page.get_by_role("link", name="项目").click()
    page.get_by_role("link", name="路口车辆行人").click()
    page.get_by_role("tab", name="发布").click()
    page.get_by_role("button", name="发布一版").click()
    page.get_by_label("叫什么").fill("第一次交付")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_role("heading", name="第 2 版 第一次交付")).to_be_visible()
    expect(page.get_by_text("清单指纹")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="导出", exact=True).click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="下载").first.click(timeout=60_000)
    assert download.value.suggested_filename.endswith(".zip")
    assert broken == []
