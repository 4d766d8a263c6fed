"""What the work room does when rooms below tell a fact."""

from __future__ import annotations

from doujia.server.kernel import clock, events
from doujia.server.people.events import PersonClosed
from doujia.server.projects.events import ItemsAdded
from doujia.server.work.actions.tasks import Wanted, make_tasks
from doujia.server.work.models import Draft, Lease, Ready

__all__ = ["items_added", "person_closed"]


@events.subscribe(ItemsAdded)
def items_added(event: ItemsAdded) -> None:
    """Make tasks for items that came into a project."""
    make_tasks(event.project, [Wanted(item, event.priority) for item in event.item_ids])


@events.subscribe(PersonClosed)
def person_closed(event: PersonClosed) -> None:
    """Give back what a person held: her leases run out now, what was kept for her is anybody's, her drafts go."""
    now = clock.now()
    Lease.objects.filter(holder=event.person, until__gt=now).update(until=now)
    Ready.objects.filter(person=event.person).exclude(kind="known").update(person=None, offer_until=None)
    Draft.objects.filter(person=event.person).delete()
