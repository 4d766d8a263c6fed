"""Review, arbitration, returned and read-only tasks on the same bench; both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_platform import FakePlatform, box
from playwright.sync_api import expect
from seat import Seat

pytestmark = pytest.mark.e2e
Sit = Callable[..., Seat]

MARKS = [
    box("m1", "car", 200, 300, 400, 420, attrs={"heading": "same"}),
    box("m2", "bus", 600, 200, 800, 420),
]
PREVIOUS = {"id": "s2", "revision": 2, "marks": MARKS, "relations": [], "item_attrs": {}}
EARLIER = {
    "id": "s1",
    "revision": 1,
    "marks": [box("m1", "car", 180, 290, 380, 410)],
    "relations": [],
    "item_attrs": {},
}


def test_review_accepts_rejects_with_class_and_place_and_fixes(sit: Sit, fake: FakePlatform) -> None:
    fake.guideline = "# 路口\n1.1 框要贴边。\n1.2 遮挡一半以上也要框"
    fake.add_tasks(3, mode="review", previous=PREVIOUS, before_previous=EARLIER)
    seat = sit()
    page = seat.open("/review")
    expect(page.get_by_text("比上次:新增 1,去掉 0,改了 1")).to_be_visible()
    page.keyboard.press("f")
    seat.item("今天 86 张")
    page.mouse.click(700, 480)
    page.get_by_role("button", name="退回").click()
    expect(page.get_by_role("heading", name="哪里错了")).to_be_visible()
    page.get_by_label("框不贴边").check()
    page.get_by_label("违反要求的哪一条").select_option("1.1")
    page.get_by_label("给他说一句").fill("左边多出一截")
    page.get_by_role("button", name="加上").click()
    page.get_by_role("button", name="退回").click()
    seat.marked(2)
    page.mouse.click(280, 300)
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="改好了").click()
    expect(page.get_by_role("heading", name="这一批做完了。")).to_be_visible()
    seat.until(lambda: len(fake.reviews) == 3)  # the outbox sends behind the page
    accept, reject, fix = sorted(fake.reviews, key=lambda r: r["task"])
    assert accept["verdict"] == "accept"
    assert reject["verdict"] == "reject"
    assert reject["findings"][0] | {"place": None} == {
        "error_class": "loose", "severity": "minor", "place": None, "rule": "1.1", "text": "左边多出一截",
    }  # fmt: skip
    assert len(reject["findings"][0]["place"]) == 2
    assert fix["verdict"] == "fix"
    assert [m["geometry"]["x0"] for m in fix["marks"]] == [201, 600]


def test_arbitration_takes_a_whole_answer_or_the_fused_one(sit: Sit, fake: FakePlatform) -> None:
    candidates = [
        {"key": "A", "marks": MARKS, "relations": [], "item_attrs": {"weather": "rain"}},
        {"key": "B", "marks": [box("m1", "truck", 205, 300, 400, 425)], "relations": []},
    ]
    fake.add_tasks(
        1,
        mode="arbitrate",
        candidates=candidates,
        fused={"marks": [box("f1", "car", 202, 300, 400, 422)], "item_attrs": {"weather": "sun"}},
    )
    seat = sit()
    page = seat.open("/review")
    page.get_by_role("button", name="整份采用").nth(1).click()
    seat.marked(1)
    page.get_by_role("button", name="采用合并结果").click()
    seat.marked(1)
    page.get_by_role("button", name="整份采用").first.click()
    seat.marked(2)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    answer = fake.submissions[0]
    assert [m["label"] for m in answer["marks"]] == ["car", "bus"]
    assert answer["item_attrs"] == {"weather": "rain"}
    # Candidates are anonymous: nothing of the people's own ids goes back.
    assert {m["id"] for m in answer["marks"]}.isdisjoint({"m1", "m2", "f1"})


def test_a_returned_task_says_where_and_why(sit: Sit, fake: FakePlatform) -> None:
    fake.guideline = "# 路口\n1.1 框要贴边。"
    fake.add_tasks(
        1,
        mode="rework",
        previous=PREVIOUS,
        findings=[
            {"error_class": "loose", "mark": "m1", "text": "左边多出一截", "rule": "1.1", "severity": "minor"}
        ],
    )
    seat = sit()
    page = seat.open()
    expect(page.get_by_role("dialog").get_by_role("heading", name="这张退回来了")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("要求 1.1 框要贴边。")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("左边多出一截")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="去看").click()
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("f")
    seat.item("今天 87 张")
    assert fake.submissions[0]["marks"][0]["geometry"]["x1"] == 401


def test_a_rejection_is_contested_on_the_bench(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(
        1,
        mode="rework",
        previous=PREVIOUS,
        findings=[{"error_class": "loose", "mark": "m1", "severity": "minor"}],
    )
    seat = sit()
    page = seat.open()
    page.get_by_role("dialog").get_by_role("button", name="我觉得没错").click()
    page.get_by_role("dialog", name="请别人再看一次").get_by_role("textbox").fill("边是贴着的")
    page.get_by_role("button", name="交上去").click()
    expect(page.get_by_text("眼下没有活了")).to_be_visible()
    seat.until(lambda: len(fake.appeals) == 1)
    assert fake.appeals == [{"submission": PREVIOUS["id"], "text": "边是贴着的"}]
    assert fake.submissions == []


@pytest.mark.parametrize("where", ["handle", "edge"])
def test_an_edge_of_a_returned_box_is_dragged_to_its_place(sit: Sit, fake: FakePlatform, where: str) -> None:
    fake.add_tasks(
        1,
        mode="rework",
        previous=PREVIOUS,
        findings=[{"error_class": "loose", "mark": "m1", "text": "左边多出一截", "severity": "minor"}],
    )
    seat = sit()
    page = seat.open()
    page.get_by_role("dialog").get_by_role("button", name="去看").click()
    scale, left = 543 / 720, 44 + (1086 - 1280 * 543 / 720) / 2
    x, y = left + 200 * scale, 44 + (360 if where == "handle" else 330) * scale
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y)
    page.mouse.move(x + 40, y)
    page.mouse.up()
    page.keyboard.press("f")
    seat.item("今天 87 张")
    g = fake.submissions[0]["marks"][0]["geometry"]
    assert g["x0"] == pytest.approx(200 + 40 / scale, abs=0.02)
    assert (g["y0"], g["x1"], g["y1"]) == (300, 400, 420)


def test_read_only_draws_nothing(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(1, mode="readonly", previous=PREVIOUS)
    seat = sit()
    page = seat.open()
    seat.marked(2)
    seat.drag(200, 150, 300, 200)
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    seat.marked(2)
    assert fake.drafts == []
    expect(page.get_by_role("button", name="做好了,下一张")).to_have_count(0)


def test_rules_help_and_skip_in_english(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(3)
    seat = sit(locale="en-US")
    page = seat.open()
    page.keyboard.press("F1")
    expect(page.get_by_role("heading", name="Rules")).to_be_visible()
    expect(page.get_by_text("反光镜里的不框")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Slash")
    expect(page.get_by_role("heading", name="All keys")).to_be_visible()
    expect(page.get_by_role("button", name="Choose class traffic light")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+f")
    page.get_by_label("It cannot be seen clearly").check()
    page.get_by_role("button", name="Skip it").click()
    expect(page.get_by_text("1 more ready, also offline")).to_be_visible()
    seat.until(lambda: len(fake.skipped) == 1)  # the outbox sends behind the page
    assert [(s["task"], s["reason"]) for s in fake.skipped] == [("task0", "unclear")]
