"""Jobs: progress, cancel, resume, and a worker that froze past its lease."""

from datetime import UTC, datetime, timedelta

import pytest

from doujia.server.kernel import clock, jobs
from doujia.server.kernel.authz import Actor

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = Actor(person="p1")


@jobs.handler("test.count")
def _count(context: jobs.Context) -> dict[str, int]:
    start = context.checkpoint.get("next", 0)
    for i in range(start, 5):
        context.save({"next": i + 1})
        context.progress(i + 1, 5, force=True)
        if context.payload.get("break_at") == i and not start:
            raise RuntimeError("broken on purpose")
    return {"started_at": start}


def test_a_job_runs_and_tells_its_result() -> None:
    job = jobs.enqueue("test.count", {}, actor=ACTOR, tenant="b1")
    assert jobs.run_one() is True
    view = jobs.get(job)
    assert (view.state, view.done, view.total, view.result) == ("done", 5, 5, {"started_at": 0})
    assert jobs.run_one() is False


def test_a_crashed_job_goes_on_from_its_checkpoint() -> None:
    job = jobs.enqueue("test.count", {"break_at": 2}, actor=ACTOR)
    jobs.run_one()
    assert jobs.get(job).state == "queued"
    with clock.frozen(datetime.now(UTC) + timedelta(minutes=5)):
        assert jobs.run_one() is True
    assert jobs.get(job).result == {"started_at": 3}


def test_a_cancelled_job_stops_and_can_be_resumed() -> None:
    job = jobs.enqueue("test.count", {}, actor=ACTOR)
    jobs.cancel(job, actor=ACTOR)
    assert jobs.get(job).state == "cancelled"
    assert jobs.run_one() is False
    jobs.resume(job, actor=ACTOR)
    jobs.run_one()
    assert jobs.get(job).state == "done"


def test_a_worker_frozen_past_its_lease_does_not_overwrite_its_successor() -> None:
    job = jobs.enqueue("test.count", {}, actor=ACTOR)
    first = jobs._take()
    assert first is not None
    frozen_context = jobs.Context(first)
    with clock.frozen(datetime.now(UTC) + timedelta(minutes=10)):
        assert jobs.run_one() is True
    with pytest.raises(jobs.Cancelled):
        frozen_context.save({"next": 1})
    assert jobs.get(job).result == {"started_at": 0}
