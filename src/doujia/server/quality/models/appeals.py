"""Appeals."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import uuid7

__all__ = ["Appeal"]


class Appeal(models.Model):
    """A worker's word that a rejection is wrong, one for each rejected answer, and what came of it.

    ``state``: open, upheld, overturned, partly, withdrawn, moot (the answer was reopened by the lead meanwhile).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.CharField(max_length=64)
    task = models.CharField(max_length=16)
    submission = models.UUIDField(unique=True)
    review = models.UUIDField()
    person = models.CharField(max_length=64)
    reviewer = models.CharField(max_length=64)
    text = models.CharField(max_length=1000, default="")
    state = models.CharField(max_length=10, default="open")
    moved_on = models.BooleanField(default=False)
    rejected_at = models.DateTimeField()
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, default="")

    class Meta:
        indexes = [
            models.Index(fields=["project", "state", "due_at"], name="quality_appeal_due"),
            models.Index(fields=["person", "filed_at"], name="quality_appeal_person"),
            models.Index(fields=["due_at"], name="quality_appeal_open", condition=models.Q(state="open")),
        ]
