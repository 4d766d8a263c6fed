"""Reads of agreement, confusion, skills, cases and what suggestions do, as the night's computation left them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from doujia.server.kernel.authz import Actor, require
from doujia.server.projects import queries as projects
from doujia.server.quality.estimate import differ, rate
from doujia.server.quality.models.agreement import Agreement, Assistance, Case, Confusion, PersonPair
from doujia.server.quality.models.skills import PersonSkill
from doujia.server.work import queries as work
from doujia.server.work.queries import Rate

__all__ = [
    "AgreementReport", "AlphaRow", "ArmRow", "AssistanceReport", "CaseView", "ConfusionRow", "PairView", "SkillRow", "agreement", "assistance",
    "cases", "latest", "skills",
]  # fmt: skip

SHOWN = 300
DAYS = 120


@dataclass(frozen=True)
class AlphaRow:
    """Krippendorff's alpha with its 95 % interval; ``observed`` is the share (or mean similarity) of agreeing pairs.

    ``measure`` class or shape; ``arm`` all, blind (no suggestion was shown) or assisted.
    """

    measure: str
    arm: str
    day: date
    value: float | None
    low: float | None
    high: float | None
    observed: float | None
    objects: int
    tasks: int
    people: int


@dataclass(frozen=True)
class ConfusionRow:
    """How often two answers about one object say these two; "" is nothing there; ``share`` of all pairs that hold either."""

    first: str
    second: str
    n: float
    share: float


@dataclass(frozen=True)
class PairView:
    """Two people and how they agree on what both judged."""

    first: str
    first_name: str
    second: str
    second_name: str
    shared: int
    equal: float
    kappa: float | None


@dataclass(frozen=True)
class AgreementReport:
    """Agreement in a project. ``now`` are the latest rows, ``series`` alpha of all answers by day; ``at`` None: never computed."""

    at: datetime | None
    now: list[AlphaRow]
    series: list[AlphaRow]
    confusion: list[ConfusionRow]
    pairs: list[PairView]


@dataclass(frozen=True)
class SkillRow:
    """A person's accuracy over all objects, or in the class ``label``: mean and 95 % interval, and on how many it rests."""

    person: str
    name: str
    label: str
    mean: float
    low: float
    high: float
    gold: int
    gold_right: int
    others: int
    at: datetime


@dataclass(frozen=True)
class CaseView:
    """Something to look at and talk about, never a verdict."""

    id: str
    kind: str
    first: str
    first_name: str
    second: str
    second_name: str
    evidence: dict[str, Any]
    zh: str
    en: str
    state: str
    note: str
    at: datetime
    decided_at: datetime | None


@dataclass(frozen=True)
class ArmRow:
    """Answers that saw the machine's suggestions (assisted) or not (blind).

    Attributes:
        kept: share of suggestions left as they were; ``moved``, ``relabelled``, ``removed`` the others.
        added: marks without a suggestion, per answer.
        passed: answers accepted by a reviewer as they were; ``right``: marks right in what was checked.
        known: objects on which an arbiter's decision was met.
        alpha: agreement of labels within the arm.
    """

    arm: str
    answers: int
    people: int
    marks_per_answer: float | None
    median_ms: int | None
    kept: Rate
    moved: Rate
    relabelled: Rate
    removed: Rate
    added: float | None
    passed: Rate
    right: Rate
    known: Rate
    alpha: AlphaRow | None


@dataclass(frozen=True)
class AssistanceReport:
    """Both arms side by side. ``differs`` names the shares whose difference is beyond chance (95 %): passed, right, known."""

    at: datetime | None
    arms: list[ArmRow]
    differs: list[str]


def agreement(*, actor: Actor, project: str) -> AgreementReport:
    """Return how far people agree in a project.

    Raises:
        NotFound, Forbidden
    """
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    rows = list(Agreement.objects.filter(project=project).order_by("-day", "measure", "arm")[: DAYS * 6])
    now = [_alpha(r) for r in rows if r.day == rows[0].day]
    series = [_alpha(r) for r in reversed(rows) if r.arm == "all"]
    pairs = list(PersonPair.objects.filter(project=project).order_by("equal", "first", "second")[:SHOWN])
    names = work.names_for(actor, thing, {p for r in pairs for p in (r.first, r.second)})
    return AgreementReport(
        rows[0].at if rows else None, now, series, _confusion(project),
        [PairView(r.first, names.get(r.first, ""), r.second, names.get(r.second, ""), r.shared, r.equal, r.kappa) for r in pairs],
    )  # fmt: skip


def latest(project: str) -> AlphaRow | None:
    """Return the latest alpha of labels in a project, for a release's card; whoever asks has been let in."""
    rows = Agreement.objects.filter(project=project, measure="class", arm="all", value__isnull=False)
    found = rows.order_by("-day").first()
    return _alpha(found) if found is not None else None


def _alpha(r: Agreement) -> AlphaRow:
    return AlphaRow(
        r.measure, r.arm, r.day, r.value, r.low, r.high, r.observed, r.objects_n, r.tasks, r.people
    )


def _confusion(project: str) -> list[ConfusionRow]:
    rows = list(Confusion.objects.filter(project=project))
    total: dict[str, float] = {}
    for r in rows:
        for label in {r.first, r.second}:
            total[label] = total.get(label, 0.0) + r.n
    found = []
    for r in sorted((r for r in rows if r.first != r.second), key=lambda r: (-r.n, r.first, r.second))[
        :SHOWN
    ]:
        either = total[r.first] + total[r.second] - r.n
        found.append(ConfusionRow(r.first, r.second, r.n, r.n / either))
    return found


def skills(*, actor: Actor, project: str) -> list[SkillRow]:
    """Return everybody's accuracy in a project, over all objects first, then by class; the least sure of it last.

    Raises:
        NotFound, Forbidden
    """
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    rows = list(PersonSkill.objects.filter(project=project).order_by("label", "low", "person")[:5000])
    names = work.names_for(actor, thing, {r.person for r in rows})
    return [
        SkillRow(
            r.person,
            names.get(r.person, ""),
            r.label,
            r.mean,
            r.low,
            r.high,
            r.gold,
            r.gold_right,
            r.others,
            r.at,
        )
        for r in rows
    ]


def cases(*, actor: Actor, project: str, state: str = "open") -> list[CaseView]:
    """Return what somebody should look at, the weightiest first.

    Raises:
        NotFound, Forbidden
    """
    thing = projects.thing(project)
    require(actor, "quality.manage", thing)
    found = Case.objects.filter(project=project)
    rows = list((found.filter(state=state) if state else found).order_by("-weight", "-at")[:SHOWN])
    names = work.names_for(actor, thing, {p for r in rows for p in (r.first, r.second) if p})
    return [
        CaseView(
            str(r.id), r.kind, r.first, names.get(r.first, ""), r.second, names.get(r.second, ""), r.evidence, r.zh, r.en, r.state,
            r.note, r.at, r.decided_at,
        )
        for r in rows
    ]  # fmt: skip


def assistance(*, actor: Actor, project: str) -> AssistanceReport:
    """Return what the machine's suggestions do to people's answers.

    Raises:
        NotFound, Forbidden
    """
    require(actor, "quality.view", projects.thing(project))
    rows = list(Assistance.objects.filter(project=project).order_by("arm"))
    latest = Agreement.objects.filter(project=project).order_by("-day").first()
    alphas: dict[str, AlphaRow] = {}
    if latest is not None:
        of_day = Agreement.objects.filter(Q(arm="blind") | Q(arm="assisted"), project=project, day=latest.day)
        alphas = {r.arm: _alpha(r) for r in of_day.filter(measure="class")}
    arms = [_arm(r, alphas.get(r.arm)) for r in rows]
    differs = []
    if len(arms) == 2:
        pairs = {"passed": (arms[0].passed, arms[1].passed), "right": (arms[0].right, arms[1].right),
                 "known": (arms[0].known, arms[1].known)}  # fmt: skip
        differs = [name for name, (a, b) in pairs.items() if differ(a, b)]
    return AssistanceReport(rows[0].at if rows else None, arms, differs)


def _arm(r: Assistance, alpha: AlphaRow | None) -> ArmRow:
    return ArmRow(
        r.arm, r.answers, r.people, r.marks / r.answers if r.answers else None, r.median_ms, rate(r.kept, r.suggested),
        rate(r.moved, r.suggested), rate(r.relabelled, r.suggested), rate(r.removed, r.suggested),
        r.added / r.answers if r.answers else None, rate(r.passed, r.checked), _right(r), rate(r.known_right, r.known), alpha,
    )  # fmt: skip


def _right(r: Assistance) -> Rate:
    """Marks of one answer go wrong together: a hundred marks in ten answers are not a hundred trials."""
    if not r.checked_marks or not r.checked:
        return Rate(None, None, None, 0)
    per_answer = r.checked_marks / r.checked
    effective = r.checked_marks / max(1.0, 1 + (per_answer - 1) * 0.1)
    return rate(r.checked_marks - r.wrong_marks, r.checked_marks, effective=effective)
