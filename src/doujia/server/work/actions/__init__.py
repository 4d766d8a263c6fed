"""Every write of the work room, one function for each thing a person can do."""

from doujia.server.work.actions.doors import (
    add_slot,
    offer_to,
    require_review,
    set_person_pause,
    set_review_share,
)
from doujia.server.work.actions.drafts import save_draft
from doujia.server.work.actions.extras import keep_extra_aside, take_extra
from doujia.server.work.actions.imports import import_annotations
from doujia.server.work.actions.known import (
    known_waiting,
    offer_known,
    settle_known,
    withdraw_arbitration,
    withdraw_known,
)
from doujia.server.work.actions.leading import (
    extend_leases,
    park,
    reassign,
    reopen_tasks,
    return_parked,
    set_paused,
    set_priority,
)
from doujia.server.work.actions.leases import give_back, skip, sweep_expired, take_next
from doujia.server.work.actions.rechecks import recheck, withdraw_recheck
from doujia.server.work.actions.results import Result, accept_result, propose_result, settle, withdraw_result
from doujia.server.work.actions.reviews import reopen, review
from doujia.server.work.actions.submissions import submit
from doujia.server.work.actions.talk import answer_question, ask, comment, delete_filter, save_filter
from doujia.server.work.actions.tasks import add_tasks

__all__ = [
    "Result", "accept_result", "add_slot", "add_tasks", "answer_question", "ask", "comment", "delete_filter", "extend_leases", "give_back", "import_annotations", "keep_extra_aside", "known_waiting",
    "offer_known", "offer_to", "park", "propose_result", "reassign", "recheck", "reopen", "reopen_tasks", "require_review", "return_parked", "review", "save_draft", "save_filter", "set_paused",
    "set_priority", "set_person_pause", "set_review_share", "settle", "settle_known", "skip", "submit", "sweep_expired", "take_extra", "take_next", "withdraw_arbitration", "withdraw_known",
    "withdraw_recheck", "withdraw_result",
]  # fmt: skip
