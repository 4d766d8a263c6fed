"""Her data are hers: she downloads a copy, deletes her identity data, and leaves."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


def test_copy_delete_and_leave(
    own_platform: Any, page: Page, log_in: Callable[[Page, Any, str], None], tmp_path: Path
) -> None:
    log_in(page, own_platform, "worker2")
    page.goto(f"{own_platform.url}/me")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载我的全部资料").click()
    path = tmp_path / "my-data.zip"
    download.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("my-data.json"))
    assert data["account"][2]["value"] == "李春梅" and len(data["answers"]) > 0

    page.get_by_role("button", name="删除身份信息").click()
    page.get_by_role("dialog").get_by_role("button", name="删除", exact=True).click()
    expect(page.get_by_text("身份信息删掉了")).to_be_visible()

    page.get_by_role("button", name="注销账号").click()
    dialog = page.get_by_role("dialog", name="注销账号")
    dialog.get_by_label("再输一次密码").fill("not-mine-1")
    dialog.get_by_role("button", name="注销", exact=True).click()
    expect(dialog.get_by_text("现在的密码不对。")).to_be_visible()
    account = own_platform.accounts["worker2"]
    dialog.get_by_label("再输一次密码").fill(account["password"])
    dialog.get_by_role("button", name="注销", exact=True).click()
    expect(page.get_by_role("link", name="登录")).to_be_visible()
    page.goto(f"{own_platform.url}/login")
    page.get_by_label("手机号或用户名").fill(account["login"])
    page.get_by_label("密码", exact=True).fill(account["password"])
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("账号或密码不对").or_(page.get_by_role("alert")).first).to_be_visible()
