"""Reads of people's skills."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from doujia.server.quality.models.skills import PersonSkill

__all__ = ["RECORD", "computed_at", "known_skills"]

RECORD = 30
"""Objects that were judged from which a person has a record; before, she is asked beside the full number of others."""


def known_skills(project: str) -> dict[str, float]:
    """Return the accuracy of everybody who has a record in a project."""
    found = PersonSkill.objects.filter(project=project, label="").values_list(
        "person", "mean", "gold", "others"
    )
    return {person: mean for person, mean, gold, others in found if gold + others >= RECORD}


def computed_at(project: str) -> datetime | None:
    """Return when a project's skills were last computed, None when they never were."""
    found: datetime | None = PersonSkill.objects.filter(project=project).aggregate(at=Max("at"))["at"]
    return found
