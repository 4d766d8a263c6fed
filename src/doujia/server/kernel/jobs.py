"""Background work: one table, one door, engines exchangeable beneath it.

A handler is registered by kind and must be idempotent: it may run again from its last checkpoint after a crash.
``Context.progress`` writes at most a few times a second, renews the lease and raises ``Cancelled`` when somebody asked.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from doujia.errors import DoujiaError
from doujia.server.kernel import audit, clock, db, events
from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, PlatformError
from doujia.server.kernel.models import Job

__all__ = [
    "Cancelled",
    "Context",
    "JobFinished",
    "JobView",
    "cancel",
    "enqueue",
    "get",
    "handler",
    "listing",
    "page",
    "resume",
    "run_one",
    "view",
    "views",
]

log = logging.getLogger("doujia.jobs")
LEASE = timedelta(seconds=60)
ATTEMPTS = 5


@dataclass(frozen=True)
class JobFinished:
    """A job has ended: ``state`` is done, failed or cancelled."""

    job: str
    kind: str
    state: str
    tenant: str
    thing: str


class Cancelled(Exception):
    """Somebody asked to stop; the handler lets it pass and may clean up on the way."""


@dataclass(frozen=True)
class JobView:
    """What may be shown of a job."""

    id: str
    kind: str
    state: str
    owner: str
    tenant: str
    thing: str
    done: int
    total: int | None
    message: dict[str, Any]
    result: dict[str, Any]
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rate: float | None
    seconds_left: float | None


class Context:
    """What a handler gets: its payload, its checkpoint, and the way to say how far it is."""

    def __init__(self, job: Job) -> None:
        self.id = str(job.id)
        self.payload: dict[str, Any] = job.payload
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.owner, self.tenant, self.thing = job.owner, job.tenant, job.thing
        self._job, self._fence, self._last = job, job.fence, 0.0

    def progress(
        self, done: int, total: int | None = None, *, zh: str = "", en: str = "", force: bool = False
    ) -> None:
        """Say how far the work is; cheap to call often."""
        now = time.monotonic()
        if not force and now - self._last < 0.4:
            return
        self._last = now
        message = {"zh": zh, "en": en} if zh or en else None
        self._save(done=done, total=total, **({"message": message} if message else {}))

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Keep the lease while one long step runs that cannot say how far it is: a dump, a hash of gigabytes."""
        over = threading.Event()

        def renew() -> None:
            try:
                while not over.wait(LEASE.total_seconds() / 3):
                    with db.write():
                        Job.objects.filter(id=self._job.id, fence=self._fence, state="running").update(
                            lease_until=clock.now() + LEASE
                        )
            finally:
                connection.close()

        helper = threading.Thread(target=renew, name="lease", daemon=True)
        helper.start()
        try:
            yield
        finally:
            over.set()
            helper.join()

    def save(self, checkpoint: dict[str, Any]) -> None:
        """Keep ``checkpoint``; after a crash the handler starts again with it."""
        self.checkpoint = dict(checkpoint)
        self._save(checkpoint=self.checkpoint)

    def _save(self, **values: Any) -> None:
        # The fence in the condition: a worker that was frozen past its lease must not overwrite its successor.
        with db.write():
            mine = Job.objects.filter(id=self._job.id, fence=self._fence, state="running")
            if not mine.update(lease_until=clock.now() + LEASE, **values):
                raise Cancelled
        if Job.objects.filter(id=self._job.id, cancel_requested=True).exists():
            raise Cancelled


_handlers: dict[str, Callable[[Context], dict[str, Any] | None]] = {}


def handler(
    kind: str,
) -> Callable[[Callable[[Context], dict[str, Any] | None]], Callable[[Context], dict[str, Any] | None]]:
    """Register the function that does jobs of ``kind``; what it returns becomes the job's result."""

    def register(
        function: Callable[[Context], dict[str, Any] | None],
    ) -> Callable[[Context], dict[str, Any] | None]:
        _handlers[kind] = function
        return function

    return register


def enqueue(
    kind: str,
    payload: dict[str, Any],
    *,
    actor: Actor | None,
    tenant: str = "",
    thing: str = "",
    run_after: datetime | None = None,
) -> str:
    """Queue a job in the caller's transaction and return its id."""
    now = clock.now()
    with db.write():
        job = Job.objects.create(
            kind=kind,
            payload=payload,
            owner=actor.person if actor else "",
            tenant=tenant,
            thing=thing,
            run_after=run_after or now,
            created_at=now,
        )
    return str(job.id)


def get(job_id: str) -> JobView:
    """Return one job.

    Raises:
        NotFound: no such job.
    """
    try:
        return _view(Job.objects.get(id=UUID(job_id)))
    except (Job.DoesNotExist, ValueError) as error:
        raise NotFound("job_not_found") from error


def views(ids: Iterable[str]) -> dict[str, JobView]:
    """Return those jobs among ``ids`` that there are; one query."""
    return {str(j.id): _view(j) for j in Job.objects.filter(id__in=[UUID(one) for one in set(ids) if one])}


def listing(
    *,
    tenant: str | None = None,
    owner: str | None = None,
    thing: str | None = None,
    kind: str | None = None,
    limit: int = 50,
) -> list[JobView]:
    """Return jobs, newest first."""
    jobs = Job.objects.all()
    for name, value in (("tenant", tenant), ("owner", owner), ("thing", thing), ("kind", kind)):
        if value is not None:
            jobs = jobs.filter(**{name: value})
    return [_view(j) for j in jobs.order_by("-created_at")[:limit]]


def _thing(job: Job) -> Thing:
    return Thing(frozenset({job.tenant} if job.tenant else ()), owner=job.owner or None)


def view(job_id: str, *, actor: Actor) -> JobView:
    """Return one job that the actor may see: one's own, or of a tenant one answers for.

    Raises:
        NotFound: no such job, or somebody else's.
    """
    found = get(job_id)
    try:
        require(
            actor,
            "job.view",
            Thing(frozenset({found.tenant} if found.tenant else ()), owner=found.owner or None),
        )
    except Forbidden as error:
        raise NotFound("job_not_found") from error
    return found


def page(
    *,
    actor: Actor,
    tenant: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    thing: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[JobView]:
    """Return the jobs the actor may see, newest first: one's own and those of tenants one answers for.

    Args:
        before: ``(created_at, id)`` of the last row of the page before.
    """
    rows = Job.objects.all()
    if tenant is not None:
        require(actor, "job.view", Thing(frozenset({tenant})))
        rows = rows.filter(tenant=tenant)
    elif not actor.is_admin():
        rows = rows.filter(Q(owner=actor.person) | Q(tenant__in=actor.tenants("lead", "manager", "client")))
    for name, value in (("kind", kind), ("state", state), ("thing", thing)):
        if value is not None:
            rows = rows.filter(**{name: value})
    if before is not None:
        at, last = before
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=UUID(last)))
    return [_view(j) for j in rows.order_by("-created_at", "-id")[:limit]]


def cancel(job_id: str, *, actor: Actor) -> None:
    """Ask a job to stop; a queued one stops at once."""
    with db.write():
        job = _locked(job_id)
        require(actor, "job.control", _thing(job))
        if job.state in ("done", "failed", "cancelled"):
            return
        job.cancel_requested = True
        if job.state == "queued":
            job.state, job.finished_at = "cancelled", clock.now()
            events.publish(JobFinished(str(job.id), job.kind, "cancelled", job.tenant, job.thing))
        job.save()
        audit.record(actor, "job.cancelled", f"job:{job.id}", tenant=job.tenant, kind=job.kind)


def resume(job_id: str, *, actor: Actor) -> None:
    """Queue a cancelled or failed job again, from its last checkpoint."""
    with db.write():
        job = _locked(job_id)
        require(actor, "job.control", _thing(job))
        if job.state not in ("failed", "cancelled"):
            raise Conflict("job_not_stopped", zh="这个任务没有停,不用继续。", en="This job has not stopped.")
        job.state, job.cancel_requested, job.error, job.attempts = "queued", False, None, 0
        job.run_after, job.finished_at = clock.now(), None
        job.save()
        audit.record(actor, "job.resumed", f"job:{job.id}", tenant=job.tenant, kind=job.kind)


def run_one() -> bool:
    """Take one job and do it; returns False when there is none. The worker's loop calls this."""
    job = _take()
    if job is None:
        return False
    context = Context(job)
    log.info("job started", extra={"job": context.id, "kind": job.kind, "attempt": job.attempts})
    state, result, error = "done", {}, None
    try:
        found = _handlers.get(job.kind)
        if found is None:
            raise NotFound(
                "job_kind_unknown",
                zh=f"不认识的任务 {job.kind}",
                en=f"No handler for jobs of kind {job.kind}",
            )
        result = found(context) or {}
    except Cancelled:
        state = "cancelled"
    except (PlatformError, DoujiaError) as known:
        state, error = "failed", _as_error(known)
    except Exception as unknown:  # noqa: BLE001 - the worker must outlive any job; the trace is kept in the log
        log.error("job crashed", extra={"job": context.id, "kind": job.kind, "trace": traceback.format_exc()})
        zh, en = (
            "程序出错了,已经记下来,会自动再试。",
            f"The program failed ({type(unknown).__name__}); it is noted and tried again.",
        )
        state, error = "failed", {"code": "internal", "zh": zh, "en": en}
    _finish(job, state, result, error)
    return True


def _take() -> Job | None:
    now = clock.now()
    with db.write():
        ready = Q(state="queued", run_after__lte=now) | Q(state="running", lease_until__lt=now)
        jobs = Job.objects.filter(ready).order_by("run_after", "created_at")
        if not db.is_sqlite():
            jobs = jobs.select_for_update(skip_locked=True)
        job = jobs.first()
        if job is None:
            return None
        job.state, job.lease_until = "running", now + LEASE
        job.attempts, job.fence = job.attempts + 1, job.fence + 1
        job.started_at = job.started_at or now
        job.save()
    return job


def _finish(job: Job, state: str, result: dict[str, Any], error: dict[str, Any] | None) -> None:
    now = clock.now()
    values: dict[str, Any] = {
        "state": state,
        "result": result,
        "error": error,
        "finished_at": now,
        "lease_until": None,
    }
    if error is not None and error["code"] == "internal" and job.attempts < ATTEMPTS:
        values |= {
            "state": "queued",
            "finished_at": None,
            "run_after": now + timedelta(seconds=2**job.attempts),
        }
    with db.write():
        mine = Job.objects.filter(id=job.id, fence=job.fence)
        if state == "done":
            values["done"] = F("done") if job.total is None else F("total")
        if mine.update(**values) and values["state"] != "queued":
            events.publish(JobFinished(str(job.id), job.kind, values["state"], job.tenant, job.thing))


def _locked(job_id: str) -> Job:
    jobs = Job.objects.all() if db.is_sqlite() else Job.objects.select_for_update()
    try:
        return jobs.get(id=UUID(job_id))
    except (Job.DoesNotExist, ValueError) as error:
        raise NotFound("job_not_found") from error


def _as_error(error: PlatformError | DoujiaError) -> dict[str, Any]:
    if isinstance(error, PlatformError):
        return {"code": error.code, "zh": error.zh, "en": error.en}
    return {"code": error.code, "zh": error.message.zh, "en": error.message.en}


def _view(job: Job) -> JobView:
    rate = left = None
    if job.state == "running" and job.started_at and job.done:
        seconds = (clock.now() - job.started_at).total_seconds()
        rate = job.done / seconds if seconds > 0 else None
        left = (job.total - job.done) / rate if rate and job.total else None
    return JobView(
        id=str(job.id), kind=job.kind, state=job.state, owner=job.owner, tenant=job.tenant, thing=job.thing, done=job.done,
        total=job.total, message=job.message, result=job.result, error=job.error, created_at=job.created_at,
        started_at=job.started_at, finished_at=job.finished_at, rate=rate, seconds_left=left,
    )  # fmt: skip
