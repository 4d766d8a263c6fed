"""What a first-time user finds on the screen: ways of tools, the menu of a mark, filter, remarks, small screens, weak colours."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from fake_platform import FakePlatform, box
from PIL import Image
from playwright.sync_api import expect
from seat import Seat

pytestmark = pytest.mark.e2e
Sit = Callable[..., Seat]
SCALE = 543 / 720
LEFT = 44 + (1086 - 1280 * SCALE) / 2
MACHINE = {"by": "model", "actor": "det@3"}


def at(x: float, y: float) -> tuple[float, float]:
    """Where a place of the 1280×720 picture is on the screen."""
    return LEFT + x * SCALE, 44 + y * SCALE


def draft(*marks: dict[str, Any]) -> dict[str, Any]:
    """A task that has these marks already."""
    return {"draft": {"seq": 1, "marks": list(marks), "relations": [], "item_attrs": {}}}


def polygon(mark_id: str, outer: list[float]) -> dict[str, Any]:
    """A polygon of cars."""
    return {
        "id": mark_id,
        "label": "car",
        "geometry": {"kind": "polygon", "parts": [{"outer": outer}]},
    }


def test_four_extreme_points_are_switched_on_where_boxes_are_drawn(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.get_by_role("group", name="画法").get_by_role("button", name="四个极点").click()
    for x, y in ((100, 300), (200, 200), (300, 320), (220, 400)):
        page.mouse.click(*at(x, y), delay=20)
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    g = fake.submissions[0]["marks"][0]["geometry"]
    assert [g["x0"], g["y0"], g["x1"], g["y1"]] == pytest.approx([100, 200, 300, 400], abs=0.1)


def test_the_right_button_shows_what_can_be_done_and_does_it(sit: Sit, fake: FakePlatform) -> None:
    left, right = [100, 100, 300, 100, 300, 300, 100, 300], [300, 100, 500, 100, 500, 300, 300, 300]
    fake.add_tasks(1, **draft(polygon("a", left), polygon("b", right)))
    fake.add_tasks(1)
    seat = sit()
    page = seat.open()
    page.keyboard.press("Control+a")
    page.mouse.click(*at(200, 200), button="right")
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem", name="合并成一个")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(page.get_by_role("heading", name="选中 2 个")).to_be_visible()
    page.get_by_role("button", name="能做什么(图上").click()
    menu.get_by_role("menuitem", name="合并成一个").click()
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    [part] = fake.submissions[0]["marks"][0]["geometry"]["parts"]
    assert {p for p in zip(part["outer"][::2], part["outer"][1::2], strict=True)} >= {
        (100, 100),
        (500, 100),
        (500, 300),
        (100, 300),
    }
    # On the next picture: everything from the last one, found on empty ground.
    seat.marked(0)
    page.mouse.click(*at(900, 600), button="right")
    menu.get_by_role("menuitem", name="照搬上一张的标注").click()
    seat.marked(1)


def test_left_and_right_of_a_face_are_exchanged_from_its_menu(sit: Sit, fake: FakePlatform) -> None:
    fake.schema = {
        "classes": [{"id": "face", "names": {"zh": "脸"}, "kinds": ["keypoints"], "skeleton": "two"}],
        "skeletons": [{"id": "two", "names": ["左眼", "右眼"], "flip": [[0, 1]], "edges": [[0, 1]]}],
    }
    mark = {
        "id": "f",
        "label": "face",
        "geometry": {"kind": "keypoints", "xy": [400, 300, 600, 310], "v": [2, 1], "skeleton": "two"},
    }
    fake.add_tasks(1, **draft(mark))
    fake.add_tasks(1)
    seat = sit()
    page = seat.open()
    page.mouse.click(*at(400, 300), button="right")
    page.get_by_role("menuitem", name="左右点名对调").click()
    page.keyboard.press("f")
    seat.item("今天 87 张")
    g = fake.submissions[0]["marks"][0]["geometry"]
    assert (g["xy"], g["v"]) == ([600, 310, 400, 300], [1, 2])


def test_the_filter_shows_one_class_on_stage_and_in_the_list(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(1, **draft(box("a", "car", 100, 100, 200, 200), box("b", "bus", 300, 100, 400, 200), box("c", "bus", 500, 100, 600, 200)))  # fmt: skip
    seat = sit()
    page = seat.open()
    page.keyboard.press("v")
    page.get_by_label("只看一部分").select_option(label="公交车 (2)")
    rows = page.get_by_role("listbox").get_by_role("option")
    expect(rows).to_have_count(2)
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")  # what is not seen is not touched
    seat.marked(1)
    page.get_by_label("只看一部分").select_option(label="看全部")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("小汽车")


def test_all_suggestions_from_a_threshold_on_are_accepted_whatever_is_chosen(
    sit: Sit, fake: FakePlatform
) -> None:
    scores = (0.95, 0.85, 0.6, 0.4)
    pre = [
        box(f"p{i}", "car", 100 + 200 * i, 300, 200 + 200 * i, 400, score=score, origin=MACHINE)
        for i, score in enumerate(scores)
    ]
    fake.add_tasks(1, prelabels=pre)
    fake.add_tasks(1)
    seat = sit()
    page = seat.open()
    expect(page.get_by_role("button", name="全收 3 个")).to_be_visible()
    page.get_by_label("以上全收").fill("80")
    page.keyboard.press("Escape")
    page.locator(".wb-stage").focus()
    page.keyboard.press("t")  # one of them is chosen: the button still means all
    page.get_by_role("button", name="全收 2 个").click()
    seat.marked(2)
    page.get_by_label("只看一部分").select_option(label="机器建议 (2)")
    page.keyboard.press("Control+a")
    page.keyboard.press("r")
    expect(page.get_by_text("机器建议 2 个")).to_have_count(0)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    answer = fake.submissions[0]
    assert {m["id"]: m["origin"]["edit"] for m in answer["marks"]} == {"p0": "accepted", "p1": "accepted"}
    assert answer["provenance"] == {"accepted": 2, "moved": 0, "relabelled": 0, "deleted": 2, "added": 0}
    assert sorted(answer["deleted_prelabels"]) == ["p2", "p3"]


def test_a_suggestion_of_which_she_says_something_else_is_hers(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(1, prelabels=[box("p", "car", 300, 300, 500, 400, score=0.9, origin=MACHINE)])
    fake.add_tasks(1)
    seat = sit()
    page = seat.open()
    page.keyboard.press("t")
    page.get_by_role("group", name="方向").get_by_role("button", name="逆向").click()
    seat.marked(1)
    page.locator(".wb-stage").focus()
    page.keyboard.press("f")
    seat.item("今天 87 张")
    [mark] = fake.submissions[0]["marks"]
    assert (mark["attrs"], mark["origin"]["edit"]) == ({"heading": "against"}, "relabelled")


TREE: dict[str, Any] = {
    "classes": [
        {"id": "face", "names": {"zh": "有脸"}, "kinds": ["none"]},
        {"id": "happy", "parent": "face", "names": {"zh": "高兴"}, "kinds": ["none"]},
        {"id": "sad", "parent": "face", "names": {"zh": "难过"}, "kinds": ["none"]},
        {"id": "smile", "parent": "happy", "names": {"zh": "微笑"}, "kinds": ["none"]},
        {"id": "laugh", "parent": "happy", "names": {"zh": "大笑"}, "kinds": ["none"]},
        {"id": "nobody", "names": {"zh": "没有人"}, "kinds": ["none"]},
    ]
}


def test_a_tree_of_classes_is_walked_with_numbers_alone(sit: Sit, fake: FakePlatform) -> None:
    fake.schema = TREE
    fake.add_tasks(4)
    seat = sit()
    page = seat.open()
    for n, keys in enumerate(("112", "12", "2"), start=1):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("f")
        seat.item(f"今天 {86 + n} 张")
    assert [[m["label"] for m in s["marks"]] for s in fake.submissions] == [["laugh"], ["sad"], ["nobody"]]


def test_remarks_are_read_beside_the_picture_and_lead_to_their_place(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(
        1,
        comments=[
            {
                "id": "1",
                "by": "p",
                "place": [1200, 60],
                "mark": None,
                "text": "反光镜里的不用框",
                "at": "2026-01-01T00:00:00Z",
            }
        ],
    )
    seat = sit()
    page = seat.open()
    for _ in range(8):
        page.keyboard.press("=")
    page.get_by_role("region", name="留言").get_by_role("button", name="反光镜里的不用框").click()
    page.mouse.move(44 + 1086 / 2, 44 + 543 / 2)
    expect(page.locator(".wb-place")).to_have_text("x 1200 y 60")


def test_the_left_hand_alone_draws_and_hands_in(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("F2")
    page.get_by_role("button", name="只用左手").click()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    for keys in (["Alt+Shift+a"] * 3, ["Alt+f"], ["Alt+Shift+d"] * 4, ["Alt+Shift+s"] * 2, ["Alt+f"]):
        for key in keys:
            page.keyboard.press(key)
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    [mark] = fake.submissions[0]["marks"]
    assert mark["label"] == "truck"
    assert mark["geometry"]["x1"] - mark["geometry"]["x0"] == pytest.approx(80 / SCALE, abs=0.1)


def test_a_small_laptop_at_125_percent_has_everything_in_view(sit: Sit, fake: FakePlatform) -> None:
    """1366×768 at 125 % in Windows, browser bars off: 1093×488."""
    fake.add_tasks(2)
    seat = sit(scale=1.25)
    seat.page.set_viewport_size({"width": 1093, "height": 488})
    page = seat.open()
    for name in ("亮度和对比度", "更多工具", "撤销", "做好了,下一张"):
        spot = page.get_by_role("button", name=name).first.bounding_box()
        assert spot is not None
        assert spot["x"] >= 0
        assert spot["x"] + spot["width"] <= 1093
        assert spot["y"] + spot["height"] <= 488
    seat.drag(300, 200, 360, 260)
    seat.marked(1)
    row = page.get_by_role("listbox").get_by_role("option").first.bounding_box()
    assert row is not None
    assert row["y"] + row["height"] <= 488
    page.keyboard.press("f")
    seat.item("今天 87 张")


def test_nothing_to_press_is_smaller_than_24_pixels(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(1, **draft(box("a", "car", 100, 100, 200, 200)))
    seat = sit()
    page = seat.open()
    page.keyboard.press("v")
    page.mouse.click(*at(100, 150))
    expect(page.get_by_role("group", name="方向")).to_be_visible()
    small = page.evaluate(
        """() => [...document.querySelectorAll('.wb button, .wb select, .wb [role=option]')]
            .map((e) => [e.getAttribute('aria-label') ?? e.textContent, e.getBoundingClientRect()])
            .filter(([, r]) => r.width > 0 && (r.width < 24 || r.height < 24)).map(([name, r]) => `${name} ${r.width}×${r.height}`)"""
    )
    assert small == []


@pytest.mark.parametrize("eyes", ["deuteranopia", "protanopia", "tritanopia", "achromatopsia"])
def test_classes_are_told_apart_with_weak_colours(sit: Sit, fake: FakePlatform, eyes: str) -> None:
    """What the screen shows to such eyes: every class has its key and name, and the first nine their own look."""
    marks = [
        box(f"m{i}", c["id"], 60 + 130 * i, 300, 160 + 130 * i, 400)
        for i, c in enumerate(fake.schema["classes"])
    ]
    fake.add_tasks(1, **draft(*marks))
    seat = sit()
    page = seat.open()
    page.keyboard.press("v")
    page.context.new_cdp_session(page).send("Emulation.setEmulatedVisionDeficiency", {"type": eyes})
    chips = page.locator(".wb-chip")
    expect(chips).to_have_count(9)
    seen = []
    for i, own in enumerate(fake.schema["classes"]):
        expect(chips.nth(i)).to_contain_text(str(i + 1))
        expect(chips.nth(i)).to_contain_text(own["names"]["zh"])
        spot = chips.nth(i).locator(".wb-key").bounding_box()
        assert spot is not None
        shot = Image.open(io.BytesIO(page.screenshot(clip={"x": spot["x"] + 2, "y": spot["y"] + 2, "width": 1, "height": 1})))  # fmt: skip
        seen.append(shot.convert("RGB").getpixel((0, 0)))
    if eyes == "achromatopsia":
        assert len({p[0] for p in seen}) == 9  # greys: name and key carry it, the lightness helps
    else:
        nearest = min(sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) ** 0.5 for p, q in itertools.combinations(seen, 2))  # fmt: skip
        assert nearest > 24


def test_an_input_method_that_composes_in_the_search_keeps_its_keys(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="找类别")
    expect(search).to_be_focused()
    keyboard = page.context.new_cdp_session(page)
    # What Chrome gets from a Chinese input method: letters under composition, Enter to take them, then the character.
    keyboard.send("Input.imeSetComposition", {"text": "huo", "selectionStart": 3, "selectionEnd": 3})
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229})  # fmt: skip
    expect(search).to_be_visible()  # Enter was the input method's
    keyboard.send("Input.insertText", {"text": "货"})
    expect(search).to_have_value("货")
    search.press("Enter")
    seat.drag(200, 300, 260, 360)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    assert [m["label"] for m in fake.submissions[0]["marks"]] == ["truck"]


def test_arbitration_takes_one_mark_and_the_relations_of_a_whole_answer(sit: Sit, fake: FakePlatform) -> None:
    a = [box("m1", "car", 200, 300, 400, 420), box("m2", "bus", 700, 200, 900, 420)]
    fake.schema["relations"] = [{"id": "behind", "names": {"zh": "在后面"}}]
    relation = {"id": "r1", "type": "behind", "source": "m1", "target": "m2"}
    fake.add_tasks(2, mode="arbitrate", candidates=[{"key": "A", "marks": a, "relations": [relation]}, {"key": "B", "marks": a[:1], "relations": []}])  # fmt: skip
    seat = sit()
    page = seat.open("/review")
    answers = page.get_by_role("region", name="几个人的答案")
    # The candidate's picture is 132 px high: the bus is at (800, 310) of 1280×720.
    answers.locator("canvas").first.click(position={"x": 800 * 132 / 720, "y": 310 * 132 / 720})
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    seat.marked(0)
    answers.get_by_role("button", name="整份采用").first.click()
    seat.marked(2)
    page.keyboard.press("f")
    seat.item("今天 88 张")
    one, whole = fake.submissions
    assert [m["label"] for m in one["marks"]] == ["bus"]
    ids = [m["id"] for m in whole["marks"]]
    assert [(r["type"], r["source"], r["target"]) for r in whole["relations"]] == [("behind", *ids)]


def test_an_upsetting_picture_is_blurred_until_she_asks_for_it(sit: Sit, fake: FakePlatform) -> None:
    fake.settings = {"sensitive": True}
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    expect(page.get_by_role("heading", name="这张图可能让人难受")).to_be_visible()
    canvas = page.locator(".wb-stage canvas").first
    expect(canvas).to_have_css("filter", "blur(30px)")
    seat.drag(200, 300, 260, 360)  # nothing is drawn on what is not seen
    seat.marked(0)
    page.locator(".wb-stage").focus()
    page.keyboard.press("Enter")
    expect(canvas).to_have_css("filter", "none")
    seat.drag(200, 300, 260, 360)
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    expect(canvas).to_have_css("filter", "blur(30px)")  # the next one, too


def test_after_45_minutes_at_the_screen_a_rest_is_suggested_quietly(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    seat.page.clock.install()
    page = seat.open()
    for _ in range(11):
        page.clock.fast_forward("04:00")
        page.keyboard.press("h")
    expect(page.get_by_text("已经看屏幕 45 分钟了")).to_have_count(0)
    page.clock.fast_forward("04:00")
    page.keyboard.press("h")
    expect(page.get_by_text("已经看屏幕 45 分钟了")).to_be_visible()
    page.get_by_role("button", name="知道了").click()
    expect(page.get_by_text("已经看屏幕 45 分钟了")).to_have_count(0)


def test_what_else_can_be_done_with_a_picture_stands_beside_the_main_button(
    sit: Sit, fake: FakePlatform
) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.get_by_role("button", name="这张图还能做什么").click()
    menu = page.get_by_role("menu", name="这张图还能做什么")
    for name in ("回上一张", "这张里没有要标的", "这张做不了", "照搬上一张的标注", "所有按键", "改按键"):
        expect(menu.get_by_role("menuitem", name=name)).to_be_visible()
    menu.get_by_role("menuitem", name="这张里没有要标的").click()
    seat.item("今天 87 张")
    assert fake.submissions[0]["empty"] is True


def rendered(seat: Seat) -> None:
    """Wait until the page has drawn what the hand just did: a move is handled in the next frame, the panels after it."""
    seat.page.evaluate(
        "(async () => { for (let i = 0; i < 4; i++) await new Promise((r) => requestAnimationFrame(r)); })()"
    )


def mask_pixels(mask: dict[str, Any]) -> int:
    """Pixels of a COCO run-length mask, decoded by pycocotools."""
    from pycocotools import mask as coco

    return int(coco.area({"size": mask["size"], "counts": mask["counts"].encode()}))


def test_the_scissors_cling_to_an_edge_by_themselves(sit: Sit, fake: FakePlatform) -> None:
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("i")
    # The first house of the drawn street: its roof is at y = 108, its right wall at x = 140; sky around.
    page.mouse.click(*at(20, 108))
    rendered(seat)
    expect(page.get_by_text("正在找边")).to_have_count(0, timeout=20_000)
    page.mouse.click(*at(140.5, 250))
    page.mouse.click(*at(60, 300))
    page.keyboard.press("Enter")
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    outer = fake.submissions[0]["marks"][0]["geometry"]["parts"][0]["outer"]
    corner = min(((x - 140.5) ** 2 + (y - 108) ** 2) ** 0.5 for x, y in zip(outer[::2], outer[1::2], strict=True))  # fmt: skip
    assert corner < 5  # two clicks, and the line went round the corner between them


def test_the_region_brush_paints_what_belongs_together(sit: Sit, fake: FakePlatform) -> None:
    fake.schema["classes"] = [{"id": "car", "names": {"zh": "小汽车"}, "kinds": ["mask"]}]
    fake.add_tasks(2)
    seat = sit()
    page = seat.open()
    page.keyboard.press("s")
    page.mouse.move(*at(225, 470))
    rendered(seat)
    expect(page.get_by_text("正在分块")).to_have_count(0, timeout=20_000)
    page.mouse.click(*at(226, 470))
    seat.marked(1)
    page.keyboard.press("f")
    seat.item("今天 87 张")
    painted = mask_pixels(fake.submissions[0]["marks"][0]["geometry"])
    assert 100 < painted < 150 * 80  # a region of the car's body, no more than the body


def test_ten_thousand_marks_cost_the_list_no_more_than_what_is_seen(sit: Sit, fake: FakePlatform) -> None:
    many = [
        box(f"m{i}", "car", 10 * (i % 120), 7 * (i // 120), 10 * (i % 120) + 8, 7 * (i // 120) + 6)
        for i in range(10_000)
    ]
    fake.add_tasks(1, **draft(*many))
    seat = sit()
    page = seat.open()
    seat.marked(10_000)
    assert page.get_by_role("listbox").get_by_role("option").count() < 40
