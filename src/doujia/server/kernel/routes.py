"""The kernel over HTTP: jobs, the audit trail, webhooks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from doujia.server.kernel import audit, jobs, webhooks
from doujia.server.kernel.api import actor_of, cursor_encode, moment_and_id, number_in
from doujia.server.kernel.upkeep_routes import router as upkeep

router = Router()
router.add_router("", upkeep)


def _x(action: str) -> dict[str, str]:
    return {"x-action": action}


class JobOut(Schema):
    """Background work."""

    id: str
    kind: str
    state: str = Field(description="queued running done failed cancelled")
    owner: str
    tenant: str
    thing: str
    done: int
    total: int | None
    message: dict[str, Any]
    result: dict[str, Any]
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rate: float | None
    seconds_left: float | None


class JobPage(Schema):
    items: list[JobOut]
    next: str | None


@router.get("/jobs", operation_id="job_list", response=JobPage, openapi_extra=_x("job.view"))
def job_list(
    request: HttpRequest,
    tenant: str | None = Query(None, max_length=64),
    kind: str | None = Query(None, max_length=64),
    state: str | None = Query(None, max_length=12),
    thing: str | None = Query(None, max_length=100, description="what it is about: project:…"),
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """Jobs one may see, newest first."""
    rows = jobs.page(
        actor=actor_of(request), tenant=tenant, kind=kind, state=state, thing=thing, before=moment_and_id(cursor),
        limit=limit + 1,
    )  # fmt: skip
    items = rows[:limit]
    more = cursor_encode(items[-1].created_at.isoformat(), items[-1].id) if len(rows) > limit else None
    return {"items": [asdict(j) for j in items], "next": more}


@router.get("/jobs/{job}", operation_id="job_get", response=JobOut, openapi_extra=_x("job.view"))
def job_get(request: HttpRequest, job: str) -> Any:
    """One job: how far it is, what came out."""
    return asdict(jobs.view(job, actor=actor_of(request)))


@router.post(
    "/jobs/{job}/cancel", operation_id="job_cancel", response=JobOut, openapi_extra=_x("job.control")
)
def job_cancel(request: HttpRequest, job: str) -> Any:
    """Ask a job to stop."""
    actor = actor_of(request)
    jobs.view(job, actor=actor)
    jobs.cancel(job, actor=actor)
    return asdict(jobs.view(job, actor=actor))


@router.post(
    "/jobs/{job}/resume", operation_id="job_resume", response=JobOut, openapi_extra=_x("job.control")
)
def job_resume(request: HttpRequest, job: str) -> Any:
    """Go on with a job that was cancelled or failed."""
    actor = actor_of(request)
    jobs.view(job, actor=actor)
    jobs.resume(job, actor=actor)
    return asdict(jobs.view(job, actor=actor))


class AuditOut(Schema):
    id: int
    at: datetime
    actor: str
    name: str = Field(
        description="What the one who did it is called; empty where it was the platform itself."
    )
    action: str
    thing: str
    tenant: str
    details: dict[str, Any]


class AuditPage(Schema):
    items: list[AuditOut]
    next: str | None


@router.get("/audit", operation_id="audit_list", response=AuditPage, openapi_extra=_x("audit.view"))
def audit_list(
    request: HttpRequest,
    tenant: str | None = Query(None, max_length=64),
    by: str | None = Query(None, max_length=64, description="Person who did it."),
    action: str | None = Query(None, max_length=64, description="A name, or a domain with a dot at its end."),
    thing: str | None = Query(None, max_length=128),
    cursor: str | None = Query(None, max_length=100),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """Who did what, newest first."""
    rows = audit.listing(
        actor=actor_of(request), tenant=tenant, by=by, action=action, thing=thing,
        before=number_in(cursor), limit=limit + 1,
    )  # fmt: skip
    items = rows[:limit]
    names = audit.names_of(items)
    return {
        "items": [asdict(r) | {"name": names.get(r.actor, "")} for r in items],
        "next": cursor_encode(items[-1].id) if len(rows) > limit else None,
    }


class WebhookIn(Schema):
    tenant: str = Field(max_length=64)
    url: str = Field(max_length=2000)
    events: list[str] = Field(max_length=50, description="Names of events, or * for all.")


class WebhookEdit(Schema):
    url: str | None = Field(None, max_length=2000)
    events: list[str] | None = Field(None, max_length=50)
    active: bool | None = None


class WebhookOut(Schema):
    id: str
    tenant: str
    url: str
    events: list[str]
    active: bool
    created_at: datetime


class WebhookMade(Schema):
    webhook: WebhookOut
    secret: str = Field(description="Shown this once; signs every message (Standard Webhooks).")


class DeliveryOut(Schema):
    id: str
    event: str
    state: str
    attempts: int
    status: int | None
    reason: str
    created_at: datetime
    tried_at: datetime | None
    next_at: datetime | None
    body: dict[str, Any]


class DeliveryPage(Schema):
    items: list[DeliveryOut]
    next: str | None


class SecretOut(Schema):
    secret: str


class DeliveryId(Schema):
    delivery: str


class EventOut(Schema):
    event: str
    zh: str
    en: str


@router.get(
    "/webhook-events", operation_id="webhook_events", response=list[EventOut], openapi_extra=_x("self")
)
def webhook_events(request: HttpRequest) -> Any:
    """The events a webhook may ask for."""
    actor_of(request)
    return [{"event": name, "zh": zh, "en": en} for name, (zh, en) in sorted(webhooks.declared().items())]


@router.get(
    "/webhooks", operation_id="webhook_list", response=list[WebhookOut], openapi_extra=_x("webhook.manage")
)
def webhook_list(request: HttpRequest, tenant: str = Query(..., max_length=64)) -> Any:
    """A tenant's webhooks."""
    return [asdict(w) for w in webhooks.listing(actor=actor_of(request), tenant=tenant)]


@router.post(
    "/webhooks",
    operation_id="webhook_create",
    response={201: WebhookMade},
    openapi_extra=_x("webhook.manage"),
)
def webhook_create(request: HttpRequest, body: WebhookIn) -> Any:
    """Set up a webhook; the answer holds its secret."""
    hook, secret = webhooks.create(
        actor=actor_of(request), tenant=body.tenant, url=body.url, wanted=body.events
    )
    return Status(201, {"webhook": asdict(hook), "secret": secret})


@router.patch(
    "/webhooks/{webhook}",
    operation_id="webhook_edit",
    response=WebhookOut,
    openapi_extra=_x("webhook.manage"),
)
def webhook_edit(request: HttpRequest, webhook: str, body: WebhookEdit) -> Any:
    """Change address, events, on or off."""
    return asdict(
        webhooks.edit(
            actor=actor_of(request), webhook=webhook, url=body.url, wanted=body.events, active=body.active
        )
    )


@router.delete(
    "/webhooks/{webhook}",
    operation_id="webhook_remove",
    response={204: None},
    openapi_extra=_x("webhook.manage"),
)
def webhook_remove(request: HttpRequest, webhook: str) -> Any:
    """Delete a webhook and its log."""
    webhooks.remove(actor=actor_of(request), webhook=webhook)
    return Status(204, None)


@router.post(
    "/webhooks/{webhook}/secret", operation_id="webhook_secret", response=SecretOut,
    openapi_extra=_x("webhook.manage"),
)  # fmt: skip
def webhook_secret(request: HttpRequest, webhook: str) -> Any:
    """Replace the secret; the new one is shown this once."""
    return {"secret": webhooks.renew_secret(actor=actor_of(request), webhook=webhook)}


@router.post(
    "/webhooks/{webhook}/ping", operation_id="webhook_ping", response={202: DeliveryId},
    openapi_extra=_x("webhook.manage"),
)  # fmt: skip
def webhook_ping(request: HttpRequest, webhook: str) -> Any:
    """Send a trial message."""
    return Status(202, {"delivery": webhooks.ping(actor=actor_of(request), webhook=webhook)})


@router.get(
    "/webhooks/{webhook}/deliveries", operation_id="webhook_deliveries", response=DeliveryPage,
    openapi_extra=_x("webhook.manage"),
)  # fmt: skip
def webhook_deliveries(
    request: HttpRequest,
    webhook: str,
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """What was sent and how it went, newest first."""
    rows = webhooks.deliveries(
        actor=actor_of(request), webhook=webhook, before=moment_and_id(cursor), limit=limit + 1
    )
    items = rows[:limit]
    more = cursor_encode(items[-1].created_at.isoformat(), items[-1].id) if len(rows) > limit else None
    return {"items": [asdict(d) for d in items], "next": more}


@router.post(
    "/webhooks/{webhook}/deliveries/{delivery}/redeliver", operation_id="webhook_redeliver", response={202: DeliveryId},
    openapi_extra=_x("webhook.manage"),
)  # fmt: skip
def webhook_redeliver(request: HttpRequest, webhook: str, delivery: str) -> Any:
    """Send a message again."""
    webhooks.redeliver(actor=actor_of(request), webhook=webhook, delivery=delivery)
    return Status(202, {"delivery": delivery})
