"""Rules as data: written, tried, put in force; firings and what people do about them."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from doujia.server.kernel.api import actor_of
from doujia.server.quality.actions import rules as actions
from doujia.server.quality.queries import rules as queries
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class RuleBody(msgspec.Struct, kw_only=True):
    """A rule (see the guide), and which one it is a new version of."""

    document: dict[str, Any]
    rule: str | None = None


class VersionBody(msgspec.Struct, kw_only=True):
    """The version that was looked at."""

    version: int


class NoteBody(msgspec.Struct, kw_only=True):
    """Why, in a sentence; may be empty."""

    note: str = ""


class RuleMade(msgspec.Struct, kw_only=True):
    """The rule and its version."""

    id: str
    version: int


class JobMade(msgspec.Struct, kw_only=True):
    """The job whose result holds ``curve`` and ``dry_run``."""

    job: str


class RuleState(msgspec.Struct, kw_only=True):
    """What state it is in now."""

    state: str


@router.get(
    "/projects/{project}/rules",
    operation_id="quality_rules",
    openapi_extra=described("quality.view", None, queries.RulesPage),
)
def rules(request: HttpRequest, project: str) -> HttpResponse:
    """Rules of a project with curve and dry run."""
    return answer(queries.rules(actor=actor_of(request), project=project))


@router.post(
    "/projects/{project}/rules",
    operation_id="quality_rule_save",
    openapi_extra=described("quality.manage", RuleBody, RuleMade, 201),
)
def save(request: HttpRequest, project: str) -> HttpResponse:
    """Keep a rule as a draft, or a new version of one; a job computes its curve and dry run."""
    actor, body = actor_of(request), read(request, RuleBody)
    rule, version = actions.save(actor=actor, project=project, document=body.document, rule=body.rule)
    return answer({"id": rule, "version": version}, 201)


@router.post(
    "/projects/{project}/rules/try",
    operation_id="quality_rule_try",
    openapi_extra=described("quality.manage", RuleBody, JobMade, 202),
)
def try_out(request: HttpRequest, project: str) -> HttpResponse:
    """Compute curve and dry run of a rule without keeping it."""
    actor, body = actor_of(request), read(request, RuleBody)
    return answer({"job": actions.try_out(actor=actor, project=project, document=body.document)}, 202)


@router.post(
    "/rules/{rule}/live",
    operation_id="quality_rule_live",
    openapi_extra=described("quality.manage", VersionBody, RuleState),
)
def live(request: HttpRequest, rule: str) -> HttpResponse:
    """Put a version in force."""
    actor, body = actor_of(request), read(request, VersionBody)
    actions.go_live(actor=actor, rule=rule, version=body.version)
    return answer({"state": "live"})


@router.post(
    "/rules/{rule}/off",
    operation_id="quality_rule_off",
    openapi_extra=described("quality.manage", None, RuleState),
)
def off(request: HttpRequest, rule: str) -> HttpResponse:
    """Take a rule out of force."""
    actions.switch_off(actor=actor_of(request), rule=rule)
    return answer({"state": "off"})


@router.get(
    "/projects/{project}/firings",
    operation_id="quality_firings",
    openapi_extra=described("quality.view", None, list[queries.FiringView]),
)
def firings(request: HttpRequest, project: str, open: bool = False) -> HttpResponse:
    """What rules saw and what followed; those that wait for a human first."""
    return answer(queries.firings(actor=actor_of(request), project=project, open_only=open))


@router.get(
    "/firings/mine",
    operation_id="quality_my_firings",
    openapi_extra=described("self", None, list[queries.MyFiring]),
)
def mine(request: HttpRequest) -> HttpResponse:
    """What rules said to the caller."""
    return answer(queries.mine(actor=actor_of(request)))


@router.get(
    "/firings/waiting",
    operation_id="quality_firings_waiting",
    openapi_extra=described("self", None, list[queries.WaitingFirings]),
)
def waiting(request: HttpRequest) -> HttpResponse:
    """Projects in which a rule has acted and asks somebody like the caller to look."""
    return answer(queries.waiting(actor=actor_of(request)))


@router.post(
    "/firings/{firing}/seen",
    operation_id="quality_firing_seen",
    openapi_extra=described("quality.manage", NoteBody, RuleState),
)
def seen(request: HttpRequest, firing: str) -> HttpResponse:
    """Say that one has looked."""
    actor, body = actor_of(request), read(request, NoteBody)
    actions.acknowledge(actor=actor, firing=firing, note=body.note)
    return answer({"state": "done"})


@router.post(
    "/firings/{firing}/withdraw",
    operation_id="quality_firing_withdraw",
    openapi_extra=described("quality.manage", NoteBody, RuleState),
)
def withdraw(request: HttpRequest, firing: str) -> HttpResponse:
    """Take back what a rule led to."""
    actor, body = actor_of(request), read(request, NoteBody)
    actions.withdraw(actor=actor, firing=firing, note=body.note)
    return answer({"state": "withdrawn"})


@router.post(
    "/firings/{firing}/agree",
    operation_id="quality_pause_agree",
    openapi_extra=described("quality.manage", NoteBody, RuleState),
)
def agree(request: HttpRequest, firing: str) -> HttpResponse:
    """Agree to a proposed pause; only now it takes effect."""
    actor, body = actor_of(request), read(request, NoteBody)
    actions.agree_pause(actor=actor, firing=firing, note=body.note)
    return answer({"state": "agreed"})


@router.post(
    "/firings/{firing}/decline",
    operation_id="quality_pause_decline",
    openapi_extra=described("quality.manage", NoteBody, RuleState),
)
def decline(request: HttpRequest, firing: str) -> HttpResponse:
    """Say that a proposed pause is not needed."""
    actor, body = actor_of(request), read(request, NoteBody)
    actions.decline_pause(actor=actor, firing=firing, note=body.note)
    return answer({"state": "declined"})


@router.post(
    "/firings/{firing}/end-pause",
    operation_id="quality_pause_end",
    openapi_extra=described("quality.manage", None, RuleState),
)
def end_pause(request: HttpRequest, firing: str) -> HttpResponse:
    """End a pause that is in force."""
    actions.end_pause(actor=actor_of(request), firing=firing)
    return answer({"state": "ended"})
