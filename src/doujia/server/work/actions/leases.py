"""Taking tasks and letting them go: packs under a lease, skipping, giving back, and the sweep of what ran out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from doujia.server.kernel import audit, clock, db, events, group_commit
from doujia.server.kernel.authz import Actor, can, require
from doujia.server.kernel.errors import Conflict, Forbidden, Unprocessable
from doujia.server.kernel.statements import Statement, together
from doujia.server.work import counts, known, neighbours, opaque, pauses, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.events import LeaseExpired
from doujia.server.work.models import Skip, Task

__all__ = ["Empty", "Held", "Pack", "give_back", "leased_slot", "skip", "sweep_expired", "take_next"]

MOST_HELD = 40
"""Tasks one person may hold at once."""
PARK_AFTER = 3
ASIDE = 1_000_000
"""Rank of a slot that waits for the lead's word: behind all others, so that nobody's next task has to walk past it."""
"""People who skip a task before it waits for the lead."""
KINDS = {"work": ("work",), "review": ("review", "arbitrate")}
HELD = {"work": ("work", "known"), "review": KINDS["review"]}
"""Kinds of slot that come back to whoever holds them."""
_ACTION = {"work": "work.take", "review": "work.review"}
HINT_SECONDS = 15
LEFT_FOR_OTHERS = 8
"""A store for bad lines takes one task for each eight that are left to others."""


@dataclass(frozen=True)
class Held:
    """A leased slot."""

    place: sql.Place
    project: str
    token: str

    @property
    def mode(self) -> str:
        """``work``, ``rework`` (her own, rejected), ``review`` or ``arbitrate``."""
        place = self.place
        kind = "work" if place.kind == "known" else place.kind  # nothing may tell them apart
        if kind == "work" and place.subject is not None and place.person == place.holder:
            return "rework"
        return kind


@dataclass(frozen=True)
class Empty:
    """Why there is nothing to take."""

    reason: str
    zh: str
    en: str


@dataclass(frozen=True)
class Pack:
    """What was taken: new leases and those held before that the browser has lost."""

    held: list[Held]
    empty: Empty | None


EMPTY = {
    "done": Empty("done", "都做完了,休息一下吧。", "Everything here is done. Take a rest."),
    "all_leased": Empty("all_leased", "剩下的题都在别人手上,过一会儿再来。", "Others hold what is left; come back in a while."),
    "paused": Empty("paused", "这个项目暂停了,等组长通知。", "This project is paused; your lead will tell you."),
    "asked_to_pause": Empty("asked_to_pause", "你和组长说好先停一下这个项目,做完补练就接着来。", "You and your lead agreed to pause this project; practise, and it goes on."),
    "not_agreed": Empty("not_agreed", "这个项目里有的图可能让人难受,愿意看的人才做。想做就跟组长说一声。", "Some items of this project may be upsetting; only people who want to see them do it. If you do, tell your lead."),
    "no_right": Empty("no_right", "你还没有做这个项目的资格。", "You do not have the qualification for this project yet."),
}  # fmt: skip

_hints: dict[tuple[str, int, str], tuple[sql.Key, datetime]] = {}


@dataclass(frozen=True)
class _Open:
    """A queue from which the actor may take."""

    queue: queues.QueueRef
    minutes: int
    overlap: int


@dataclass(frozen=True)
class _Taker:
    """Who takes from which queue, and until when."""

    one: _Open
    person: str
    now: datetime
    until: datetime

    def lease(self, places: Sequence[sql.Place]) -> list[sql.Place]:
        """Lease those that are not leased yet; returns all."""
        taken = [p for p in places if not p.holder]
        leased = {p.id: p for p in sql.insert_leases(taken, self.person, self.now, self.until)}
        return [leased.get(p.id, p) for p in places]


def take_next(
    *,
    actor: Actor,
    project: str | None = None,
    want: int = 1,
    have: Collection[str] = (),
    kind: str = "work",
    store: bool = False,
) -> Pack:
    """Lease up to ``want`` slots, those offered to the actor first, then by priority and age.

    Tasks that she holds and the browser does not have (``have``) come again before new ones: a closed browser or
    another PC must not lock them away. Nobody gets an item twice, nor one she labelled herself to review.

    Args:
        project: only this one; None takes from any that is open to her.
        want: 1 … 20.
        have: ids of tasks that this browser still holds.
        kind: ``work`` or ``review`` (which includes arbitration).
        store: these are for a store that outlives a dead line, not to be worked on now: only from queues where
            plenty is left for others, so that nobody sits idle before somebody else's store.
    """
    if kind not in KINDS or not 1 <= want <= 20:
        raise Unprocessable(
            "take_invalid", zh="一次可以取 1 到 20 题。", en="Ask for 1 to 20 tasks, kind work or review."
        )
    if project:
        require(actor, _ACTION[kind], neighbours.thing(project))
    keep = frozenset(opaque.decode(t) for t in have)

    def take() -> Pack:
        now = clock.now()
        *_, rows, found, offers = together(_looking(actor.person, project))
        opened, reason = _open_queues(actor, project, kind, rows)
        if not opened:
            return Pack([], EMPTY[reason or "done"])
        holding = sql.leases(found)
        ids = {o.queue.id for o in opened}
        lost = [p for p in holding if p.kind in HELD[kind] and p.task not in keep and p.queue in ids][:want]
        held = _prolong(lost, opened, now)
        room = min(want - len(held), MOST_HELD - len(holding))
        for one in opened:
            if room <= 0:
                break
            most = min(room, _spare(one.queue.id, kind, room)) if store else room
            taker = _Taker(one, actor.person, now, now + timedelta(minutes=one.minutes))
            got = _take_from(taker, KINDS[kind], most, offers=bool(offers)) if most > 0 else []
            held += got
            room -= len(got)
        refs = {o.queue.id: o.queue for o in opened}
        out = [_held(p, refs[p.queue]) for p in held]
        return Pack(out, None if out else EMPTY[reason or _why_empty(list(refs), KINDS[kind], actor.person)])

    return group_commit.run(take)


def _looking(person: str, project: str | None) -> list[Statement]:
    """Return what a take reads first: the queues, what the person holds, and whether anything is offered to her."""
    which, values = ("project = %s", (project,)) if project else ("total > 0", ())
    # One take at a time for each person, whatever number of browsers; SQLite has one writer anyway.
    lock: Statement = ("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", (person,))
    return [
        *(() if db.is_sqlite() else (lock,)),
        (f"SELECT id, project, paused FROM work_queue WHERE {which}", values),
        sql.holding(person),
        ("SELECT 1 FROM work_ready WHERE person = %s AND person IS NOT NULL LIMIT 1", (person,)),
    ]


def _spare(queue: int, kind: str, room: int) -> int:
    """Return how many tasks may go into a store while plenty is left."""
    waiting = sum(sql.waiting(queue, one, room * (LEFT_FOR_OTHERS + 1)) for one in KINDS[kind])
    return waiting // (LEFT_FOR_OTHERS + 1)


def _held(place: sql.Place, queue: queues.QueueRef) -> Held:
    return Held(place, queue.project, opaque.write_token(queue.seed, place.holder, place.id, place.fence))


def _open_queues(
    actor: Actor, project: str | None, kind: str, found: Sequence[Sequence[Any]]
) -> tuple[list[_Open], str | None]:
    """Return the queues to look into, of rows (id, project, paused); with none, also the reason."""
    opened, reason = [], None
    for row_id, name, paused in found:
        if paused:
            reason = reason or "paused"
            continue
        if not project and not can(actor, _ACTION[kind], neighbours.thing(name)):
            continue
        setup = neighbours.setup(name)
        if not neighbours.is_running(setup):
            reason = reason or "paused"
            continue
        if kind == "work" and not neighbours.qualified(actor, setup.settings):
            reason = reason or "no_right"
            continue
        if not neighbours.agreed(actor, setup.settings):
            reason = reason or "not_agreed"
            continue
        if kind == "work" and pauses.is_paused(row_id, actor.person):
            reason = reason or "asked_to_pause"
            continue
        settings = setup.settings
        opened.append(_Open(queues.by_id(row_id), settings.lease_minutes, settings.overlap))
    return opened, reason if not opened else None


def _prolong(places: Sequence[sql.Place], opened: Sequence[_Open], now: datetime) -> list[sql.Place]:
    minutes = {o.queue.id: o.minutes for o in opened}
    out = []
    for place in places:
        until = now + timedelta(minutes=minutes[place.queue])
        sql.run("UPDATE work_lease SET until = %s WHERE id = %s", (sql.time(until), place.id))
        out.append(replace(place, until=until))
    return out


def _take_from(taker: _Taker, kinds: Sequence[str], want: int, *, offers: bool) -> list[sql.Place]:
    places: list[sql.Place] = []
    for kind in kinds if offers else ():
        if len(places) < want:
            places += sql.offered(taker.one.queue.id, kind, taker.person, want - len(places))
    for kind in kinds:
        if len(places) < want:
            places += _scan(taker, kind, want - len(places), {p.task for p in places})
    return taker.lease(known.mixed(places, taker.one.queue.seed))


def _scan(taker: _Taker, kind: str, want: int, mine: set[int]) -> list[sql.Place]:
    """Look through the queue window by window; where a person found nothing for her is remembered a while."""
    queue, person, now, places = taker.one.queue.id, taker.person, taker.now, list[sql.Place]()
    hint, expires = _hints.get((person, queue, kind), (sql.START, now))
    key = hint if expires > now and expires - now <= timedelta(seconds=HINT_SECONDS) else sql.START
    if not db.is_sqlite() and not mine:  # mostly the first window has enough
        places += sql.lease_window(queue, kind, person, now, taker.until, key, want)
        mine |= {p.task for p in places}
    while len(places) < want:
        limit = min(sql.WINDOW, (want - len(places)) * max(1, taker.one.overlap))
        found = sql.candidates(queue, kind, person, now, key, limit)
        first_of_task: dict[int, int] = {}
        for slot, task, _ in found:
            if task not in mine:
                first_of_task.setdefault(task, slot)
        if first_of_task:
            got = sql.take_ready(list(first_of_task.values()), want - len(places))
            places += got
            mine |= {p.task for p in got}
            if len(places) >= want:
                break
        full = db.is_sqlite() and len(found) >= limit
        end = found[-1][2] if full else sql.window_end(queue, kind, key)
        if end is None:
            # What came back since may lie before the hint: look once from the start before saying there is none.
            if places or key == sql.START or hint == sql.START:
                break
            _hints.pop((person, queue, kind), None)
            hint, key = sql.START, sql.START
            continue
        if not found:
            _hints[(person, queue, kind)] = (end, now + timedelta(seconds=HINT_SECONDS))
            if len(_hints) > 10_000:
                _hints.clear()
        key = end
    return places


def _why_empty(queue_ids: list[int], kinds: Sequence[str], person: str) -> str:
    """Say whether others hold what is left; what one holds oneself is no reason to wait."""
    marks = ", ".join(["%s"] * len(queue_ids)), ", ".join(["%s"] * len(kinds))
    found = sql.rows(
        f"SELECT 1 FROM work_lease WHERE queue_id IN ({marks[0]}) AND kind IN ({marks[1]}) AND holder <> %s LIMIT 1",
        (*queue_ids, *kinds, person),
    )
    return "all_leased" if found else "done"


def leased_slot(task: str, lease: str, actor: Actor) -> tuple[Task, queues.QueueRef, opaque.Token]:
    """Return the task a token was given for.

    Raises:
        NotFound: no such task, or one of a project that is none of the actor's business.
        Forbidden: the token was not given to the actor.
    """
    row = Task.objects.filter(id=opaque.decode(task)).first()
    if row is None:
        raise opaque.no_task()
    queue = queues.by_id(row.queue_id)
    thing = neighbours.thing(queue.project)
    require(actor, "work.view", thing)
    if not (can(actor, "work.take", thing) or can(actor, "work.review", thing)):
        raise Forbidden()  # also an API token that may only read
    token = opaque.read_token(queue.seed, actor.person, lease)
    if token is None:
        raise Forbidden("lease_not_yours", zh="这道题不是发给你的。", en="This task was not given to you.")
    return row, queue, token


def _release(task: Task, token: opaque.Token, actor: Actor) -> sql.Place:
    place = sql.delete_lease(token.slot, actor.person, token.fence)
    if place is None or place.task != task.id:
        raise Conflict("lease_over", zh="这道题已经不在你手上了。", en="You do not hold this task any more.")
    return place


def give_back(*, actor: Actor, task: str, lease: str) -> None:
    """Put a leased slot back where it was in the queue; a draft is kept for when it comes again."""
    row, queue, token = leased_slot(task, lease, actor)

    def put_back() -> None:
        place = _release(row, token, actor)
        sql.insert_ready([replace(place, fence=place.fence + 1)])
        audit.record(
            actor,
            "task.given_back",
            f"task:{task}",
            tenant=neighbours.acting_for(actor, queue.project),
            project=queue.project,
        )

    group_commit.run(put_back)


def skip(*, actor: Actor, task: str, lease: str, reason: str, text: str = "") -> None:
    """Refuse a task with a reason. It goes to somebody else; after three refusals it waits for the lead."""
    row, queue, token = leased_slot(task, lease, actor)
    if not reason or len(reason) > 40 or len(text) > 1000:
        raise Unprocessable(
            "skip_reason_invalid",
            zh="跳过要选一个理由,说明最多 1000 字。",
            en="Choose a reason for skipping; a note has at most 1000 characters.",
        )

    def put_back() -> None:
        now = clock.now()
        place = _release(row, token, actor)
        Skip.objects.update_or_create(
            task_id=row.id, person=actor.person, defaults={"queue_id": queue.id, "reason": reason, "text": text, "at": now}
        )  # fmt: skip
        back = replace(place, fence=place.fence + 1, person=None, offer_until=None)
        parked = place.kind == "work" and Skip.objects.filter(task_id=row.id).count() >= PARK_AFTER
        if parked:
            Task.objects.filter(id=row.id).update(state="parked")
            # Out of everybody's way: offered to nobody until the lead decides.
            back = replace(back, person="", offer_until=None, rank=ASIDE)
        if place.kind != "known":  # that one was for her alone
            sql.insert_ready([back])
        counts.add(queue.id, actor.person, now, skipped=1)
        audit.record(
            actor,
            "task.skipped",
            f"task:{task}",
            tenant=neighbours.acting_for(actor, queue.project),
            project=queue.project,
            reason=reason,
            parked=parked,
        )

    group_commit.run(put_back)


def sweep_expired(limit: int = 500) -> int:
    """Put slots whose lease is over back into the queue; the worker's loop calls it each few seconds.

    Returns:
        How many leases ended. With ``limit`` there are probably more.
    """
    with db.write():
        now = clock.now()
        over = sql.expired(now, limit)
        sql.insert_ready([replace(p, fence=p.fence + 1) for p in over])
        for place in over:
            events.publish(
                LeaseExpired(queues.by_id(place.queue).project, opaque.encode(place.task), place.holder, now)
            )
    return len(over)
