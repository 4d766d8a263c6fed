"""Two people do each picture: where they agree their answers become one, where they do not somebody decides, unseen by whom.

Clicked as the people click it, from the wizard to the release; both are paid for everything they did.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from test_practice import Caller
from test_story import BLUE, RED, SIZE, at_work, drag, folder, marked, person, see

from conftest import Platform

__all__ = ["folder", "person"]
pytestmark = pytest.mark.e2e
PROJECT = "两人一张 · 小路口"
SLOW = 60_000
MINUTES_2 = 120.0


def until(there: Callable[[], Any], page: Page) -> Any:
    """Ask again until something is there; what it was."""
    deadline = time.monotonic() + MINUTES_2
    while not (found := there()):
        assert time.monotonic() < deadline, "it did not come"
        page.wait_for_timeout(500)
    return found


def test_several_answers_become_one_or_are_decided(
    own_platform: Platform, person: Callable[[str], Page], folder: Path
) -> None:
    client = person("client")
    made = client_makes_the_project(client, folder)
    first, second = person("worker"), person("worker2")
    draw_all(first, leave_out_truck_of_second=False)
    draw_all(second, leave_out_truck_of_second=True)

    lead = person("lead")
    boss = Caller(lead, own_platform.url)
    tasks = f"/quality/projects/{made}/consensus/tasks"
    until(lambda: {t["state"] for t in boss.get(tasks)["items"]} == {"accepted", "proposed"}, lead)
    lead_decides(lead, own_platform.url, made)
    until(lambda: {t["state"] for t in boss.get(tasks)["items"]} == {"accepted", "decided"}, lead)
    lead_sees_where_it_came_from(lead, own_platform.url, made)

    for page in (first, second):
        mine = Caller(page, own_platform.url).get("/work/mine")["items"]
        ours = [row for row in mine if row["project"] == made]
        assert [row["state"] for row in ours] == ["accepted", "accepted"], (
            "everybody's work is accepted, and paid"
        )
    the_release_says_so(Caller(client, own_platform.url), client, made)


def client_makes_the_project(page: Page, pictures: Path) -> str:
    """The wizard, with two people for each picture; a tenth is offered for checks besides, and none is wanted here."""
    page.get_by_role("link", name="数据", exact=True).click()
    page.get_by_role("button", name="新建数据集").click()
    page.get_by_label("名字").fill("两人小路口")
    page.get_by_role("button", name="建好").click()
    page.get_by_role("button", name="加数据").first.click()
    page.get_by_label("选择文件夹").set_input_files(pictures)
    expect(page.get_by_text("002.png")).to_be_visible(timeout=120_000)

    page.get_by_role("link", name="项目", exact=True).click()
    page.get_by_role("link", name="新建项目").click()
    page.get_by_role("button", name="车辆、行人和障碍物").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("名字").fill(PROJECT)
    page.get_by_label("万山基地").check()
    page.get_by_role("button", name="下一步").click()
    share = page.get_by_label("检查多少")
    expect(share).to_have_value("100 %")
    page.get_by_label("每个做几遍").fill("2")
    expect(share).to_have_value("10 %")
    share.fill("0")
    page.get_by_role("button", name="建好").click()
    expect(page.get_by_role("heading", name=PROJECT)).to_be_visible(timeout=SLOW)
    made = page.url.split("/projects/")[1].split("?")[0].split("/")[0]

    page.get_by_role("link", name="数据", exact=True).click()
    page.get_by_role("link", name="两人小路口", exact=True).first.click()
    page.get_by_role("button", name="放进项目").click()
    page.get_by_label("哪个项目").select_option(label=PROJECT)
    page.get_by_role("button", name="放进去").click()
    expect(page.get_by_text("放进去 2 个")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="项目", exact=True).click()
    page.get_by_role("link", name=PROJECT).click()
    page.get_by_role("button", name="开工").click()
    expect(page.get_by_text("进行中")).to_be_visible(timeout=SLOW)
    return made


def draw_all(page: Page, *, leave_out_truck_of_second: bool) -> None:
    """Car and truck of both pictures, but for one truck that somebody does not see."""
    page.reload()
    page.get_by_role("link", name=PROJECT, exact=True).click(timeout=SLOW)
    seen = None
    for nth in range(2):
        at_work(page, "work")
        seen = see(page, RED, other_than=seen)
        page.keyboard.press("1")
        drag(page, seen)
        marked(page, 1)
        left = seen[0] - page.locator(".wb-stage").bounding_box()["x"]
        if not (leave_out_truck_of_second and left > SIZE[0] / 4):  # the car of 002.png stands to the right
            page.keyboard.press("2")
            drag(page, see(page, BLUE))
            marked(page, 2)
        page.keyboard.press("f")
        if nth == 0:
            marked(page, 0)
    expect(page.get_by_text("眼下没有活了")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("已上传")).to_be_visible(timeout=SLOW)


def lead_decides(page: Page, url: str, project: str) -> None:
    """Among what to look at today one waits for a decision; two answers without names, and what they say together."""
    page.goto(f"{url}/team/quality?project={project}")
    reasons = page.get_by_label("今天看这些")
    expect(reasons.get_by_text("1 张要仲裁")).to_be_visible(timeout=SLOW)
    reasons.get_by_role("link", name="去仲裁").click()
    expect(page.locator(".wb[data-mode=arbitrate]")).to_be_visible(timeout=SLOW)
    several = page.get_by_role("region", name="几个人的答案")
    expect(several.locator("figure")).to_have_count(3, timeout=SLOW)
    expect(several.get_by_text("合并结果", exact=True)).to_be_visible()
    assert "吴小燕" not in several.inner_text() and "李春梅" not in several.inner_text()
    several.get_by_role("button", name="采用合并结果").click()
    marked(page, 2)
    page.keyboard.press("f")
    expect(page.locator(".wb[data-mode=arbitrate]")).to_have_count(0, timeout=SLOW)


def lead_sees_where_it_came_from(page: Page, url: str, project: str) -> None:
    """Which became one by itself and which was decided, why, and whose it is."""
    page.goto(f"{url}/team/quality?project={project}&view=agree")
    became = page.get_by_role("region", name="一张一张看")
    agreed = became.get_by_role("row").filter(has_text="001.png")
    expect(agreed.get_by_text("合成了")).to_be_visible(timeout=SLOW)
    expect(agreed).to_contain_text("吴小燕 50%")
    expect(agreed).to_contain_text("李春梅 50%")
    decided = became.get_by_role("row").filter(has_text="002.png")
    expect(decided.get_by_text("仲裁定了")).to_be_visible()
    expect(decided).to_contain_text("有没有 1")


def the_release_says_so(client: Caller, page: Page, project: str) -> None:
    """What is delivered tells how many items several answers became, and that two people did them."""
    made = client.post(f"/releases/projects/{project}", {"name": "两人"})
    release = made.get("id") or made["release"]
    ready = until(lambda: (r := client.get(f"/releases/{release}"))["state"] == "ready" and r, page)
    counts = ready["card"]["counts"]
    assert (ready["items"], ready["marks"]) == (2, 4)
    assert (counts["made_by_consensus"], counts["items_with_several_answers"]) == (1, 2)
