"""Three people on one picture: they agree, they disagree, they are asked one by one; what is released and who is paid."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from doujia.marks import Mark
from doujia.server.kernel import clock, jobs
from doujia.server.quality.actions import agreement, consensus
from doujia.server.quality.models import Consensus, ConsensusDue, PersonSkill
from doujia.server.releases import actions as releases
from doujia.server.releases import queries as release_queries
from doujia.server.work import actions as work
from doujia.server.work import queries

from .conftest import THURSDAY
from .pictures import Pictures, car, make


@pytest.fixture
def pictures(transactional_db: None) -> Iterator[Pictures]:
    with clock.frozen(THURSDAY):
        yield make()


def test_three_who_agree_make_one_annotation_and_all_are_paid(pictures: Pictures) -> None:
    pictures.fill("a.jpg")
    for name, x in (("wu", 98), ("li", 100), ("zhao", 103)):
        task = pictures.answer(name, car(x), weather="rain")
    assert pictures.run() == {"accepted": 1, "waiting": 0}
    assert task is not None
    row = Consensus.objects.get()
    assert (row.task, row.state, row.answers, row.objects_n, row.unsure, row.reasons) == (
        task,
        "accepted",
        3,
        1,
        0,
        [],
    )
    # Boxes of 200 × 200 shifted by 2, 3 and 5 px: 198/202, 197/203 and 195/205 of the union; the weather is agreed on by all.
    shape = 198 / 202 + 197 / 203 + 195 / 205
    assert row.agreement == pytest.approx((shape + 3) / 6)
    assert sum(p["weight"] for p in row.people) == pytest.approx(1, abs=1e-3)
    chosen = pictures.released()
    document = msgspec.json.decode(chosen.document)
    assert (chosen.consensus, chosen.person, document["item_attrs"]) == (True, "", {"weather": "rain"})
    [mark] = document["marks"]
    assert (
        mark["label"] == "car" and mark["origin"] == {"by": "consensus"} and 98 < mark["geometry"]["x0"] < 103
    )
    answers = queries.answers_of(task)
    assert [(a.mode, a.state) for a in answers] == [("work", "accepted")] * 3 + [("consensus", "accepted")]
    assert not ConsensusDue.objects.exists()


def test_an_object_that_one_of_three_saw_goes_to_an_arbiter(pictures: Pictures) -> None:
    pictures.fill("a.jpg")
    pictures.answer("wu", car(100), car(400, mark_id="m2"))
    pictures.answer("li", car(100))
    task = pictures.answer("zhao", car(100))
    assert pictures.run() == {"proposed": 1, "waiting": 0}
    assert Consensus.objects.get().reasons == [{"code": "existence", "n": 1}]
    assert task is not None and {a.state for a in queries.answers_of(task)} == {"submitted", "proposed"}
    lead = pictures.person("boss", "lead")
    [held] = work.take_next(actor=lead, project=pictures.project, kind="review").held
    [shown], _ = queries.describe([held], lead.person)
    assert shown["mode"] == "arbitrate" and len(shown["candidates"]) == 3
    assert len(msgspec.json.decode(shown["fused"]["marks"])) == 1
    assert "wu" not in str(shown["candidates"])
    work.give_back(actor=lead, task=task, lease=held.token)
    pictures.answer("boss", car(100), car(400, mark_id="m2"), kind="review", role="lead")
    assert pictures.run() == {"decided": 1, "waiting": 0}
    assert {a.state for a in queries.answers_of(task) if a.mode == "work"} == {"accepted"}
    assert Consensus.objects.get().state == "decided"
    assert (
        pictures.released().decided and len(msgspec.json.decode(pictures.released().document)["marks"]) == 2
    )


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([[car()], [car()], [car(label="bus")]], "label"),
        ([[car(100)], [car(180)], [car(20)]], "place"),
        ([[], [car()], [car()]], "existence"),
    ],
    ids=["another class", "not the same place", "nothing there"],
)
def test_what_people_disagree_about_is_said(pictures: Pictures, answers: list[list[Mark]], code: str) -> None:
    pictures.fill("a.jpg")
    for name, marks in zip(("wu", "li", "zhao"), answers, strict=True):
        pictures.answer(name, *marks)
    pictures.run()
    row = Consensus.objects.get()
    assert row.state == "proposed" and code in {r["code"] for r in row.reasons}


def test_disagreement_about_the_picture_itself(pictures: Pictures) -> None:
    pictures.fill("a.jpg")
    for name, weather in (("wu", "sun"), ("li", "rain"), ("zhao", "rain")):
        pictures.answer(name, car(), weather=weather)
    pictures.run()
    assert Consensus.objects.get().reasons == [{"code": "value", "n": 1}]


def test_an_empty_picture_is_a_result_too(pictures: Pictures) -> None:
    pictures.fill("a.jpg")
    for name in ("wu", "li", "zhao"):
        pictures.answer(name)
    assert pictures.run()["accepted"] == 1
    assert msgspec.json.decode(pictures.released().document)["marks"] == []


def test_a_job_that_runs_twice_changes_nothing(pictures: Pictures) -> None:
    pictures.fill("a.jpg")
    for name in ("wu", "li", "zhao"):
        task = pictures.answer(name, car())
    pictures.run()
    before = Consensus.objects.values().get()
    consensus.mark_due(pictures.project, [str(task)], clock.now())
    assert pictures.run() == {"waiting": 1}
    assert Consensus.objects.values().get() == before
    assert sum(a.mode == "consensus" for a in queries.answers_of(str(task))) == 1


def test_an_answer_opened_again_takes_the_result_back_until_it_is_there(pictures: Pictures) -> None:
    pictures.fill("a.jpg")
    for name in ("wu", "li", "zhao"):
        task = str(pictures.answer(name, car()))
    pictures.run()
    mine = next(a for a in queries.answers_of(task) if a.person == pictures.person("wu").person)
    work.reopen(actor=pictures.person("boss", "lead"), submission=mine.submission)
    assert Consensus.objects.get().state == "withdrawn"
    assert list(queries.accepted(pictures.project)) == []
    pictures.answer("wu", car(), car(400, mark_id="m2"))
    assert pictures.run() == {"proposed": 1, "waiting": 0}


def test_a_lead_asks_for_all_again(pictures: Pictures) -> None:
    pictures.fill("a.jpg", "b.jpg")
    for name in ("wu", "li", "zhao"):
        pictures.answer(name, car(label="bus" if name == "wu" else "car"))
        pictures.answer(name, car())
    pictures.run()
    assert sorted(Consensus.objects.values_list("state", flat=True)) == ["accepted", "proposed"]
    job = consensus.request(actor=pictures.person("boss", "lead"), project=pictures.project)
    while jobs.run_one():
        pass
    assert jobs.get(job).result == {"proposed": 1, "waiting": 0}


def skill(pictures: Pictures, name: str, mean: float, judged: int = 200) -> None:
    PersonSkill.objects.create(
        project=pictures.project, person=pictures.person(name).person, label="", mean=mean, low=mean - 0.02,
        high=mean + 0.02, gold=judged, gold_right=round(judged * mean), others=0, at=clock.now(),
    )  # fmt: skip


def test_people_with_records_stop_when_they_are_sure_enough(transactional_db: None) -> None:
    with clock.frozen(THURSDAY):
        pictures = make(overlap=5, confidence=0.95)
        for name in ("wu", "li"):
            skill(pictures, name, 0.9)
        pictures.fill("a.jpg")
        pictures.answer("wu", car())
        assert pictures.answer("wu", car()) is None
        pictures.answer("li", car())
        assert pictures.answer("zhao", car()) is None  # two are asked first
        # It is there with odds (.9/.1)² = 81 : 1.
        assert pictures.run() == {"accepted": 1, "waiting": 0}
        row = Consensus.objects.get()
        assert (row.answers, row.most) == (2, 5)
        assert row.confidence == pytest.approx(81 / 82)


def test_one_more_is_asked_while_nobody_is_sure(transactional_db: None) -> None:
    with clock.frozen(THURSDAY):
        pictures = make(overlap=3, confidence=0.95)
        for name in ("wu", "li", "zhao"):
            skill(pictures, name, 0.9)
        pictures.fill("a.jpg")
        pictures.answer("wu", car(), car(400, mark_id="m2"))
        pictures.answer("li", car())
        assert pictures.run() == {"asking": 1, "waiting": 0}  # the second car: 1 : 1
        pictures.answer("zhao", car())
        # The second car: .1/.9 against it after the third, .9 is not .95; three is the most.
        assert pictures.run() == {"proposed": 1, "waiting": 0}
        assert Consensus.objects.get().confidence == pytest.approx(0.9)


def test_a_newcomer_gets_the_full_number_beside_her(transactional_db: None) -> None:
    with clock.frozen(THURSDAY):
        pictures = make(overlap=3, confidence=0.95)
        skill(pictures, "wu", 0.99)
        skill(pictures, "li", 0.99, judged=5)
        pictures.fill("a.jpg")
        pictures.answer("wu", car())
        pictures.answer("li", car())
        assert pictures.run() == {"asking": 1, "waiting": 0}
        assert Consensus.objects.get().reasons == [{"code": "newcomer", "n": 1}]
        pictures.answer("zhao", car())
        assert pictures.run() == {"accepted": 1, "waiting": 0}


def test_one_answer_of_a_person_who_is_good_enough_is_enough(transactional_db: None) -> None:
    with clock.frozen(THURSDAY):
        pictures = make(overlap=3, overlap_min=1, confidence=0.95)
        skill(pictures, "wu", 0.97)
        skill(pictures, "li", 0.8)
        pictures.fill("a.jpg", "b.jpg")
        pictures.answer("wu", car())
        pictures.answer("li", car())
        assert pictures.run() == {"accepted": 1, "asking": 1, "waiting": 0}


def test_a_release_holds_the_consensus_and_says_how_alike_people_were(pictures: Pictures) -> None:
    pictures.fill("a.jpg", "b.jpg")
    for name in ("wu", "li", "zhao"):
        pictures.answer(name, car(label="bus"))
        pictures.answer(name, car())
    pictures.run()
    agreement.recompute(pictures.project)
    lead = pictures.person("chief", "manager")
    made = releases.make_release(actor=lead, project=pictures.project)
    while jobs.run_one():
        pass
    view = release_queries.get(actor=lead, release=made)
    assert (view.state, view.items, view.marks) == ("ready", 2, 2)
    counts = view.card["counts"]
    assert (counts["made_by_consensus"], counts["items_with_several_answers"]) == (2, 2)
    # Six answers of a minute each, by three people; nobody is the author of the consensus.
    assert view.card["labour"] == {"people": 3, "active_hours": 0.1, "pay": None}
    assert (view.card["agreement"]["value"], view.card["agreement"]["objects"]) == (1.0, 2)


def test_skills_are_fresh_where_they_decide_how_many_are_asked(transactional_db: None) -> None:
    with clock.frozen(THURSDAY):
        pictures = make(overlap=2, confidence=0.95)
        pictures.fill(*(f"{n}.jpg" for n in range(32)))
        for n in range(32):
            for name in ("wu", "li"):
                pictures.answer(name, car(100, "car" if n % 2 else "bus"))
        assert pictures.run()["accepted"] == 32
        assert PersonSkill.objects.filter(label="").count() == 2
        pictures.fill("new.jpg")
        for name in ("wu", "li"):
            pictures.answer(name, car())
        pictures.run()
        row = Consensus.objects.order_by("-at").first()
        assert row is not None and row.state == "accepted"
        assert row.confidence is not None and 0.95 < row.confidence < 1
        assert all(p["skill"] > 0.9 for p in row.people)
