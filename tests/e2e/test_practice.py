"""Practice on the workbench: assigned by the lead, begun from the day page, put right with the words at the place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.e2e


class Caller:
    """A logged-in person who speaks to the API."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, f"{url}/api/v1"
        self.me = self.page.request.get(f"{self.url}/people/me").json()

    def get(self, path: str) -> Any:
        answer = self.page.request.get(self.url + path)
        assert answer.ok, answer.text()
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = self.page.request.post(self.url + path, data=body, headers={"X-CSRFToken": self.me["csrf"]})
        assert answer.ok, answer.text()
        return answer.json()


@pytest.fixture
def second(browser: Browser) -> Any:
    """Another PC."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 610}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    window = context.new_page()
    window.set_default_timeout(30_000)
    yield window
    context.close()


def draw(page: Page) -> None:
    """Draw one traffic light and answer what is asked about it."""
    expect(page.locator(".wb[data-mode=work]")).to_be_visible(timeout=60_000)
    expect(page.locator(".wb-stage canvas").first).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="红绿灯")).to_be_visible(timeout=60_000)
    page.keyboard.press("7")
    page.mouse.move(600, 300)
    page.mouse.down()
    page.mouse.move(630, 320)
    page.mouse.move(660, 350)
    page.mouse.up()
    for _ in range(3):
        page.keyboard.press("Shift+Digit1")


def test_what_is_wrong_is_said_at_once_and_put_right(
    own_platform: Any, page: Page, second: Page, log_in: Callable[[Page, Any, str], None]
) -> None:
    page.set_default_timeout(30_000)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    log_in(second, own_platform, "lead")
    log_in(page, own_platform, "worker")
    lead, worker = Caller(second, own_platform.url), Caller(page, own_platform.url)
    project = lead.get("/projects/?state=running")["projects"][0]["id"]

    second.goto(f"{own_platform.url}/team/quality?view=known&project={project}")
    pools = second.get_by_role("region", name="练习题库")
    pools.get_by_role("row", name="补练").get_by_role("button", name="加题").click()
    filling = second.get_by_role("dialog", name="往“补练”里加题")
    filling.get_by_label("抽几题").fill("1")
    filling.get_by_role("button", name="加题").click()
    expect(filling).to_have_count(0, timeout=30_000)
    expect(pools.get_by_role("row", name="补练").get_by_role("cell", name="1", exact=True)).to_be_visible(
        timeout=30_000
    )
    [known] = lead.get(f"/quality/projects/{project}/gold")["items"]
    # What is right is that nothing is there: easy to be wrong about, and to put right with two keys.
    lead.post(f"/quality/gold/{known['id']}/correct", {"marks": []})
    runs = second.get_by_role("region", name="谁在练")
    runs.get_by_role("button", name="安排练习").click()
    assigning = second.get_by_role("dialog", name="安排练习")
    assigning.get_by_label("给谁").select_option(worker.me["id"])
    assigning.get_by_role("button", name="安排练习").click()
    expect(runs.get_by_text("还没开始")).to_be_visible(timeout=30_000)

    before = worker.get("/work/today")["items"]
    page.goto(f"{own_platform.url}/today")
    card = page.get_by_role("region", name="练一练")
    expect(card.get_by_text("补练 1 题")).to_be_visible(timeout=30_000)
    card.get_by_role("link", name="开始练").click()

    draw(page)
    page.keyboard.press("f")
    said = page.get_by_role("alert").filter(has_text="不用标")
    expect(said).to_be_visible(timeout=30_000)
    page.keyboard.press("Delete")
    page.keyboard.press("n")
    expect(
        page.get_by_role("heading", name="1 题里第一次就对的有 0 题。练完了,可以回去干活了。")
    ).to_be_visible(timeout=30_000)
    page.get_by_role("status").get_by_role("button", name="回首页").click()
    expect(page.get_by_role("heading", name="最近交的")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("region", name="练一练")).to_have_count(0)
    [run] = lead.get(f"/quality/projects/{project}/practice")
    assert (run["state"], run["done"], run["first_right"]["value"]) == ("done", 1, 0.0)
    second.reload()
    expect(runs.get_by_text("练完了")).to_be_visible(timeout=30_000)
    assert worker.get("/work/today")["items"] == before, "practice is no work"
    assert broken == []
