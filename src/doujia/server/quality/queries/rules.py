"""Rules with their versions, curves and dry runs; firings for leads; and what rules said to a person, for herself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, can, require
from doujia.server.projects import queries as projects
from doujia.server.quality import rulebook
from doujia.server.quality.models import Firing, PauseProposal, Rule, RuleVersion
from doujia.server.work import queries as work

__all__ = [
    "FiringView", "MyFiring", "RuleView", "RulesPage", "WaitingFirings", "firings", "has_standing", "mine", "rules", "waiting",
]  # fmt: skip

SHOWN = 200


@dataclass(frozen=True)
class RuleView:
    """A rule with its newest version.

    Attributes:
        state: draft, live or off; ``live_version`` acts, None before it ever went live.
        curve: chance to act by true accuracy, None while it is being computed; ``dry_run`` what it would have done.
        fired: firings of the last 30 days; ``open`` those that wait for a human.
    """

    id: str
    number: int
    state: str
    version: int
    live_version: int | None
    live_since: datetime | None
    document: Any
    curve: Any
    dry_run: Any
    checked: bool
    made_at: datetime
    fired: int
    open: int


@dataclass(frozen=True)
class RulesPage:
    """The rules of a project, and the keys a rule may use, by source, with their units."""

    rules: list[RuleView]
    keys: dict[str, dict[str, str]]


@dataclass(frozen=True)
class FiringView:
    """A rule has acted about a person: what it saw, what followed, and what is left to decide.

    ``pause``: proposed, agreed, declined, ended; empty where none was proposed.
    """

    id: str
    rule: str
    rule_zh: str
    rule_en: str
    number: int
    version: int
    person: str
    name: str
    at: datetime
    fired_at: datetime
    values: dict[str, float]
    when: list[dict[str, Any]]
    error_class: str
    window: int
    outcomes: list[dict[str, Any]]
    state: str
    pause: str
    closed_by: str
    closed_at: datetime | None
    note: str


@dataclass(frozen=True)
class MyFiring:
    """What a rule says to the caller, on what grounds, and what follows from it."""

    id: str
    project: str
    project_name: str
    zh: str
    en: str
    at: datetime
    values: dict[str, float]
    error_class: str
    window: int
    outcomes: list[dict[str, Any]]
    state: str
    paused: bool


@dataclass(frozen=True)
class WaitingFirings:
    """A project in which rules ask a human to look: how many times, and how many of them propose a pause."""

    project: str
    name: str
    open: int
    pauses: int


def waiting(*, actor: Actor) -> list[WaitingFirings]:
    """Return the projects in which rules wait for somebody like the caller to look, the most first."""
    proposed = Count("id", filter=Q(pauseproposal__state="proposed"))
    found = Firing.objects.filter(state="open").exclude(person=actor.person).values("project")
    rows = [r for r in found.annotate(n=Count("id"), pauses=proposed) if can(actor, "quality.manage", projects.thing(r["project"]))]  # fmt: skip
    names = projects.names({r["project"] for r in rows})
    out = [WaitingFirings(r["project"], names.get(r["project"], ""), r["n"], r["pauses"]) for r in rows]
    return sorted(out, key=lambda w: (-w.open, w.name))


def rules(*, actor: Actor, project: str) -> RulesPage:
    """Return the rules of a project in their order."""
    require(actor, "quality.view", projects.thing(project))
    rows = list(Rule.objects.filter(project=project).order_by("number"))
    versions = {(v.rule_id, v.version): v for v in RuleVersion.objects.filter(rule__in=rows)}
    since = clock.now() - timedelta(days=30)
    fired: dict[Any, list[str]] = {}
    recent = Firing.objects.filter(project=project, fired_at__gte=since).exclude(state="withdrawn")
    for rule, state in recent.values_list("rule_id", "state"):
        fired.setdefault(rule, []).append(state)
    return RulesPage(
        [_rule(r, versions[(r.id, r.version)], fired.get(r.id, [])) for r in rows], rulebook.KEYS
    )


def _rule(row: Rule, version: RuleVersion, fired: Sequence[str]) -> RuleView:
    return RuleView(
        str(row.id), row.number, row.state, row.version, row.live_version, row.live_since, version.document, version.curve,
        _anonymous(version.dry_run), version.checked_at is not None, version.made_at, len(fired), sum(s == "open" for s in fired),
    )  # fmt: skip


def _anonymous(dry_run: Any) -> Any:
    """A rule is judged by what it does, not by whom it would hit: the dry run is shown without persons."""
    if dry_run is None:
        return None
    return {**dry_run, "firings": [{k: v for k, v in f.items() if k != "person"} for f in dry_run["firings"]]}


def firings(*, actor: Actor, project: str, open_only: bool = False) -> list[FiringView]:
    """Return the firings of a project: those that wait for a human first, then the newest."""
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    found = Firing.objects.filter(project=project).select_related("rule")
    waiting = list(found.filter(state="open").order_by("fired_at")[:SHOWN])
    rest = [] if open_only else list(found.exclude(state="open").order_by("-fired_at")[:SHOWN])
    rows = waiting + rest
    names = work.names_for(actor, thing, {p for r in rows for p in (r.person, r.closed_by) if p})
    pauses = _pauses(rows)
    documents = _documents(rows)
    return [
        FiringView(
            str(r.id), str(r.rule_id), documents[(r.rule_id, r.version)]["name_zh"], documents[(r.rule_id, r.version)]["name_en"],
            r.rule.number, r.version, r.person, names.get(r.person, ""), r.at, r.fired_at, r.inputs["values"], r.inputs["when"],
            r.inputs["error_class"], len(r.inputs["window"]), r.outcomes, r.state, pauses.get(r.id, ""), names.get(r.closed_by, ""),
            r.closed_at, r.note,
        )
        for r in rows
    ]  # fmt: skip


def mine(*, actor: Actor) -> list[MyFiring]:
    """Return what rules said to the caller in the last 30 days, newest first; she reads it before anybody decides anything."""
    since = clock.now() - timedelta(days=30)
    rows = list(Firing.objects.filter(person=actor.person, fired_at__gte=since).order_by("-fired_at")[:50])
    names = projects.names({r.project for r in rows})
    pauses, documents = _pauses(rows), _documents(rows)
    return [
        MyFiring(
            str(r.id), r.project, names.get(r.project, ""), documents[(r.rule_id, r.version)]["message_zh"],
            documents[(r.rule_id, r.version)]["message_en"] or documents[(r.rule_id, r.version)]["message_zh"], r.at, r.inputs["values"],
            r.inputs["error_class"], len(r.inputs["window"]), r.outcomes, r.state, pauses.get(r.id) == "agreed",
        )
        for r in rows
    ]  # fmt: skip


def has_standing(project: str, person: str) -> bool:
    """Return whether a rule has acted about a person and was not withdrawn."""
    return Firing.objects.filter(project=project, person=person).exclude(state="withdrawn").exists()


def _pauses(rows: Iterable[Firing]) -> dict[Any, str]:
    found = PauseProposal.objects.filter(firing__in=[r.id for r in rows])
    return dict(found.values_list("firing_id", "state"))


def _documents(rows: Iterable[Firing]) -> dict[tuple[Any, int], Any]:
    found = RuleVersion.objects.filter(rule__in={r.rule_id for r in rows})
    return {(v.rule_id, v.version): v.document for v in found}
