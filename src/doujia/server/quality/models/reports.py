"""What reviewers found, taken apart once, so that the pages add up small rows instead of reading marks again."""

from __future__ import annotations

from django.db import models

__all__ = ["Check", "CheckCount", "CheckFinding", "CheckPair", "CheckState"]


class Check(models.Model):
    """One verdict. ``review`` is its id in the work room; ``first`` whether it was about her first try.

    ``marks`` counts what was marked or should have been, ``wrong`` how many of them were wrong or missing. ``void``: an
    appeal overturned it; it counts nowhere.
    """

    review = models.UUIDField(primary_key=True)
    project = models.CharField(max_length=64)
    task = models.CharField(max_length=16)
    item = models.CharField(max_length=64)
    submission = models.UUIDField(db_index=True)
    person = models.CharField(max_length=64)
    base = models.CharField(max_length=64)
    reviewer = models.CharField(max_length=64)
    verdict = models.CharField(max_length=8)
    first = models.BooleanField()
    void = models.BooleanField(default=False)
    dataset = models.CharField(max_length=64)
    suggested = models.BooleanField()
    guideline_version = models.IntegerField()
    marks = models.IntegerField()
    wrong = models.IntegerField()
    active_ms = models.BigIntegerField()
    review_ms = models.BigIntegerField()
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["project", "day", "person"], name="quality_check_day"),
            models.Index(fields=["project", "reviewer", "day"], name="quality_check_reviewer"),
            models.Index(
                fields=["project", "review"], name="quality_check_void", condition=models.Q(void=True)
            ),
        ]


class _Part(models.Model):
    """A row that hangs on a check and carries what the pages filter by. Only first tries have counts."""

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Check, models.CASCADE, related_name="+")
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    day = models.DateField()

    class Meta:
        abstract = True


class CheckCount(_Part):
    """How many of one kind an answer held and how many of them were wrong.

    ``key``: ``class:car`` and ``attr:hidden=most`` count marks, ``item:weather=rain`` counts the answer itself.
    """

    key = models.CharField(max_length=200)
    n = models.IntegerField()
    wrong = models.IntegerField()

    class Meta:
        # Holds all that is added up: a month of a large project is read from the index alone, in the order of the keys.
        indexes = [
            models.Index(fields=["project", "key", "day", "n", "wrong", "of"], name="quality_count_key")
        ]


class CheckPair(_Part):
    """What was given against what was right, by class; empty is nothing (missed, or marked though nothing is there)."""

    given = models.CharField(max_length=120)
    right = models.CharField(max_length=120)
    n = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["project", "given", "right", "day", "n", "of"], name="quality_pair_key")
        ]


class CheckFinding(_Part):
    """One thing found wrong, with its place in the picture (px) where it has one.

    ``label`` is the class it concerns, empty where nobody said which; ``fixed`` whether it is the reviewer's own change
    rather than her words.
    """

    error_class = models.CharField(max_length=64)
    severity = models.CharField(max_length=8)
    label = models.CharField(max_length=120)
    rule = models.CharField(max_length=40)
    text = models.CharField(max_length=1000)
    mark = models.CharField(max_length=200)
    fixed = models.BooleanField()
    x0 = models.FloatField(null=True)
    y0 = models.FloatField(null=True)
    x1 = models.FloatField(null=True)
    y1 = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "day", "error_class"], name="quality_finding_day"),
            models.Index(fields=["project", "id"], name="quality_finding_order"),
        ]


class CheckState(models.Model):
    """How far a project's verdicts have been taken apart."""

    project = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
    review = models.UUIDField()
