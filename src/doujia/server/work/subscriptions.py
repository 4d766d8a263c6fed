"""What the work room does when rooms below tell a fact."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from doujia.server.kernel import events
from doujia.server.work.actions.tasks import Wanted, make_tasks

__all__ = ["items_added"]


def items_added(event: Any) -> None:
    """Make tasks for items that came into a project."""
    priority = int(getattr(event, "priority", 0) or 0)
    make_tasks(event.project, [Wanted(item, priority) for item in event.item_ids])


if find_spec("doujia.server.projects.events") is not None:
    from doujia.server.projects.events import ItemsAdded

    events.subscribe(ItemsAdded)(items_added)
