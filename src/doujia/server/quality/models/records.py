"""What is counted of a person, and how much of her work is checked."""

from __future__ import annotations

from django.db import models

__all__ = ["PersonShare", "Policy", "Record", "Week"]


class Policy(models.Model):
    """How a project checks: by each person's record or the same share for all, and against which line."""

    project = models.CharField(max_length=64, primary_key=True)
    by_record = models.BooleanField(default=False)
    newcomer = models.FloatField(default=1.0)
    floor = models.FloatField(default=0.1)
    line = models.FloatField(default=0.95)
    at = models.DateTimeField()


class Week(models.Model):
    """A week of a project that is being closed or is closed: counted once, and corrected only by appeals."""

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    week = models.DateField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "week"], name="quality_week_once")]


class Record(models.Model):
    """What was counted of one person in one project in one closed week.

    ``passed``, ``fixed``, ``returned`` are verdicts on first tries; ``minor`` how many of the fixed ones were
    corrected in small things only and count as right; ``pending`` those under appeal, which count nowhere yet.
    ``low`` and ``high``: exact 95 % interval of the share of right ones; ``below``: see ``RecordClosed``.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    week = models.DateField()
    passed = models.IntegerField()
    fixed = models.IntegerField()
    minor = models.IntegerField()
    returned = models.IntegerField()
    overturned = models.IntegerField()
    pending = models.IntegerField()
    gold = models.IntegerField()
    gold_right = models.IntegerField()
    right = models.IntegerField()
    total = models.IntegerField()
    low = models.FloatField()
    high = models.FloatField()
    line = models.FloatField()
    below = models.BooleanField()
    closed_at = models.DateTimeField()
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "project", "week"], name="quality_record_once")
        ]
        indexes = [models.Index(fields=["project", "week"], name="quality_record_week")]


class PersonShare(models.Model):
    """The share of a person's answers that is checked in a project, and why.

    ``reason``: newcomer, proven, likely, doubtful, below. ``raised`` stands above it until ``raised_until``.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    share = models.FloatField()
    reason = models.CharField(max_length=10)
    right = models.IntegerField()
    total = models.IntegerField()
    raised = models.FloatField(null=True)
    raised_until = models.DateTimeField(null=True)
    raised_why = models.CharField(max_length=64, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "person"], name="quality_share_once")]
