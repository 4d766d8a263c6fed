"""The trial before the batch: the same pictures, done and checked over two weeks, so that there is something to see of quality.

The faults are those that people make. 吴小燕 misses what is small and far, less so from week to week; 李春梅 takes trucks for
buses and draws a little wide. The lead lets small things pass that the client's trainer does not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from doujia.marks import Box, Mark
from doujia.server.data import queries as data
from doujia.server.demo import scenes
from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor
from doujia.server.projects import actions as projects
from doujia.server.projects import templates
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries
from doujia.server.work.actions.reviews import Finding, Verdict
from doujia.server.work.actions.submissions import Sent

__all__ = ["NAME", "PAIRS", "build", "build_pairs"]

NAME = "试标 · 路口图片"
PAIRS = "两人一张 · 路口图片"
PAIRED = 10
DAYS = 12
ENDED = 2
"""Days since it ended: the night's jobs leave it alone."""
Truth = dict[str, list[scenes.Thing]]
TWINS = {"truck": "bus", "bus": "truck", "tricycle": "ebike", "bicycle": "ebike"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one object: its number in the picture and the finding that a reviewer would write."""

    number: int
    finding: Finding


def build(tenants: dict[str, str], actors: dict[str, Actor], dataset: str, truth: Truth) -> str:
    """Make the trial and return the project's id. Needs the dataset with its pictures and the people."""
    client, dice = actors["client"], random.Random(23)
    now = clock.now()
    template = templates.get("vehicles-people")
    assert template is not None
    with clock.frozen(now - timedelta(days=DAYS + ENDED + 1)):
        project = projects.create_project(
            actor=client, client=tenants["client"], bases=[tenants["base"]], name=NAME, schema=template.schema,
            guideline=template.guideline["zh"], settings={"review_share": 1.0}, template=template.id,
        )  # fmt: skip
        projects.add_items(actor=client, project=project, dataset=dataset)
        projects.set_state(actor=client, project=project, state="running")
    left = len(truth)
    for day in range(DAYS, 0, -1):
        morning = (now - timedelta(days=day + ENDED)).replace(hour=1, minute=30)
        share = -(-left // day)
        for role, part in (("worker", share - (share + day % 2) // 2), ("worker2", (share + day % 2) // 2)):
            with clock.frozen(morning + timedelta(minutes=10 if role == "worker" else 20)):
                left -= _morning(actors[role], role, project, truth, dice, part, day / DAYS)
        with clock.frozen(morning + timedelta(hours=3)):
            _checks(actors, project, truth, dice)
    _finish(actors, project, truth, dice)
    return project


def build_pairs(tenants: dict[str, str], actors: dict[str, Actor], dataset: str, truth: Truth) -> str:
    """Make a small project in which two people do each picture, and return its id: how far do they agree?

    Nothing is computed yet: the first start has enough to do, and the page has a button for it.
    """
    client, dice = actors["client"], random.Random(29)
    template = templates.get("vehicles-people")
    assert template is not None
    names = sorted(truth)[:PAIRED]
    with clock.frozen(clock.now() - timedelta(days=3)):
        project = projects.create_project(
            actor=client, client=tenants["client"], bases=[tenants["base"]], name=PAIRS, schema=template.schema,
            guideline=template.guideline["zh"], settings={"review_share": 0.0, "overlap": 2, "consensus": False}, template=template.id,
        )  # fmt: skip
        items = data.by_name([dataset], names)
        projects.add_items(actor=client, project=project, dataset=dataset, items=[items[n] for n in names])
        projects.set_state(actor=client, project=project, state="running")
    for role in ("worker", "worker2"):
        with clock.frozen(clock.now() - timedelta(days=ENDED, hours=3)):
            _morning(actors[role], role, project, truth, dice, PAIRED, 0.3, hand=0.9)
    return project


def _finish(actors: dict[str, Actor], project: str, truth: Truth, dice: random.Random) -> None:
    """The last corrections come in and are accepted; the trial is over."""
    with clock.frozen(clock.now() - timedelta(days=ENDED, hours=6)):
        for role in ("worker", "worker2"):
            _morning(actors[role], role, project, truth, dice, 0, 0.0)
        _checks(actors, project, truth, dice)
        projects.set_state(actor=actors["client"], project=project, state="done")


def _morning(
    who: Actor,
    role: str,
    project: str,
    truth: Truth,
    dice: random.Random,
    wanted: int,
    clumsy: float,
    hand: float = 0.0,
) -> int:
    """Do again what came back, then ``wanted`` new ones; returns how many new ones there were.

    ``hand``: px by which two drawings of one edge differ.
    """
    new = 0
    while True:
        pack = work.take_next(actor=who, project=project, want=1)
        if not pack.held:
            return new
        [task], _ = work_queries.describe(pack.held, who.person)
        again = task["mode"] == "rework"
        if not again and new >= wanted:
            work.give_back(actor=who, task=task["id"], lease=task["lease"])
            return new
        things = truth[task["item"]["name"]]
        marks = _right(things) if again else _drawn(things, role, dice, clumsy, hand)
        sent = Sent(
            id=UUID(int=dice.getrandbits(128), version=4), task=task["id"], lease=task["lease"], marks=marks, empty=not marks,
            active_ms=int(1000 * dice.uniform(22, 58)), guideline_version=task["guideline_version"],
            schema_version=task["schema_version"], provenance={"added": len(marks)},
        )  # fmt: skip
        work.submit(actor=who, sent=sent)
        new += not again


def _right(things: list[scenes.Thing]) -> list[Mark]:
    out = []
    for number, thing in enumerate(things, 1):
        attrs: dict[str, Any] = {"hidden": "some" if thing.occluded else "none"}
        if "direction" in thing.attrs:
            attrs["direction"] = thing.attrs["direction"]
        out.append(Mark(id=f"m{number}", label=thing.label, geometry=Box(*thing.box), attrs=attrs))
    return out


def _drawn(
    things: list[scenes.Thing], role: str, dice: random.Random, clumsy: float, hand: float
) -> list[Mark]:
    """The marks as this person draws them. ``clumsy`` falls from 1 to 0 over the two weeks."""
    out = []
    for mark, thing in zip(_right(things), things, strict=True):
        x0, y0, x1, y1 = thing.box
        if hand:
            x0, y0 = max(0.0, x0 + dice.gauss(0, hand)), max(0.0, y0 + dice.gauss(0, hand))
            x1, y1 = (
                min(float(scenes.WIDTH), x1 + dice.gauss(0, hand)),
                min(float(scenes.HEIGHT), y1 + dice.gauss(0, hand)),
            )
            mark = msgspec.structs.replace(mark, geometry=Box(*(round(v, 1) for v in (x0, y0, x1, y1))))
        small = (x1 - x0) * (y1 - y0) < 2_600
        if role == "worker" and small and dice.random() < 0.45 * clumsy:
            continue
        if role == "worker2" and thing.label in TWINS and dice.random() < (0.25 if hand else 0.55):
            mark = msgspec.structs.replace(mark, label=TWINS[thing.label])
        if role == "worker2" and not hand and dice.random() < 0.08:
            wide = min(14.0, (x1 - x0) / 3)
            mark = msgspec.structs.replace(
                mark, geometry=Box(max(0.0, x0 - wide), y0, min(float(scenes.WIDTH), x1 + wide), y1)
            )
        out.append(mark)
    return out


def _checks(actors: dict[str, Actor], project: str, truth: Truth, dice: random.Random) -> None:
    """Whatever waits is checked: two of three by the lead, the rest by the trainer, who overlooks nothing."""
    while True:
        strict = dice.random() < 0.36
        who = actors["trainer" if strict else "lead"]
        pack = work.take_next(actor=who, project=project, want=1, kind="review")
        if not pack.held:
            return
        [task], _ = work_queries.describe(pack.held, who.person)
        given = msgspec.convert(
            msgspec.json.decode(msgspec.json.encode(task["previous"]["marks"])), list[Mark]
        )
        right = _right(truth[task["item"]["name"]])
        faults = _faults(given, right)
        if not strict:
            faults = [f for f in faults if f.finding.error_class != "place"]
        verdict = "accept" if not faults else "fix" if len(faults) == 1 else "reject"
        work.review(
            actor=who,
            sent=Verdict(
                id=UUID(int=dice.getrandbits(128), version=4), task=task["id"], lease=task["lease"],
                submission=UUID(str(task["previous"]["id"])), verdict=verdict,  # type: ignore[arg-type]
                marks=_mended(given, right, faults) if verdict == "fix" else [], findings=[f.finding for f in faults],
                active_ms=int(1000 * dice.uniform(6, 15)),
            ),
        )  # fmt: skip


def _faults(given: list[Mark], right: list[Mark]) -> list[Fault]:
    """What differs, as a reviewer says it; objects are known by their number."""
    by_id = {m.id: m for m in given}
    out = []
    for number, true in enumerate(right, 1):
        assert isinstance(true.geometry, Box)
        mine = by_id.get(true.id)
        if mine is None:
            b = true.geometry
            place = (round((b.x0 + b.x1) / 2), round((b.y0 + b.y1) / 2))
            out.append(
                Fault(
                    number, Finding(error_class="missed", place=place, rule="1.1", text="这里还有一个没框。")
                )
            )
        elif mine.label != true.label:
            rule = "1.3" if "tricycle" in (mine.label, true.label) else "1.1"
            out.append(
                Fault(
                    number,
                    Finding(error_class="class", mark=true.id, rule=rule, text="看看车厢和车窗,选错类别了。"),
                )
            )
        elif mine.geometry != true.geometry:
            out.append(
                Fault(
                    number,
                    Finding(error_class="place", mark=true.id, rule="2.1", text="左右都宽了一截,影子不算。"),
                )
            )
    return out


def _mended(given: list[Mark], right: list[Mark], faults: list[Fault]) -> list[Mark]:
    wrong = {f"m{f.number}" for f in faults}
    truth = {m.id: m for m in right}
    kept = [truth[m.id] if m.id in wrong else m for m in given]
    return kept + [truth[i] for i in sorted(wrong - {m.id for m in given})]
