"""A project's figures as its lead sees them: work handed in, checked, and counted by hand here."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from world import TEXT, World, make_world, span

from doujia.marks import Mark
from doujia.server.kernel import clock, jobs
from doujia.server.kernel.authz import Actor
from doujia.server.quality.actions import appeals
from doujia.server.quality.actions import reports as actions
from doujia.server.quality.actions.records import set_policy
from doujia.server.quality.jobs import keep_up
from doujia.server.quality.models import Check, GoldStanding, GoldTask, GradedAnswer
from doujia.server.quality.models.rules import Firing, Rule, RuleVersion
from doujia.server.quality.queries.reports import report
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries
from doujia.server.work.actions.reviews import Finding, Verdict
from doujia.server.work.models import Review

CITY, LADY, NAMED = span("m1"), span("m2", "person", 0, 5), span("m2", "city", 0, 5)


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    made = make_world(review_share=1.0)
    made.fill(*(f"t{n}" for n in range(16)))
    yield made


def check(
    world: World, who: Actor, verdict: str, findings: list[Finding] | None = None, marks: list[Mark] | None = None
) -> str:  # fmt: skip
    """Take one check and answer it; returns the review's id."""
    pack = work.take_next(actor=who, project=world.project, want=1, kind="review")
    [task], _ = work_queries.describe(pack.held, who.person)
    sent = Verdict(
        id=uuid.uuid4(), task=task["id"], lease=task["lease"], submission=uuid.UUID(task["previous"]["id"]), verdict=verdict,  # type: ignore[arg-type]
        findings=findings or [], marks=marks or [], active_ms=8_000,
    )  # fmt: skip
    work.review(actor=who, sent=sent)
    return str(sent.id)


@pytest.fixture
def ask(client_for: Callable[[str], Client]) -> Callable[..., Any]:
    def get(who: Actor, path: str, status: int = 200) -> Any:
        keep_up()  # as the worker's clock does every few seconds
        answer = client_for(who.person).get(f"/api/v1/quality/projects/{path}")
        assert answer.status_code == status, answer.content
        return answer.json() if answer["Content-Type"] == "application/json" else answer

    return get


def share(rate: dict[str, Any]) -> tuple[float | None, int]:
    return rate["value"], rate["of"]


def test_an_empty_project_says_so(world: World, ask: Callable[..., Any]) -> None:
    seen = ask(world.person("boss", "lead"), f"{world.project}/report")
    assert seen["passed"] == {"value": None, "low": None, "high": None, "of": 0}
    assert (seen["reasons"], seen["classes"], seen["people"], seen["series"]) == ([], [], [], [])


def test_the_figures_of_a_day(world: World, ask: Callable[..., Any]) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    for _ in range(4):
        world.do(wu, [CITY, LADY])
    check(world, lead, "accept")
    check(world, lead, "accept")
    check(world, lead, "reject", [Finding(error_class="class", mark="m2", rule="1.2", text="是人名")])
    check(world, lead, "fix", marks=[CITY, NAMED])
    seen = ask(lead, f"{world.project}/report")
    assert share(seen["passed"]) == (0.5, 4)
    assert share(seen["right"]) == (0.75, 8)
    assert [(c["label"], share(c["right"]), c["wrong"]) for c in seen["classes"]] == [
        ("person", (0.5, 4), 2), ("city", (1.0, 4), 0),
    ]  # fmt: skip
    (mine,) = seen["people"]
    assert (mine["name"], share(mine["passed"]), mine["error_class"], mine["errors"]) == (
        "wu",
        (0.5, 4),
        "class",
        2,
    )
    (base,) = seen["bases"]
    assert (base["base"], base["people"], share(base["passed"])) == (world.base, 1, (0.5, 4))
    assert [(e["error_class"], e["n"], e["label"]) for e in seen["errors"]] == [("class", 2, "person")]
    assert [(r["rule"], r["n"], r["people"]) for r in seen["rules"]] == [("1.2", 1, 1)]
    pairs = {(p["given"], p["right"]): p["n"] for p in seen["pairs"]}
    assert pairs == {("city", "city"): 4, ("person", "person"): 2, ("person", "city"): 1}
    assert [(s["key"], share(s["right"])) for s in seen["slices"] if s["key"].startswith("suggested")] == [
        ("suggested:no", (0.5, 4))
    ]


def test_a_second_try_counts_nowhere_and_tells_what_the_first_should_have_been(
    world: World, ask: Callable[..., Any]
) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    world.do(wu, [CITY, LADY])
    check(world, lead, "reject", [Finding(error_class="class", mark="m2")])
    before = ask(lead, f"{world.project}/report")
    assert {(p["given"], p["right"]) for p in before["pairs"]} == {("city", "city")}
    world.do(wu, [CITY, NAMED])
    check(world, lead, "accept")
    after = ask(lead, f"{world.project}/report")
    assert share(after["passed"]) == (0.0, 1)
    assert {(p["given"], p["right"]): p["n"] for p in after["pairs"]} == {
        ("city", "city"): 1,
        ("person", "city"): 1,
    }


def test_a_look_again_counts_nothing_twice(world: World, ask: Callable[..., Any]) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    world.do(wu)
    check(world, lead, "accept")
    assert actions.catch_up(world.project) == 1
    assert actions.catch_up(world.project) == 0
    world.do(wu)
    check(world, lead, "accept")
    assert share(ask(lead, f"{world.project}/report")["passed"]) == (1.0, 2)


def test_looking_changes_nothing_and_the_clock_brings_the_figures_up_to_date(
    world: World, client_for: Callable[[str], Client]
) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    world.do(wu)
    check(world, lead, "accept")
    page = client_for(lead.person)
    for _ in range(2):
        seen = page.get(f"/api/v1/quality/projects/{world.project}/report").json()
        assert (share(seen["passed"]), seen["fresh"]) == ((None, 0), False)
    keep_up()
    seen = page.get(f"/api/v1/quality/projects/{world.project}/report").json()
    assert (share(seen["passed"]), seen["fresh"]) == ((1.0, 1), True)


def test_a_verdict_that_counts_nowhere_does_not_keep_the_figures_waiting(world: World) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    world.do(wu)
    check(world, lead, "accept")
    Review.objects.update(reply="extra")
    keep_up()
    assert report(actor=lead, project=world.project, days=0).fresh
    assert report(actor=lead, project=world.project, days=0).passed.of == 0
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        assert actions.behind() == []


def test_a_verdict_that_came_to_disk_late_is_found(world: World) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    for _ in range(2):
        world.do(wu)
    with clock.frozen(clock.now() - timedelta(seconds=30)):
        early = check(world, lead, "accept")
    check(world, lead, "accept")
    Check.objects.filter(review=early).delete()
    actions.catch_up(world.project)
    Check.objects.filter(review=early).delete()  # as if it had not been there when the later one was read
    keep_up()
    assert Check.objects.count() == 2


def test_many_verdicts_at_once_are_left_to_a_job(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    monkeypatch.setattr(actions, "AT_A_BEAT", 2)
    wu, lead = world.person("wu"), world.person("boss", "lead")
    for _ in range(5):
        world.do(wu)
    for _ in range(5):
        check(world, lead, "accept")
    keep_up()
    assert Check.objects.count() == 2
    keep_up()  # the next beat goes on, and asks for no second job
    assert Check.objects.count() == 4
    while jobs.run_one():
        pass
    assert Check.objects.count() == 5
    assert [j.result for j in jobs.listing(kind="quality.take_apart")] == [{"verdicts": 1}]


def test_the_reasons_name_class_person_and_paragraph(world: World, ask: Callable[..., Any]) -> None:
    wu, li, lead = world.person("wu"), world.person("li"), world.person("boss", "lead")
    for who in (wu, li, wu, li, wu, wu):
        world.do(who, [CITY, LADY])
    for _ in range(6):
        check(world, lead, "fix", [Finding(error_class="class", mark="m2", rule="1.2")], [CITY, NAMED])
    reasons = ask(lead, f"{world.project}/report")["reasons"]
    codes = {r["code"]: r for r in reasons}
    assert codes["rule_unclear"]["subject"] == "1.2"
    assert (codes["rule_unclear"]["n"], codes["rule_unclear"]["people"]) == (6, 2)
    # four answers are too few to speak of a person; nobody of six persons' marks of a class, ten are needed
    assert "person_below" not in codes and "class_below" not in codes
    for _ in range(5):
        world.do(wu, [CITY, LADY])
        check(world, lead, "fix", [Finding(error_class="class", mark="m2", rule="1.2")], [CITY, NAMED])
    seen = ask(lead, f"{world.project}/report")["reasons"]
    assert {"person_below", "class_below", "rule_unclear"} <= {r["code"] for r in seen}
    worst = next(r for r in seen if r["code"] == "person_below")
    assert (worst["name"], worst["sure"], worst["rate"]["of"]) == ("wu", True, 9)


def test_the_window_before_is_compared(world: World, ask: Callable[..., Any]) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    with clock.frozen(clock.now() - timedelta(days=9)):
        world.do(wu)
        check(world, lead, "accept")
    world.do(wu)
    check(world, lead, "reject", [Finding(error_class="rule", mark="m1")])
    week = ask(lead, f"{world.project}/report?days=7")
    assert (share(week["passed"]), share(week["before"])) == ((0.0, 1), (1.0, 1))
    month = ask(lead, f"{world.project}/report?days=30")
    assert (share(month["passed"]), share(month["before"])) == ((0.5, 2), (None, 0))
    assert [d["passed"]["of"] for d in month["series"]] == [1, 1]


def test_the_gallery_filters_and_pages(world: World, ask: Callable[..., Any]) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    errors = ("missed", "class", "class")
    for _ in errors:
        world.do(wu, [CITY, LADY])
    for error in errors:
        check(world, lead, "reject", [Finding(error_class=error, mark="m2", text="看这里")])
    first = ask(lead, f"{world.project}/errors?limit=2")
    assert len(first["items"]) == 2 and first["next"]
    rest = ask(lead, f"{world.project}/errors?limit=2&cursor={first['next']}")
    assert [r["error_class"] for r in first["items"] + rest["items"]] == ["class", "class", "missed"]
    assert rest["next"] is None
    only = ask(lead, f"{world.project}/errors?error_class=missed")["items"]
    assert [(r["error_class"], r["label"], r["text"], r["name"]) for r in only] == [
        ("missed", "person", "看这里", "wu")
    ]
    assert ask(lead, f"{world.project}/errors?label=city")["items"] == []
    ask(lead, f"{world.project}/errors?cursor=nonsense", 400)


def test_a_client_sees_work_names_only(world: World, ask: Callable[..., Any], make_person: Callable[..., str], actor_of: Callable[[str], Actor]) -> None:  # fmt: skip
    wu, lead = world.person("wu"), world.person("boss", "lead")
    world.do(wu)
    check(world, lead, "reject", [Finding(error_class="rule", mark="m1")])
    client = actor_of(make_person("client", world.client))
    seen = ask(client, f"{world.project}/report")
    assert seen["people"][0]["name"] != "wu"
    assert ask(client, f"{world.project}/errors")["items"][0]["name"] == seen["people"][0]["name"]


def test_a_person_sees_her_own_figures_and_nobody_elses(world: World, ask: Callable[..., Any]) -> None:
    wu, li, lead = world.person("wu"), world.person("li"), world.person("boss", "lead")
    given = ((wu, "accept"), (wu, "reject"), (wu, "reject"), (li, "accept"))
    for who, _ in given:
        world.do(who, [CITY])
    for _, verdict in given:
        check(
            world,
            lead,
            verdict,
            [Finding(error_class="class", mark="m1", rule="2.1")] if verdict == "reject" else None,
        )
    mine = ask(wu, f"{world.project}/people/{wu.person}")
    assert mine["passed"]["value"] == pytest.approx(1 / 3)
    assert share(mine["team"]) == (0.5, 4)
    assert mine["lesson"] == {"error_class": "class", "label": "city", "rule": "2.1", "n": 2}
    assert len(mine["recent"]) == 2
    ask(wu, f"{world.project}/people/{li.person}", 403)
    ask(wu, f"{world.project}/report", 403)
    assert ask(lead, f"{world.project}/people/{li.person}")["lesson"] is None


def test_reviewers_are_held_against_each_other_on_the_same_people(
    world: World, ask: Callable[..., Any]
) -> None:
    wu, lead, other = world.person("wu"), world.person("boss", "lead"), world.person("other", "lead")
    for _ in range(6):
        world.do(wu)
        check(world, lead, "accept")
    for _ in range(6):
        world.do(wu)
    for _ in range(6):
        check(world, other, "reject", [Finding(error_class="rule", mark="m1")])
    rows = {r["name"]: r for r in ask(lead, f"{world.project}/reviewers")["rows"]}
    assert share(rows["boss"]["passed"]) == (1.0, 6)
    assert (share(rows["boss"]["shared"]), share(rows["boss"]["others"])) == ((1.0, 6), (0.0, 6))
    assert rows["boss"]["apart"] and rows["other"]["apart"]
    assert (rows["other"]["returned"], rows["other"]["seconds"]) == (6, 8.0)


def test_an_appeal_leaves_the_second_verdict_only(world: World, ask: Callable[..., Any]) -> None:
    wu, lead, other = world.person("wu"), world.person("boss", "lead"), world.person("other", "lead")
    answer = world.do(wu)
    check(world, lead, "reject", [Finding(error_class="rule", mark="m1")])
    assert share(ask(lead, f"{world.project}/report")["passed"]) == (0.0, 1)
    appeals.appeal(actor=wu, submission=answer)
    check(world, other, "accept")
    seen = ask(lead, f"{world.project}/report")
    assert share(seen["passed"]) == (1.0, 1)
    assert seen["errors"] == []
    assert ask(lead, f"{world.project}/errors")["items"] == []
    rows = {r["name"]: r for r in ask(lead, f"{world.project}/reviewers")["rows"]}
    assert share(rows["boss"]["overturned"]) == (1.0, 1)
    assert (rows["boss"]["returned"], rows["other"]["passed"]["of"]) == (1, 1)


def test_known_tasks_are_told_to_those_who_lead_and_to_nobody_else(
    world: World, ask: Callable[..., Any]
) -> None:
    wu, lead = world.person("wu"), world.person("boss", "lead")
    world.do(wu)
    now = clock.now()
    gold = GoldTask.objects.create(
        project=world.project,
        task="t",
        item="i",
        source="file",
        state="suspect",
        state_at=now,
        created_at=now,
    )
    for passed, classes in (
        (True, '{"city": {"right": 1}}'),
        (False, '{"city": {"right": 1, "missed": 1, "extra": 1}}'),
    ):
        GradedAnswer.objects.create(
            gold=gold, project=world.project, task="t", submission=uuid.uuid4(), person=wu.person, version=1, score=0.5, passed=passed,
            parts="{}", differences="[]", classes=classes, guideline_version=1, at=now, graded_at=now,
        )  # fmt: skip
    GoldStanding.objects.create(
        project=world.project, person=wu.person, graded=2, passed=1, drifted_at=now, updated_at=now
    )
    seen = ask(lead, f"{world.project}/report")
    assert share(seen["known"]["passed"]) == (0.5, 2)
    assert [(c["label"], share(c["right"])) for c in seen["known"]["classes"]] == [("city", (0.5, 4))]
    assert {(r["code"], r["name"], r["n"]) for r in seen["reasons"]} >= {
        ("person_drift", "wu", 1),
        ("gold_suspect", "", 1),
    }
    hers = ask(lead, f"{world.project}/people/{wu.person}")
    assert (share(hers["known"]["passed"]), hers["drifted"]) == ((0.5, 2), True)
    own = ask(wu, f"{world.project}/people/{wu.person}")
    assert (own["known"], own["drifted"]) == (None, False)


def test_a_rule_that_acted_waits_for_a_human(world: World, ask: Callable[..., Any]) -> None:
    wu, lead, now = world.person("wu"), world.person("boss", "lead"), clock.now()
    rule = Rule.objects.create(
        project=world.project, number=1, state="live", made_by=lead.person, created_at=now
    )
    RuleVersion.objects.create(
        rule=rule,
        version=1,
        document={"name_zh": "连错三张", "name_en": "Three in a row"},
        made_by=lead.person,
        made_at=now,
    )
    for end, state in (("a", "open"), ("b", "open"), ("c", "done")):
        Firing.objects.create(
            rule=rule,
            version=1,
            project=world.project,
            person=wu.person,
            end=end,
            at=now,
            fired_at=now,
            inputs={},
            state=state,
        )
    (found,) = [r for r in ask(lead, f"{world.project}/report")["reasons"] if r["code"] == "firing_open"]
    assert (found["name"], found["people"], found["sure"]) == ("连错三张", 1, True)


def test_many_days_are_shown_by_the_week(world: World) -> None:
    from doujia.server.quality.models import Check
    from doujia.server.quality.queries.reports import figures

    day = clock.now().date()
    for back in range(60):
        Check.objects.create(
            review=uuid.uuid4(), project=world.project, task="t", item="i", submission=uuid.uuid4(), person="p", base="", reviewer="r",
            verdict="accept" if back % 2 else "reject", first=True, dataset="", suggested=False, guideline_version=1, marks=1, wrong=0,
            active_ms=0, review_ms=0, day=day - timedelta(days=back), at=clock.now() - timedelta(days=back),
        )  # fmt: skip
    short = figures.days(world.project, figures.window(30))
    assert len(short) == 30 and all(r.passed.of == 1 for r in short)
    long = figures.days(world.project, figures.window(90))
    assert sum(r.passed.of for r in long) == 60
    assert 9 <= len(long) <= 10 and {r.day.weekday() for r in long} == {0}


def test_the_line_is_the_projects_own(world: World, ask: Callable[..., Any]) -> None:
    manager = world.person("chief", "manager")
    set_policy(actor=manager, project=world.project, by_record=False, newcomer=1.0, floor=0.1, line=0.8)
    assert ask(manager, f"{world.project}/report")["line"] == 0.8


def test_the_tables_open_in_a_spreadsheet(world: World, ask: Callable[..., Any]) -> None:
    from openpyxl import load_workbook

    wu, lead = world.person("wu"), world.person("boss", "lead")
    world.do(wu, [CITY, LADY])
    check(world, lead, "reject", [Finding(error_class="class", mark="m2")])
    csv = (
        ask(lead, f"{world.project}/tables?format=csv&table=classes").content.decode("utf-8-sig").splitlines()
    )
    assert csv[0].startswith('"class","right_share","right_low","right_high","right_of","wrong"')
    assert csv[1].startswith('"person","0.0",') and '"1","1"' in csv[1]
    book = load_workbook(io.BytesIO(ask(lead, f"{world.project}/tables").content))
    # For people, in both languages; programs read the CSV.
    assert [name.rsplit(" ", 1)[1] for name in book.sheetnames] == [
        "classes", "people", "bases", "days", "errors", "rules", "confusion", "slices", "known", "agreement", "between", "pairs", "reviewers",
        "skills", "assistance",
    ]  # fmt: skip
    heads = [[c.value for c in sheet[1]] for sheet in book.worksheets]
    assert heads[0][:3] == ["类别 class", "标对·比例 right_share", "标对·下限 right_low"]
    assert all(re.search("[一-鿿ακ]", head) and re.search("[a-z]", head) for row in heads for head in row)
    assert [c.value for c in book["人 people"][2]][:2] == [wu.person, "wu"]
    ask(lead, f"{world.project}/tables?format=csv", 400)
    ask(lead, f"{world.project}/tables?format=csv&table=salaries", 404)


def test_the_number_of_statements_does_not_grow_with_the_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from doujia.server.projects import queries as projects
    from doujia.server.quality.queries import reports

    # On a slow machine the remembered setup would be read anew between the two counts.
    monkeypatch.setattr(projects, "FRESH_SECONDS", 3600.0)
    wu, li, lead = world.person("wu"), world.person("li"), world.person("boss", "lead")

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            reports.report(actor=lead, project=world.project, days=30)
        return len(seen)

    world.do(wu, [CITY])
    check(world, lead, "reject", [Finding(error_class="class", mark="m1", rule="1")])
    actions.catch_up(world.project)
    few = statements()
    for who in (wu, li, wu, li):
        world.do(who, [CITY, LADY])
    for _ in range(4):
        check(world, lead, "reject", [Finding(error_class="place", mark="m2", rule="2")])
    actions.catch_up(world.project)
    assert statements() == few <= 45


def test_the_text_of_the_world_holds_what_the_spans_say() -> None:
    assert (TEXT[0:5], TEXT[15:22]) == ("Ms Wu", "Tongren")
