"""What several answers became: tasks whose answers are to be put together, and what came of each."""

from __future__ import annotations

from django.db import models


class ConsensusDue(models.Model):
    """A task whose answers are all there and wait to become one. ``n`` grows with each time it is asked for."""

    task = models.CharField(max_length=24, primary_key=True)
    project = models.CharField(max_length=64)
    n = models.IntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "at"], name="quality_due_order")]


class Consensus(models.Model):
    """What the answers to one task became, the latest time.

    ``state``: accepted (they agree), asking (one answer more was asked for), proposed (an arbiter is to decide), decided
    (she has), withdrawn (an answer was opened again). ``reasons``: what was not sure, ``[{"code", "n"}]``; ``people``: who
    contributed, ``[{"person", "submission", "weight", "skill", "objects"}]``.
    """

    task = models.CharField(max_length=24, primary_key=True)
    project = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    item = models.CharField(max_length=64)
    state = models.CharField(max_length=10)
    submission = models.CharField(max_length=36, blank=True)
    answers = models.SmallIntegerField()
    most = models.SmallIntegerField()
    objects_n = models.IntegerField(default=0)
    unsure = models.IntegerField(default=0)
    agreement = models.FloatField(null=True)
    confidence = models.FloatField(null=True)
    reasons = models.JSONField(default=list)
    people = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["project", "-at"], name="quality_cons_newest"),
            models.Index(fields=["project", "state", "-at"], name="quality_cons_state"),
        ]
