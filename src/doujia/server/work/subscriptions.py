"""What the work room does when rooms below tell a fact."""

from __future__ import annotations

from doujia.server.kernel import events
from doujia.server.projects.events import ItemsAdded
from doujia.server.work.actions.tasks import Wanted, make_tasks

__all__ = ["items_added"]


@events.subscribe(ItemsAdded)
def items_added(event: ItemsAdded) -> None:
    """Make tasks for items that came into a project."""
    make_tasks(event.project, [Wanted(item, event.priority) for item in event.item_ids])
