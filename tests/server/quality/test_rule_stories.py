"""What a rule does, as the people see it: the lead is told, a lesson is given, a pause waits for somebody's word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from doujia.server.kernel import clock, jobs
from doujia.server.quality import rule_jobs
from doujia.server.quality.actions import records
from doujia.server.quality.jobs import keep_up
from doujia.server.work.models import Ready

from .conftest import Hall
from .test_gold import WRONG
from .test_practice import RIGHT, give, pool, steps

MESSAGE = "最近退回多了,一起看看。"


@pytest.fixture
def as_(hall: Hall, client_for: Callable[[str], Client]) -> Callable[..., Any]:
    """Ask as a person of the base: ``as_("lead")("/quality/firings/waiting")``; with a body it is a POST."""

    def sit(name: str, role: str = "worker") -> Callable[..., Any]:
        browser = client_for(hall.person(name, role).person)

        def call(path: str, body: Any = None, status: int = 200) -> Any:
            address = f"/api/v1{path}"
            answer = (
                browser.get(address)
                if body is None
                else browser.post(address, body, content_type="application/json")
            )
            assert answer.status_code == status, answer.content
            return answer.json()

        return call

    return sit


def beat() -> None:
    """What the worker's clock and its jobs do within the next half minute."""
    clock.advance(timedelta(seconds=30))
    keep_up()
    rule_jobs.look()
    while jobs.run_one():
        pass


def in_force(hall: Hall, lead: Callable[..., Any], **rule: Any) -> str:
    """Write a rule, let it be tried, and put it in force."""
    document = {"name_zh": "退回三次", "name_en": "Three returned", "message_zh": MESSAGE, **rule}
    made = lead(f"/quality/projects/{hall.project}/rules", {"document": document}, 201)
    beat()
    lead(f"/quality/rules/{made['id']}/live", {"version": made["version"]})
    return str(made["id"])


def sent_and_judged(hall: Hall, *words: str, who: str = "wu") -> None:
    n = len(hall.world.items)
    hall.world.fill(*(f"{n + i}.txt" for i in range(len(words))))
    for _ in words:
        hall.submit(hall.person(who))
    for word in words:
        hall.judge(hall.person("lead", "lead"), word)
    # What came back is left for the end of the day.
    Ready.objects.filter(kind="work", subject__isnull=False).update(person="", offer_until=None)


RETURNED = {
    "collect": {"source": "reviews", "last_n": 10},
    "when": [{"key": "reviews.returned_count", "op": "gte", "value": 3}],
}


def test_the_lead_is_told_and_says_that_she_has_looked(hall: Hall, as_: Callable[..., Any]) -> None:
    lead, wu = as_("lead", "lead"), as_("wu")
    in_force(hall, lead, **RETURNED, then=[{"do": "notify_lead"}])
    assert lead("/quality/firings/waiting") == []
    sent_and_judged(hall, "reject", "reject", "reject")
    paid = wu("/work/today")
    beat()
    # On her board and in the bar at the top, wherever she is:
    assert lead("/quality/firings/waiting") == [
        {"project": hall.project, "name": "Letters", "open": 1, "pauses": 0}
    ]
    # and first among what to look at today, by the rule's name.
    reasons = lead(f"/quality/projects/{hall.project}/report")["reasons"]
    [told] = [r for r in reasons if r["code"] == "firing_open"]
    assert (told["name"], told["people"]) == ("退回三次", 1)
    [firing] = lead(f"/quality/projects/{hall.project}/firings?open=true")
    assert (firing["name"], firing["values"], firing["outcomes"][0]["zh"]) == (
        "wu", {"reviews.returned_count": 3.0}, "等组长看。",
    )  # fmt: skip
    # She herself reads it too, and nothing else has happened to her.
    [hers] = wu("/quality/firings/mine")
    assert (hers["zh"], hers["paused"]) == (MESSAGE, False)
    assert wu("/work/today") == paid
    lead(f"/quality/firings/{firing['id']}/seen", {"note": "聊过了"})
    assert lead("/quality/firings/waiting") == []
    # Workers are asked for nothing, and a rule about a lead waits for somebody else.
    assert wu("/quality/firings/waiting") == []


def test_a_rule_gives_a_lesson_and_she_goes_through_it(hall: Hall, as_: Callable[..., Any]) -> None:
    lead, wu = as_("lead", "lead"), as_("wu")
    pool(hall, "retry", "p1", "p2")
    in_force(hall, lead, **RETURNED, then=[{"do": "assign_practice", "pool": "retry", "items_count": 2}])
    assert wu("/quality/practice/mine") == []
    sent_and_judged(hall, "reject", "reject", "reject")
    beat()
    [lesson] = wu("/quality/practice/mine")
    assert (lesson["kind"], lesson["size"], lesson["state"]) == ("retry", 2, "assigned")
    [hers] = wu("/quality/firings/mine")
    assert [o["zh"] for o in hers["outcomes"]] == ["安排了补练 2 题。"]
    one, two = steps(lesson["id"])
    wrong = give(hall, lesson["id"], one.id, WRONG)
    assert wrong.shown and wrong.again and wrong.differences[0]["zh"] == "这是城市,不是Person。"
    assert give(hall, lesson["id"], one.id, RIGHT).done == 1
    assert give(hall, lesson["id"], two.id, RIGHT).state == "done"
    assert [r["state"] for r in lead(f"/quality/projects/{hall.project}/practice")] == ["done"]
    hall.world.fill("next.txt")
    assert len(hall.held(hall.person("wu"))) == 1, "and goes on with her work"


def test_a_pause_waits_for_a_word_and_ends_with_one(hall: Hall, as_: Callable[..., Any]) -> None:
    lead, wu = as_("lead", "lead"), as_("wu")
    rule = {
        "collect": {"source": "week", "last_n": 8},
        "when": [{"key": "week.below_in_row_count", "op": "gte", "value": 1}],
    }
    in_force(hall, lead, **rule, then=[{"do": "propose_pause"}])
    # 12 of 24 are right: the upper end of the exact 98 % interval is .74 (binom.cdf(12, 24, .74) = .0106), below .95.
    sent_and_judged(hall, *["accept"] * 12, *["reject"] * 12)
    clock.advance(timedelta(days=5))
    records.close_due_weeks()
    beat()
    beat()
    hall.world.fill("more.txt", "more2.txt")

    def takes() -> tuple[int, str]:
        """How many tasks she gets, and why none; what she got she gives back."""
        got = wu("/work/next", {"project": hall.project, "want": 1})
        for task in got["tasks"]:
            wu(f"/work/tasks/{task['id']}/give-back", {"lease": task["lease"]}, 200)
        return len(got["tasks"]), (got.get("empty") or {}).get("reason", "")

    assert lead("/quality/firings/waiting")[0]["pauses"] == 1
    assert takes() == (1, ""), "a proposal changes nothing"
    [firing] = lead(f"/quality/projects/{hall.project}/firings?open=true")
    assert firing["pause"] == "proposed"
    wu(f"/quality/firings/{firing['id']}/agree", {"note": ""}, 403)
    lead(f"/quality/firings/{firing['id']}/agree", {"note": "先练两天"})
    assert takes() == (0, "asked_to_pause")
    assert wu("/quality/firings/mine")[0]["paused"]
    assert lead("/quality/firings/waiting") == []
    lead(f"/quality/firings/{firing['id']}/end-pause", {})
    assert takes() == (1, "")
    assert not wu("/quality/firings/mine")[0]["paused"]


def test_a_pause_that_nobody_wants_never_was(hall: Hall, as_: Callable[..., Any]) -> None:
    lead = as_("lead", "lead")
    rule = {
        "collect": {"source": "week", "last_n": 8},
        "when": [{"key": "week.below_in_row_count", "op": "gte", "value": 1}],
    }
    in_force(hall, lead, **rule, then=[{"do": "propose_pause"}])
    sent_and_judged(hall, *["reject"] * 8)
    clock.advance(timedelta(days=5))
    records.close_due_weeks()
    beat()
    beat()
    [firing] = lead(f"/quality/projects/{hall.project}/firings?open=true")
    lead(f"/quality/firings/{firing['id']}/decline", {"note": "题目没写清楚"})
    hall.world.fill("more.txt")
    assert len(hall.held(hall.person("wu"))) == 1
    assert lead("/quality/firings/waiting") == []
