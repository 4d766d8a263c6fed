"""Tables of the kernel: audit trail, jobs, blobs. Private to the kernel."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import uuid7


class AuditEvent(models.Model):
    """One row of the audit trail, written in the transaction it tells of; sealed afterwards, never changed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    thing = models.CharField(max_length=128, blank=True)
    tenant = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["thing", "id"], name="audit_thing"),
            models.Index(fields=["tenant", "id"], name="audit_tenant"),
            models.Index(fields=["actor", "id"], name="audit_actor"),
        ]


class AuditSeal(models.Model):
    """One link of the hash chain: covers the events up to ``last_event``."""

    id = models.BigAutoField(primary_key=True)
    first_event = models.BigIntegerField()
    last_event = models.BigIntegerField()
    count = models.IntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    rows = models.TextField(default="")  # "id:hash" lines: names the first bad row
    at = models.DateTimeField()


class Blob(models.Model):
    """A file by the sha256 of its content; the bytes lie in the object store."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    mime = models.CharField(max_length=100)
    created_at = models.DateTimeField()


class Job(models.Model):
    """Background work that people can see: progress, cancel, resume, owner."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default="queued")  # queued running done failed cancelled
    owner = models.CharField(max_length=64, blank=True)
    tenant = models.CharField(max_length=64, blank=True)
    thing = models.CharField(max_length=128, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    message = models.JSONField(default=dict)
    checkpoint = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    cancel_requested = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    fence = models.IntegerField(default=0)
    run_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "run_after"], name="job_ready"),
            models.Index(fields=["tenant", "-created_at"], name="job_tenant"),
            models.Index(fields=["thing", "-created_at"], name="job_thing"),
        ]


class RateCounter(models.Model):
    """How often one subject has tried one thing; the key is a hash."""

    key = models.CharField(primary_key=True, max_length=64)
    since = models.DateTimeField(db_index=True)
    count = models.IntegerField(default=0)
    until = models.DateTimeField(null=True)


class Webhook(models.Model):
    """An address that a tenant wants to be told at. Its secret is derived, not stored."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    tenant = models.CharField(max_length=64, db_index=True)
    url = models.CharField(max_length=2000)
    events = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    secret_version = models.IntegerField(default=1)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()


class WebhookDelivery(models.Model):
    """One message to one webhook, with how it went."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=64)
    body = models.TextField()
    state = models.CharField(max_length=10, default="waiting")  # waiting delivered failed
    attempts = models.IntegerField(default=0)
    status = models.IntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["webhook", "-created_at"], name="delivery_of")]
