"""What follows when a rule has acted, and how a human takes it back. Nothing here bans anybody or touches pay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from doujia.server.kernel import clock
from doujia.server.kernel.errors import PlatformError
from doujia.server.projects import queries as projects
from doujia.server.quality.actions import practice, records
from doujia.server.quality.models import Firing, PauseProposal, PersonShare, PracticeRun, Record
from doujia.server.quality.rulebook import Act
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries

__all__ = ["begin_pause", "carry_out", "end_pause", "take_back"]

BACK_DAYS = 14
"""How old an answer may be that gets one more."""


def carry_out(firing: Firing, act: Act) -> dict[str, Any]:
    """Do one action of a rule and return what it came to; part of the caller's transaction."""
    done = _DO[act.do](firing, act)
    return {"do": act.do, **done}


def _raise_review(firing: Firing, act: Act) -> dict[str, Any]:
    until = clock.now() + timedelta(days=act.days)
    records.raise_share(
        firing.project, firing.person, share=act.share_percent / 100, until=until, why=f"firing:{firing.id}"
    )
    return _said("done", f"{act.days} 天内抽查 {act.share_percent:g}%。", f"{act.share_percent:g} % is checked for {act.days} days.")  # fmt: skip


def _assign_practice(firing: Firing, act: Act) -> dict[str, Any]:
    reason = firing.inputs.get("error_class", "")
    try:
        run = practice.assign_practice(
            firing.project, firing.person, act.pool, size=act.items_count, reason=reason, by=f"firing:{firing.id}"
        )  # fmt: skip
    except PlatformError as refused:
        return _said("failed", refused.zh, refused.en)
    return _said("done", f"安排了补练 {act.items_count} 题。", f"Practice of {act.items_count} items was assigned.", ref=run)  # fmt: skip


def _add_overlap(firing: Firing, act: Act) -> dict[str, Any]:
    if not projects.setup(firing.project).settings.consensus:
        return _said(
            "failed",
            "这个项目不把几个人的答案合成一个,加人重做没有用。",
            "This project does not join several answers; one more would not help.",
        )
    since = clock.now() - timedelta(days=BACK_DAYS)
    tasks = work_queries.recent_tasks(firing.project, firing.person, since, act.answers_count)
    for task in tasks:
        work.add_slot(task)
    return _said("done", f"她最近的 {len(tasks)} 张各请一个人再做一遍。", f"One more answer was asked for to her last {len(tasks)}.")  # fmt: skip


def _notify_lead(firing: Firing, act: Act) -> dict[str, Any]:
    return _said("open", "等组长看。", "Waits for the lead to look.")


def _propose_pause(firing: Firing, act: Act) -> dict[str, Any]:
    """Only a closed week that is below the line beyond chance may lead to less work, and only with a human's word."""
    latest = Record.objects.filter(project=firing.project, person=firing.person).order_by("-week").first()
    if latest is None or not latest.below:
        return _said(
            "not_shown",
            "没有提暂停:还不能排除只是运气不好。",
            "No pause was proposed: chance is not excluded.",
        )
    PauseProposal.objects.create(firing=firing, project=firing.project, person=firing.person)
    return _said("open", "提议先停一下,等人同意。", "A pause is proposed and waits for somebody to agree.")


_DO: dict[str, Callable[[Firing, Act], dict[str, Any]]] = {
    "raise_review": _raise_review, "assign_practice": _assign_practice, "add_overlap": _add_overlap,
    "notify_lead": _notify_lead, "propose_pause": _propose_pause,
}  # fmt: skip


def take_back(firing: Firing) -> None:
    """Undo what a firing led to, as far as it has not happened: answers already asked for and given stay and are paid."""
    now = clock.now()
    PersonShare.objects.filter(
        project=firing.project, person=firing.person, raised_why=f"firing:{firing.id}"
    ).update(raised_until=now)
    records.end_raised()
    PracticeRun.objects.filter(
        project=firing.project, person=firing.person, by=f"firing:{firing.id}", state="assigned"
    ).update(state="cancelled", ended_at=now)
    for proposal in PauseProposal.objects.filter(firing=firing, state__in=("proposed", "agreed")):
        if proposal.state == "agreed":
            end_pause(proposal, by="")
        else:
            PauseProposal.objects.filter(id=proposal.id).update(state="declined", decided_at=now)


def begin_pause(proposal: PauseProposal, *, by: str) -> None:
    """Put a proposed pause in force: a human has agreed."""
    PauseProposal.objects.filter(id=proposal.id, state="proposed").update(
        state="agreed", decided_by=by, decided_at=clock.now()
    )
    work.set_person_pause(proposal.project, proposal.person, f"firing:{proposal.firing_id}")


def end_pause(proposal: PauseProposal, *, by: str) -> None:
    """End a pause that is in force; the person takes tasks again, unless another pause of hers holds."""
    PauseProposal.objects.filter(id=proposal.id, state="agreed").update(
        state="ended", ended_by=by, ended_at=clock.now()
    )
    others = PauseProposal.objects.filter(project=proposal.project, person=proposal.person, state="agreed")
    if not others.exists():
        work.set_person_pause(proposal.project, proposal.person, None)


def _said(state: str, zh: str, en: str, ref: str = "") -> dict[str, Any]:
    return {"state": state, "ref": ref, "zh": zh, "en": en}
