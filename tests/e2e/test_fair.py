"""A rejection is contested by its author, judged by somebody else, and shown for what it was: clicked as people click it."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from test_practice import Caller

from conftest import Platform

pytestmark = pytest.mark.e2e
LogIn = Callable[[Page, Platform, str], None]


@pytest.fixture
def person(browser: Browser, own_platform: Platform, log_in: LogIn) -> Iterator[Callable[[str], Page]]:
    """Sit a person of a role down at a PC of her own; the same person again gets her same PC."""
    seats: dict[str, Page] = {}

    def sit(role: str) -> Page:
        if role not in seats:
            context = browser.new_context(
                viewport={"width": 1366, "height": 610}, locale="zh-CN", timezone_id="Asia/Shanghai"
            )
            seats[role] = context.new_page()
            seats[role].set_default_timeout(20_000)
            log_in(seats[role], own_platform, role)
        return seats[role]

    yield sit
    for page in seats.values():
        page.context.close()


def keep(page: Page, name: str) -> None:
    """Keep a picture of the page where ``E2E_PICTURES`` asks for them."""
    if folder := os.environ.get("E2E_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_worker_contests_a_rejection_and_is_right(
    own_platform: Platform, person: Callable[[str], Page]
) -> None:
    worker, manager = person("worker"), person("manager")
    worker.goto(f"{own_platform.url}/today")
    worker.get_by_role("button", name="我觉得没错").first.click()
    dialog = worker.get_by_role("dialog", name="请别人再看一次")
    dialog.get_by_role("textbox").fill("边是贴着的")
    dialog.get_by_role("button", name="交上去").click()
    mine = worker.get_by_role("region", name="我提的 1 次“没错”")
    expect(mine.get_by_text("等答复")).to_be_visible()
    expect(mine.get_by_text("边是贴着的")).to_be_visible()
    keep(worker, "today-appeal")

    manager.goto(f"{own_platform.url}/team/reviews")
    waiting = manager.get_by_role("region", name="等答复的申诉")
    expect(waiting.get_by_text("1 次申诉等人判")).to_be_visible()
    keep(manager, "reviews-appeal")
    waiting.get_by_role("link", name="去判").click()
    expect(manager.get_by_role("button", name="通过")).to_be_visible()
    with manager.expect_response(lambda r: r.url.endswith("/work/reviews") and r.ok):
        manager.keyboard.press("f")

    worker.goto(f"{own_platform.url}/me/quality")
    worker.get_by_label("项目").select_option("路口车辆行人 · 第 3 批")
    expect(worker.get_by_text("你对了,已改成通过")).to_be_visible()
    expect(worker.get_by_text("申诉改判:没问题")).to_be_visible()
    expect(worker.get_by_role("heading", name="每周没问题的比例")).to_be_visible()
    keep(worker, "my-quality")

    manager.goto(f"{own_platform.url}/team/appeals")
    manager.get_by_label("项目").select_option("路口车辆行人 · 第 3 批")
    expect(manager.get_by_role("table", name="答复过的").get_by_text("推翻")).to_be_visible()
    expect(
        manager.get_by_role("table", name="谁的退回常被推翻").get_by_text("100%(21%–100%)")
    ).to_be_visible()
    keep(manager, "appeals")


def test_a_lead_writes_a_rule_and_sees_how_often_it_errs(
    own_platform: Platform, person: Callable[[str], Page]
) -> None:
    lead = person("lead")
    lead.goto(f"{own_platform.url}/team/quality?view=rules")
    rules = lead.get_by_role("region", name="规则")
    lead.get_by_role("button", name="写一条规则").click()
    dialog = lead.get_by_role("dialog", name="新规则")
    dialog.get_by_label("中文名").fill("退回三次")
    dialog.get_by_label("英文名").fill("Three returned")
    dialog.get_by_label("给她看的话(中文,启用前要写)").fill("最近退回多了,一起看看。")
    dialog.get_by_role("button", name="试算").click()
    expect(dialog.get_by_role("img", name="动的可能")).to_be_visible(timeout=60_000)
    expect(dialog.get_by_text("拿过去 60 天试")).to_be_visible()
    keep(lead, "rule-dialog")
    dialog.get_by_role("button", name="存成草稿").click()
    row = rules.locator(".rule-row", has_text="退回三次")
    expect(row.get_by_text("草稿")).to_be_visible()
    expect(row.get_by_text("正确率 95% 的人")).to_be_visible(timeout=60_000)
    row.get_by_role("button", name="启用").click()
    expect(row.get_by_text("在用")).to_be_visible()
    keep(lead, "rules")


def test_a_lead_lets_records_decide_how_much_is_checked(
    own_platform: Platform, person: Callable[[str], Page]
) -> None:
    lead = person("lead")
    lead.goto(f"{own_platform.url}/team/quality?view=rules")
    card = lead.get_by_role("region", name="抽查多少")
    card.get_by_role("switch", name="按每个人的记录抽查").check()
    card.get_by_label("最少抽查(%)").fill("20")
    with lead.expect_response(lambda r: r.url.endswith("/policy") and r.request.method == "PUT" and r.ok):
        card.get_by_role("button", name="保存").click()
    lead.reload()
    expect(card.get_by_label("最少抽查(%)")).to_have_value("20")
    card.scroll_into_view_if_needed()
    keep(lead, "policy")


def test_a_question_becomes_part_of_the_guideline(
    own_platform: Platform, person: Callable[[str], Page]
) -> None:
    lead = person("lead")
    lead.goto(f"{own_platform.url}/team/questions")
    lead.get_by_role("article").filter(has_text="广告牌上的车要框吗").get_by_role(
        "button", name="写进要求"
    ).click()
    dialog = lead.get_by_role("dialog", name="写进要求")
    dialog.get_by_label("加进要求的话").fill("广告牌上的车不框。")
    dialog.get_by_label("这次改了什么(大家干活前会看到)").fill("广告牌上的车不框")
    keep(lead, "guideline-change")
    dialog.get_by_role("button", name="写进去,发新版本").click()
    expect(lead.get_by_text("写进要求第 3 版了。")).to_be_visible()
    lead.goto(f"{own_platform.url}/team/questions")
    expect(lead.get_by_text("广告牌上的车要框吗?")).to_have_count(0)


def test_a_rule_asks_the_lead_to_look_wherever_she_is(
    own_platform: Platform, person: Callable[[str], Page]
) -> None:
    lead, manager = person("lead"), person("manager")
    boss, other = Caller(lead, own_platform.url), Caller(manager, own_platform.url)
    project = next(
        p["id"] for p in boss.get("/projects/?state=running")["projects"] if "第 3 批" in p["name"]
    )
    rule = {
        "name_zh": "退回就看", "name_en": "Returned", "message_zh": "退回了一张,组长会来看看。",
        "collect": {"source": "reviews", "last_n": 5}, "when": [{"key": "reviews.returned_count", "op": "gte", "value": 1}],
        "then": [{"do": "notify_lead"}],
    }  # fmt: skip
    made = boss.post(f"/quality/projects/{project}/rules", {"document": rule})
    rules = f"/quality/projects/{project}/rules"
    wait(lead, lambda: next(r for r in boss.get(rules)["rules"] if r["id"] == made["id"])["checked"])
    boss.post(f"/quality/rules/{made['id']}/live", {"version": made["version"]})

    [task] = other.post("/work/next", {"project": project, "kind": "review", "want": 1})["tasks"]
    other.post("/work/reviews", {
        "id": str(uuid.uuid4()), "task": task["id"], "lease": task["lease"], "submission": task["previous"]["id"], "verdict": "reject",
        "findings": [{"error_class": "place", "place": [400, 300], "rule": "2.1", "text": "左边多了"}],
    })  # fmt: skip
    waits = "/quality/firings/waiting"
    wait(lead, lambda: any(row["project"] == project for row in boss.get(waits)))

    lead.goto(f"{own_platform.url}/team")
    expect(lead.get_by_role("link", name="质量").get_by_label("件等你看")).to_be_visible(timeout=60_000)
    asked = lead.get_by_role("region", name="规则请你看的")
    expect(asked.get_by_text("等你看")).to_be_visible()
    keep(lead, "team-rule")
    asked.get_by_role("link", name="去看").click()
    waiting = lead.get_by_role("region", name="等你看的")
    row = waiting.locator(".rule-row", has_text="退回就看")
    expect(row.get_by_text("等组长看。")).to_be_visible(timeout=60_000)
    row.get_by_role("button", name="看过了").click()
    expect(waiting.locator(".rule-row", has_text="退回就看")).to_have_count(0, timeout=60_000)
    lead.goto(f"{own_platform.url}/team")
    expect(lead.get_by_role("button", name="我的账号")).to_be_visible(timeout=60_000)
    expect(lead.get_by_role("region", name="规则请你看的")).to_have_count(0)


def test_a_manager_enters_the_days_her_base_does_not_work(
    own_platform: Platform, person: Callable[[str], Page]
) -> None:
    manager = person("manager")
    manager.goto(f"{own_platform.url}/base")
    manager.get_by_role("button", name="节假日").click()
    dialog = manager.get_by_role("dialog", name="节假日和调休")
    years = dialog.get_by_label("哪一年")
    expect(years).to_be_visible(timeout=60_000)
    year = int(years.input_value())
    expect(dialog.get_by_role("cell", name="国庆节").first).to_be_visible(timeout=60_000)
    dialog.get_by_label("从", exact=True).fill(f"{year}-12-28")
    dialog.get_by_label("到", exact=True).fill(f"{year}-12-29")
    dialog.get_by_label("名字(可以不写)").fill("赶集")
    dialog.get_by_role("button", name="加上").click()
    row = dialog.get_by_role("row").filter(has_text="赶集")
    expect(row.get_by_text("这里自己加的")).to_be_visible(timeout=60_000)
    expect(row.get_by_text("放假")).to_be_visible()
    keep(manager, "holidays")
    dialog.get_by_label("从", exact=True).fill(f"{year + 1}-01-02")
    dialog.get_by_role("button", name="加上").click()
    expect(dialog.get_by_role("alert")).to_contain_text(f"{year} 年里")
    row.get_by_role("button").click()
    expect(dialog.get_by_role("row").filter(has_text="赶集")).to_have_count(0, timeout=60_000)


def wait(page: Page, there: Callable[[], object]) -> None:
    """Ask again until something is there: the worker's clock looks every half minute."""
    deadline = time.monotonic() + 180
    while not there():
        assert time.monotonic() < deadline, "it did not come"
        page.wait_for_timeout(1_000)
