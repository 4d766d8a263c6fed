"""Agreement, confusion, skills, cases, what suggestions do: small halls whose figures are computed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client

from doujia.marks import Mark, Origin
from doujia.server.kernel import clock, jobs
from doujia.server.kernel.errors import Forbidden, NotFound, Unprocessable
from doujia.server.quality import consensus_jobs, votes
from doujia.server.quality.actions import agreement
from doujia.server.quality.models import Agreement, Case, PersonSkill
from doujia.server.quality.queries import agreement as reads
from doujia.server.quality.queries.skills import known_skills
from doujia.server.work import opaque
from doujia.server.work.models import PreLabel

from .conftest import THURSDAY
from .pictures import Pictures, car, make


@pytest.fixture
def hall(transactional_db: None) -> Iterator[Pictures]:
    with clock.frozen(THURSDAY):
        yield make(overlap=2)


def boss(hall: Pictures) -> Any:
    return hall.person("boss", "lead")


def answered(hall: Pictures, said: list[tuple[str, str]]) -> None:
    """Wu and Li say what each picture's one object is; "" draws nothing."""
    hall.fill(*(f"{n:03}.jpg" for n in range(len(said))))
    for n, (wu, li) in enumerate(said):
        for name, label in (("wu", wu), ("li", li)):
            hall.answer(name, *([car(100 + n, label)] if label else []))


def test_alpha_confusion_and_pairs_by_hand(hall: Pictures) -> None:
    answered(hall, [("car", "car"), ("car", "car"), ("bus", "bus"), ("car", "bus"), ("car", "")])
    assert agreement.recompute(hall.project)["tasks"] == 5
    report = reads.agreement(actor=boss(hall), project=hall.project)
    [row] = [r for r in report.now if (r.measure, r.arm) == ("class", "all")]
    # Ten answers: car 6, bus 3, nothing 1. Two pairs of five differ: D_o = 4/10; D_e = 2 (6·3 + 6·1 + 3·1) / (10·9) = 54/90.
    assert row.value == pytest.approx(1 - 0.4 / 0.6)
    assert row.observed == pytest.approx(0.6)
    assert (row.objects, row.tasks, row.people) == (5, 5, 2)
    assert [(c.first, c.second, c.n) for c in report.confusion] == [("", "car", 1), ("bus", "car", 1)]
    # bus or car: 2 + 1 + 1 + 1 pairs (the one with nothing holds car too); one of them is bus against car.
    assert [c.share for c in report.confusion if c.first == "bus"] == [pytest.approx(1 / 5)]
    assert report.pairs == []  # five shared objects are too few to say
    [shape] = [r for r in report.now if (r.measure, r.arm) == ("shape", "all")]
    assert shape.objects == 4 and shape.observed == pytest.approx(1)


def test_pairs_of_people_who_share_enough(hall: Pictures) -> None:
    answered(hall, [("car", "car")] * 5 + [("bus", "bus")] * 4 + [("car", "bus")])
    agreement.recompute(hall.project)
    [pair] = reads.agreement(actor=boss(hall), project=hall.project).pairs
    # Equal 9 of 10; by chance .6·.5 + .4·.5 = .5, so kappa = .4 / .5.
    assert (pair.shared, pair.equal) == (10, pytest.approx(0.9)) and pair.kappa == pytest.approx(0.8)


def test_the_same_day_replaces_and_another_day_adds(hall: Pictures) -> None:
    answered(hall, [("car", "car"), ("bus", "car")])
    agreement.recompute(hall.project)
    agreement.recompute(hall.project)
    first = Agreement.objects.count()
    clock.advance(timedelta(days=1))
    agreement.recompute(hall.project)
    assert Agreement.objects.count() == 2 * first
    assert len(reads.agreement(actor=boss(hall), project=hall.project).series) == 2 * first


def test_skills_come_from_decisions_and_from_the_others(transactional_db: None) -> None:
    with clock.frozen(THURSDAY):
        hall = make(overlap=3)
        hall.fill(*(f"{n:03}.jpg" for n in range(40)))
        for n in range(40):
            for name in ("wu", "li", "zhao"):
                wrong = name == "zhao" and n % 2
                label = ("car", "bus")[n // 2 % 2 ^ bool(wrong)]
                hall.answer(name, car(100, label))
        agreement.recompute(hall.project)
        skills = {r.name: r for r in reads.skills(actor=boss(hall), project=hall.project) if r.label == ""}
        # Zhao is right every other time: 20 of 40, judged by the others.
        assert skills["wu"].mean > 0.9 and skills["li"].mean > 0.9
        assert skills["zhao"].low < 0.5 < skills["zhao"].high and skills["zhao"].mean < 0.65
        assert (skills["zhao"].gold, skills["zhao"].others) == (0, 40)
        assert set(known_skills(hall.project)) == {hall.person(n).person for n in ("wu", "li", "zhao")}
        assert PersonSkill.objects.filter(label="car").count() == 3


def test_what_an_arbiter_decided_is_known(transactional_db: None) -> None:
    with clock.frozen(THURSDAY):
        hall = make(overlap=3)
        hall.fill("a.jpg")
        for name, label in (("wu", "bus"), ("li", "car"), ("zhao", "car")):
            hall.answer(name, car(100, label))
        hall.run()
        hall.answer("boss", car(100, "bus"), car(400, "car", "m2"), kind="review", role="lead")
        agreement.recompute(hall.project)
        skills = {r.name: r for r in reads.skills(actor=boss(hall), project=hall.project) if r.label == ""}
        # Two known objects: the bus, which Wu alone named, and a car that all of them missed.
        assert {n: (s.gold, s.gold_right) for n, s in skills.items()} == {
            "wu": (2, 1),
            "li": (2, 0),
            "zhao": (2, 0),
        }


def test_equal_shapes_are_a_case_for_a_human(hall: Pictures, client_for: Any) -> None:
    answered(hall, [("car", "car")] * 3)
    assert agreement.recompute(hall.project)["cases"] == 1
    [case] = reads.cases(actor=boss(hall), project=hall.project)
    assert (case.kind, case.evidence["shapes"], case.state) == ("same_shape", 3, "open")
    assert {case.first_name, case.second_name} == {"wu", "li"} and "聊" in case.zh
    with pytest.raises(Unprocessable):
        agreement.decide(actor=boss(hall), case=case.id, state="followed")
    with pytest.raises(Forbidden):
        agreement.decide(actor=hall.person("wu"), case=case.id, state="harmless")
    with pytest.raises(NotFound):
        agreement.decide(actor=boss(hall), case="nothing", state="harmless")
    agreement.decide(actor=boss(hall), case=case.id, state="harmless", note="Copied between alike frames.")
    assert agreement.recompute(hall.project)["cases"] == 0  # nothing new: it stays closed
    assert Case.objects.get().state == "harmless"
    hall.fill("x.jpg", "y.jpg")
    for name in ("wu", "li"):
        hall.answer(name, car(300))
        hall.answer(name, car(301))
    assert agreement.recompute(hall.project)["cases"] == 1  # five shapes instead of three
    browser: Client = client_for(boss(hall).person)
    [shown] = browser.get(f"/api/v1/quality/projects/{hall.project}/cases").json()
    assert shown["state"] == "open" and shown["evidence"]["shapes"] == 5
    done = browser.post(
        f"/api/v1/quality/cases/{shown['id']}", {"state": "talked"}, content_type="application/json"
    )
    assert done.json() == {"state": "talked"}


def test_shapes_that_the_machine_suggested_are_no_evidence(hall: Pictures) -> None:
    hall.fill(*(f"{n}.jpg" for n in range(4)))
    suggested = car(100, mark_id="p1")
    for n in range(4):
        for name in ("wu", "li"):
            if n == 0 and name == "wu":
                suggest(hall, [suggested])
            hall.answer(name, car(100))
    assert agreement.recompute(hall.project)["cases"] == 0


def suggest(hall: Pictures, marks: list[Mark]) -> None:
    """Give every task of the hall the same suggestions."""
    from doujia.server.work.models import Task

    for task in Task.objects.all():
        PreLabel.objects.create(
            task=task, source="detector@1", marks=msgspec.json.encode(marks).decode(), at=clock.now()
        )


@pytest.mark.parametrize(
    ("prelabels", "marks", "provenance", "arm"),
    [
        (0, [car()], {}, ""),
        (2, [car()], {}, "blind"),
        (2, [car()], {"added": 1}, "blind"),
        (2, [car()], {"accepted": 2}, "assisted"),
        (2, [], {"deleted_prelabels": ["p1", "p2"]}, "assisted"),
        (1, [msgspec.structs.replace(car(), origin=Origin(by="human", prelabel_of="p1"))], {}, "assisted"),
    ],
    ids=["no suggestions", "none shown", "all drawn", "kept", "all removed", "origin says so"],
)
def test_whether_somebody_saw_suggestions_shows_in_her_answer(
    prelabels: int, marks: list[Mark], provenance: dict[str, Any], arm: str
) -> None:
    assert votes.arm_of(prelabels, marks, msgspec.json.encode(provenance).decode()) == arm


def test_what_suggestions_do(transactional_db: None) -> None:
    with clock.frozen(THURSDAY):
        hall = make(overlap=1)
        hall.fill(*(f"{n}.jpg" for n in range(6)))
        suggest(hall, [car(100, mark_id="p1"), car(400, mark_id="p2")])
        for n in range(4):  # two with suggestions: one kept, one moved; two without
            seen = {"accepted": 1, "moved": 1, "deleted": 0, "added": 1} if n < 2 else {"added": 1}
            hall.answer("wu", car(), ms=10_000 if n < 2 else 30_000 + n, provenance=seen)
        agreement.recompute(hall.project)
        report = reads.assistance(actor=boss(hall), project=hall.project)
        assisted, blind = report.arms
        assert (assisted.arm, assisted.answers, assisted.median_ms, blind.answers) == (
            "assisted",
            2,
            10_000,
            2,
        )
        assert (assisted.kept.value, assisted.moved.value, assisted.removed.value, assisted.kept.of) == (
            0.5,
            0.5,
            0.0,
            4,
        )
        assert (assisted.added, blind.added, blind.kept.value, blind.median_ms) == (1.0, 1.0, None, 30_002)
        assert report.differs == []


def test_the_night_computes_once_for_each_project_that_was_worked_on(hall: Pictures) -> None:
    answered(hall, [("car", "bus")])
    idle = make(overlap=2)
    clock.advance(timedelta(hours=14))  # two in the morning
    consensus_jobs.nightly()
    assert jobs.listing(kind="quality.figures") == []
    clock.advance(timedelta(hours=2))
    consensus_jobs.nightly()
    consensus_jobs.nightly()
    [job] = jobs.listing(kind="quality.figures")
    assert job.thing == f"project:{hall.project}" and idle.project not in job.thing
    while jobs.run_one():
        pass
    assert jobs.get(job.id).result == {"tasks": 1, "objects": 1, "people": 2, "cases": 0}
    clock.advance(timedelta(hours=1))
    consensus_jobs.nightly()
    assert len(jobs.listing(kind="quality.figures")) == 1


def test_a_project_without_several_answers_has_nothing_and_says_so(hall: Pictures) -> None:
    assert agreement.recompute(hall.project) == {"tasks": 0, "objects": 0, "people": 0, "cases": 0}
    report = reads.agreement(actor=boss(hall), project=hall.project)
    assert (report.at, report.now, report.confusion) == (None, [], [])
    assert reads.assistance(actor=boss(hall), project=hall.project).arms == []


def test_the_pages_over_http(hall: Pictures, client_for: Any) -> None:
    answered(hall, [("car", "car"), ("bus", "car")])
    hall.run()
    browser: Client = client_for(boss(hall).person)
    base = f"/api/v1/quality/projects/{hall.project}"
    summary = browser.get(f"{base}/consensus").json()
    assert (summary["accepted"], summary["proposed"], summary["due"]) == (1, 1, 0)
    assert summary["doubts"] == [{"code": "label", "n": 1}]
    page = browser.get(f"{base}/consensus/tasks?state=proposed").json()
    assert [p["name"] for p in page["items"][0]["people"]] == ["wu", "li"] and page["next"] is None
    first = browser.get(f"{base}/consensus/tasks?limit=1").json()
    second = browser.get(f"{base}/consensus/tasks?limit=1&cursor={first['next']}").json()
    assert {first["items"][0]["state"], second["items"][0]["state"]} == {"accepted", "proposed"}
    started = browser.post(f"{base}/figures", content_type="application/json")
    assert started.status_code == 202
    while jobs.run_one():
        pass
    assert jobs.get(started.json()["job"]).state == "done"
    assert browser.get(f"{base}/agreement").json()["now"][0]["tasks"] == 2
    assert {s["name"] for s in browser.get(f"{base}/skills").json()} == {"wu", "li"}
    assert browser.get(f"{base}/assistance").json()["arms"] == []
    again = browser.post(f"{base}/consensus", content_type="application/json")
    assert again.status_code == 202


def test_tokens_of_tasks_in_evidence_open_the_task(hall: Pictures) -> None:
    answered(hall, [("car", "car")] * 3)
    agreement.recompute(hall.project)
    [case] = Case.objects.all()
    assert len({opaque.decode(t) for t in case.evidence["tasks"]}) == 3
