"""What people say to each other over a picture: comments, questions, the paragraph an error is against, new rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_platform import FakePlatform, box
from playwright.sync_api import expect
from seat import Seat

pytestmark = pytest.mark.e2e
Sit = Callable[..., Seat]

RULES = "# 路口\n\n## 1 框什么\n1.1 路上的车都要框。\n1.2 骑车的人和车一起框。\n\n## 2 怎么框\n2.1 框贴着边。"
MARKS = [box("m1", "car", 200, 300, 400, 420)]


def test_a_comment_is_read_beside_its_pin(sit: Sit, fake: FakePlatform) -> None:
    said = [{"id": "7", "by": "lead1", "place": [300, 360], "mark": None, "text": "这辆车后面还有一辆", "at": "2030-01-01T00:00:00Z"}]  # fmt: skip
    fake.add_tasks(1, comments=said)
    page = sit().open()
    comments = page.get_by_role("region", name="留言 1")
    expect(comments).to_contain_text("这辆车后面还有一辆")
    comments.get_by_role("button").click()
    page.keyboard.press("Shift+T")
    page.mouse.click(500, 300)
    page.get_by_role("textbox", name="留言").fill("车尾挡住了")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="留言 2")).to_contain_text("我 车尾挡住了")


def test_an_error_names_the_paragraph_and_its_author_reads_it(sit: Sit, fake: FakePlatform) -> None:
    fake.guideline = RULES
    previous = {"id": "s1", "revision": 1, "marks": MARKS, "relations": [], "item_attrs": {}}
    fake.add_tasks(1, mode="review", previous=previous)
    seat = sit()
    page = seat.open("/review")
    page.mouse.click(700, 480)
    page.get_by_role("button", name="退回").click()
    page.get_by_label("框不贴边").check()
    page.get_by_label("违反要求的哪一条").select_option(label="2.1 框贴着边。")
    page.get_by_role("button", name="加上").click()
    expect(page.locator(".wb-review")).to_contain_text("要求 2.1")
    page.get_by_role("button", name="退回").click()
    seat.until(lambda: len(fake.reviews) == 1)
    findings = fake.reviews[0]["findings"]
    assert findings[0]["rule"] == "2.1"

    fake.tasks.clear()
    fake.reviews.clear()
    fake.add_tasks(1, mode="rework", previous=previous, findings=findings)
    author = sit().open()
    expect(author.get_by_role("dialog", name="这张退回来了")).to_contain_text("要求 2.1 框贴着边。")


def test_what_others_asked_is_there_before_one_asks(sit: Sit, fake: FakePlatform) -> None:
    fake.questions = [
        {"id": "2", "text": "广告牌上的车要框吗?", "answer": None},
        {"id": "1", "text": "老年代步车算什么?", "answer": "算三轮车。"},
    ]
    fake.add_tasks(1)
    page = sit().open()
    page.get_by_role("button", name="问组长").click()
    asked = page.get_by_role("list", name="大家问过的")
    expect(asked.get_by_role("listitem").filter(has_text="老年代步车算什么?")).to_contain_text("算三轮车。")
    expect(asked.get_by_role("listitem").filter(has_text="广告牌")).to_contain_text("组长还没回答")


def test_new_rules_say_what_changed_once(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(1)
    seat = sit()
    page = seat.open()
    news = page.get_by_text("要求改了")
    expect(page.get_by_role("button", name="要求 v4")).to_be_visible()
    expect(news).to_have_count(0)  # the first version she meets is no change
    page.keyboard.press("f")
    page.keyboard.press("f")
    seat.until(lambda: len(fake.submissions) == 1)

    fake.guideline_version = 5
    fake.changes = [
        {"kind": "same", "text": "# 路口"},
        {"kind": "removed", "text": "- 反光镜里的不框"},
        {"kind": "added", "text": "- 反光镜和橱窗里的不框"},
    ]
    fake.add_tasks(1)
    seat.open()
    expect(page.get_by_text("要求改了(第 5 版)")).to_be_visible()
    page.get_by_role("button", name="看改了哪里").click()
    changes = page.get_by_role("region", name="第 4 版 → 第 5 版")
    expect(changes.get_by_role("insertion")).to_have_text("- 反光镜和橱窗里的不框")
    expect(changes.get_by_role("deletion")).to_have_text("- 反光镜里的不框")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="要求 v5", exact=True)).to_be_visible()
    seat.open()
    expect(page.get_by_role("button", name="要求 v5", exact=True)).to_be_visible()
    expect(news).to_have_count(0)


def test_reasons_to_skip_are_words(sit: Sit, fake: FakePlatform) -> None:
    fake.skip_reasons = ["broken", "unclear", "not_in_scope", "sensitive", "other", "夜里拍的"]
    fake.add_tasks(1)
    page = sit().open()
    page.keyboard.press("Shift+F")
    options = page.get_by_role("dialog", name="这张做不了").get_by_role("radio")
    expect(options).to_have_count(6)
    for word in ("不该在这个项目里", "有隐私,或者看了不舒服", "夜里拍的"):
        expect(page.get_by_label(word)).to_be_visible()
    expect(page.get_by_text("not_in_scope")).to_have_count(0)
