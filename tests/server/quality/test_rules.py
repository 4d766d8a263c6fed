"""Rules as data: what may be written, when they act, that they act once, that humans decide, that lost ground undoes."""

from __future__ import annotations

import copy
import math
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from doujia.server.kernel import clock, jobs
from doujia.server.kernel.errors import Conflict, Forbidden, Unprocessable
from doujia.server.quality import rulebook
from doujia.server.quality.actions import records, rules, ruling
from doujia.server.quality.actions.appeals import appeal
from doujia.server.quality.curves import curve
from doujia.server.quality.models import (
    Firing,
    GoldTask,
    GradedAnswer,
    PauseProposal,
    PersonShare,
    Record,
    Rule,
    RuleVersion,
)
from doujia.server.quality.queries import rules as queries
from doujia.server.quality.replay import Event, replay
from doujia.server.work import shares
from doujia.server.work.models import Ready

from .conftest import Hall

CUSUM = rulebook.DEFAULTS[0]
AT = datetime(2026, 3, 1, tzinfo=UTC)
THRICE: dict[str, Any] = {
    "name_zh": "三次退回", "name_en": "Three returned", "collect": {"source": "reviews", "last_n": 10},
    "when": [{"key": "reviews.returned_count", "op": "gte", "value": 3}],
    "then": [{"do": "raise_review", "share_percent": 80, "days": 7}, {"do": "notify_lead"}], "message_zh": "最近退回多了,先多看看。",
}  # fmt: skip


def events(pattern: str, error: str = "place") -> list[Event]:
    """Events from a line of r(ight) and w(rong)."""
    return [
        Event(str(n), AT + timedelta(minutes=n), int(c == "r"), 1, c == "w", () if c == "r" else (error,))
        for n, c in enumerate(pattern)
    ]


def changed(**more: Any) -> dict[str, Any]:
    return copy.deepcopy(THRICE) | more


def run_jobs() -> None:
    while jobs.run_one():
        pass


def live(hall: Hall, document: dict[str, Any]) -> str:
    clock.advance(timedelta(seconds=1))
    boss = hall.person("boss", "manager")
    rule, version = rules.save(actor=boss, project=hall.project, document=document)
    run_jobs()
    rules.go_live(actor=boss, rule=rule, version=version)
    return rule


def judged(hall: Hall, *words: str, who: str = "wu") -> list[str]:
    n = len(hall.world.items)
    hall.world.fill(*(f"{n + i}.txt" for i in range(len(words))))
    sent = [hall.submit(hall.person(who)) for _ in words]
    for word in words:
        hall.judge(hall.person("lead", "lead"), word)
    # What came back would be taken before anything new, and second tries do not count.
    Ready.objects.filter(kind="work", subject__isnull=False).update(person="", offer_until=None)
    return sent


def test_the_cumulative_sum_acts_where_hand_calculation_says() -> None:
    # wrong: ln(.35/.08) = 1.47591; three in a row give 4.42773 < 4.5, the fourth acts
    assert math.log(0.35 / 0.08) == pytest.approx(1.47591, abs=1e-5)
    rule = rulebook.read(CUSUM)
    assert [f.end for f in replay(rule, events("wwww"))] == ["3"]
    # right: ln(.65/.92) = -.34735; after w w w r the sum is 4.08038, and the next wrong one acts
    [fire] = replay(rule, events("wwwrw"))
    assert fire.values["gold.cusum_sum"] == pytest.approx(4.42773 - 0.34735 + 1.47591, abs=1e-4)
    assert fire.window == ("0", "1", "2", "3", "4")


def test_the_window_begins_anew_after_it_has_acted() -> None:
    rule = rulebook.read(THRICE)
    assert [f.end for f in replay(rule, events("wwwwwwr"))] == ["2", "5"]


def test_replay_over_a_prefix_gives_the_same_firings() -> None:
    rule = rulebook.read(THRICE)
    line = events("rwrwwrwwrwrrwww")
    whole = [f.end for f in replay(rule, line)]
    for n in range(len(line)):
        assert [f.end for f in replay(rule, line[:n])] == [e for e in whole if int(e) < n]


def test_the_window_forgets() -> None:
    rule = rulebook.read(changed(collect={"source": "reviews", "last_n": 4}))
    assert list(replay(rule, events("wwrrrrw"))) == []


def test_the_curve_of_the_sum_is_the_published_one() -> None:
    found = curve(rulebook.read(CUSUM), line=0.95)
    by = dict(zip(found.accuracy, found.trigger, strict=True))
    # reference: .92 against .65 at 4.5 gives .84 % at .95, 11 % at .90, 36 % at .85, 67 % at .80 within 50
    assert found.exact
    assert [by[a] for a in (0.95, 0.9, 0.85, 0.8)] == pytest.approx([0.0084, 0.107, 0.362, 0.667], abs=0.0015)


def test_a_simulated_curve_agrees_with_the_exact_one() -> None:
    # With the sum and a count that always holds, the same rule is simulated instead of computed.
    document = copy.deepcopy(CUSUM)
    document["when"].append({"key": "gold.graded_count", "op": "gte", "value": 1})
    found, exact = curve(rulebook.read(document), line=0.95), curve(rulebook.read(CUSUM), line=0.95)
    assert not found.exact
    for simulated, computed in zip(found.trigger, exact.trigger, strict=True):
        assert simulated == pytest.approx(
            computed, abs=4 * math.sqrt(computed * (1 - computed) / 1000) + 1e-3
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"when": [{"key": "reviews.returned_count", "op": "gt", "value": 3}]}, "when.0.op"),
        ({"when": [{"key": "reviews.returned_count", "op": "gte", "value": 11}]}, "when.0.value"),
        ({"when": [{"key": "gold.graded_count", "op": "gte", "value": 3}]}, "when.0.key"),
        ({"when": [{"key": "reviews.right_percent", "op": "lt", "value": 80}]}, "when"),
        ({"when": [{"key": "reviews.right_percent", "op": "lt", "value": 0.8}, {"key": "reviews.checked_count", "op": "gte", "value": 5}]}, "when.0.value"),
        ({"then": []}, "then"),
        ({"then": [{"do": "notify_lead"}, {"do": "notify_lead"}]}, "then"),
    ],
)  # fmt: skip
def test_faults_of_a_rule_are_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        rulebook.read(changed(**change))
    assert field in [f["field"] for f in refused.value.fields]


@pytest.mark.parametrize("do", ["ban", "withhold_pay", "fine"])
def test_no_rule_bans_or_withholds_pay(do: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        rulebook.read(changed(then=[{"do": do}]))
    assert refused.value.code == "rule_never"


def test_a_rule_acts_once_and_says_what_it_saw(hall: Hall) -> None:
    rule = live(hall, THRICE)
    judged(hall, "reject", "accept", "reject", "reject")
    since = clock.now() - timedelta(days=1)
    assert ruling.evaluate(hall.project, since) == 1
    assert ruling.evaluate(hall.project, since) == 0
    firing = Firing.objects.get()
    assert (str(firing.rule_id), firing.person, firing.state) == (rule, hall.person("wu").person, "open")
    assert firing.inputs["values"] == {"reviews.returned_count": 3.0}
    assert (len(firing.inputs["window"]), firing.inputs["error_class"]) == (4, "place")
    assert [(o["do"], o["state"]) for o in firing.outcomes] == [
        ("raise_review", "done"),
        ("notify_lead", "open"),
    ]
    assert PersonShare.objects.get().raised == 0.8
    [hers] = queries.mine(actor=hall.person("wu"))
    assert hers.zh == THRICE["message_zh"]
    judged(hall, "reject", "reject")
    assert ruling.evaluate(hall.project, since) == 0  # the window began anew
    judged(hall, "reject")
    assert ruling.evaluate(hall.project, since) == 1


def test_only_what_happens_after_it_went_live_counts(hall: Hall) -> None:
    judged(hall, "reject", "reject", "reject")
    live(hall, THRICE)
    assert ruling.evaluate(hall.project, clock.now() - timedelta(days=1)) == 0


def test_the_dry_run_says_what_would_have_happened(hall: Hall) -> None:
    judged(hall, "reject", "reject", "reject", "accept")
    judged(hall, "accept", who="li")
    boss = hall.person("boss", "manager")
    job = rules.try_out(actor=boss, project=hall.project, document=THRICE)
    run_jobs()
    result = jobs.get(job).result
    dry = result["dry_run"]
    assert (dry["people"], dry["acted_about"], dry["times"], dry["events"]) == (2, 1, 1, 5)
    assert len(result["curve"]["trigger"]) == len(result["curve"]["accuracy"])
    assert not Rule.objects.exists()


def test_an_overturned_appeal_takes_the_ground_away(hall: Hall) -> None:
    live(hall, THRICE)
    sent = judged(hall, "reject", "reject", "reject")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    appeal(actor=hall.person("wu"), submission=sent[0])
    run_jobs()
    assert Firing.objects.get().state == "open"  # nothing is decided yet
    hall.judge(hall.person("second", "lead"), "accept")
    run_jobs()
    assert Firing.objects.get().state == "withdrawn"
    assert PersonShare.objects.get().raised is None


def test_an_upheld_appeal_leaves_it(hall: Hall) -> None:
    live(hall, THRICE)
    sent = judged(hall, "reject", "reject", "reject")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    appeal(actor=hall.person("wu"), submission=sent[0])
    hall.judge(hall.person("second", "lead"), "reject")
    run_jobs()
    assert Firing.objects.get().state == "open"


def test_it_goes_live_only_with_a_curve_and_words(hall: Hall) -> None:
    boss = hall.person("boss", "manager")
    rule, version = rules.save(actor=boss, project=hall.project, document=THRICE)
    with pytest.raises(Conflict) as refused:
        rules.go_live(actor=boss, rule=rule, version=version)
    assert refused.value.code == "rule_not_checked"
    run_jobs()
    rule, version = rules.save(actor=boss, project=hall.project, document=changed(message_zh=" "), rule=rule)
    run_jobs()
    with pytest.raises(Conflict) as refused:
        rules.go_live(actor=boss, rule=rule, version=version)
    assert refused.value.code == "rule_silent"
    with pytest.raises(Conflict) as refused:
        rules.go_live(actor=boss, rule=rule, version=1)
    assert refused.value.code == "edit_conflict"
    with pytest.raises(Forbidden):
        rules.save(actor=hall.person("wu"), project=hall.project, document=THRICE)


def below_the_line(hall: Hall, who: str) -> None:
    """Two closed weeks of a person that are below the line beyond chance."""
    for n, week in enumerate((date(2026, 2, 16), date(2026, 2, 23))):
        Record.objects.create(
            project=hall.project, person=hall.person(who).person, week=week, passed=80, fixed=10, minor=0, returned=10, overturned=0,
            pending=0, gold=0, gold_right=0, right=80, total=100, low=0.708, high=0.873, line=0.95, below=True,
            closed_at=clock.now() + timedelta(seconds=n),
        )  # fmt: skip


def weekly(hall: Hall) -> None:
    live(hall, rulebook.DEFAULTS[3])
    Rule.objects.update(live_since=clock.now() - timedelta(days=30))


def test_a_pause_takes_effect_only_after_a_human_agreed(hall: Hall) -> None:
    hall.world.fill("a.txt")
    weekly(hall)
    below_the_line(hall, "wu")
    wu, boss = hall.person("wu"), hall.person("boss", "manager")
    assert ruling.evaluate(hall.project, clock.now() - timedelta(days=1)) == 1
    firing = str(Firing.objects.get().id)
    [held] = hall.held(wu)  # a proposal changes nothing
    from doujia.server.work import actions as work
    from doujia.server.work import opaque

    work.give_back(actor=wu, task=opaque.encode(held.place.task), lease=held.token)
    rules.agree_pause(actor=boss, firing=firing, note="看过了")
    pack = work.take_next(actor=wu, project=hall.project)
    assert (pack.held, pack.empty.reason if pack.empty else "") == ([], "asked_to_pause")
    assert queries.mine(actor=wu)[0].paused
    rules.end_pause(actor=boss, firing=firing)
    assert len(hall.held(wu)) == 1


def test_a_pause_ends_with_the_practice(hall: Hall) -> None:
    hall.world.fill("a.txt")
    weekly(hall)
    below_the_line(hall, "wu")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    rules.agree_pause(actor=hall.person("boss", "manager"), firing=str(Firing.objects.get().id))
    ruling.finish_pause(hall.project, hall.person("wu").person)
    assert len(hall.held(hall.person("wu"))) == 1
    assert PauseProposal.objects.get().state == "ended"


def test_nobody_agrees_to_her_own_pause(hall: Hall) -> None:
    hall.world.fill("a.txt")
    weekly(hall)
    lead = hall.person("lead", "lead")
    below_the_line(hall, "lead")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    with pytest.raises(Forbidden):
        rules.agree_pause(actor=lead, firing=str(Firing.objects.get().id))


def test_without_proof_no_pause_is_even_proposed(hall: Hall) -> None:
    document = changed(then=[{"do": "propose_pause"}])
    live(hall, document)
    judged(hall, "reject", "reject", "reject")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    assert Firing.objects.get().outcomes[0]["state"] == "not_shown"
    assert not PauseProposal.objects.exists()


def test_a_human_takes_back_what_a_rule_did(hall: Hall) -> None:
    live(hall, THRICE)
    judged(hall, "reject", "reject", "reject")
    since = clock.now() - timedelta(days=1)
    ruling.evaluate(hall.project, since)
    queue = _queue(hall)
    wu = hall.person("wu").person
    assert shares.share_of(queue, wu, 0.0) == 1.0  # the project checks everything anyway
    rules.withdraw(
        actor=hall.person("boss", "manager"), firing=str(Firing.objects.get().id), note="题目没写清楚"
    )
    assert PersonShare.objects.get().raised is None
    assert ruling.evaluate(hall.project, since) == 0  # and it does not come again for the same event


def test_practice_that_cannot_be_given_is_said(hall: Hall) -> None:
    live(hall, changed(then=[{"do": "assign_practice", "items_count": 5}]))
    judged(hall, "reject", "reject", "reject")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    [outcome] = Firing.objects.get().outcomes
    assert outcome["state"] == "failed"
    assert "题库" in outcome["zh"]


def test_one_more_answer_for_her_last_ones(hall: Hall) -> None:
    live(hall, changed(then=[{"do": "add_overlap", "answers_count": 2}]))
    judged(hall, "reject", "reject", "accept", "accept", "reject")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    assert Firing.objects.get().outcomes[0]["state"] == "done"
    assert len(hall.held(hall.person("li"))) == 1
    assert len(hall.held(hall.person("xu"))) == 1


def test_known_tasks_are_looked_at_too(hall: Hall) -> None:
    live(hall, CUSUM)
    hall.world.fill("a.txt")
    wu = hall.person("wu").person
    gold = GoldTask.objects.create(project=hall.project, task="t", item="i", source="file", state_at=clock.now(), created_at=clock.now())  # fmt: skip
    for n in range(4):
        at = clock.now() + timedelta(seconds=n)
        GradedAnswer.objects.create(
            gold=gold, project=hall.project, task="t", submission=uuid.uuid4(), person=wu, version=1, score=0.2, passed=False, parts="{}",
            differences="[]", classes="{}", guideline_version=1, at=at, graded_at=at,
        )  # fmt: skip
    assert ruling.evaluate(hall.project, clock.now()) == 1
    assert Firing.objects.get().inputs["values"]["gold.cusum_sum"] == pytest.approx(5.90364, abs=1e-4)


def test_a_working_project_gets_the_usual_rules(hall: Hall) -> None:
    judged(hall, "accept")
    assert ruling.look() == 1
    run_jobs()
    assert list(Rule.objects.order_by("number").values_list("state", "live_version")) == [("live", 1)] * 4
    assert all(v.curve and v.document["message_zh"] for v in RuleVersion.objects.all())
    clock.advance(timedelta(seconds=1))
    assert ruling.look() == 1  # now they look for the first time
    clock.advance(timedelta(minutes=10))
    assert ruling.look() == 0  # nothing has happened since


def test_the_story_over_http(hall: Hall, client_for: Callable[[str], Client]) -> None:
    lead = client_for(hall.person("lead", "lead").person)
    made = lead.post(
        f"/api/v1/quality/projects/{hall.project}/rules",
        {"document": THRICE},
        content_type="application/json",
    ).json()
    run_jobs()
    assert lead.post(f"/api/v1/quality/rules/{made['id']}/live", {"version": 1}, content_type="application/json").json() == {"state": "live"}  # fmt: skip
    judged(hall, "reject", "reject", "reject")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    page = lead.get(f"/api/v1/quality/projects/{hall.project}/rules").json()
    assert [(r["state"], r["fired"], r["open"]) for r in page["rules"]] == [("live", 1, 1)]
    assert page["keys"]["gold"]["gold.passed_percent"] == "percent"
    [firing] = lead.get(f"/api/v1/quality/projects/{hall.project}/firings").json()
    assert (firing["name"], firing["rule_zh"], firing["window"]) == ("wu", "三次退回", 3)
    [mine] = client_for(hall.person("wu").person).get("/api/v1/quality/firings/mine").json()
    assert mine["zh"] == THRICE["message_zh"]
    assert lead.post(f"/api/v1/quality/firings/{firing['id']}/seen", {"note": "聊过了"}, content_type="application/json").status_code == 200  # fmt: skip
    assert lead.get(f"/api/v1/quality/projects/{hall.project}/firings?open=true").json() == []
    refused = lead.post(f"/api/v1/quality/firings/{firing['id']}/agree", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_proposed")


def test_a_raised_share_lasts_as_the_rule_says(hall: Hall) -> None:
    live(hall, THRICE)
    judged(hall, "reject", "reject", "reject")
    ruling.evaluate(hall.project, clock.now() - timedelta(days=1))
    row = PersonShare.objects.get()
    assert row.raised_until == clock.now() + timedelta(days=7)
    clock.advance(timedelta(days=7))
    assert records.end_raised() == 1


def _queue(hall: Hall) -> int:
    from doujia.server.work import queues

    return queues.of(hall.project).id
