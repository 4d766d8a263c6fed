"""Makes the demo base, and throws it away: 万山基地, one client, seven people, one project that is alive.

Everything goes through the rooms' own actions, as people would do it; nothing is written past them. The pictures are
drawn by ``scenes``, so the true boxes are known: they become pre-labels (with the small faults of a machine) and work
(with the small faults of people).
"""

from __future__ import annotations

import io
import json
import os
import random
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from doujia.marks import Box, Mark
from doujia.metrics import explain
from doujia.server.data import actions as data
from doujia.server.demo import ACCOUNTS_FILE, scenes, trial
from doujia.server.kernel import clock, guards, jobs, storage, trail
from doujia.server.kernel.authz import Actor
from doujia.server.people import actions as people
from doujia.server.people import queries as people_queries
from doujia.server.people.permissions import SYSTEM
from doujia.server.projects import actions as projects
from doujia.server.projects import templates
from doujia.server.releases import actions as releases
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries
from doujia.server.work.actions.reviews import Finding, Verdict
from doujia.server.work.actions.submissions import Sent

__all__ = ["ACCOUNTS_FILE", "build", "remove"]

SCENES = 30
PEOPLE = (
    ("worker", "吴小燕", "wuxiaoyan", "base", "标注员", "worker"),
    ("worker2", "李春梅", "lichunmei", "base", "标注员", "worker"),
    ("lead", "杨秀英", "yangxiuying", "base", "组长", "team lead"),
    ("manager", "石建军", "shijianjun", "base", "基地经理", "base manager"),
    ("client", "林晓", "linxiao", "client", "甲方", "client"),
    ("trainer", "龙金花", "longjinhua", "client", "训练师", "trainer"),
    ("admin", "管理员", "admin", "platform", "平台管理员", "platform admin"),
)


def build() -> list[dict[str, str]]:
    """Make the demo and return its accounts; they are also kept in ``demo-accounts.json`` for the owner of the home."""
    tenants = {
        "base": people.create_tenant(actor=SYSTEM, kind="base", name="万山基地"),
        "client": people.create_tenant(actor=SYSTEM, kind="client", name="驰远智驾"),
        "platform": people.create_tenant(actor=SYSTEM, kind="platform", name="豆荚"),
    }
    password = f"pod-{secrets.token_hex(3)}-{secrets.randbelow(9000) + 1000}"
    accounts, actors = [], {}
    for role, name, login, place, zh, en in PEOPLE:
        made = people.create_person(
            actor=SYSTEM,
            tenant=tenants[place],
            role=role.rstrip("2"),
            display_name=name,
            login_name=login,
            password=password,
        )
        actors[role] = people_queries.actor_for(made.person)
        accounts.append(
            {
                "role": role,
                "login": made.login,
                "password": password,
                "name": name,
                "zh": f"{name},{zh}",
                "en": en,
            }
        )
    _keep(accounts)
    _project(tenants, actors)
    return accounts


def remove() -> str:
    """Throw the whole demo away and return the path of its home; refused where there is anything but the demo.

    The demo lives in a home of its own, so throwing it away is emptying database and files; keys and backups stay. The next
    start finds a home that has been used and makes no new demo.
    """
    from doujia.errors import InputError

    home = Path(settings.HOME)
    if not (home / ACCOUNTS_FILE).exists():
        raise InputError(f"There is no demo in {home}.", zh=f"{home} 里没有演示数据。", code="no_demo")
    tenants = {t.name for t in people_queries.tenants_of(SYSTEM)}
    foreign = tenants - {"万山基地", "驰远智驾", "豆荚"}
    if foreign:
        raise InputError(
            f"Besides the demo there is {', '.join(sorted(foreign))}: nothing was removed. Use another DOUJIA_HOME for real work.",
            zh=f"除了演示还有 {'、'.join(sorted(foreign))},什么也没删。真正干活请换一个 DOUJIA_HOME。",
            code="demo_not_alone",
        )
    from django.core.management import call_command
    from django.db import connection

    storage.delete_everything()
    # The database itself refuses to forget what was audited; this is the one command that may.
    guards.remove(connection)
    try:
        call_command("flush", verbosity=0, interactive=False)
        trail.forget()
    finally:
        guards.install(connection)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
    (home / ACCOUNTS_FILE).unlink()
    return str(home)


def _keep(accounts: list[dict[str, str]]) -> None:
    path = Path(settings.HOME) / ACCOUNTS_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(accounts, file, ensure_ascii=False, indent=1)


def _project(tenants: dict[str, str], actors: dict[str, Actor]) -> None:
    client = actors["client"]
    dataset = data.create_dataset(
        actor=client, tenant=tenants["client"], name="路口图片 · 第 3 批", medium="image"
    )
    truth = _pictures(client, dataset)
    data.share(actor=client, dataset=dataset, tenants=[tenants["base"]])
    trial.build(tenants, actors, dataset, truth)
    trial.build_pairs(tenants, actors, dataset, truth)
    template = templates.get("vehicles-people")
    assert template is not None
    project = projects.create_project(
        actor=client, client=tenants["client"], bases=[tenants["base"]], name="路口车辆行人 · 第 3 批", schema=template.schema,
        guideline=template.guideline["zh"], settings={"review_share": 0.7, "price_fen": 85}, template=template.id,
    )  # fmt: skip
    projects.add_items(actor=client, project=project, dataset=dataset)
    projects.set_state(actor=client, project=project, state="running")
    _prelabels(actors["trainer"], project, truth)
    _late(actors, project, truth)
    _work(actors, project, truth)
    lead = actors["lead"]
    asked = work.ask(actor=actors["worker"], project=project, text="老年代步车算什么?")
    work.answer_question(actor=lead, question=asked, text="算三轮车,要求 1.3 写了。")
    work.ask(actor=actors["worker2"], project=project, text="广告牌上的车要框吗?")
    _talk(actors, project, truth)
    projects.save_guideline(
        actor=lead, project=project, version=1, changed="1.3 写清楚:快递三轮车也算三轮车。",
        markdown=template.guideline["zh"].replace("老年代步车算三轮车", "老年代步车、快递三轮车都算三轮车"),
    )  # fmt: skip
    release = releases.make_release(
        actor=client, project=project, name="试交付", notes="先看看格式合不合用,数量还不多。"
    )
    _run_jobs()
    releases.export_release(actor=client, release=release, format="coco")
    _run_jobs()


def _pictures(client: Actor, dataset: str) -> dict[str, list[scenes.Thing]]:
    """Draw the scenes and upload them as a browser would."""
    truth: dict[str, list[scenes.Thing]] = {}
    upload = data.open_upload(actor=client, dataset=dataset)
    for number in range(1, SCENES + 1):
        picture, things = scenes.draw(number)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=88)
        name, size = f"路口/{number:04d}.jpg", file.tell()
        file.seek(0)
        placed, _ = data.announce(actor=client, upload=upload, files=[data.Announced(name, size)])
        data.receive(actor=client, upload=upload, file=placed[0].id, offset=0, length=size, body=file)
        truth[name] = things
    data.commit_upload(actor=client, upload=upload)
    _run_jobs()
    return truth


def _run_jobs() -> None:
    while jobs.run_one():
        pass


def _prelabels(trainer: Actor, project: str, truth: dict[str, list[scenes.Thing]]) -> None:
    """The machine's suggestions come in as a COCO file, as any model's would."""
    dice = random.Random(11)
    classes = sorted({t.label for things in truth.values() for t in things})
    images, annotations = [], []
    for image, (name, things) in enumerate(truth.items(), 1):
        images.append({"id": image, "file_name": name, "width": scenes.WIDTH, "height": scenes.HEIGHT})
        for thing in things:
            if dice.random() < 0.22:
                continue
            box = _shaken(thing.box, dice, 5.0)
            corner = [box.x0, box.y0, round(box.x1 - box.x0, 1), round(box.y1 - box.y0, 1)]
            annotations.append(
                {
                    "id": len(annotations) + 1, "image_id": image, "category_id": classes.index(thing.label) + 1, "bbox": corner,
                    "area": round(corner[2] * corner[3], 1), "iscrowd": 0, "score": round(dice.uniform(0.55, 0.97), 2),
                }
            )  # fmt: skip
    document = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": n, "name": c} for n, c in enumerate(classes, 1)],
    }
    body = io.BytesIO(json.dumps(document).encode())
    work.import_annotations(
        actor=trainer,
        project=project,
        name="street-boxes.json",
        mode="prelabels",
        body=body,
        format="coco",
        source="street-boxes@1",
    )
    _run_jobs()


def _work(actors: dict[str, Actor], project: str, truth: dict[str, list[scenes.Thing]]) -> None:
    dice = random.Random(7)
    now = clock.now()
    plan = [("worker", 9, 34), ("worker2", 5, 41)]
    for role, count, seconds in plan:
        at = now - timedelta(seconds=(count + 2) * (seconds + 25))
        for _ in range(count):
            at += timedelta(seconds=seconds + dice.uniform(-9, 24))
            with clock.frozen(at):
                _label(actors[role], project, truth, dice, int(seconds * 1000 * dice.uniform(0.7, 1.3)))
    with clock.frozen(now - timedelta(seconds=40)):
        _check(actors["lead"], project, truth)


def _talk(actors: dict[str, Actor], project: str, truth: dict[str, list[scenes.Thing]]) -> None:
    """A word of the lead at a place, and a picture that somebody could not do."""
    lead, worker = actors["lead"], actors["worker2"]
    checked = work_queries.tasks(
        actor=lead, project=project, where=work_queries.TaskFilter(state="done"), limit=1
    ).items[0]
    x0, y0, x1, _ = truth[checked.name][0].box
    work.comment(actor=lead, task=checked.id, text="这一个贴得很好,照这样来。", place=((x0 + x1) / 2, y0))
    dark = _take(worker, project)
    work.skip(
        actor=worker,
        task=dark["id"],
        lease=dark["lease"],
        reason="unclear",
        text="对面车灯太晃,后面几辆看不清。",
    )


def _late(actors: dict[str, Actor], project: str, truth: dict[str, list[scenes.Thing]]) -> None:
    """One picture was held too long, given to somebody else, and handed in after all: the lead decides which one counts."""
    dice, now = random.Random(5), clock.now()
    with clock.frozen(now - timedelta(minutes=150)):
        held = _take(actors["worker"], project)
    with clock.frozen(now - timedelta(minutes=110)):
        work.sweep_expired()
        _label(actors["worker2"], project, truth, dice, 52_000)
    with clock.frozen(now - timedelta(minutes=108)):
        _hand_in(actors["worker"], held, truth, dice, 71_000)


def _label(
    worker: Actor, project: str, truth: dict[str, list[scenes.Thing]], dice: random.Random, active_ms: int
) -> None:
    _hand_in(worker, _take(worker, project), truth, dice, active_ms)


def _take(worker: Actor, project: str) -> dict[str, Any]:
    pack = work.take_next(actor=worker, project=project, want=1)
    tasks, _ = work_queries.describe(pack.held, worker.person)
    return tasks[0]


def _hand_in(
    worker: Actor,
    task: dict[str, Any],
    truth: dict[str, list[scenes.Thing]],
    dice: random.Random,
    active_ms: int,
) -> None:
    marks = []
    for number, thing in enumerate(truth[task["item"]["name"]], 1):
        if dice.random() < 0.06:
            continue
        attrs: dict[str, Any] = {"hidden": "some" if thing.occluded else "none"}
        if "direction" in thing.attrs:
            attrs["direction"] = thing.attrs["direction"]
        marks.append(
            Mark(id=f"m{number}", label=thing.label, geometry=_shaken(thing.box, dice, 1.2), attrs=attrs)
        )
    sent = Sent(
        id=UUID(int=dice.getrandbits(128), version=4), task=task["id"], lease=task["lease"], marks=marks, empty=not marks, active_ms=active_ms,
        guideline_version=task["guideline_version"], schema_version=task["schema_version"], provenance={"added": len(marks)},
    )  # fmt: skip
    work.submit(actor=worker, sent=sent)


def _check(lead: Actor, project: str, truth: dict[str, list[scenes.Thing]]) -> None:
    """The lead has checked a few; what goes back says truly what is missing, where, and under which paragraph."""
    dice = random.Random(3)
    template = templates.get("vehicles-people")
    assert template is not None
    pack = work.take_next(actor=lead, project=project, want=5, kind="review")
    tasks, _ = work_queries.describe(pack.held, lead.person)
    rejected = 0
    for task in tasks:
        done = msgspec.convert(
            msgspec.json.decode(msgspec.json.encode(task["previous"]["marks"])), list[Mark]
        )
        right = [
            Mark(id=f"t{n}", label=t.label, geometry=Box(*t.box))
            for n, t in enumerate(truth[task["item"]["name"]])
        ]
        missed = [
            d
            for d in explain(right, done, schema=template.schema, size=(scenes.WIDTH, scenes.HEIGHT))
            if d.code == "missed"
        ]
        findings = [
            Finding(error_class="missed", place=d.place, rule="1.1", text=d.zh, severity="major")
            for d in missed[:3]
        ]
        reject = bool(findings) and rejected < 1
        rejected += reject
        if findings and not reject:
            work.give_back(actor=lead, task=task["id"], lease=task["lease"])
            continue
        verdict = Verdict(
            id=UUID(int=dice.getrandbits(128), version=4), task=task["id"], lease=task["lease"], submission=UUID(str(task["previous"]["id"])),
            verdict="reject" if reject else "accept", findings=findings if reject else [], active_ms=9000,
        )  # fmt: skip
        work.review(actor=lead, sent=verdict)


def _shaken(box: tuple[float, float, float, float], dice: random.Random, spread: float) -> Box:
    """The box with each edge moved a little, kept inside the picture."""
    x0, y0, x1, y1 = (v + dice.gauss(0, spread / 2) for v in box)
    x0, x1 = sorted((min(max(x0, 0.0), scenes.WIDTH), min(max(x1, 0.0), scenes.WIDTH)))
    y0, y1 = sorted((min(max(y0, 0.0), scenes.HEIGHT), min(max(y1, 0.0), scenes.HEIGHT)))
    return Box(round(x0, 1), round(y0, 1), round(max(x1, x0 + 2), 1), round(max(y1, y0 + 2), 1))
