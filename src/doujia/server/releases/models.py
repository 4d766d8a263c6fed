"""Tables of the releases room. Private."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import uuid7


class Release(models.Model):
    """A numbered dataset version. ``state``: making, ready, failed. Once ready nothing of it changes."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.CharField(max_length=64)
    number = models.IntegerField()
    name = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)
    state = models.CharField(max_length=8, default="making")
    job = models.CharField(max_length=36, blank=True)
    made_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    items = models.BigIntegerField(default=0)
    marks = models.BigIntegerField(default=0)
    manifest = models.JSONField(default=dict)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    card = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="release_number")]


class Export(models.Model):
    """A release in one format. ``state``: queued, ready, refused (it would lose what nobody allowed), failed."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    release = models.ForeignKey(Release, models.PROTECT)
    format = models.CharField(max_length=40)
    allow_loss = models.JSONField(default=list)
    state = models.CharField(max_length=8, default="queued")
    job = models.CharField(max_length=36, blank=True)
    made_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(default=0)
    report = models.JSONField(null=True)
    problem = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["release", "-created_at"], name="export_release")]
