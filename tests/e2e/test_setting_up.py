"""A client sets a project up from what her team has, a lead looks into tasks: clicked as they click it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

pytestmark = pytest.mark.e2e
PROJECT = "路口车辆行人 · 第 3 批"
LogIn = Callable[[Page, Any, str], None]

CVAT = [
    {
        "name": "car",
        "color": "#ff0000",
        "attributes": [
            {
                "name": "parked",
                "input_type": "select",
                "mutable": False,
                "values": ["yes", "no"],
                "default_value": "no",
            }
        ],
    },
    {"name": "bus", "color": "#00ff00", "attributes": []},
]
LABEL_STUDIO = """<View><Image name="image" value="$image"/>
<PolygonLabels name="label" toName="image"><Label value="Road"/><Label value="Pavement"/></PolygonLabels></View>"""


def file(name: str, text: str) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=text.encode())


@pytest.fixture
def quiet(page: Page) -> Any:
    """The page, which must not break."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    assert broken == []


def test_a_project_from_cvat_labels_then_a_skeleton(platform: Any, quiet: Page, log_in: LogIn) -> None:
    page = quiet
    log_in(page, platform, "client")
    page.goto(f"{platform.url}/projects/new")
    page.get_by_role("button", name="用别的工具的配置").click()
    page.locator("input[type=file]").set_input_files(file("labels.json", json.dumps(CVAT)))
    expect(page.get_by_label("哪个工具")).to_have_value("cvat_json")
    page.get_by_role("button", name="读进来").click()
    expect(page.get_by_text("读到 2 个类别")).to_be_visible()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("名字").fill("CVAT 来的")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="建好").click()
    expect(page.get_by_role("heading", name="CVAT 来的")).to_be_visible(timeout=30_000)

    page.get_by_role("tab", name="标签体系").click()
    page.get_by_role("option", name="car").click()
    expect(page.get_by_label("parked")).to_be_visible()  # the preview asks what CVAT asked
    page.get_by_role("tab", name="骨架").click()
    page.get_by_role("button", name="加骨架").click()
    page.get_by_role("button", name="用它").click()
    expect(page.get_by_label("点的名字")).to_have_value("\n".join(["nose", "left eye", "right eye"]) + "\n" + "\n".join(
        f"{side} {part}"
        for part in ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("left", "right")
    ))  # fmt: skip
    nose = page.get_by_role("button", name="1 nose")
    before = nose.get_attribute("cx")
    nose.focus()
    page.keyboard.press("ArrowRight")
    expect(nose).not_to_have_attribute("cx", before or "")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("第 2 版")).to_be_visible(timeout=30_000)


def test_the_schema_of_a_project_comes_from_label_studio(platform: Any, quiet: Page, log_in: LogIn) -> None:
    page = quiet
    log_in(page, platform, "client")
    page.goto(f"{platform.url}/projects/new")
    page.get_by_role("button", name="空白").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("名字").fill("Label Studio 来的")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="建好").click()
    page.get_by_role("button", name="用别的工具的配置").click(timeout=30_000)
    dialog = page.get_by_role("dialog", name="用别的工具的配置")
    dialog.locator("input[type=file]").set_input_files(file("config.xml", LABEL_STUDIO))
    expect(dialog.get_by_label("哪个工具")).to_have_value("label_studio_xml")
    dialog.get_by_role("button", name="读进来").click()
    expect(page.get_by_role("option", name="Pavement")).to_be_visible()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("第 2 版")).to_be_visible(timeout=30_000)


def test_existing_annotations_come_in_from_the_page(platform: Any, quiet: Page, log_in: LogIn) -> None:
    page = quiet
    coco = {
        "images": [
            {"id": 1, "file_name": "images/0030.jpg", "width": 1280, "height": 720},
            {"id": 2, "file_name": "nowhere.jpg", "width": 1280, "height": 720},
        ],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1, "bbox": [10, 20, 60, 40], "area": 2400, "iscrowd": 0}
            for n in (1, 2)
        ],
        "categories": [{"id": 1, "name": "car"}],
    }
    log_in(page, platform, "client")
    page.get_by_role("link", name="项目", exact=True).click()
    page.get_by_role("link", name=PROJECT).click()
    page.get_by_role("tab", name="已有标注").click()
    page.get_by_label("标注文件").set_input_files(file("instances.json", json.dumps(coco)))
    page.get_by_role("button", name="放进来").click()
    told = page.get_by_role("status").filter(has_text="对上 1 个,没对上 1 个")
    expect(told).to_contain_text("其中 1 个文件夹不一样,按文件名对上。", timeout=60_000)
    expect(page.get_by_role("cell", name="nowhere.jpg")).to_be_visible()
    # It is still there for whoever looks later.
    page.reload()
    page.get_by_role("button", name="对上 1 个,没对上 1 个").first.click()
    expect(page.get_by_role("cell", name="nowhere.jpg")).to_be_visible()


def test_a_lead_opens_a_task_and_acts_on_many(platform: Any, quiet: Page, log_in: LogIn) -> None:
    page = quiet
    log_in(page, platform, "lead")
    page.get_by_role("link", name="班组").click()
    page.get_by_label("项目", exact=True).select_option(label=PROJECT)
    page.get_by_text("看题", exact=True).first.click()
    page.get_by_label("状态").select_option("answered")
    table = page.get_by_role("table", name="看题")
    table.get_by_role("button", name="看这道题").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img", name="标的")).to_be_visible(timeout=15_000)
    expect(dialog.get_by_role("heading", name="交过的")).to_be_visible()
    expect(dialog.get_by_text("要求第 1 版").first).to_be_visible()
    dialog.get_by_role("button", name="下一张").click()
    expect(dialog.get_by_role("heading", name="交过的")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_label("状态").select_option("unanswered")
    table.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="派给").click()
    people = page.get_by_role("dialog").get_by_label("派给谁")
    expect(people.get_by_role("option", name="吴小燕")).to_have_count(1)
    expect(people.get_by_role("option", name="李春梅")).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="搁下").click()
    expect(page.get_by_text("1 张搁下了,不发给人")).to_be_visible()
    page.get_by_label("状态").select_option("parked")
    table.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="放回去").click()
    expect(page.get_by_text("1 张放回去了")).to_be_visible()


def test_a_worker_reads_what_everybody_asked(platform: Any, quiet: Page, log_in: LogIn) -> None:
    page = quiet
    log_in(page, platform, "worker2")
    page.goto(f"{platform.url}/today")
    expect(page.get_by_text("有人问过,组长回答了: 老年代步车算什么?")).to_be_visible()
    page.get_by_role("link", name="问过的").click()
    expect(page.get_by_text("算三轮车,要求 1.3 写了。")).to_be_visible()
    expect(page.get_by_role("button", name="回答")).to_have_count(0)
    expect(page.get_by_text("组长还没回答。").first).to_be_visible()


def test_who_left_a_long_job_is_told_elsewhere(platform: Any, quiet: Page, log_in: LogIn) -> None:
    page, over = quiet, False

    def slow(route: Route) -> None:
        """The job seems to run until the test says that it is over."""
        answer = route.fetch()
        body = answer.json()
        route.fulfill(response=answer, json=body if over else {**body, "state": "running"})

    log_in(page, platform, "client")
    page.get_by_role("link", name="项目", exact=True).click()
    page.get_by_role("link", name=PROJECT).click()
    page.get_by_role("tab", name="已有标注").click()
    page.route(re.compile(r"/api/v1/jobs/[0-9a-f-]{36}$"), slow)
    coco = {
        "images": [{"id": 1, "file_name": "nowhere.jpg", "width": 10, "height": 10}],
        "annotations": [],
        "categories": [{"id": 1, "name": "car"}],
    }
    page.get_by_label("标注文件").set_input_files(file("late.json", json.dumps(coco)))
    page.get_by_role("button", name="放进来").click()
    expect(page.get_by_text("可以离开,做好了会告诉你。")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="数据", exact=True).click()
    expect(page.get_by_role("heading", name="数据")).to_be_visible()
    over = True
    told = page.get_by_text("把已有的标注放进来: 做好了")
    expect(told).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="去看").click()
    expect(page.get_by_role("heading", name="把已有的标注放进来")).to_be_visible()
    expect(told).to_have_count(0)
