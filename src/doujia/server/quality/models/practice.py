"""Practice on known tasks: how a pool is used, and each person's runs through it."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import opaque, uuid7
from doujia.server.quality.models.gold import GoldTask

__all__ = ["PracticePool", "PracticeRun", "PracticeStep"]


class PracticePool(models.Model):
    """How a project uses one of its pools; without a row the defaults of ``actions.practice`` hold.

    ``size``: tasks of a run. ``pass_share``: of first answers that must be right (exam). ``tries``: at one task.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    size = models.SmallIntegerField()
    pass_share = models.FloatField()
    tries = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "kind"], name="quality_pool_once")]


class PracticeRun(models.Model):
    """A person goes through some tasks of a pool.

    ``kind``: training (hints at once), exam (no word until the end) or retry (after errors, then back to work).
    ``state``: assigned, running, done, passed, failed (exam), cancelled. ``reason`` is the error class it is for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    state = models.CharField(max_length=10, default="assigned")
    size = models.SmallIntegerField()
    tries = models.SmallIntegerField()
    pass_share = models.FloatField()
    reason = models.CharField(max_length=64, default="")
    rule = models.CharField(max_length=200, null=True)
    by = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "state"], name="quality_run_person"),
            models.Index(fields=["project", "created_at"], name="quality_run_project"),
        ]


class PracticeStep(models.Model):
    """One task of a run. ``passed`` and ``score`` are of the first answer, ``tries`` counts them all; ``id`` is what the
    bench knows the task by, so that it does not tell which task of the project it is."""

    id = models.CharField(max_length=32, primary_key=True, default=opaque)
    run = models.ForeignKey(PracticeRun, models.CASCADE, db_index=False)
    position = models.SmallIntegerField()
    gold = models.ForeignKey(GoldTask, models.PROTECT, db_index=False)
    tries = models.SmallIntegerField(default=0)
    done = models.BooleanField(default=False)
    score = models.FloatField(null=True)
    passed = models.BooleanField(null=True)
    differences = models.TextField(default="[]")
    latest = models.TextField(default="[]")
    sent = models.CharField(max_length=64, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="quality_step_once")]
        indexes = [models.Index(fields=["gold"], name="quality_step_gold")]
