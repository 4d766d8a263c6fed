"""Days on which a base works or not, where it differs from what is known of the country."""

from __future__ import annotations

from django.db import models

__all__ = ["CalendarDay"]


class CalendarDay(models.Model):
    """One day of a base's (or client's) own calendar; ``working`` says whether it is worked."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.CharField(max_length=64)
    day = models.DateField()
    working = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "day"], name="quality_calendar_once")]
