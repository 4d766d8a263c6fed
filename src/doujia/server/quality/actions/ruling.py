"""Rules at work: look at what happened, act once for each moment at which a rule holds, take back what no longer does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from doujia.server.kernel import audit, clock, db, events, jobs
from doujia.server.quality import rulebook
from doujia.server.quality.actions import consequences
from doujia.server.quality.events import RuleFired
from doujia.server.quality.models import (
    Firing,
    GradedAnswer,
    PauseProposal,
    Record,
    Rule,
    RuleCursor,
    RuleVersion,
)
from doujia.server.quality.queries.evidence import events_of, people_with_news
from doujia.server.quality.replay import Fire, replay
from doujia.server.work import queries as work

__all__ = ["evaluate", "finish_pause", "look", "reconcile"]

LATE = timedelta(minutes=5)
"""What is looked at again at each look: two facts may be safe on disk in another order than their times say."""
BACK = timedelta(days=30)
"""Events from before a rule went live that its first windows may hold."""


def look() -> int:
    """Queue an evaluation for each project in which something happened that a rule may see; returns how many.

    Projects that work and have no rules get the usual ones.
    """
    queued = 0
    now = clock.now()
    with_rules = set(Rule.objects.values_list("project", flat=True).distinct())
    live = set(Rule.objects.filter(state="live").values_list("project", flat=True))
    seen = dict(RuleCursor.objects.values_list("project", "at"))
    for project in work.projects_judged(now - timedelta(days=7), now + timedelta(seconds=1)):
        if project not in with_rules and project not in seen:
            with db.write():
                RuleCursor.objects.create(project=project, at=now - timedelta(days=7))
                jobs.enqueue("quality.install_rules", {"project": project}, actor=None)
            queued += 1
    for project in live:
        since = seen.get(project, now - BACK)
        if _news(project, since, now):
            with db.write():
                RuleCursor.objects.update_or_create(project=project, defaults={"at": now})
                payload = {"project": project, "since": (since - LATE).isoformat()}
                jobs.enqueue("quality.evaluate_rules", payload, actor=None)
            queued += 1
    return queued


def _news(project: str, since: datetime, now: datetime) -> bool:
    return (
        work.judged_between(project, since, now + timedelta(seconds=1))
        or GradedAnswer.objects.filter(project=project, graded_at__gte=since).exists()
        or Record.objects.filter(project=project, closed_at__gte=since).exists()
    )


def evaluate(project: str, since: datetime) -> int:
    """Let the live rules of a project look at everybody of whom something was found out; returns how many firings are new.

    The same look again changes nothing: a rule acts once for an event of a person.
    """
    made = 0
    people = people_with_news(project, since)
    for row, version in _live(project):
        rule = rulebook.read(version.document)
        for person in sorted(people):
            for fire in _fires(row, rule, person):
                made += _fire(row, version, rule, person, fire)
    return made


def reconcile(project: str, person: str) -> int:
    """Withdraw the newest firing of each rule about a person where an appeal or a corrected answer has taken its ground."""
    gone = 0
    for row, version in _live(project):
        standing = list(_standing(row, person)[:2])
        if not standing or standing[0].version != version.version:
            continue
        newest = standing[0]
        after = standing[1].at if len(standing) > 1 else (row.live_since or newest.at) - BACK
        rule = rulebook.read(version.document)
        found = events_of(rule.collect.source, project, after, person).get(person, [])
        if any(f.end == newest.end for f in replay(rule, [e for e in found if e.at <= newest.at])):
            continue
        with db.write():
            consequences.take_back(newest)
            note = "申诉或改正后,依据不在了。 The ground is gone after an appeal or a correction."
            Firing.objects.filter(id=newest.id).update(state="withdrawn", closed_at=clock.now(), note=note)
            audit.record(None, "firing.withdrawn", f"firing:{newest.id}", project=project)
        gone += 1
    return gone


def finish_pause(project: str, person: str) -> None:
    """End the agreed pauses of a person who has gone through her practice. In the caller's transaction."""
    for proposal in PauseProposal.objects.filter(project=project, person=person, state="agreed"):
        consequences.end_pause(proposal, by="")
        audit.record(None, "pause.ended", f"person:{person}", project=project)


def _live(project: str) -> list[tuple[Rule, RuleVersion]]:
    rows = list(Rule.objects.filter(project=project, state="live").order_by("number"))
    versions = {(v.rule_id, v.version): v for v in RuleVersion.objects.filter(rule__in=rows)}
    return [(r, versions[(r.id, r.live_version)]) for r in rows if r.live_version is not None]


def _standing(row: Rule, person: str) -> Any:
    return Firing.objects.filter(rule=row, person=person).exclude(state="withdrawn").order_by("-at")


def _fires(row: Rule, rule: rulebook.RuleDoc, person: str) -> Iterator[Fire]:
    live_since = row.live_since or clock.now()
    last = _standing(row, person).first()
    # After it has acted the window begins anew, hence what was before the last firing need not be read again.
    after = last.at if last is not None else live_since - BACK
    for fire in replay(rule, events_of(rule.collect.source, row.project, after, person).get(person, [])):
        if fire.at >= live_since:
            yield fire


def _fire(row: Rule, version: RuleVersion, rule: rulebook.RuleDoc, person: str, fire: Fire) -> int:
    inputs = {
        "window": list(fire.window), "values": fire.values, "error_class": fire.error_class,
        "when": [msgspec.to_builtins(c) for c in rule.when],
    }  # fmt: skip
    with db.write():
        now = clock.now()
        made, new = Firing.objects.get_or_create(
            rule=row, person=person, end=fire.end,
            defaults={
                "version": version.version, "project": row.project, "at": fire.at, "fired_at": now, "inputs": inputs, "state": "done",
            },
        )  # fmt: skip
        if not new:
            return 0
        outcomes = [consequences.carry_out(made, act) for act in rule.then]
        state = "open" if any(o["state"] == "open" for o in outcomes) else "done"
        Firing.objects.filter(id=made.id).update(outcomes=outcomes, state=state)
        audit.record(
            None, "rule.fired", f"person:{person}", project=row.project, rule=str(row.id), version=version.version, firing=str(made.id)
        )  # fmt: skip
        events.publish(
            RuleFired(
                row.project,
                person,
                str(row.id),
                version.version,
                str(made.id),
                [a.do for a in rule.then],
                now,
            )
        )
    return 1
