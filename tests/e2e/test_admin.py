"""Who keeps the platform does it on its pages: backups, the trail, webhooks, who looked at identity data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
LONG = 90_000


@pytest.fixture
def broken(page: Page) -> list[str]:
    """What breaks in the page."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_an_admin_makes_a_backup_checks_it_and_proves_the_trail(
    own_platform: Any, page: Page, log_in: Callable[[Page, Any, str], None], broken: list[str]
) -> None:
    log_in(page, own_platform, "admin")
    page.get_by_role("link", name="管理", exact=True).click()
    page.get_by_role("tab", name="机器和备份").click()
    expect(page.get_by_text("keys/vault.key")).to_be_visible()
    expect(page.get_by_text("还没有备份。")).to_be_visible()
    page.get_by_role("button", name="现在做一份").click()
    row = page.get_by_role("row").filter(has_text="有人点的")
    expect(row).to_be_visible(timeout=LONG)
    row.get_by_role("button", name="检查").click()
    checking = page.get_by_role("group", name="正在检查")
    expect(checking.get_by_text("做好了")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="核对一遍").click()
    proving = page.get_by_role("group", name="正在核对操作记录")
    expect(proving.get_by_text("做好了")).to_be_visible(timeout=LONG)
    page.get_by_role("tab", name="后台任务").click()
    expect(page.get_by_text("检查备份").first).to_be_visible()
    assert broken == []


def test_a_look_at_identity_data_is_seen_by_whom_it_concerns(
    own_platform: Any, page: Page, log_in: Callable[[Page, Any, str], None], broken: list[str]
) -> None:
    log_in(page, own_platform, "manager")
    page.goto(f"{own_platform.url}/base")
    page.get_by_role("row").filter(has_text="吴小燕").get_by_role("button", name="改").click()
    dialog = page.get_by_role("dialog", name="吴小燕")
    dialog.get_by_role("button", name="改", exact=True).click()
    dialog.get_by_label("身份证上的名字").fill("吴小燕")
    dialog.get_by_label("身份证号").fill("11010519491231002X")
    dialog.get_by_role("button", name="保存").last.click()
    expect(dialog.get_by_text("1****************X")).to_be_visible()
    dialog.get_by_role("button", name="看全部").click()
    dialog.get_by_placeholder("为什么要看").fill("核对工资表")
    dialog.get_by_role("button", name="看全部").click()
    expect(dialog.get_by_text("11010519491231002X")).to_be_visible()
    dialog.get_by_text("谁看过全部").click()
    expect(dialog.get_by_text("核对工资表")).to_be_visible()
    page.goto(f"{own_platform.url}/admin")
    page.get_by_role("tab", name="操作记录").click()
    page.get_by_label("看哪一类").select_option(label="看过身份信息")
    expect(page.get_by_role("row").filter(has_text="石建军").filter(has_text="核对工资表")).to_be_visible()

    page.context.clear_cookies()
    log_in(page, own_platform, "worker")
    page.goto(f"{own_platform.url}/me")
    page.get_by_text("谁看过全部").click()
    expect(page.get_by_text("石建军 看了身份证上的名字、身份证号")).to_be_visible()
    assert broken == []


def test_a_webhook_is_set_up_and_a_private_address_is_refused(
    own_platform: Any, page: Page, log_in: Callable[[Page, Any, str], None], broken: list[str]
) -> None:
    log_in(page, own_platform, "client")
    page.goto(f"{own_platform.url}/admin")
    page.get_by_role("tab", name="回调").click()
    page.get_by_role("button", name="加回调").first.click()
    dialog = page.get_by_role("dialog", name="加回调")
    dialog.get_by_label("地址").fill("http://169.254.169.254/latest")
    dialog.get_by_role("button", name="加回调").click()
    expect(dialog.get_by_text("这个网址指向内部网络,不能访问。").first).to_be_visible()
    dialog.get_by_label("地址").fill("http://8.8.8.8/hook")
    dialog.get_by_role("button", name="加回调").click()
    secret = page.get_by_role("dialog").get_by_role("textbox", name="密钥")
    expect(secret).to_have_value(re.compile(r"^whsec_"))
    page.get_by_role("dialog").get_by_role("button", name="关掉").last.click()
    page.get_by_role("row").filter(has_text="8.8.8.8").get_by_role("button", name="发送记录").click()
    expect(page.get_by_role("dialog").get_by_text("还没有发过。")).to_be_visible()
    assert broken == []
