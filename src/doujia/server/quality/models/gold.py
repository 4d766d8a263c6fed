"""Known tasks, who was shown them, how she did, and where each person stands."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import uuid7

__all__ = ["GoldAnswer", "GoldShown", "GoldStanding", "GoldTask", "GradedAnswer"]


class GoldTask(models.Model):
    """A task whose right answer is known.

    ``source``: file (it came with one) or adjudicated (made from work that was checked, arbitrated or agreed on).
    ``pool``: hidden (slipped in among the day's work), training, exam or retry; an item of one pool is in no other.
    ``state``: active, suspect (people in good standing fail it: somebody looks at the answer), retired. ``version`` is
    that of its right answer, ``stratum`` the class it stands for. ``shown``, ``graded`` and ``passed`` count the hall.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.CharField(max_length=64)
    task = models.CharField(max_length=16, unique=True)
    item = models.CharField(max_length=64)
    source = models.CharField(max_length=12)
    pool = models.CharField(max_length=8, default="hidden")
    state = models.CharField(max_length=8, default="active")
    version = models.IntegerField(default=1)
    stratum = models.CharField(max_length=200, default="")
    rule = models.CharField(max_length=200, null=True)
    shown = models.IntegerField(default=0)
    graded = models.IntegerField(default=0)
    passed = models.IntegerField(default=0)
    reason = models.CharField(max_length=20, default="")
    state_at = models.DateTimeField()
    created_by = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "pool", "state"], name="quality_gold_pool")]


class GoldAnswer(models.Model):
    """A version of a right answer; a correction appends. ``document`` is JSON ``{"marks", "relations", "item_attrs"}``."""

    id = models.BigAutoField(primary_key=True)
    gold = models.ForeignKey(GoldTask, models.CASCADE)
    version = models.IntegerField()
    document = models.TextField()
    reason = models.CharField(max_length=20)
    by = models.CharField(max_length=64, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gold", "version"], name="quality_goldanswer_once")]


class GoldShown(models.Model):
    """A known task was offered to a person, once and never again; with an empty ``slot`` she had met it before."""

    id = models.BigAutoField(primary_key=True)
    gold = models.ForeignKey(GoldTask, models.CASCADE, db_index=False)
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    slot = models.CharField(max_length=16, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gold", "person"], name="quality_goldshown_once")]
        indexes = [models.Index(fields=["project", "person"], name="quality_goldshown_who")]


class GradedAnswer(models.Model):
    """How one person's first answer to a known task compares with what is right.

    ``counted`` is False while the right answer is in doubt, and for tasks that were retired as known to people.
    ``parts``, ``differences`` and ``classes`` are JSON as ``doujia.metrics.grading`` has them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    gold = models.ForeignKey(GoldTask, models.CASCADE, db_index=False)
    project = models.CharField(max_length=64)
    task = models.CharField(max_length=16)
    submission = models.UUIDField(unique=True)
    person = models.CharField(max_length=64)
    version = models.IntegerField()
    score = models.FloatField()
    passed = models.BooleanField()
    counted = models.BooleanField(default=True)
    parts = models.TextField()
    differences = models.TextField()
    classes = models.TextField()
    guideline_version = models.IntegerField()
    at = models.DateTimeField()
    graded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["project", "person", "at"], name="quality_graded_person"),
            models.Index(fields=["project", "at"], name="quality_graded_project"),
            models.Index(fields=["gold", "at"], name="quality_graded_gold"),
        ]


class GoldStanding(models.Model):
    """Where a person stands in a project by her known tasks.

    ``level`` is the cumulative sum since ``since``; ``drifted_at`` says that it has acted and practice is due,
    ``drifted_from`` where the sum began that acted, so that it can be computed again when an answer is corrected.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    graded = models.IntegerField(default=0)
    passed = models.IntegerField(default=0)
    level = models.FloatField(default=0.0)
    since = models.DateTimeField(null=True)
    drifted_at = models.DateTimeField(null=True)
    drifted_from = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "person"], name="quality_standing_once")]
