"""What a rule would have done over the last two months: shown before it is saved, so that nobody is surprised."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from doujia.server.quality.queries.evidence import events_of
from doujia.server.quality.replay import replay
from doujia.server.quality.rulebook import RuleDoc

__all__ = ["DAYS", "dry_run"]

DAYS = 60
SHOWN = 50


def dry_run(project: str, rule: RuleDoc, now: datetime) -> dict[str, Any]:
    """Return how many people a rule would have looked at, about how many it would have acted, and when.

    ``firings`` holds the latest 50: person, moment, values.
    """
    found = events_of(rule.collect.source, project, now - timedelta(days=DAYS))
    fires = [(who, fire) for who, events in found.items() for fire in replay(rule, events)]
    fires.sort(key=lambda f: f[1].at, reverse=True)
    return {
        "days": DAYS, "people": len(found), "acted_about": len({who for who, _ in fires}), "times": len(fires),
        "events": sum(map(len, found.values())),
        "firings": [{"person": who, "at": f.at.isoformat(), "values": f.values} for who, f in fires[:SHOWN]],
    }  # fmt: skip
