"""Every write of the work room, one function for each thing a person can do."""

from doujia.server.work.actions.doors import add_slot, offer_to, require_review
from doujia.server.work.actions.drafts import save_draft
from doujia.server.work.actions.leases import give_back, skip, sweep_expired, take_next
from doujia.server.work.actions.submissions import submit
from doujia.server.work.actions.tasks import add_tasks

__all__ = [
    "add_slot",
    "add_tasks",
    "give_back",
    "offer_to",
    "require_review",
    "save_draft",
    "skip",
    "submit",
    "sweep_expired",
    "take_next",
]
