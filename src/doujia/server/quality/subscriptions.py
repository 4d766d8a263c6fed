"""What the quality room does when rooms below tell a fact.

An answer that was accepted without a check, as most are, costs nothing here: it is let pass before any question is asked.
"""

from __future__ import annotations

from doujia.server.kernel import clock, events, jobs
from doujia.server.quality.actions import appeals, consensus, exposure, gold, records, ruling
from doujia.server.quality.events import AppealDecided, GoldCorrected, PracticeFinished, PracticeRecommended
from doujia.server.quality.queries.rules import has_standing
from doujia.server.work.events import (
    DisputeSettled,
    GoldImported,
    SubmissionAccepted,
    SubmissionReceived,
    SubmissionRejected,
    SubmissionReopened,
    TaskAnswered,
)

__all__: list[str] = []


@events.subscribe(SubmissionAccepted)
def _accepted(event: SubmissionAccepted) -> None:
    if event.reviewer is not None:
        verdict = "accept" if event.final == event.submission else "fix"
        appeals.decide(event.submission, verdict, event.reviewer, event.at)
    if event.mode == "arbitrate":
        gold.arbitrated(event.task, event.submission, event.person, event.at)
        consensus.mark_due(
            event.project, [event.task], event.at
        )  # whom she decided between is paid by the job


@events.subscribe(SubmissionReceived)
def _received(event: SubmissionReceived) -> None:
    # Most answers are neither known nor drawn: nothing is asked of the database for them.
    if event.mode == "known" and event.revision == 1 and event.state != "extra":
        jobs.enqueue("quality.grade_gold", {"submission": event.submission}, actor=None)
    elif event.gold_due and exposure.is_there_gold(event.project):
        wanted = {"project": event.project, "person": event.person}
        jobs.enqueue("quality.offer_gold", wanted, actor=None, thing=f"project:{event.project}")


@events.subscribe(GoldImported)
def _imported(event: GoldImported) -> None:
    gold.known_from_file(event.project, event.task, event.item, event.document, clock.now())


@events.subscribe(TaskAnswered)
def _answered(event: TaskAnswered) -> None:
    consensus.mark_due(event.project, [event.task], event.at)


@events.subscribe(SubmissionRejected)
def _rejected(event: SubmissionRejected) -> None:
    appeals.decide(event.submission, "reject", event.reviewer, event.at)
    for error_class, rule in event.errors:
        source = f"review:{event.review}"
        events.publish(PracticeRecommended(event.project, event.person, error_class, rule, source, event.at))


@events.subscribe(DisputeSettled)
def _settled(event: DisputeSettled) -> None:
    appeals.decide(event.submission, event.verdict, event.reviewer, event.at)


@events.subscribe(AppealDecided)
def _decided(event: AppealDecided) -> None:
    records.correct_later(event.appeal)
    if event.outcome != "upheld":
        _ground_changed(event.project, event.person)


@events.subscribe(GoldCorrected)
def _corrected(event: GoldCorrected) -> None:
    records.correct_gold_later(event.gold, event.people)
    for person in event.people:
        _ground_changed(event.project, person)


def _ground_changed(project: str, person: str) -> None:
    if has_standing(project, person):
        jobs.enqueue("quality.reconcile_rules", {"project": project, "person": person}, actor=None)


@events.subscribe(PracticeFinished)
def _practised(event: PracticeFinished) -> None:
    if event.kind != "exam":
        ruling.finish_pause(event.project, event.person)


@events.subscribe(SubmissionReopened)
def _reopened(event: SubmissionReopened) -> None:
    appeals.close_moot(event.submission, event.by, event.at)
    consensus.withdraw(event.task, event.at)
