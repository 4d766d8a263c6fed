"""The bench and the real platform over a line that is slow, stalls, drops, loses answers, or is gone for half an hour.

Whatever the line does, each answer arrives, and arrives once.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lots import Person, make_lot
from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bad_line import BadLine, Weather

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PATIENT = 90_000
"""Milliseconds: retries pause for seconds, and the machine may be busy."""


@pytest.fixture
def line(own_platform: Any) -> Iterator[BadLine]:
    """A line to the platform, good until told otherwise."""
    with BadLine(own_platform.port) as running:
        yield running


@pytest.fixture(scope="module")
def lot(browser: Browser, own_platform: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Make a project of small pictures; returns its id."""

    def make(name: str, count: int, **settings: Any) -> str:
        return make_lot(browser, own_platform, tmp_path_factory.mktemp("lot"), name, count, **settings)

    return make


def open_bench(page: Page, platform: Any, url: str, project: str, role: str = "worker") -> None:
    """Log in over the line and open the project's bench."""
    account = platform.accounts[role]
    page.goto(f"{url}/login")
    page.get_by_label("手机号或用户名").fill(account["login"])
    page.get_by_label("密码", exact=True).fill(account["password"])
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "/login" not in address)
    page.goto(f"{url}/work/{project}")
    expect(page.locator(".wb[data-mode=work]")).to_be_visible(timeout=PATIENT)
    page.wait_for_function("document.querySelector('.wb-stage canvas').width > 300")


def draw_and_hand_in(page: Page, boxes: int = 1) -> None:
    """Drag some boxes and press F; wait until the next task is there (or none)."""
    for n in range(boxes):
        page.mouse.move(500 + 60 * n, 250)
        page.mouse.down()
        page.mouse.move(520 + 60 * n, 270)
        page.mouse.move(540 + 60 * n, 300)
        page.mouse.up()
    expect(page.get_by_role("heading", name=f"已标 {boxes} 个")).to_be_visible()
    page.keyboard.press("f")


def answers(browser: Browser, platform: Any, project: str) -> list[tuple[str, int]]:
    """What the platform has, as a lead sees it: (state, marks) of every answer to every task, extras too."""
    lead = Person.at(browser, platform, "lead")
    rows = lead.get(f"/work/projects/{project}/tasks?limit=200")["items"]
    answered = [row["id"] for row in rows if row["answered"] or row["answers"]]
    return sorted(
        (one["state"], len(one["marks"]))
        for task in answered
        for one in lead.get(f"/work/tasks/{task}/revisions")
    )


def test_no_line_for_half_an_hour_over_twenty_tasks(
    page: Page, browser: Browser, own_platform: Any, line: BadLine, lot: Callable[..., str]
) -> None:
    project = lot("half_hour", 80)
    page.clock.install()
    open_bench(page, own_platform, line.url, project)
    expect(page.get_by_text("已准备好后面 19 张")).to_be_visible(timeout=PATIENT)
    page.wait_for_function(MEDIA_STORED, arg=40, timeout=PATIENT)
    line.cut()
    for n in range(1, 21):
        page.clock.fast_forward("01:30")
        draw_and_hand_in(page)
        expect(page.get_by_text(f"等网络好了自动上传({n} 张)")).to_be_visible(timeout=PATIENT)
    assert page.evaluate("performance.now()") > 30 * 60_000
    assert answers(browser, own_platform, project) == []
    line.mend()
    page.clock.fast_forward("01:30")
    expect(page.locator(".wb-saved", has_text="已上传")).to_be_visible(timeout=PATIENT)
    assert answers(browser, own_platform, project) == [("accepted", 1)] * 20


def test_a_slow_line_that_stalls_and_drops(
    page: Page, browser: Browser, own_platform: Any, line: BadLine, lot: Callable[..., str]
) -> None:
    project = lot("stalling", 8)
    open_bench(page, own_platform, line.url, project)
    line.weather = Weather(latency=0.1, rate=125_000, drop=0.08, stall=0.1, stall_for=2)
    for n in range(1, 9):
        expect(page.locator(".wb[data-mode=work]")).to_be_visible(timeout=PATIENT)
        draw_and_hand_in(page, 1 + n % 3)
    expect(page.locator(".wb[data-mode=none]")).to_be_visible(timeout=PATIENT)
    expect(page.locator(".wb-saved", has_text="已上传")).to_be_visible(timeout=PATIENT)
    assert line.seen["dropped"] > 0 and line.seen["stalled"] > 0
    got = answers(browser, own_platform, project)
    assert got == sorted(("accepted", 1 + n % 3) for n in range(1, 9))


def test_answers_lost_on_their_way_back_and_one_that_never_comes(
    page: Page, browser: Browser, own_platform: Any, line: BadLine, lot: Callable[..., str]
) -> None:
    project = lot("lost", 6)
    before = Person.at(browser, own_platform, "worker").get("/work/today")["items"]
    open_bench(page, own_platform, line.url, project)
    line.weather = Weather(lose_answers=5, hang_answers=1)
    for _ in range(6):
        expect(page.locator(".wb[data-mode=work]")).to_be_visible(timeout=PATIENT)
        draw_and_hand_in(page)
    expect(page.locator(".wb-saved", has_text="已上传")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text(f"今天 {before + 6} 张")).to_be_visible()
    assert line.seen["answers lost"] == 5 and line.seen["answers hung"] == 1
    assert answers(browser, own_platform, project) == [("accepted", 1)] * 6


def test_a_lease_that_ran_out_while_the_line_was_gone(
    page: Page, browser: Browser, own_platform: Any, line: BadLine, lot: Callable[..., str]
) -> None:
    project = lot("late", 2)
    open_bench(page, own_platform, line.url, project)
    expect(page.get_by_text("已准备好后面 1 张")).to_be_visible(timeout=PATIENT)
    page.wait_for_function(MEDIA_STORED, arg=4, timeout=PATIENT)
    line.cut()
    for n in (1, 2):
        draw_and_hand_in(page, n)
        expect(page.get_by_text(f"等网络好了自动上传({n} 张)")).to_be_visible(timeout=PATIENT)
    end_leases(own_platform, project)
    other = Person.at(browser, own_platform, "worker2")
    [task] = taken_soon(page, other, project)
    mark = {"id": "m1", "label": "car", "geometry": {"kind": "box", "x0": 1, "y0": 1, "x1": 50, "y1": 50}}
    receipt = other.post(
        "/work/submissions",
        {
            "id": "0198c0de-0000-7000-8000-000000000001", "task": task["id"], "lease": task["lease"], "marks": [mark, mark | {"id": "m2"}, mark | {"id": "m3"}],
            "relations": [], "item_attrs": {}, "empty": False, "active_ms": 1000, "guideline_version": task["guideline_version"], "schema_version": task["schema_version"],
            "provenance": {"accepted": 0, "moved": 0, "relabelled": 0, "deleted": 0, "added": 3}, "deleted_prelabels": [],
            "client": {"made_at": "2026-01-01T00:00:00Z", "build": "test", "offline": False},
        },
    )  # fmt: skip
    assert receipt["state"] == "accepted"
    line.mend()
    # One came too late and is kept beside the other's; one takes its free slot.
    expect(page.locator(".wb-saved", has_text="已上传")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text("交晚了,别人已经做了")).to_be_visible()
    assert answers(browser, own_platform, project) == [("accepted", 2), ("accepted", 3), ("extra", 1)]
    lead = Person.at(browser, own_platform, "lead")
    [extra] = lead.get(f"/work/projects/{project}/extras")["items"]
    assert (extra["marks"], extra["late"]) == (1, True)


def end_leases(platform: Any, project: str) -> None:
    """Half an hour passes for the platform: its leases of this project are over."""
    with sqlite3.connect(platform.home / "doujia.sqlite3", timeout=30) as db:
        changed = db.execute(
            "UPDATE work_lease SET until = '2020-01-01 00:00:00' WHERE queue_id IN (SELECT id FROM work_queue WHERE project = ?)",
            (project,),
        ).rowcount
    assert changed == 2


def taken_soon(page: Page, person: Person, project: str) -> list[dict[str, Any]]:
    """Take one task as soon as the platform's sweep has put one back."""
    for _ in range(300):
        tasks = list(person.post("/work/next", {"project": project, "want": 1, "have": []})["tasks"])
        if tasks:
            return tasks
        page.wait_for_timeout(200)
    raise AssertionError("nothing came back into the queue within a minute")


MEDIA_STORED = """async (wanted) => {
  const name = (await indexedDB.databases()).map((d) => d.name).find((n) => n.startsWith('doujia-bench-'));
  if (!name) return false;
  const db = await new Promise((resolve) => { const r = indexedDB.open(name); r.onsuccess = () => resolve(r.result); });
  const n = await new Promise((resolve) => { const r = db.transaction('media').objectStore('media').count(); r.onsuccess = () => resolve(r.result); });
  db.close();
  return n >= wanted;
}"""
