"""Questions that repeat, and what has become of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor
from doujia.server.quality.models import GuidelineChange
from doujia.server.quality.repeated import groups
from doujia.server.work import queries as work
from doujia.server.work.queries.talk import QuestionView

__all__ = ["ChangeView", "Repeated", "RepeatedQuestions", "recent_questions", "repeated"]

DAYS = 90
MOST = 400


@dataclass(frozen=True)
class Repeated:
    """One thing that was asked several times: the questions, newest first, and by how many people."""

    questions: list[QuestionView]
    people: int


@dataclass(frozen=True)
class ChangeView:
    """A change of the guideline that questions led to."""

    version: int
    questions: list[str]
    people: int
    paragraph: str
    at: datetime


@dataclass(frozen=True)
class RepeatedQuestions:
    """What is asked again and again and is not in the guideline yet, and what questions have led to."""

    repeated: list[Repeated]
    changes: list[ChangeView]


def recent_questions(actor: Actor, project: str) -> list[QuestionView]:
    """Return the questions of the last 90 days, newest first, 400 at most."""
    since = clock.now() - timedelta(days=DAYS)
    out: list[QuestionView] = []
    cursor: str | None = None
    while len(out) < MOST:
        page = work.questions(actor=actor, project=project, cursor=cursor, limit=200)
        fresh = [q for q in page.items if q.at >= since]
        out += fresh
        cursor = page.next
        if cursor is None or len(fresh) < len(page.items):
            break
    return out[:MOST]


def repeated(*, actor: Actor, project: str) -> RepeatedQuestions:
    """Return groups of questions that are worded alike; what was written into the guideline since is left out."""
    found = recent_questions(actor, project)
    changes = list(GuidelineChange.objects.filter(project=project).order_by("-at")[:50])
    settled = {q for change in changes for q in change.questions}
    left = [q for q in found if q.id not in settled]
    rows = []
    for group in groups([q.text for q in left]):
        asked = [left[i] for i in group]
        rows.append(Repeated(asked, len({q.person for q in asked})))
    return RepeatedQuestions(
        rows, [ChangeView(c.version, c.questions, c.people, c.paragraph, c.at) for c in changes]
    )
