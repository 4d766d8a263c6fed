"""Whom a known task is shown: each at most once to a person, each at most so often in the hall, every class in its turn."""

from __future__ import annotations

import random
from collections import Counter

from django.db.models import F

from doujia.server.kernel import clock, db
from doujia.server.projects import queries as projects
from doujia.server.quality.models import GoldShown, GoldTask
from doujia.server.work import actions as work

__all__ = ["MOST_WAITING", "is_there_gold", "offer_next"]

MOST_WAITING = 2
"""Known tasks of one project that wait for a person at once."""
TRIES = 8


def is_there_gold(project: str) -> bool:
    """Return whether a project has known tasks to slip in: one probe of an index."""
    return GoldTask.objects.filter(project=project, pool="hidden", state="active").exists()


def offer_next(project: str, person: str, seed: str) -> str | None:
    """Choose a known task for a person and offer it with her next takes; returns its task id, None when there is none.

    The class she has been shown least comes first, within it one of those that the hall has been shown least.

    Args:
        seed: of the draw.
    """
    draw = random.Random(f"{seed}:{project}:{person}")
    cap = projects.setup(project).settings.gold_exposure
    with db.write():
        if work.known_waiting(project, person=person) >= MOST_WAITING:
            return None
        met = set(GoldShown.objects.filter(project=project, person=person).values_list("gold_id", flat=True))
        rows = GoldTask.objects.filter(project=project, pool="hidden", state="active", shown__lt=cap)
        free = [
            r
            for r in rows.exclude(created_by=person).values_list("id", "task", "stratum", "shown")
            if r[0] not in met
        ]
        if not free:
            return None
        seen = Counter(GoldTask.objects.filter(id__in=met).values_list("stratum", flat=True))
        draw.shuffle(free)
        free.sort(key=lambda r: (seen[r[2]], r[3]))
        for gold, task, _, _ in free[:TRIES]:
            slot = work.offer_known(task, person=person)
            GoldShown.objects.create(
                gold_id=gold, project=project, person=person, slot=slot or "", at=clock.now()
            )
            if slot is not None:
                GoldTask.objects.filter(id=gold).update(shown=F("shown") + 1)
                return task
    return None
