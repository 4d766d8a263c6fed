"""Changes of guidelines that questions led to."""

from __future__ import annotations

from django.db import models

__all__ = ["GuidelineChange"]


class GuidelineChange(models.Model):
    """A paragraph that was written into a guideline because people asked. ``questions``: their ids."""

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    version = models.IntegerField()
    questions = models.JSONField()
    people = models.IntegerField()
    paragraph = models.TextField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "-at"], name="quality_guide_project")]
