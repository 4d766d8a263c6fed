"""How often people are right, as far as gold and the others' answers tell."""

from __future__ import annotations

from django.db import models


class PersonSkill(models.Model):
    """Accuracy of one person in one project: of all objects (``label`` empty) or of one class.

    ``mean``, ``low``, ``high``: of the posterior of her accuracy, 95 %. ``gold``: objects whose truth is known (gold, an
    arbiter's decision), ``gold_right`` of them right; ``others``: objects judged by the others' answers, hers left out.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    label = models.CharField(max_length=128, blank=True)
    mean = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    gold = models.IntegerField()
    gold_right = models.IntegerField()
    others = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "label", "person"], name="quality_skill_once")
        ]
        indexes = [models.Index(fields=["person", "project"], name="quality_skill_person")]
