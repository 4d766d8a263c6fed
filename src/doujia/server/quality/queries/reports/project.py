"""A project's quality on one page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Max

from doujia.server.data import queries as data
from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, require
from doujia.server.people import queries as people
from doujia.server.projects import queries as projects
from doujia.server.quality.actions.records import policy_of
from doujia.server.quality.estimate import rate
from doujia.server.quality.models import Appeal, CheckState, Consensus
from doujia.server.quality.models.rules import Firing, RuleVersion
from doujia.server.quality.queries.appeals import overturns
from doujia.server.quality.queries.reports import figures, known
from doujia.server.quality.queries.reports.reasons import (
    Reason,
    drift_reason,
    firing_reason,
    overturn_reason,
    reasons,
    waiting_reasons,
)
from doujia.server.work import queries as work
from doujia.server.work.queries import Rate
from doujia.server.work.queries.checks import waiting
from doujia.server.work.queries.verdicts import newest_verdicts

__all__ = ["Report", "report"]

MOST_RULES = 3
ALWAYS = 36_500
"""Days of all of time, for those that count back from today."""


@dataclass(frozen=True)
class Report:
    """The figures of ``days`` days up to ``at`` (0: of all time).

    Attributes:
        fresh: whether every verdict given so far is in; the worker's clock takes in what is new every few seconds.
        line: what the shares are held against.
        passed: answers accepted as they were at the first try; ``before`` in the window before.
        right: marks right, with an interval for marks that come by the answer.
        reasons: what to look at today, the first first. known: what known tasks say.
    """

    at: datetime
    project: str
    days: int
    fresh: bool
    line: float
    passed: Rate
    before: Rate
    right: Rate
    reasons: list[Reason]
    classes: list[figures.ClassRow]
    bases: list[figures.BaseRow]
    people: list[figures.PersonRow]
    series: list[figures.DayRow]
    errors: list[figures.ErrorRow]
    rules: list[figures.RuleRow]
    pairs: list[figures.PairRow]
    slices: list[figures.SliceRow]
    known: known.KnownFigures


def report(*, actor: Actor, project: str, days: int) -> Report:
    """Return the quality of a project; the number of statements is fixed.

    Raises:
        NotFound, Forbidden
    """
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    w, line = figures.window(days), policy_of(project).line
    rows = figures.people(project, w)
    names = work.names_for(actor, thing, {r.person for r in rows} | known.drifted(project).keys())
    persons = figures.named(rows, names)
    setup = projects.setup(project)
    places = {t.id: t.name for t in people.tenants((*setup.bases, setup.client)).values()}
    classes = figures.classes(project, w)
    errors, rules = figures.errors(project, w), figures.rules(project, w)
    passed = figures.passed(project, (w.first, w.last))
    return Report(
        at=clock.now(), project=project, days=days, fresh=_fresh(project), line=line, passed=passed,
        before=figures.passed(project, w.before), right=figures.right(project, (w.first, w.last)),
        reasons=reasons(line=line, classes=classes, people=persons, errors=errors, rules=rules, more=_more(actor, project, days, passed, names)), classes=classes,
        bases=figures.bases(project, w, places), people=persons, series=figures.days(project, w), errors=errors, rules=rules,
        pairs=figures.pairs(project, w), slices=_with_names(figures.slices(project, w)),
        known=known.known(project, w),
    )  # fmt: skip


def _fresh(project: str) -> bool:
    newest = newest_verdicts(project).get(project)
    seen = CheckState.objects.filter(project=project).values_list("at", flat=True).first()
    return newest is None or (seen is not None and seen >= newest)


def _more(actor: Actor, project: str, days: int, passed: Rate, names: dict[str, str]) -> list[Reason]:
    """Return the reasons that do not come from verdicts: what waits, known tasks, appeals about a reviewer."""
    left = waiting(project)
    opened = Appeal.objects.filter(project=project, state="open")
    out = waiting_reasons(
        checked=passed.of, checks=left.checks, questions=left.questions, appeals=opened.count(),
        overdue=opened.filter(due_at__lt=clock.now()).count(), suspects=known.suspects(project),
        disputes=Consensus.objects.filter(project=project, state="proposed").count(),
    )  # fmt: skip
    out += [
        drift_reason(p, names.get(p, ""), rate(good, of)) for p, (good, of) in known.drifted(project).items()
    ]
    out += _fired(actor, project)
    contested = (
        overturn_reason(o.reviewer, o.name, o.share)
        for o in overturns(actor=actor, project=project, days=days or ALWAYS)
    )
    return out + [r for r in contested if r is not None]


def _fired(actor: Actor, project: str) -> list[Reason]:
    """Return the rules that acted and wait for a human, each with how many people it is about."""
    rows = list(
        Firing.objects.filter(project=project, state="open")
        .values("rule")
        .annotate(who=Count("person", distinct=True), newest=Max("version"))
        .order_by("-who", "rule")[:MOST_RULES]
    )
    documents = {
        (v.rule_id, v.version): v.document
        for v in RuleVersion.objects.filter(rule__in=[r["rule"] for r in rows])
    }
    key = "name_zh" if actor.language.startswith("zh") else "name_en"
    return [
        firing_reason(str(r["rule"]), str(documents.get((r["rule"], r["newest"]), {}).get(key, "")), r["who"])
        for r in rows
    ]


def _with_names(rows: list[figures.SliceRow]) -> list[figures.SliceRow]:
    """Say what the datasets are called; a deleted one has no name."""
    names = data.dataset_names(r.key[8:] for r in rows if r.key.startswith("dataset:"))
    return [replace(r, name=names.get(r.key[8:], "")) if r.key.startswith("dataset:") else r for r in rows]
