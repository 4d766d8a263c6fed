"""What the quality room does when rooms below tell a fact.

An answer that was accepted without a check, as most are, costs nothing here: it is let pass before any question is asked.
"""

from __future__ import annotations

from doujia.server.kernel import events
from doujia.server.quality.actions import appeals
from doujia.server.quality.events import PracticeRecommended
from doujia.server.work.events import (
    DisputeSettled,
    SubmissionAccepted,
    SubmissionRejected,
    SubmissionReopened,
)

__all__: list[str] = []


@events.subscribe(SubmissionAccepted)
def _accepted(event: SubmissionAccepted) -> None:
    if event.reviewer is not None:
        verdict = "accept" if event.final == event.submission else "fix"
        appeals.decide(event.submission, verdict, event.reviewer, event.at)


@events.subscribe(SubmissionRejected)
def _rejected(event: SubmissionRejected) -> None:
    appeals.decide(event.submission, "reject", event.reviewer, event.at)
    for error_class, rule in event.errors:
        source = f"review:{event.review}"
        events.publish(PracticeRecommended(event.project, event.person, error_class, rule, source, event.at))


@events.subscribe(DisputeSettled)
def _settled(event: DisputeSettled) -> None:
    appeals.decide(event.submission, event.verdict, event.reviewer, event.at)


@events.subscribe(SubmissionReopened)
def _reopened(event: SubmissionReopened) -> None:
    appeals.close_moot(event.submission, event.by, event.at)
