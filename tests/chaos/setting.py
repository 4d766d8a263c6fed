"""What the chaos tests run in processes of their own: make a world, do jobs, tell what the database holds.

``python setting.py make|job|threads|state`` with ``DOUJIA_HOME`` and ``DATABASE_URL`` set; prints JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django


def make() -> dict[str, object]:
    """Make a project with six text items, a worker with a session and a manager."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
    from world import make_world

    from doujia.server.kernel import db
    from doujia.server.people import sessions
    from doujia.server.people.models import Person

    world = make_world()
    world.fill(*(f"{n}.txt" for n in range(6)))
    worker, boss = world.person("wu"), world.person("boss", "manager")
    Person.objects.filter(id__in=[worker.person, boss.person]).update(must_change_password=False)
    out: dict[str, object] = {"project": world.project}
    for name, actor in (("worker", worker), ("boss", boss)):
        with db.write():
            secret = sessions.open_session(
                Person.objects.get(id=actor.person), address="127.0.0.1", browser="chaos"
            )
        out[name] = {
            "cookie": f"{sessions.COOKIE}={secret}",
            "csrf": sessions.csrf_of(sessions.digest_of(secret)),
        }
    return out


def job() -> dict[str, object]:
    """Do what is queued, an hour from now: the lease of a worker that was killed is over then."""
    from datetime import UTC, datetime, timedelta

    from doujia.server.kernel import clock, jobs

    n = 0
    with clock.frozen(datetime.now(UTC) + timedelta(hours=int(sys.argv[2]))):
        while jobs.run_one():
            n += 1
    return {"jobs": n}


def threads() -> dict[str, object]:
    """Forty threads write through one group commit; every fifth write fails, and another program holds the lock at first."""
    import sqlite3
    import threading
    import time

    from django.conf import settings
    from django.db import connection

    from doujia.server.kernel import audit, db, group_commit
    from doujia.server.kernel.models import AuditEvent

    before = AuditEvent.objects.count()
    commits = [0]
    original = db.write

    def write(number: int) -> int:
        audit.record(None, "test.wrote", f"n:{number}")
        if number % 5 == 0:
            raise ValueError(number)
        return number * 2

    answers: dict[int, object] = {}

    def one(number: int) -> None:
        try:
            answers[number] = group_commit.run(lambda: write(number))
        except ValueError as error:
            answers[number] = f"refused {error}"
        finally:
            connection.close()

    holder = sqlite3.connect(
        settings.DATABASES["default"]["NAME"], isolation_level=None, check_same_thread=False
    )
    holder.execute("BEGIN IMMEDIATE")

    def counted() -> object:
        commits[0] += 1
        return original()

    db.write = counted  # type: ignore[assignment]
    running = [threading.Thread(target=one, args=(n,)) for n in range(40)]
    for thread in running:
        thread.start()
    while sum(t.is_alive() for t in running) < 40 or not commits[0]:  # all are waiting for the other program
        time.sleep(0.005)
    holder.execute("COMMIT")
    for thread in running:
        thread.join()
    kept = list(AuditEvent.objects.filter(action="test.wrote").values_list("thing", flat=True))
    return {
        "answers": {str(k): v for k, v in answers.items()}, "kept": sorted(int(k[2:]) for k in kept),
        "transactions": commits[0], "rows": AuditEvent.objects.count() - before,
    }  # fmt: skip


def state() -> dict[str, object]:
    """Return what is kept."""
    from doujia.server.kernel.models import AuditEvent, Job
    from doujia.server.releases.models import Release
    from doujia.server.work.models import DayCount, Lease, Ready, Submission, Task

    submissions = list(Submission.objects.all())
    return {
        "submissions": {str(s.id): s.state for s in submissions},
        "slots": [s.slot for s in submissions if s.state != "extra"],
        "ready": Ready.objects.count(), "leased": Lease.objects.count(),
        "done": Task.objects.filter(state="done").count(),
        "items": sum(DayCount.objects.values_list("items", flat=True)),
        "completed": sum(DayCount.objects.values_list("completed", flat=True)),
        "audited": AuditEvent.objects.filter(action="submission.received").count(),
        "jobs": list(Job.objects.order_by("created_at").values_list("state", flat=True)),
        "releases": [
            {"state": r.state, "items": r.items, "files": [f["sha256"] for f in r.manifest.get("files", [])]} for r in Release.objects.all()
        ],
    }  # fmt: skip


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"make": make, "job": job, "threads": threads, "state": state}[sys.argv[1]]()))
