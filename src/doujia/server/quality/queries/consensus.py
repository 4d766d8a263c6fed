"""Reads of what several answers became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q, Sum

from doujia.server.data import queries as data
from doujia.server.kernel.api import cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor, require
from doujia.server.projects import queries as projects
from doujia.server.quality.models.consensus import Consensus, ConsensusDue
from doujia.server.work import queries as work

__all__ = ["STATES", "ConsensusPage", "ConsensusRow", "ConsensusSummary", "listing", "summary"]

STATES = ("accepted", "asking", "proposed", "decided", "withdrawn")


@dataclass(frozen=True)
class Doubt:
    """What was not sure, and how many objects it concerns.

    ``code``: existence, label, place, value, relation, newcomer, confidence or schema.
    """

    code: str
    n: int


@dataclass(frozen=True)
class Contributor:
    """Who is in a result: her share in the shapes (all sum to 1), and how many objects she drew of it."""

    person: str
    name: str
    submission: str
    weight: float
    objects: int


@dataclass(frozen=True)
class ConsensusRow:
    """One task. ``agreement`` is the mean over pairs of people, 0..1; ``confidence`` that of the least certain object."""

    task: str
    item: str
    name: str
    state: str
    submission: str
    answers: int
    most: int
    objects: int
    unsure: int
    agreement: float | None
    confidence: float | None
    reasons: list[Doubt]
    people: list[Contributor]
    at: datetime


@dataclass(frozen=True)
class ConsensusPage:
    """A page of tasks and the cursor of the next."""

    items: list[ConsensusRow]
    next: str | None


@dataclass(frozen=True)
class ConsensusSummary:
    """How a project's several answers go.

    Attributes:
        due: tasks that wait for the job; the other counts are of the states.
        agreement: mean over accepted, proposed and decided tasks.
        answers_saved: answers that were not asked for because the people were sure (``overlap`` less those given).
        doubts: what arbiters are asked about, the most frequent first.
    """

    due: int
    accepted: int
    asking: int
    proposed: int
    decided: int
    withdrawn: int
    agreement: float | None
    answers: int
    answers_saved: int
    doubts: list[Doubt]


def summary(*, actor: Actor, project: str) -> ConsensusSummary:
    """Return how a project's several answers go.

    Raises:
        NotFound, Forbidden
    """
    require(actor, "quality.view", projects.thing(project))
    rows = Consensus.objects.filter(project=project)
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("task")))
    ended = rows.filter(state__in=("accepted", "proposed", "decided"))
    sums = ended.aggregate(
        agreement=Avg("agreement"), given=Sum("answers"),
        saved=Sum(F("most") - F("answers"), filter=Q(state="accepted", most__gt=F("answers"))),
    )  # fmt: skip
    doubts: dict[str, int] = {}
    for reasons in ended.exclude(state="accepted").order_by("-at").values_list("reasons", flat=True)[:2000]:
        for reason in reasons:
            doubts[reason["code"]] = doubts.get(reason["code"], 0) + reason["n"]
    ordered = sorted(doubts.items(), key=lambda d: (-d[1], d[0]))
    return ConsensusSummary(
        due=ConsensusDue.objects.filter(project=project).count(), agreement=sums["agreement"], answers=sums["given"] or 0,
        answers_saved=sums["saved"] or 0, doubts=[Doubt(code, n) for code, n in ordered],
        **{state: counts.get(state, 0) for state in STATES},
    )  # fmt: skip


def listing(
    *, actor: Actor, project: str, state: str = "", cursor: str | None = None, limit: int = 50
) -> ConsensusPage:
    """Return what tasks' answers became, the newest first.

    Raises:
        NotFound, Forbidden
    """
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    found = Consensus.objects.filter(project=project)
    if state:
        found = found.filter(state=state)
    after = cursor_decode(cursor, 2)
    if after is not None:
        at = datetime.fromisoformat(str(after[0]))
        found = found.filter(Q(at__lt=at) | Q(at=at, task__lt=str(after[1])))
    rows = list(found.order_by("-at", "-task")[: limit + 1])
    more = cursor_encode(rows[limit - 1].at.isoformat(), rows[limit - 1].task) if len(rows) > limit else None
    rows = rows[:limit]
    items = data.get_items([r.item for r in rows])
    names = work.names_for(actor, thing, {p["person"] for r in rows for p in r.people})
    return ConsensusPage([_row(r, getattr(items.get(r.item), "name", ""), names) for r in rows], more)


def _row(r: Consensus, name: str, names: dict[str, str]) -> ConsensusRow:
    people: list[dict[str, Any]] = r.people
    return ConsensusRow(
        r.task, r.item, name, r.state, r.submission, r.answers, r.most, r.objects_n, r.unsure, r.agreement, r.confidence,
        [Doubt(d["code"], d["n"]) for d in r.reasons],
        [
            Contributor(p["person"], names.get(p["person"], ""), p["submission"], p["weight"], p["objects"]) for p in people
        ],
        r.at,
    )  # fmt: skip
