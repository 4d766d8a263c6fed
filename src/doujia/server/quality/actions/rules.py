"""Rules of a project: written, tried on what happened, put in force, and what people do about what they led to."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Max

from doujia.server.kernel import audit, clock, db, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound
from doujia.server.projects import queries as projects
from doujia.server.quality import rulebook
from doujia.server.quality.actions import consequences
from doujia.server.quality.models import Firing, PauseProposal, Rule, RuleVersion

__all__ = [
    "acknowledge", "agree_pause", "check", "decline_pause", "end_pause", "go_live", "install_defaults", "save", "switch_off", "try_out",
    "withdraw",
]  # fmt: skip


def save(*, actor: Actor, project: str, document: Any, rule: str | None = None) -> tuple[str, int]:
    """Keep a rule as a draft, or a new version of one, and have its curve and dry run computed.

    Returns:
        The rule's id and the version; an older version that is live stays so until this one goes live.

    Raises:
        Unprocessable: ``rule_invalid``, ``rule_never``.
    """
    require(actor, "quality.manage", projects.thing(project))
    read = rulebook.read(document)
    with db.write():
        if rule is None:
            row = _new(project, actor.person)
        else:
            row = _rule(rule)
            if row.project != project:
                raise _no_rule()
            row.version += 1
            row.save(update_fields=["version"])
        _version(row, read, actor.person)
        jobs.enqueue("quality.check_rule", {"rule": str(row.id), "version": row.version}, actor=actor)
        audit.record(actor, "rule.saved", f"rule:{row.id}", project=project, version=row.version)
    return str(row.id), row.version


def try_out(*, actor: Actor, project: str, document: Any) -> str:
    """Have a rule's curve and dry run computed without keeping it; returns the job, whose result they are."""
    require(actor, "quality.manage", projects.thing(project))
    read = rulebook.read(document)
    payload = {"project": project, "document": msgspec.to_builtins(read)}
    return jobs.enqueue("quality.try_rule", payload, actor=actor, thing=f"project:{project}")


def check(project: str, document: Any) -> dict[str, Any]:
    """Return curve and dry run of a rule. A job calls it: it reads two months of events and simulates people."""
    from doujia.server.quality.actions.records import policy_of
    from doujia.server.quality.curves import curve
    from doujia.server.quality.dry_run import dry_run

    rule = rulebook.read(document)
    return {
        "curve": asdict(curve(rule, line=policy_of(project).line)), "dry_run": dry_run(project, rule, clock.now())
    }  # fmt: skip


def go_live(*, actor: Actor, rule: str, version: int) -> None:
    """Put a version in force.

    Raises:
        Conflict: ``rule_not_checked``, its curve is not there yet; ``rule_silent``, it says nothing to the person;
            ``edit_conflict``, there is a newer version.
    """
    row = _rule(rule)
    require(actor, "quality.manage", projects.thing(row.project))
    with db.write():
        if version != row.version:
            raise Conflict(
                "edit_conflict",
                zh="有更新的版本了,先看看再启用。",
                en="There is a newer version; look first.",
            )
        _enact(row, RuleVersion.objects.get(rule=row, version=version))
        audit.record(actor, "rule.live", f"rule:{row.id}", project=row.project, version=version)


def _enact(row: Rule, version: RuleVersion) -> None:
    if version.checked_at is None:
        raise Conflict(
            "rule_not_checked",
            zh="误伤率还没算好,等一下再启用。",
            en="Its curve is not computed yet; wait a moment.",
        )
    if not str(version.document.get("message_zh", "")).strip():
        raise Conflict(
            "rule_silent",
            zh="要写清楚给她看的话,不然她不知道为什么。",
            en="It needs the words that the person will read.",
        )
    Rule.objects.filter(id=row.id).update(
        state="live", live_version=version.version, live_since=row.live_since or clock.now()
    )


def switch_off(*, actor: Actor, rule: str) -> None:
    """Take a rule out of force; what it led to stays until somebody withdraws it."""
    row = _rule(rule)
    require(actor, "quality.manage", projects.thing(row.project))
    with db.write():
        Rule.objects.filter(id=row.id).update(state="off", live_since=None)
        audit.record(actor, "rule.off", f"rule:{row.id}", project=row.project)


def install_defaults(project: str) -> int:
    """Give a project the rules every project begins with, in force; returns how many. A job calls it, once."""
    made = 0
    for document in rulebook.DEFAULTS:
        found = check(project, document)
        with db.write():
            if made == 0 and Rule.objects.filter(project=project).exists():
                return 0
            row = _new(project, "")
            version = _version(row, rulebook.read(document), "")
            version.curve, version.dry_run, version.checked_at = found["curve"], found["dry_run"], clock.now()
            version.save()
            _enact(row, version)
            audit.record(None, "rule.installed", f"rule:{row.id}", project=project)
        made += 1
    return made


def acknowledge(*, actor: Actor, firing: str, note: str = "") -> None:
    """Say that one has looked at a firing."""
    row = _firing(firing)
    require(actor, "quality.manage", projects.thing(row.project))
    with db.write():
        _close(row, "done", actor, note)
        audit.record(actor, "firing.seen", f"firing:{row.id}", project=row.project)


def withdraw(*, actor: Actor, firing: str, note: str = "") -> None:
    """Take back what a rule led to: it was wrong, or has done its work."""
    row = _firing(firing)
    require(actor, "quality.manage", projects.thing(row.project))
    with db.write():
        consequences.take_back(row)
        _close(row, "withdrawn", actor, note)
        audit.record(actor, "firing.withdrawn", f"firing:{row.id}", project=row.project)


def agree_pause(*, actor: Actor, firing: str, note: str = "") -> None:
    """Agree that a person pauses the project, having looked at it with her. Only now it takes effect.

    Raises:
        Conflict: ``nothing_proposed``. Forbidden: about oneself.
    """
    row, proposal = _proposal(actor, firing, "proposed")
    if actor.person == row.person:
        raise Forbidden("own_pause", zh="自己的事要由别人来定。", en="Somebody else decides about you.")
    with db.write():
        consequences.begin_pause(proposal, by=actor.person)
        _close(row, "done", actor, note)
        audit.record(actor, "pause.agreed", f"person:{row.person}", project=row.project, firing=str(row.id))


def decline_pause(*, actor: Actor, firing: str, note: str = "") -> None:
    """Say that a proposed pause is not needed."""
    row, proposal = _proposal(actor, firing, "proposed")
    with db.write():
        PauseProposal.objects.filter(id=proposal.id).update(
            state="declined", decided_by=actor.person, decided_at=clock.now()
        )
        _close(row, "done", actor, note)
        audit.record(actor, "pause.declined", f"person:{row.person}", project=row.project, firing=str(row.id))


def end_pause(*, actor: Actor, firing: str) -> None:
    """End a pause that is in force."""
    row, proposal = _proposal(actor, firing, "agreed")
    with db.write():
        consequences.end_pause(proposal, by=actor.person)
        audit.record(actor, "pause.ended", f"person:{row.person}", project=row.project, firing=str(row.id))


def _new(project: str, by: str) -> Rule:
    latest = Rule.objects.filter(project=project).aggregate(n=Max("number"))["n"] or 0
    return Rule.objects.create(project=project, number=latest + 1, made_by=by, created_at=clock.now())


def _version(row: Rule, read: rulebook.RuleDoc, by: str) -> RuleVersion:
    return RuleVersion.objects.create(
        rule=row, version=row.version, document=msgspec.to_builtins(read), made_by=by, made_at=clock.now()
    )


def _close(row: Firing, state: str, actor: Actor, note: str) -> None:
    if row.state == "withdrawn":
        raise Conflict("firing_withdrawn", zh="已经撤回了。", en="It has been withdrawn already.")
    Firing.objects.filter(id=row.id).update(
        state=state, closed_by=actor.person, closed_at=clock.now(), note=note.strip()[:500]
    )


def _proposal(actor: Actor, firing: str, state: str) -> tuple[Firing, PauseProposal]:
    row = _firing(firing)
    require(actor, "quality.manage", projects.thing(row.project))
    proposal = PauseProposal.objects.filter(firing=row, state=state).first()
    if proposal is None:
        raise Conflict(
            "nothing_proposed", zh="这里没有要定的暂停。", en="There is no such pause to decide about."
        )
    return row, proposal


def _rule(rule: str) -> Rule:
    try:
        found = Rule.objects.filter(id=UUID(rule)).first()
    except ValueError:
        found = None
    if found is None:
        raise _no_rule()
    return found


def _no_rule() -> NotFound:
    return NotFound("rule_not_found", zh="没有这条规则。", en="There is no such rule.")


def _firing(firing: str) -> Firing:
    try:
        found = Firing.objects.filter(id=UUID(firing)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("firing_not_found", zh="没有这条记录。", en="There is no such firing.")
    return found
