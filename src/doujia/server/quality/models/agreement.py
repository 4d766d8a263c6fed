"""How far people agree, whom they confuse what with, and what a human should look at: computed by night, read by pages."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import uuid7

__all__ = ["Agreement", "Assistance", "Case", "Confusion", "PersonPair"]


class Agreement(models.Model):
    """Krippendorff's alpha of one day's computation.

    ``measure``: class (nominal, of labels and of what is there at all) or shape (distance 1 - similarity of shapes of one
    object). ``arm``: all, blind (no pre-label was shown), assisted; agreement of people who all saw the same machine
    pre-label is never called agreement alone.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    measure = models.CharField(max_length=8)
    arm = models.CharField(max_length=8)
    day = models.DateField()
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    observed = models.FloatField(null=True)
    objects_n = models.IntegerField()
    tasks = models.IntegerField()
    people = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "measure", "arm", "day"], name="quality_agree_once")
        ]


class Confusion(models.Model):
    """How often two answers about one object say ``first`` and ``second`` ("" nothing there); unordered, first <= second."""

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    first = models.CharField(max_length=200, blank=True)
    second = models.CharField(max_length=200, blank=True)
    n = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["project", "-n"], name="quality_confusion_most")]


class PersonPair(models.Model):
    """How two people agree on the objects that both judged; ``first`` < ``second``."""

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    first = models.CharField(max_length=64)
    second = models.CharField(max_length=64)
    shared = models.IntegerField()
    equal = models.FloatField()
    kappa = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "first", "second"], name="quality_pair_once")
        ]


class Case(models.Model):
    """Something that a human should look at and talk about: never a verdict, and nothing follows from it by itself.

    ``kind``: copying (more equal wrong answers than chance), same_shape (shapes equal to the last digit), fast, regular.
    ``second`` is empty where one person is concerned. ``evidence``: numbers, and tasks to look at. ``state``: open, talked
    (somebody spoke with her), harmless (another explanation), followed (a human decided on a step).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.CharField(max_length=64)
    kind = models.CharField(max_length=12)
    first = models.CharField(max_length=64)
    second = models.CharField(max_length=64, blank=True)
    weight = models.IntegerField()
    evidence = models.JSONField()
    zh = models.CharField(max_length=600)
    en = models.CharField(max_length=600)
    state = models.CharField(max_length=10, default="open")
    note = models.CharField(max_length=1000, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "first", "second"], name="quality_case_once")
        ]
        indexes = [models.Index(fields=["project", "state", "-at"], name="quality_case_open")]


class Assistance(models.Model):
    """What the machine's suggestions do: answers that saw them (``arm`` assisted) and answers that did not (blind).

    ``suggested`` = ``kept`` as they were + ``moved`` + ``relabelled`` + ``removed``; ``added``: marks without a suggestion.
    ``checked``: first answers that a reviewer looked at, ``passed`` of them as they were; ``checked_marks`` and
    ``wrong_marks`` in them. ``known``: objects whose truth is known (an arbiter's decision), ``known_right`` of them.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    arm = models.CharField(max_length=8)
    answers = models.IntegerField(default=0)
    people = models.IntegerField(default=0)
    marks = models.IntegerField(default=0)
    median_ms = models.IntegerField(null=True)
    suggested = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    moved = models.IntegerField(default=0)
    relabelled = models.IntegerField(default=0)
    removed = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    checked = models.IntegerField(default=0)
    passed = models.IntegerField(default=0)
    checked_marks = models.IntegerField(default=0)
    wrong_marks = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    known_right = models.IntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "arm"], name="quality_assist_once")]
