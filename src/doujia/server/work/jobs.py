"""Background work of the room."""

from __future__ import annotations

from doujia.server.kernel import schedule
from doujia.server.work.actions.leases import sweep_expired

__all__ = ["sweep"]


@schedule.every(5, "work.sweep_expired")
def sweep() -> None:
    """Put what ran out back into the queues, in short transactions."""
    while sweep_expired(500) == 500:
        pass
