"""Appeals: a worker says that a rejection is wrong, and somebody who has not judged the answer looks at it, blind.

The second verdict is an ordinary check on the bench; what it decides follows from the facts that the work room publishes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from doujia.server.kernel import audit, clock, db, events
from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.kernel.errors import Conflict, NotFound, Unprocessable
from doujia.server.projects import queries as projects
from doujia.server.quality import workdays
from doujia.server.quality.events import AppealDecided, AppealFiled
from doujia.server.quality.models import Appeal
from doujia.server.quality.queries.workdays import days_of, place_of
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries

__all__ = ["ANSWER_DAYS", "APPEAL_DAYS", "appeal", "close_moot", "decide", "withdraw"]

APPEAL_DAYS = 14
"""Days from the verdict in which it may be appealed."""
ANSWER_DAYS = 3
"""Working days in which an appeal is answered, by the calendar of the author's base."""
OUTCOMES = {"accept": "overturned", "fix": "partly", "reject": "upheld"}


def appeal(*, actor: Actor, submission: str, text: str = "") -> str:
    """Ask for a second check of one's own rejected answer and return the appeal's id; the same again gives the same id.

    Raises:
        NotFound: no such answer, or nobody has judged it.
        Conflict: ``not_rejected``; ``appeal_too_late`` after 14 days; ``appealed_before``, there is one appeal for each answer.
    """
    try:
        key = UUID(submission)
    except ValueError as error:
        raise _unknown() from error
    given = [v for v in work_queries.verdicts_on(submission) if v.verdict == "reject" and v.counted]
    if not given:
        raise _unknown()
    verdict = given[-1]
    require(actor, "quality.own", Thing(projects.thing(verdict.project).tenants, owner=verdict.person))
    if len(text) > 1000:
        raise Unprocessable("text_invalid", zh="最多写 1000 字。", en="Write at most 1000 characters.")
    now = clock.now()
    with db.write():
        before = Appeal.objects.filter(submission=key).first()
        if before is not None and before.state == "open":
            return str(before.id)
        if before is not None:
            raise Conflict(
                "appealed_before",
                zh="这一份已经申诉过一次了。",
                en="This answer has been appealed once already.",
            )
        if verdict.at + timedelta(days=APPEAL_DAYS) < now:
            raise Conflict(
                "appeal_too_late",
                zh=f"退回后 {APPEAL_DAYS} 天内可以申诉,已经过了。",
                en=f"A rejection may be appealed within {APPEAL_DAYS} days; they are over.",
            )
        asked = work.recheck(submission)
        row = Appeal.objects.create(
            project=asked.project, task=asked.task, submission=key, review=UUID(asked.review), person=asked.person,
            reviewer=asked.reviewer, text=text.strip(), moved_on=asked.moved_on, rejected_at=asked.at, filed_at=now,
            due_at=_due(asked.project, asked.person, now),
        )  # fmt: skip
        audit.record(
            actor, "appeal.filed", f"appeal:{row.id}", project=row.project, submission=submission, reviewer=row.reviewer
        )  # fmt: skip
        events.publish(
            AppealFiled(row.project, row.task, submission, str(row.id), row.person, row.due_at, now)
        )
    return str(row.id)


def _due(project: str, person: str, now: datetime) -> datetime:
    """Return until when an appeal is answered, by the calendar of the base of whoever filed it."""
    own = days_of(place_of(project, person), workdays.week_of(now))
    return workdays.end_after(now, ANSWER_DAYS, own)


def withdraw(*, actor: Actor, appeal_id: str) -> None:
    """Take back one's own appeal while nobody has begun to look; the answer waits to be done again.

    Raises:
        Conflict: ``being_checked`` or ``appeal_closed``.
    """
    row = _row(appeal_id)
    require(actor, "quality.own", Thing(projects.thing(row.project).tenants, owner=row.person))
    with db.write():
        if row.state != "open":
            raise Conflict(
                "appeal_closed", zh="这次申诉已经有结果了。", en="This appeal has been closed already."
            )
        work.withdraw_recheck(str(row.submission))
        _close(row, "withdrawn", actor.person, clock.now())
        audit.record(actor, "appeal.withdrawn", f"appeal:{row.id}", project=row.project)


def decide(submission: str, verdict: str, reviewer: str, at: datetime) -> None:
    """Close the open appeal of an answer, if there is one, by the verdict that was just given. In the caller's transaction."""
    row = Appeal.objects.filter(submission=UUID(submission), state="open").first()
    if row is None:
        return
    outcome = OUTCOMES[verdict]
    _close(row, outcome, reviewer, at)
    audit.record(None, "appeal.decided", f"appeal:{row.id}", project=row.project, outcome=outcome)
    events.publish(
        AppealDecided(
            row.project, row.task, submission, str(row.id), row.person, row.reviewer, reviewer, outcome, row.moved_on, at
        )
    )  # fmt: skip


def close_moot(submission: str, by: str, at: datetime) -> None:
    """Close the open appeal of an answer that was opened again: there is nothing left to decide."""
    row = Appeal.objects.filter(submission=UUID(submission), state="open").first()
    if row is not None:
        _close(row, "moot", by, at)
        audit.record(None, "appeal.moot", f"appeal:{row.id}", project=row.project)


def _close(row: Appeal, state: str, by: str, at: datetime) -> None:
    Appeal.objects.filter(id=row.id, state="open").update(state=state, decided_by=by, decided_at=at)


def _row(appeal_id: str) -> Appeal:
    try:
        found = Appeal.objects.filter(id=UUID(appeal_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("appeal_not_found", zh="没有这次申诉。", en="There is no such appeal.")
    return found


def _unknown() -> NotFound:
    return NotFound("submission_not_found", zh="没有这份提交。", en="There is no such submission.")
