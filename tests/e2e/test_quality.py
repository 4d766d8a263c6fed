"""A lead opens one page and knows which class, whose work and which paragraph to look at today."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
TRIAL = "试标 · 路口图片"
SLOW = 30_000


@pytest.fixture
def lead(platform: Any, page: Page, log_in: Callable[[Page, Any, str], None]) -> Page:
    """The demo's lead before the trial's quality."""
    log_in(page, platform, "lead")
    page.get_by_role("link", name="质量").click()
    expect(page.get_by_text("下载表格")).to_be_visible(timeout=SLOW)
    page.get_by_label("项目", exact=True).select_option(label=TRIAL)
    expect(page.get_by_role("heading", name="今天看这些")).to_be_visible(timeout=SLOW)
    return page


def test_the_reasons_lead_to_the_errors_in_their_pictures(lead: Page) -> None:
    broken: list[str] = []
    lead.on("pageerror", lambda error: broken.append(str(error)))
    reasons = lead.get_by_label("今天看这些")
    expect(reasons.get_by_text(re.compile("^先看.*的活$")).first).to_be_visible()
    expect(reasons.get_by_text("要求 1.1 可能没写清楚")).to_be_visible()
    expect(reasons.get_by_text(re.compile(r"真实值多半在 \d+% 到 \d+% 之间")).first).to_be_visible()

    rule = reasons.locator(".reason", has_text="要求 1.1")
    rule.get_by_role("link", name="看这些错").click()
    expect(lead.get_by_text("要求 1.1", exact=True)).to_be_visible(timeout=SLOW)
    cards = lead.locator(".finding")
    expect(cards.first).to_be_visible(timeout=SLOW)
    lead.get_by_label("哪种错").select_option(label="类别错了")
    expect(cards.first).to_contain_text("类别错了", timeout=SLOW)
    expect(lead.locator(".finding", has_text="漏标")).to_have_count(0)

    cards.first.click()
    dialog = lead.get_by_role("dialog")
    expect(dialog.locator("svg image")).to_be_visible(timeout=SLOW)
    expect(dialog.locator("svg path").first).to_be_attached(timeout=SLOW)
    dialog.get_by_text("只看错处").click()
    expect(dialog.locator(".look-stage path")).to_have_count(0)
    dialog.get_by_role("button", name="关掉").last.click()
    expect(dialog).to_have_count(0)
    assert broken == []


def test_a_person_has_a_page_with_what_to_practise(lead: Page) -> None:
    reasons = lead.get_by_label("今天看这些")
    reasons.get_by_role("link", name="看这个人").first.click()
    expect(lead.get_by_role("heading", name="下一步练什么")).to_be_visible(timeout=SLOW)
    expect(lead.get_by_role("heading", name="最近的错")).to_be_visible()
    expect(lead.get_by_text("标准题(只有带班的人看得到)")).to_be_visible()
    lead.get_by_role("link", name="回质量页").click()
    expect(lead.get_by_role("heading", name="今天看这些")).to_be_visible(timeout=SLOW)


def test_every_chart_has_its_table_and_all_of_them_a_spreadsheet(lead: Page) -> None:
    chart = lead.locator(".chart-card", has=lead.get_by_role("heading", name="按类别"))
    chart.get_by_role("button", name="看表格").click()
    expect(chart.get_by_role("row").nth(1)).to_contain_text("%")
    with lead.expect_download(timeout=SLOW) as download:
        lead.get_by_role("link", name="下载表格").click()
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    sheets = {name.rsplit(" ", 1)[1]: name for name in book.sheetnames}  # in both languages
    assert {"classes", "people", "bases", "days", "errors", "confusion", "slices", "reviewers", "agreement", "skills", "assistance"} <= sheets.keys()  # fmt: skip
    assert book[sheets["classes"]].max_row > 5

    lead.get_by_text("检查员", exact=True).click()
    expect(lead.get_by_role("row", name=re.compile("龙金花"))).to_be_visible(timeout=SLOW)
    lead.get_by_text("标准题", exact=True).click()
    expect(lead.get_by_text("还没有标准题")).to_be_visible(timeout=SLOW)


def test_every_view_speaks_english(
    platform: Any, page: Page, log_in: Callable[[Page, Any, str], None]
) -> None:
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    log_in(page, platform, "trainer")
    page.get_by_role("button", name="我的账号").click()
    page.get_by_role("menuitem", name="English").click()
    try:
        page.get_by_role("link", name="Quality").click(timeout=SLOW)
        page.get_by_label("Project", exact=True).select_option(label=TRIAL)
        expect(page.get_by_role("heading", name="Look at this today")).to_be_visible(timeout=SLOW)
        for title in ("By class", "By person: passed at once", "By base: passed at once", "Over time: passed at once",
                      "What was taken for what", "By part of the data", "By kind of error", "By paragraph"):  # fmt: skip
            chart = page.locator(".chart-card", has=page.get_by_role("heading", name=title))
            chart.get_by_role("button", name="Table").click()
            expect(
                chart.get_by_role("table").or_(chart.get_by_text("Nothing to tell apart yet."))
            ).to_be_visible()
        expect(page.get_by_role("link", name="Download tables")).to_be_visible()

        page.get_by_text("Errors", exact=True).click()
        expect(page.locator(".finding").first).to_be_visible(timeout=SLOW)
        page.get_by_text("Reviewers", exact=True).click()
        expect(page.get_by_role("columnheader", name="Other reviewers")).to_be_visible(timeout=SLOW)
        page.get_by_text("Agreement", exact=True).click()
        expect(page.get_by_role("heading", name="Agreement α")).to_be_visible(timeout=SLOW)
        expect(page.get_by_role("heading", name="Do pre-labels mislead?")).to_be_visible()
        page.get_by_text("Known tasks", exact=True).click()
        expect(page.get_by_role("region", name="Pools for practice")).to_be_visible(timeout=SLOW)
        page.get_by_text("Rules", exact=True).click()
        expect(page.get_by_role("region", name="How much is checked")).to_be_visible(timeout=SLOW)

        page.get_by_text("What to look at", exact=True).click()
        page.get_by_label("Look at this today").get_by_role("link", name="See the person").first.click()
        expect(page.get_by_role("heading", name="What to practise next")).to_be_visible(timeout=SLOW)
        expect(page.get_by_text("Done well")).to_be_visible()
        expect(page.get_by_role("heading", name="Latest errors")).to_be_visible()
    finally:
        page.get_by_role("button", name="My account").click()
        page.get_by_role("menuitem", name="中文").click()
    expect(page.get_by_role("button", name="我的账号")).to_be_visible(timeout=SLOW)
    assert broken == []
