"""Drawing as a worker does it: drags, keys, suggestions, checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_platform import FakePlatform, box
from playwright.sync_api import expect
from seat import Seat

pytestmark = pytest.mark.e2e
Sit = Callable[..., Seat]

FACE = {
    "classes": [{"id": "face", "names": {"zh": "脸"}, "kinds": ["keypoints"], "skeleton": "five"}],
    "skeletons": [
        {
            "id": "five", "names": ["左眼", "右眼", "鼻尖", "左嘴角", "右嘴角"], "edges": [[0, 1], [0, 2], [1, 2], [2, 3], [2, 4], [3, 4]],
            "flip": [[0, 1], [3, 4]], "template": [0.2, 0.2, 0.8, 0.2, 0.5, 0.5, 0.25, 0.8, 0.75, 0.8],
        }
    ],
}  # fmt: skip


def test_ten_boxes_of_one_class_cost_ten_drags_and_one_key(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(3)
    seat = sit()
    page = seat.open()
    for i in range(10):
        seat.drag(150 + 90 * i, 300, 210 + 90 * i, 360)
    seat.marked(10)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    [answer] = fake.submissions
    assert [m["label"] for m in answer["marks"]] == ["car"] * 10
    assert answer["provenance"] == {"accepted": 0, "moved": 0, "relabelled": 0, "deleted": 0, "added": 10}
    # 60 screen pixels at the fitting scale of 543/720: within a hundredth of a pixel of arithmetic.
    first = answer["marks"][0]["geometry"]
    assert first["x1"] - first["x0"] == pytest.approx(60 / (543 / 720), abs=0.02)
    seat.marked(0)


def test_class_keys_before_and_after_drawing(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("4")
    seat.drag(200, 300, 260, 360)
    page.keyboard.press("7")  # for the next one: what was just drawn keeps its class
    seat.drag(400, 200, 430, 260)
    page.keyboard.press("c")  # now on purpose: change the class of what is chosen
    page.keyboard.press("8")
    page.keyboard.press("f")
    seat.item("今天 87 张")
    assert [m["label"] for m in fake.submissions[0]["marks"]] == ["ebike", "sign"]


def test_undo_redo_delete_nudge_and_repeat_by_keys(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    seat.drag(200, 300, 260, 360)
    seat.marked(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+d")
    seat.marked(2)
    page.keyboard.press("Control+z")
    seat.marked(1)
    page.keyboard.press("Control+y")
    seat.marked(2)
    page.keyboard.press("Delete")
    seat.marked(1)
    page.mouse.move(700, 400)
    page.keyboard.press("d")
    seat.marked(2)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    a, b = (m["geometry"] for m in fake.submissions[0]["marks"])
    assert b["x1"] - b["x0"] == pytest.approx(a["x1"] - a["x0"], abs=0.02)
    scale = 543 / 720
    left = 44 + (1086 - 1280 * scale) / 2
    assert a["x0"] == pytest.approx((200 - left) / scale + 1, abs=0.02)
    assert a["y0"] == pytest.approx((300 - 44) / scale + 10, abs=0.02)


def test_a_box_without_a_mouse(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("3")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    [mark] = fake.submissions[0]["marks"]
    scale = 543 / 720
    g = mark["geometry"]
    assert mark["label"] == "bus"
    assert g["x1"] - g["x0"] == pytest.approx(40 / scale, abs=0.02)
    assert g["y1"] - g["y0"] == pytest.approx(20 / scale, abs=0.02)


def test_a_face_without_a_mouse(sit: Sit, fake: FakePlatform) -> None:
    fake.schema = FACE
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    seat.marked(1)
    expect(page.get_by_text("放第 1/5 个点")).to_be_visible()
    page.keyboard.press("ArrowLeft")  # the first point, one pixel to the left
    page.keyboard.press("Enter")
    expect(page.get_by_text("放第 2/5 个点")).to_be_visible()
    page.keyboard.press(";")  # the right eye is not in the picture
    expect(page.get_by_text("放第 3/5 个点")).to_be_visible()
    page.keyboard.press("'")  # the nose is hidden
    page.keyboard.press("f")
    seat.item("今天 87 张")
    [mark] = fake.submissions[0]["marks"]
    assert mark["geometry"]["v"] == [2, 0, 1, 2, 2]
    assert len(mark["geometry"]["xy"]) == 10


CLASSIFY: dict[str, Any] = {
    "attributes": [
        {"id": "weather", "type": "choice", "scope": "item", "required": True, "names": {"zh": "天气"}, "values": ["sun", "rain", "fog"],
         "value_names": {"sun": {"zh": "晴"}, "rain": {"zh": "雨"}, "fog": {"zh": "雾"}}},
        {"id": "night", "type": "bool", "scope": "item", "required": True, "names": {"zh": "夜里吗"}},
    ]
}  # fmt: skip


def test_a_classification_without_a_mouse(sit: Sit, fake: FakePlatform) -> None:
    fake.schema = CLASSIFY
    fake.add_tasks(6)
    seat = sit()
    page = seat.open()
    for n, keys in enumerate(("21", "12", "31"), start=1):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("f")
        seat.item(f"今天 {86 + n} 张")
    assert [s["item_attrs"] for s in fake.submissions] == [
        {"weather": "rain", "night": True}, {"weather": "sun", "night": False}, {"weather": "fog", "night": True},
    ]  # fmt: skip
    page.keyboard.press("f")
    expect(page.get_by_text("整张图的“天气”还没有选。")).to_be_visible()
    assert len(fake.submissions) == 3


EVERYTHING: dict[str, Any] = {
    "classes": [
        {
            "id": "thing", "names": {"zh": "东西"},
            "kinds": ["box", "obox", "polygon", "polyline", "points", "ellipse", "cuboid2", "mask"],
        },
        {"id": "face", "names": {"zh": "脸"}, "kinds": ["keypoints"], "skeleton": "five"},
    ],
    "skeletons": FACE["skeletons"],
    "relations": [{"id": "on", "names": {"zh": "在上面"}, "sources": ["thing"], "targets": ["thing"]}],
}  # fmt: skip
TOOLS = (
    "选择", "拉框", "斜框", "多边形", "折线", "点", "关键点", "椭圆", "立体框", "画笔", "橡皮", "圈起来填满", "相近颜色一起选", "块状画笔", "自动描边", "贴边剪",
    "切开", "挖洞", "圈选", "连线", "量尺", "留言",
)  # fmt: skip


def test_every_tool_is_found_on_screen_by_its_name(sit: Sit, fake: FakePlatform) -> None:
    fake.schema = EVERYTHING
    fake.add_tasks(1)
    seat = sit()
    page = seat.open()
    rail = page.get_by_role("navigation", name="工具")
    in_menu = 0
    for name in TOOLS:
        button = rail.get_by_role("button", name=name, exact=True)
        if button.count() == 0:
            rail.get_by_role("button", name="更多工具").click()
            # The menu names the tool in words and shows its key.
            page.get_by_role("menuitem", name=name).filter(has_text=name).first.click()
            in_menu += 1
        else:
            button.click()
        expect(rail.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".wb-foot [aria-live=polite]")).not_to_be_empty()
    assert in_menu > 0


def test_the_last_answer_goes_on_by_itself_where_she_wants_it(sit: Sit, fake: FakePlatform) -> None:
    fake.schema = CLASSIFY
    fake.add_tasks(4)
    seat = sit()
    page = seat.open()
    page.get_by_label("选完就下一张").check()
    page.keyboard.press("3")
    page.keyboard.press("2")
    seat.item("今天 87 张")
    page.keyboard.press("b")  # she slipped: back, and put it right
    expect(page.get_by_role("group", name="天气").get_by_role("button", name="雾")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("group", name="天气").get_by_role("button", name="晴").click()
    seat.until(lambda: len(fake.submissions) == 1 and fake.submissions[0]["item_attrs"]["weather"] == "sun")
    page.reload()
    page.wait_for_function("document.querySelector('.wb-stage canvas')?.width > 300")
    expect(page.get_by_label("选完就下一张")).to_be_checked()
    page.keyboard.press("1")
    page.keyboard.press("1")
    seat.item("今天 88 张")
    assert fake.submissions[-1]["item_attrs"] == {"weather": "sun", "night": True}


def test_suggestions_are_dashed_until_accepted_rejected_or_moved(sit: Sit, fake: FakePlatform) -> None:
    machine = {"by": "model", "actor": "det@3"}
    pre = [
        box("p1", "car", 100, 400, 220, 500, score=0.92, origin=machine),
        box("p2", "bus", 400, 300, 520, 420, score=0.8, origin=machine),
        box("p3", "person", 800, 300, 850, 420, score=0.3, origin=machine),
        box("p4", "sign", 1000, 100, 1080, 180, score=0.7, origin=machine),
    ]
    fake.add_tasks(1, prelabels=pre)
    fake.add_tasks(1)
    seat = sit()
    page = seat.open()
    page.keyboard.press("f")
    expect(page.get_by_text("还有 4 个机器建议没有看")).to_be_visible()
    scale, left = 543 / 720, 44 + (1086 - 1280 * 543 / 720) / 2
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    seat.drag(left + 460 * scale, 44 + 360 * scale, left + 500 * scale, 44 + 360 * scale)  # the bus, moved
    page.mouse.click(left + 825 * scale, 44 + 360 * scale)
    page.keyboard.press("r")  # no person there
    page.keyboard.press("Escape")
    page.keyboard.press("a")  # the rest is right
    seat.marked(3)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    answer = fake.submissions[0]
    assert answer["provenance"] == {"accepted": 2, "moved": 1, "relabelled": 0, "deleted": 1, "added": 0}
    assert answer["deleted_prelabels"] == ["p3"]
    assert {m["id"]: m["origin"]["edit"] for m in answer["marks"]} == {
        "p1": "accepted",
        "p2": "moved",
        "p4": "accepted",
    }


def test_checks_point_at_the_place_and_an_empty_picture_is_said_on_purpose(
    sit: Sit, fake: FakePlatform
) -> None:
    fake.add_tasks(3)
    seat = sit()
    page = seat.open()
    page.keyboard.press("f")
    expect(page.get_by_text("一个都没标。真的没有就再按一次")).to_be_visible()
    assert fake.submissions == []
    page.keyboard.press("f")
    seat.item("今天 87 张")
    assert fake.submissions[0]["empty"] is True
    seat.drag(300, 300, 303, 400)
    page.keyboard.press("f")
    expect(page.get_by_text("这个太小了")).to_be_visible()
    page.keyboard.press("Delete")
    seat.marked(0)
    page.keyboard.press("n")
    seat.item("今天 88 张")


def test_class_keys_are_silent_while_an_input_method_composes(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.locator(".wb-stage").dispatch_event(
        "keydown", {"key": "Process", "code": "Digit5", "keyCode": 229, "isComposing": True, "bubbles": True}
    )
    seat.drag(200, 300, 260, 360)
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="找类别")
    search.fill("hld")  # pinyin initials of 红绿灯
    search.press("Enter")
    seat.drag(400, 300, 430, 360)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    assert [m["label"] for m in fake.submissions[0]["marks"]] == ["car", "light"]


@pytest.mark.parametrize("scale", [1, 1.25])
def test_the_canvas_has_seven_tenths_of_the_view_and_the_point_under_the_pointer_stays(
    sit: Sit, fake: FakePlatform, scale: float
) -> None:
    fake.add_tasks(2)
    seat = sit(scale=scale)
    page = seat.open()
    stage = page.locator(".wb-stage").bounding_box()
    assert stage is not None
    assert stage["width"] * stage["height"] >= 0.7 * 1366 * 610
    assert page.evaluate("document.querySelector('.wb-stage canvas').width") == round(stage["width"] * scale)
    page.mouse.move(500, 300)
    place = page.locator(".wb-place")
    expect(place).to_have_text("x 525 y 339")
    for _ in range(8):
        page.mouse.wheel(0, -120)
    page.mouse.move(500.2, 300)
    expect(place).to_have_text("x 525 y 339")
    assert page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
    )


def test_polygon_point_by_point_and_a_cut(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("p")
    for x, y in ((300, 200), (600, 200), (600, 400), (300, 400)):
        page.mouse.click(x, y)
    page.keyboard.press("Enter")
    seat.marked(1)
    page.keyboard.press("Shift+c")
    page.mouse.click(450, 150)
    page.mouse.click(450, 450)
    seat.marked(2)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    areas = []
    for mark in fake.submissions[0]["marks"]:
        [part] = mark["geometry"]["parts"]
        xs, ys = part["outer"][::2], part["outer"][1::2]
        n = len(xs)
        areas.append(abs(sum(xs[i] * ys[(i + 1) % n] - xs[(i + 1) % n] * ys[i] for i in range(n))) / 2)
    # 150 by 200 screen pixels each.
    assert areas == pytest.approx([150 * 200 / (543 / 720) ** 2] * 2, rel=1e-3)


def test_help_without_a_model_outlines_a_car_in_the_worker_thread(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("g")
    # The first car of the drawn street: body from (150, 432) to (300, 502), wheels to 518.
    scale, left = 543 / 720, 44 + (1086 - 1280 * 543 / 720) / 2
    seat.drag(left + 135 * scale, 44 + 380 * scale, left + 315 * scale, 44 + 530 * scale)
    expect(page.get_by_text("Enter 收下")).to_be_visible(timeout=10_000)
    page.keyboard.press("Enter")
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    [mark] = fake.submissions[0]["marks"]
    xs = mark["geometry"]["parts"][0]["outer"][::2]
    assert min(xs) == pytest.approx(150, abs=4)
    assert max(xs) == pytest.approx(300, abs=4)


def test_keys_can_be_changed_and_a_clash_is_refused_with_its_owner(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("F2")
    page.get_by_role("button", name="做好了,下一张 F").click()
    page.keyboard.press("d")
    expect(page.get_by_text("已经是“在指针处重复上一个”的键了")).to_be_visible()
    page.get_by_role("button", name="做好了,下一张 F").click()
    page.keyboard.press("y")
    expect(page.get_by_role("button", name="做好了,下一张 Y")).to_be_visible()
    page.keyboard.press("Escape")
    seat.drag(200, 300, 260, 360)
    page.keyboard.press("y")
    seat.item("今天 87 张")
    page.reload()
    seat.marked(0)
    page.wait_for_function("document.querySelector('.wb-stage canvas').width > 300")
    seat.drag(200, 300, 260, 360)
    page.keyboard.press("y")
    seat.item("今天 88 张")
