"""A base's LAN: the platform over plain HTTP on an address that is not this PC's own loopback.

Browsers call such a page insecure and take away the clipboard API, ``crypto.subtle``, ``crypto.randomUUID``, locks and the
like; work must go on all the same.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from conftest import Platform, free_port

pytestmark = pytest.mark.e2e


def lan_address() -> str:
    """Return an IPv4 address of this machine that other PCs could reach.

    A machine without a network has none; the test then cannot speak of a LAN and says so.
    """
    for name, addresses in sorted(psutil.net_if_addrs().items()):
        for one in addresses:
            if (
                one.family == socket.AF_INET
                and not one.address.startswith("127.")
                and psutil.net_if_stats()[name].isup
            ):
                return one.address
    pytest.fail(
        "this machine has no network address but loopback: connect it, or run without tests/e2e/test_lan.py"
    )


@pytest.fixture(scope="module")
def lan(web_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform as a base starts it for its PCs."""
    address, port = lan_address(), free_port()
    running = Platform(
        home=tmp_path_factory.mktemp("lan"), port=port, host=address,
        environment={"PUBLIC_URL": f"http://{address}:{port}"},
    )  # fmt: skip
    running.start()
    yield running
    running.stop()


@pytest.fixture
def at(
    browser: Browser, lan: Platform, log_in: Callable[[Page, Platform, str], None]
) -> Iterator[Callable[[str], Page]]:
    """``at(role)`` sits a demo person down; what breaks in the page fails the test."""
    pages: list[Page] = []
    broken: list[str] = []

    def sit(role: str) -> Page:
        context = browser.new_context(
            viewport={"width": 1366, "height": 610}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: broken.append(str(error)))
        pages.append(page)
        log_in(page, lan, role)
        # What this test is about: the browser must not think that the page is secure.
        assert page.evaluate("[isSecureContext, typeof crypto.subtle, typeof navigator.clipboard]") == [
            False,
            "undefined",
            "undefined",
        ]
        return page

    yield sit
    for page in pages:
        page.context.close()
    assert broken == []


def at_work(page: Page) -> None:
    """Wait until a task is on the bench; what was returned first says why."""
    bench = page.locator(".wb[data-mode=work], .wb[data-mode=rework]")
    expect(bench).to_be_visible()
    if bench.get_attribute("data-mode") == "rework":
        page.get_by_role("button", name="知道了").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_worker_draws_hands_in_and_loses_nothing_at_a_reload(
    lan: Platform, at: Callable[[str], Page]
) -> None:
    page = at("worker")
    before = page.request.get(f"{lan.url}/api/v1/work/today").json()["items"]
    page.goto(f"{lan.url}/work")
    at_work(page)
    heading = page.get_by_role("heading", name="已标")
    page.keyboard.press("a")
    page.keyboard.press("7")
    page.mouse.move(600, 380)
    page.mouse.down()
    page.mouse.move(615, 400)
    page.mouse.move(630, 430)
    page.mouse.up()
    for _ in range(3):
        page.keyboard.press("Shift+Digit1")
    expect(page.get_by_text("已保存到本机").or_(page.get_by_text("已上传")).first).to_be_visible()
    drawn = heading.text_content()
    page.reload()
    at_work(page)
    expect(page.get_by_role("heading", name=drawn or "?")).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator(".wb-saved", has_text="已上传")).to_be_visible(timeout=60_000)
    # "Uploaded" was also said of the draft before the key was pressed.
    page.wait_for_function(
        "async (n) => (await (await fetch('/api/v1/work/today')).json()).items === n",
        arg=before + 1,
        timeout=60_000,
    )


def test_a_link_is_copied_without_the_clipboard_api(lan: Platform, at: Callable[[str], Page]) -> None:
    page = at("manager")
    page.goto(f"{lan.url}/base")
    page.get_by_role("button", name="报名链接").click()
    page.get_by_role("button", name="做一个链接").click()
    link = page.get_by_role("textbox", name="链接").input_value()
    assert link.startswith(f"{lan.url}/enrol/")
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_role("button", name="复制好了")).to_be_visible()
    page.goto(f"{lan.url}/base")
    search = page.get_by_placeholder("名字、手机号")
    search.click()
    page.keyboard.press("Control+V")
    expect(search).to_have_value(link)


def test_a_client_drags_pictures_in(lan: Platform, at: Callable[[str], Page], tmp_path: Path) -> None:
    folder = tmp_path / "road"
    folder.mkdir()
    for n in range(3):
        Image.new("RGB", (320, 200), (40 * n, 120, 90)).save(folder / f"p{n}.png")
    page = at("client")
    page.get_by_role("link", name="数据", exact=True).click()
    page.get_by_role("button", name="新建数据集").click()
    page.get_by_label("名字").fill("局域网")
    page.get_by_role("button", name="建好").click()
    page.get_by_role("button", name="加数据").first.click()
    page.get_by_label("选择文件夹").set_input_files(folder)
    for n in range(3):
        expect(page.get_by_role("button", name=f"road/p{n}.png", exact=True)).to_be_visible(timeout=60_000)
    # The pictures themselves are there, by their signed addresses.
    page.wait_for_function(
        "[...document.querySelectorAll(\"img[src*='/media/']\")].filter((one) => one.complete && one.naturalWidth > 0).length >= 3"
    )
