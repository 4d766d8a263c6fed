"""The spine of the product, clicked as its people click it: data in, labelled, checked, put right, released, downloaded.

The pictures hold one red car and one blue truck, pure colours on grey, so the test draws as a worker does: it looks
at the screen, finds the thing and drags around it. What the client gets must be the rectangles that were painted.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Download, Page, expect
from pycocotools.coco import COCO

from conftest import Platform

pytestmark = pytest.mark.e2e

RED, BLUE = (230, 20, 20), (20, 40, 230)
SIZE = (1086, 543)
"""Fills the stage of a 1366×610 window at scale 1."""
STRIDE = 20
"""What an arrow with Shift walks, in pixels of the screen; the truck drawn by keyboard is so many strides large."""
PAINTED = {
    "001.png": {"car": (100, 200, 300, 320), "truck": (480, 150, 700, 330)},
    "002.png": {"car": (420, 240, 640, 380), "truck": (60, 120, 280, 300)},
}
"""Picture → class → the painted rectangle x0, y0, x1, y1 in pixels; x1 and y1 are the edges, not the last pixel."""
PROJECT = "小路口 · 第 1 批"
NEAR = 1.5
"""Pixels of the picture: a drag ends on whole pixels of a screen that shows the picture at its own scale or smaller."""

SLIP = 40
FAULT = "位置或大小不准"

Box = tuple[float, float, float, float]
LogIn = Callable[[Page, Platform, str], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client's folder of pictures."""
    place = tmp_path_factory.mktemp("pictures") / "crossing"
    place.mkdir()
    for name, things in PAINTED.items():
        picture = Image.new("RGB", SIZE, (128, 132, 130))
        draw = ImageDraw.Draw(picture)
        for label, colour in (("car", RED), ("truck", BLUE)):
            x0, y0, x1, y1 = things[label]
            draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=colour)
        picture.save(place / name)
    return place


@pytest.fixture
def person(browser: Browser, own_platform: Platform, log_in: LogIn) -> Iterator[Callable[[str], Page]]:
    """Sit a person of a role down at a PC of her own; the same person again gets her same PC."""
    seats: dict[str, Page] = {}

    def sit(role: str) -> Page:
        if role not in seats:
            context = browser.new_context(
                viewport={"width": 1366, "height": 610},
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                accept_downloads=True,
            )
            seats[role] = context.new_page()
            seats[role].set_default_timeout(20_000)
            log_in(seats[role], own_platform, role)
        return seats[role]

    yield sit
    for page in seats.values():
        page.context.close()


def see(page: Page, colour: tuple[int, int, int], *, other_than: Box | None = None) -> Box:
    """Look at the screen: where is the thing of this colour?

    Waits until it is shown (and, with ``other_than``, until another picture is). Returns its edges in CSS pixels.
    """
    stage = page.locator(".wb-stage")
    expect(stage).to_be_visible()
    for _ in range(100):
        around = stage.bounding_box()
        assert around is not None
        shot = np.asarray(Image.open(io.BytesIO(stage.screenshot())).convert("RGB")).astype(int)
        rows, columns = np.nonzero(np.abs(shot - np.array(colour)).max(axis=2) < 55)
        if len(rows) > 2000:
            x, y = around["x"], around["y"]
            edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            x0, y0, x1, y1 = (float(at + edge) for at, edge in zip((x, y, x, y), edges, strict=True))
            if (x0, y0, x1, y1) != other_than:
                return x0, y0, x1, y1
    raise AssertionError("the thing is not on the screen")


def drag(page: Page, box: Box) -> None:
    """Drag from corner to corner, with a step between as a hand makes it."""
    x0, y0, x1, y1 = box
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def marked(page: Page, count: int) -> None:
    """Wait until the panel says how many are marked."""
    expect(page.get_by_role("heading", name=f"已标 {count} 个")).to_be_visible()


def at_work(page: Page, mode: str) -> None:
    """Wait until a task of a mode is on the bench."""
    expect(page.locator(f".wb[data-mode={mode}]")).to_be_visible()


def test_from_a_folder_to_a_dataset(
    own_platform: Platform, person: Callable[[str], Page], folder: Path, tmp_path: Path
) -> None:
    client_brings_data_and_makes_the_project(person("client"), folder)
    worker_draws_both(person("worker"))
    own_platform.stop()
    own_platform.start()
    lead_sends_one_back(person("lead"))
    worker_puts_it_right(person("worker"))
    lead_accepts_the_correction(person("lead"))
    client_releases_and_downloads(person("client"), tmp_path)


def client_brings_data_and_makes_the_project(page: Page, folder: Path) -> None:
    """Upload, template, items, guideline, start."""
    page.get_by_role("link", name="数据", exact=True).click()
    page.get_by_role("button", name="新建数据集").click()
    page.get_by_label("名字").fill("小路口")
    page.get_by_role("button", name="建好").click()
    page.get_by_role("button", name="加数据").first.click()
    page.get_by_label("选择文件夹").set_input_files(folder)
    expect(page.get_by_text("001.png")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("002.png")).to_be_visible()

    page.get_by_role("link", name="项目", exact=True).click()
    page.get_by_role("link", name="新建项目").click()
    page.get_by_role("button", name="车辆、行人和障碍物").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("名字").fill(PROJECT)
    page.get_by_label("万山基地").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="建好").click()
    expect(page.get_by_role("heading", name=PROJECT)).to_be_visible()

    page.get_by_role("tab", name="要求").click()
    page.get_by_role("textbox", name="要求", exact=True).fill(
        "# 小路口\n\n只框小汽车和货车,四边贴紧。\n\n- 影子不算"
    )
    page.get_by_placeholder("改了什么").fill("写清楚影子")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("第 2 版")).to_be_visible()

    page.get_by_role("link", name="数据", exact=True).click()
    page.get_by_role("link", name="小路口", exact=True).first.click()
    page.get_by_role("button", name="放进项目").click()
    page.get_by_label("哪个项目").select_option(label=PROJECT)
    page.get_by_role("button", name="放进去").click()
    expect(page.get_by_text("放进去 2 个")).to_be_visible()

    page.get_by_role("link", name="项目", exact=True).click()
    page.get_by_role("link", name=PROJECT).click()
    page.get_by_role("button", name="开工").click()
    expect(page.get_by_text("进行中")).to_be_visible()


def worker_draws_both(page: Page) -> None:
    """The car by drag, the truck by drag or, in the second picture, by keyboard; F, and the next one is there."""
    page.get_by_role("link", name=PROJECT, exact=True).click()
    at_work(page, "work")
    for nth in range(2):
        car, truck = see(page, RED), see(page, BLUE)
        page.keyboard.press("1")
        if nth == 0:  # her slip: the box of the first car begins far too much to the left
            car = (car[0] - SLIP, *car[1:])
        drag(page, car)
        marked(page, 1)
        page.keyboard.press("2")
        if nth == 0:
            drag(page, truck)
        else:
            draw_by_keyboard(page, truck)
        marked(page, 2)
        page.keyboard.press("f")
        if nth == 0:
            marked(page, 0)
    expect(page.get_by_text("眼下没有活了")).to_be_visible()
    expect(page.get_by_text("已上传")).to_be_visible()


def draw_by_keyboard(page: Page, box: Box) -> None:
    """Walk the yellow cross from corner to corner with the arrows; Enter presses it."""
    x0, y0, x1, y1 = box
    page.mouse.move(x0, y0)
    for key in ("Shift+ArrowRight", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    for key, way in (("Shift+ArrowRight", x1 - x0), ("Shift+ArrowDown", y1 - y0)):
        for _ in range(round(way / STRIDE)):
            page.keyboard.press(key)
    page.keyboard.press("Enter")


def lead_sends_one_back(page: Page) -> None:
    """The first picture is sent back with a kind of error at a mark, the second passes."""
    page.get_by_role("link", name="要检查的").click()
    line = page.locator(".list-line").filter(has_text=PROJECT)
    line.get_by_role("link", name="检查").click()
    seen = None
    for _ in PAINTED:
        at_work(page, "review")
        seen = see(page, RED, other_than=seen)
        marked(page, 2)
        x0, y0, x1, y1 = seen
        first = x0 - page.locator(".wb-stage").bounding_box()["x"] < SIZE[0] / 4
        if first:
            page.mouse.click((x0 + x1) / 2, (y0 + y1) / 2)
            page.get_by_role("button", name="哪里错了").click()
            page.get_by_label(FAULT).check()
            page.get_by_label("给他说一句").fill("左边多出一截")
            page.get_by_role("button", name="加上").click()
            page.get_by_role("button", name="退回").click()
        else:
            page.keyboard.press("f")
    expect(page.locator(".wb[data-mode=review]")).to_have_count(0)
    page.get_by_role("button", name="回首页").first.click()


def worker_puts_it_right(page: Page) -> None:
    """She sees what came back and why, makes it right and hands it in again."""
    page.get_by_role("button", name="回首页").first.click()
    expect(page.get_by_role("heading", name="张退回来了")).to_be_visible()
    row = page.locator(".list-row").filter(has_text=PROJECT).filter(has_text="左边多出一截")
    expect(row).to_contain_text("001.png")
    row.get_by_role("link", name="去改").click()
    at_work(page, "rework")
    expect(page.get_by_text("左边多出一截").first).to_be_visible()
    page.get_by_role("button", name="知道了").click()
    page.keyboard.press("v")
    x0, y0, x1, y1 = see(page, RED)
    page.mouse.click((x0 + x1) / 2, (y0 + y1) / 2)
    page.keyboard.press("Delete")
    marked(page, 1)
    page.keyboard.press("1")
    drag(page, see(page, RED))
    marked(page, 2)
    page.keyboard.press("f")
    expect(page.locator(".wb[data-mode=rework]")).to_have_count(0)
    expect(page.get_by_text("已上传")).to_be_visible()


def lead_accepts_the_correction(page: Page) -> None:
    page.get_by_role("link", name="班组").click()
    page.get_by_label("项目", exact=True).select_option(label=PROJECT)
    page.get_by_role("link", name="去检查 1 张").click(timeout=30_000)
    at_work(page, "review")
    see(page, RED)
    page.get_by_role("button", name="通过").click()
    expect(page.locator(".wb[data-mode=review]")).to_have_count(0)


def client_releases_and_downloads(page: Page, place: Path) -> None:
    """Two releases, compared; COCO opens with pycocotools."""
    page.get_by_role("link", name="项目", exact=True).click()
    page.get_by_role("link", name=PROJECT).click()
    page.get_by_role("tab", name="发布").click()
    for number, name in ((1, "试交付"), (2, "交付")):
        page.get_by_role("button", name="发布一版").click()
        page.get_by_label("叫什么").fill(name)
        page.get_by_role("button", name="发布", exact=True).click()
        expect(page.get_by_role("heading", name=f"第 {number} 版 {name}")).to_be_visible()
        expect(page.get_by_text("清单指纹")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="和别的版本比").click()
    expect(page.get_by_role("row", name="没变 2")).to_be_visible()
    expect(page.get_by_role("row", name="小汽车 2 2")).to_be_visible()
    page.keyboard.press("Escape")

    coco = export(page)
    with zipfile.ZipFile(saved(coco, place)) as archive:
        [name] = [
            n
            for n in archive.namelist()
            if n.endswith(".json") and "annotations" in json.loads(archive.read(n))
        ]
        archive.extract(name, place)
    check_boxes(place / name)
    export_that_loses(page, place)


def export_that_loses(page: Page, place: Path) -> None:
    """A format for written words cannot say what is a car: that is told first, and written only when it is accepted."""
    page.get_by_label("格式").select_option("icdar")
    page.get_by_role("button", name="导出", exact=True).click()
    dialog = page.get_by_role("dialog", name="导出会丢掉一些东西")
    expect(dialog).to_be_visible(timeout=60_000)
    # All four boxes: two pictures with a car and a truck each.
    expect(
        dialog.get_by_role("row").filter(has_text="没有类别").get_by_role("cell", name="4", exact=True)
    ).to_be_visible()
    dialog.get_by_role("button", name="丢了也要").click()
    ready = page.locator(".export-row").filter(has_text="好了").filter(has_text="ICDAR")
    with page.expect_download(timeout=60_000) as download:
        ready.get_by_role("link", name="下载", exact=True).click(timeout=60_000)
    with zipfile.ZipFile(saved(download.value, place)) as archive:
        texts = b"".join(archive.read(n) for n in archive.namelist() if n.endswith(".txt"))
    assert b"car" not in texts and b"truck" not in texts


def export(page: Page) -> Download:
    """Export in the format that stands there (COCO) and take the file."""
    page.get_by_role("button", name="导出", exact=True).click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="下载", exact=True).first.click(timeout=60_000)
    return download.value


def saved(download: Download, place: Path) -> Path:
    """Keep a download on the disk."""
    path = place / download.suggested_filename
    download.save_as(path)
    return path


def check_boxes(path: Path) -> None:
    """The boxes in the COCO file are the painted rectangles: read by pycocotools, not by us."""
    dataset = COCO(str(path))
    found: dict[str, dict[str, Any]] = {}
    for annotation in dataset.loadAnns(dataset.getAnnIds()):
        image = dataset.loadImgs(annotation["image_id"])[0]["file_name"].split("/")[-1]
        label = dataset.loadCats(annotation["category_id"])[0]["name"]
        found.setdefault(image, {})[label] = annotation["bbox"]
    assert {image: sorted(boxes) for image, boxes in found.items()} == {
        image: ["car", "truck"] for image in PAINTED
    }
    for image, things in PAINTED.items():
        for label, (x0, y0, x1, y1) in things.items():
            assert found[image][label] == pytest.approx([x0, y0, x1 - x0, y1 - y0], abs=NEAR), (image, label)
