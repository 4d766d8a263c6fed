"""Webhooks: a tenant's own address is told what has happened, signed, retried, with a log.

A room calls ``emit("release.made", tenants=[…], data={…})`` inside its transaction: the message is kept together with the
fact or not at all. Signed after the public Standard Webhooks scheme: ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature: v1,<base64 HMAC-SHA256 of "id.timestamp.body">``. A receiver may see a message twice and knows it by
its id. Every address goes through ``fetch``, at each try.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from doujia.server.kernel import audit, clock, db, events, fetch, jobs
from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.kernel.errors import NotFound, Unprocessable
from doujia.server.kernel.models import Job, Webhook, WebhookDelivery
from doujia.server.kernel.schedule import every

__all__ = [
    "DeliveryView", "WebhookView", "create", "declare", "declared", "deliveries", "edit", "emit", "listing", "ping", "redeliver", "remove",
    "renew_secret", "sign", "wanted",
]  # fmt: skip

WAITS = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200))
"""Before the second try, the third, …; after the last one the message is given up (about 18 hours)."""
MOST = 20
KEPT, JOBS_KEPT, AT_ONCE = timedelta(days=90), timedelta(days=7), 500
"""How long the log is kept and the jobs behind it, and how many go in one sweep: nobody waits for long."""
_declared: dict[str, tuple[str, str]] = {}


@dataclass(frozen=True)
class WebhookView:
    """A webhook as it is shown; never with its secret."""

    id: str
    tenant: str
    url: str
    events: list[str]
    active: bool
    created_at: datetime


@dataclass(frozen=True)
class DeliveryView:
    """One line of the delivery log; what the other side answered is not kept beyond its status."""

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


def declare(event: str, *, zh: str, en: str) -> None:
    """Make an event known that webhooks may ask for; a room does so when it is loaded."""
    _declared[event] = (zh, en)


def declared() -> dict[str, tuple[str, str]]:
    """Return the known events with what they mean."""
    return dict(_declared)


declare("ping", zh="试一试能不能收到", en="a trial message")
declare("job.finished", zh="后台任务结束了", en="a background job has ended")


def _secret(hook: Webhook) -> bytes:
    # Derived: what the database holds is of no use without the key file.
    text = f"webhook:{hook.id}:{hook.secret_version}"
    return hmac.new(f"webhooks:{settings.SECRET_KEY}".encode(), text.encode(), hashlib.sha256).digest()


def _shown(hook: Webhook) -> str:
    return "whsec_" + base64.b64encode(_secret(hook)).decode()


def sign(secret: bytes, message: str, timestamp: int, body: bytes) -> str:
    """Return the signature header of one message."""
    digest = hmac.new(secret, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _view(hook: Webhook) -> WebhookView:
    return WebhookView(str(hook.id), hook.tenant, hook.url, list(hook.events), hook.active, hook.created_at)


def _names(wanted: Iterable[str]) -> list[str]:
    names = sorted(set(wanted))
    unknown = [n for n in names if n != "*" and n not in _declared]
    if unknown or not names or any(not re.fullmatch(r"[a-z_.]{1,64}|\*", n) for n in names):
        known = ", ".join(sorted(_declared))
        zh, en = f"没有这个事件;可以选:{known}。", f"There is no such event; known are: {known}."
        raise Unprocessable(
            "webhook_event", zh=zh, en=en, fields=[{"field": "events", "code": "unknown", "zh": zh, "en": en}]
        )
    return names


def _mine(actor: Actor, hook_id: str) -> Webhook:
    try:
        hook = Webhook.objects.get(id=UUID(hook_id))
    except (Webhook.DoesNotExist, ValueError) as error:
        raise NotFound("webhook_not_found") from error
    require(actor, "webhook.manage", Thing(frozenset({hook.tenant})))
    return hook


def create(*, actor: Actor, tenant: str, url: str, wanted: Iterable[str]) -> tuple[WebhookView, str]:
    """Set a webhook up; returns it and the secret, which is shown this once.

    Raises:
        FetchRefused: the address is not a public one.
        Unprocessable: unknown event, or too many webhooks.
    """
    require(actor, "webhook.manage", Thing(frozenset({tenant})))
    fetch.check(url)
    names = _names(wanted)
    with db.write():
        if Webhook.objects.filter(tenant=tenant).count() >= MOST:
            raise Unprocessable("webhook_many", zh=f"最多 {MOST} 个。", en=f"There may be at most {MOST}.")
        hook = Webhook.objects.create(
            tenant=tenant, url=url, events=names, created_by=actor.person, created_at=clock.now()
        )
        audit.record(actor, "webhook.created", f"webhook:{hook.id}", tenant=tenant, url=url, events=names)
    return _view(hook), _shown(hook)


def edit(
    *,
    actor: Actor,
    webhook: str,
    url: str | None = None,
    wanted: Iterable[str] | None = None,
    active: bool | None = None,
) -> WebhookView:
    """Change address, events or whether it is on."""
    hook = _mine(actor, webhook)
    if url is not None:  # turning off a webhook whose name is gone must be possible
        fetch.check(url)
    names = _names(hook.events if wanted is None else wanted)
    with db.write():
        hook.url, hook.events = url or hook.url, names
        hook.active = hook.active if active is None else active
        hook.save()
        audit.record(
            actor,
            "webhook.edited",
            f"webhook:{hook.id}",
            tenant=hook.tenant,
            url=hook.url,
            active=hook.active,
        )
    return _view(hook)


def renew_secret(*, actor: Actor, webhook: str) -> str:
    """Return a new secret; the old one signs no more."""
    hook = _mine(actor, webhook)
    with db.write():
        hook.secret_version += 1
        hook.save()
        audit.record(actor, "webhook.secret_renewed", f"webhook:{hook.id}", tenant=hook.tenant)
    return _shown(hook)


def remove(*, actor: Actor, webhook: str) -> None:
    """Delete a webhook and its log."""
    hook = _mine(actor, webhook)
    with db.write():
        audit.record(actor, "webhook.removed", f"webhook:{hook.id}", tenant=hook.tenant, url=hook.url)
        hook.delete()


def listing(*, actor: Actor, tenant: str) -> list[WebhookView]:
    """Return a tenant's webhooks."""
    require(actor, "webhook.manage", Thing(frozenset({tenant})))
    return [_view(h) for h in Webhook.objects.filter(tenant=tenant).order_by("created_at")]


def deliveries(
    *, actor: Actor, webhook: str, before: tuple[datetime, str] | None = None, limit: int = 50
) -> list[DeliveryView]:
    """Return the log of a webhook, newest first.

    Args:
        before: ``(created_at, id)`` of the last row of the page before.
    """
    hook = _mine(actor, webhook)
    found = WebhookDelivery.objects.filter(webhook=hook)
    if before is not None:
        at, last = before
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=UUID(last)))
    rows = found.order_by("-created_at", "-id")[:limit]
    return [
        DeliveryView(
            str(d.id), d.event, d.state, d.attempts, d.status, d.reason, d.created_at, d.tried_at, d.next_at, json.loads(d.body)
        )
        for d in rows
    ]  # fmt: skip


def wanted(event: str, tenants: Iterable[str]) -> bool:
    """Return whether anybody of ``tenants`` asked for ``event``: before gathering what it takes to tell it."""
    found = Webhook.objects.filter(tenant__in=list(tenants), active=True).values_list("events", flat=True)
    return any(event in names or "*" in names for names in found)


def emit(event: str, *, tenants: Iterable[str], data: dict[str, Any]) -> int:
    """Queue one message to every active webhook of ``tenants`` that asked for ``event``; returns how many.

    Call it inside the transaction of the fact. ``data`` must hold nothing that the tenant may not see.
    """
    count = 0
    for hook in Webhook.objects.filter(tenant__in=list(tenants), active=True):
        if event in hook.events or "*" in hook.events:
            _queue(hook, event, data)
            count += 1
    return count


def _queue(hook: Webhook, event: str, data: dict[str, Any]) -> WebhookDelivery:
    now = clock.now()
    body = json.dumps(
        {"type": event, "timestamp": now.isoformat(), "data": data}, ensure_ascii=False, separators=(",", ":")
    )
    with db.write():
        made = WebhookDelivery.objects.create(
            webhook=hook, event=event, body=body, created_at=now, next_at=now
        )
        jobs.enqueue("webhook.deliver", {"delivery": str(made.id)}, actor=None)
    return made


def ping(*, actor: Actor, webhook: str) -> str:
    """Send a trial message and return its delivery's id."""
    hook = _mine(actor, webhook)
    with db.write():
        return str(_queue(hook, "ping", {"webhook": str(hook.id)}).id)


def redeliver(*, actor: Actor, webhook: str, delivery: str) -> None:
    """Send a message of the log again, with the same id and body."""
    hook = _mine(actor, webhook)
    try:
        row = WebhookDelivery.objects.get(id=UUID(delivery), webhook=hook)
    except (WebhookDelivery.DoesNotExist, ValueError) as error:
        raise NotFound("delivery_not_found") from error
    with db.write():
        row.state, row.attempts, row.next_at = "waiting", 0, clock.now()
        row.save()
        jobs.enqueue("webhook.deliver", {"delivery": str(row.id)}, actor=None)
        audit.record(
            actor, "webhook.redelivered", f"webhook:{hook.id}", tenant=hook.tenant, delivery=delivery
        )


@jobs.handler("webhook.deliver")
def _deliver(context: jobs.Context) -> dict[str, Any]:
    """Try one message once; a failed try queues the next one."""
    row = (
        WebhookDelivery.objects.select_related("webhook").filter(id=UUID(context.payload["delivery"])).first()
    )
    if row is None or row.state != "waiting" or not row.webhook.active:
        return {}
    if row.next_at is not None and row.next_at > clock.now():
        return {}  # a second job for the same message (redelivered meanwhile): the later one does it
    now, body, message = clock.now(), row.body.encode(), f"msg_{row.id.hex}"
    stamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json", "webhook-id": message, "webhook-timestamp": str(stamp),
        "webhook-signature": sign(_secret(row.webhook), message, stamp, body),
    }  # fmt: skip
    status, reason = None, ""
    try:
        status = fetch.post(row.webhook.url, body, headers=headers).status
    except fetch.FetchRefused as refused:
        reason = refused.code
    _settle(row, now, status, reason)
    return {"state": row.state, "status": status, "reason": reason}


def _settle(row: WebhookDelivery, now: datetime, status: int | None, reason: str) -> None:
    row.attempts, row.tried_at, row.status, row.reason, row.next_at = (
        row.attempts + 1,
        now,
        status,
        reason,
        None,
    )
    if status is not None and 200 <= status < 300:
        row.state = "delivered"
    elif row.attempts > len(WAITS):
        row.state = "failed"
    else:
        row.next_at = now + WAITS[row.attempts - 1]
    with db.write():
        row.save()
        if row.next_at is not None:
            jobs.enqueue("webhook.deliver", {"delivery": str(row.id)}, actor=None, run_after=row.next_at)


@events.subscribe(jobs.JobFinished)
def _tell_job(event: jobs.JobFinished) -> None:
    if event.tenant:
        data = {"job": event.job, "kind": event.kind, "state": event.state, "thing": event.thing}
        emit("job.finished", tenants=[event.tenant], data=data)


@every(3600, "old-deliveries")
def sweep() -> int:
    """Delete log lines older than ``KEPT`` and the jobs that sent them, a few at a time; returns how many lines went."""
    now = clock.now()
    old = WebhookDelivery.objects.filter(created_at__lt=now - KEPT).exclude(state="waiting")
    over = Job.objects.filter(kind="webhook.deliver", finished_at__lt=now - JOBS_KEPT)
    with db.write():
        gone = list(old.order_by("created_at").values_list("id", flat=True)[:AT_ONCE])
        WebhookDelivery.objects.filter(id__in=gone).delete()
        Job.objects.filter(id__in=list(over.values_list("id", flat=True)[:AT_ONCE])).delete()
    return len(gone)
