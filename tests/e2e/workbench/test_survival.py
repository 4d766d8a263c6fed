"""What the bench must survive without losing or doubling an answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from fake_platform import ORIGIN, FakePlatform, problem
from playwright.sync_api import Error, Page, expect
from seat import Seat

pytestmark = pytest.mark.e2e
Sit = Callable[..., Seat]


def kill(page: Page) -> None:
    """Kill the tab's process: no unload, no last words, as when the PC loses power."""
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash")


def test_tab_killed_in_the_middle_of_a_drag(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    for i in range(3):
        seat.drag(200 + 100 * i, 300, 260 + 100 * i, 360)
    seat.marked(3)
    seat.saved()
    page.mouse.move(700, 300)
    page.mouse.down()
    page.mouse.move(760, 350)
    kill(page)
    page.close()
    again = sit(context=seat.context)
    page = again.open()
    again.marked(3)
    expect(page.get_by_text("上次没做完的 3 步都在")).to_be_visible()
    page.keyboard.press("Control+z")
    again.marked(2)
    page.keyboard.press("f")
    again.item("今天 87 张")
    assert len(fake.submissions[0]["marks"]) == 2


def test_network_gone_over_the_prefetched_tasks_is_normal_work(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(9)
    seat = sit()
    page = seat.open()
    expect(page.get_by_text("已准备好后面 4 张")).to_be_visible()
    page.wait_for_function(MEDIA_STORED, arg=10)
    fake.online = False
    for n in range(5):
        seat.drag(200, 300, 260, 360)
        seat.marked(1)
        page.keyboard.press("f")
        expect(page.get_by_text(f"等网络好了自动上传({n + 1} 张)")).to_be_visible()
    expect(page.get_by_text("连不上服务器")).to_be_visible()
    page.close()  # she goes home; another day
    fake.online = True
    again = sit(context=seat.context)
    again.open()
    again.item("今天 91 张")
    assert len(fake.submissions) == 5
    assert {s["task"] for s in fake.submissions} == {f"task{n}" for n in range(5)}
    assert all(len(s["marks"]) == 1 for s in fake.submissions)


OUTBOX_HOLDS = """async (wanted) => {
  const db = await new Promise((resolve) => { const r = indexedDB.open('doujia-bench-worker1'); r.onsuccess = () => resolve(r.result); });
  const n = await new Promise((resolve) => { const r = db.transaction('outbox').objectStore('outbox').count(); r.onsuccess = () => resolve(r.result); });
  db.close();
  return n === wanted;
}"""
MEDIA_STORED = """async (wanted) => {
  const db = await new Promise((resolve) => { const r = indexedDB.open('doujia-bench-worker1'); r.onsuccess = () => resolve(r.result); });
  const n = await new Promise((resolve) => { const r = db.transaction('media').objectStore('media').count(); r.onsuccess = () => resolve(r.result); });
  db.close();
  return n >= wanted;
}"""


def test_the_server_fails_once_per_request(sit: Sit, fake: FakePlatform) -> None:
    seen: set[str] = set()

    def once(method: str, path: str, body: Any) -> tuple[int, dict[str, Any]] | None:
        key = (
            f"{method} {path} {(body or {}).get('id', (body or {}).get('seq', (body or {}).get('have', '')))}"
        )
        if path == "/people/me" or key in seen:
            return None
        seen.add(key)
        return problem(500, "internal", "出了点问题。", "Something went wrong.")

    fake.add_tasks(6)
    fake.before = once
    seat = sit()
    page = seat.page
    page.goto(ORIGIN + "/work")
    expect(page.locator(".wb[data-mode=work]")).to_be_visible(timeout=20_000)
    for _ in range(3):
        seat.drag(200, 300, 260, 360)
        seat.marked(1)
        page.keyboard.press("f")
    expect(page.get_by_text("今天 89 张")).to_be_visible(timeout=20_000)
    assert len(fake.submissions) == 3
    assert len(fake.unique_submissions()) == 3


def test_the_answer_to_a_submission_gets_lost_and_nothing_is_doubled(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(3)
    fake.drop_answer_once.add("/work/submissions")
    seat = sit()
    page = seat.open()
    seat.drag(200, 300, 260, 360)
    page.keyboard.press("f")
    expect(page.get_by_text("今天 87 张")).to_be_visible()
    assert len(fake.submissions) == 2  # it was sent twice ...
    assert len(fake.unique_submissions()) == 1  # ... under one id: the platform counts it once
    assert fake.submissions[0] == fake.submissions[1]


def test_one_account_in_two_tabs_never_has_the_same_task_open_twice(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(8)
    first = sit()
    first.open()
    first.drag(200, 300, 260, 360)
    first.marked(1)
    second = sit(context=first.context)
    second.open()
    second.marked(0)
    second.drag(500, 300, 560, 360)
    second.drag(600, 300, 660, 360)
    second.page.keyboard.press("f")
    expect(second.page.get_by_text("今天 87 张")).to_be_visible()
    first.page.bring_to_front()
    first.page.keyboard.press("f")
    expect(first.page.get_by_text("今天 88 张")).to_be_visible()
    # By their ids: on a slow machine an answer may be sent twice, and still is one.
    got = sorted((s["task"], len(s["marks"])) for s in fake.unique_submissions().values())
    assert got == [("task0", 1), ("task1", 2)]


def test_a_refused_answer_is_parked_with_its_reason_and_blocks_nothing(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(4)

    def refuse(method: str, path: str, body: Any) -> tuple[int, dict[str, Any]] | None:
        if path == "/work/submissions" and body["task"] == "task0" and not fake.schema.get("fixed"):
            return problem(422, "invalid_marks", "有一个框在图外面。", "A box lies outside the picture.")
        return None

    fake.before = refuse
    seat = sit()
    page = seat.open()
    for _ in range(2):
        seat.drag(200, 300, 260, 360)
        seat.marked(1)
        page.keyboard.press("f")
    expect(page.get_by_text("1 张要看一下")).to_be_visible()
    seat.item("今天 87 张")
    assert [s["task"] for s in fake.submissions] == ["task1"]
    page.get_by_text("1 张要看一下").click()
    expect(page.get_by_text("有一个框在图外面。")).to_be_visible()
    fake.schema["fixed"] = True
    page.get_by_role("button", name="再交一次").click()
    seat.item("今天 88 张")
    assert sorted(s["task"] for s in fake.submissions) == ["task0", "task1"]


def test_an_ended_login_asks_and_goes_on_and_nothing_goes_under_another_name(
    sit: Sit, fake: FakePlatform
) -> None:
    fake.add_tasks(4)
    seat = sit()
    page = seat.open()
    fake.who = None
    seat.drag(200, 300, 260, 360)
    page.keyboard.press("f")
    expect(page.get_by_role("heading", name="登录过期了")).to_be_visible()
    page.get_by_label("账号").fill("berta")
    page.get_by_label("密码").fill("secret")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("不会用你的名字交")).to_be_visible()
    assert fake.submissions == []
    page.get_by_label("账号").fill("worker1")
    page.get_by_label("密码").fill("secret")
    page.get_by_role("button", name="登录", exact=True).click()
    seat.item("今天 87 张")
    assert len(fake.submissions) == 1


def test_storage_full_is_said_and_the_answer_still_arrives(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(3)
    seat = sit()
    page = seat.open()
    page.evaluate(
        """() => { IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); }; }"""
    )
    seat.drag(200, 300, 260, 360)
    expect(page.get_by_text("本机存满了,正直接上传")).to_be_visible()
    page.keyboard.press("f")
    seat.item("今天 87 张")
    assert len(fake.submissions[0]["marks"]) == 1


def test_going_back_brings_the_last_answer(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(4)
    seat = sit()
    page = seat.open()
    seat.drag(200, 300, 260, 360)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    page.keyboard.press("b")
    seat.marked(1)
    seat.drag(400, 300, 460, 360)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    expect(page.get_by_text("已标 0 个")).to_be_visible()
    assert len(fake.submissions[-1]["marks"]) == 2


def test_words_to_the_lead_said_without_a_line_arrive_when_it_is_back(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(3)
    seat = sit()
    page = seat.open()
    fake.online = False
    page.keyboard.press("Shift+t")
    page.mouse.click(600, 300)
    page.get_by_placeholder("留言").fill("这辆算货车吗?")
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="留言")
    expect(panel.get_by_text("这辆算货车吗?")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.get_by_placeholder("哪里拿不准").fill("看不清怎么办?")
    page.get_by_role("button", name="发给组长").click()
    page.wait_for_function(OUTBOX_HOLDS, arg=2)
    page.close()  # she goes home; another day
    assert (fake.comments, fake.asked) == ([], [])
    fake.online = True
    again = sit(context=seat.context)
    page = again.open()
    again.until(lambda: len(fake.comments) == 1 and len(fake.asked) == 1)
    assert fake.comments[0]["task"] == "task0"
    assert fake.comments[0]["text"] == "这辆算货车吗?"
    assert fake.asked[0] == {"text": "看不清怎么办?", "task": "task0"}
    # The picture that was talked about is still hers to do.
    seat.until(lambda: page.locator(".wb-picture", has_text="street_000.jpg").is_visible())
