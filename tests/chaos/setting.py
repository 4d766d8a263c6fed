"""What the chaos tests run in processes of their own: make a world, do jobs, tell what the database holds.

``python setting.py make|many|job|threads|full|locked|jump|state`` with ``DOUJIA_HOME`` and ``DATABASE_URL`` set; prints JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

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


class _Desk:
    """The worker of the made world at the API of this process."""

    def __init__(self) -> None:
        from django.test import Client

        from doujia.server.kernel import db
        from doujia.server.people import sessions
        from doujia.server.people.models import Person
        from doujia.server.projects.models import Project

        person = Person.objects.get(display_name="wu")
        with db.write():
            secret = sessions.open_session(person, address="127.0.0.1", browser="chaos")
        self.http = Client(headers={"X-CSRFToken": sessions.csrf_of(sessions.digest_of(secret))})
        self.http.cookies[sessions.COOKIE] = secret
        self.project = Project.objects.get().id

    def take(self, want: int = 1) -> list[dict[str, object]]:
        body = {"project": self.project, "want": want, "have": []}
        answer = self.http.post("/api/v1/work/next", body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return list(answer.json()["tasks"])

    def body(self, task: dict[str, object]) -> dict[str, object]:
        import uuid

        quote = {"kind": "span", "start": 15, "end": 22, "quote": "Tongren"}
        return {
            "id": str(uuid.uuid4()), "task": task["id"], "lease": task["lease"], "relations": [], "item_attrs": {},
            "marks": [{"id": "m1", "label": "city", "geometry": quote}], "active_ms": 1, "guideline_version": 1, "schema_version": 1,
        }  # fmt: skip

    def send(self, body: dict[str, object]) -> Any:
        return self.http.post("/api/v1/work/submissions", body, content_type="application/json")


def _kept() -> int:
    from doujia.server.work.models import Submission

    return int(Submission.objects.count())


def full() -> dict[str, object]:
    """Hand in until the database may not grow any more, then once more with room."""
    from django.db import connection

    desk = _Desk()
    tasks = desk.take(6)
    acknowledged = 0
    assert desk.send(desk.body(tasks[0])).status_code == 200
    acknowledged += 1
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    refused, body = None, {}
    for task in tasks[1:]:
        body = desk.body(task)
        # More than the free pages hold.
        body["marks"] = [dict(body["marks"][0], id=f"m{n}") for n in range(4000)]  # type: ignore[index]
        answer = desk.send(body)
        if answer.status_code != 200:
            refused = {"status": answer.status_code, "code": answer.json()["code"]}
            break
        acknowledged += 1
    kept = _kept()
    reads = desk.http.get("/api/v1/work/today").status_code
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
    again = desk.send(body).status_code
    return {
        "refused": refused,
        "kept": kept,
        "acknowledged": acknowledged,
        "reads": reads,
        "again": again,
        "kept_after": _kept(),
    }


def locked() -> dict[str, object]:
    """Another program holds the write lock for longer than anybody should wait."""
    import sqlite3

    from django.conf import settings
    from django.db import connection

    desk = _Desk()
    [task] = desk.take()
    body = desk.body(task)
    holder = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 200")
    answer = desk.send(body)
    said = answer.json()
    kept = _kept()
    holder.execute("ROLLBACK")
    again = desk.send(body).status_code
    return {
        "status": answer.status_code, "code": said["code"], "retry_after": said.get("retry_after", 0), "kept": kept, "again": again,
        "kept_after": _kept(),
    }  # fmt: skip


def jump() -> dict[str, object]:
    """The server's clock goes an hour ahead, then back."""
    from collections import Counter
    from datetime import timedelta

    from doujia.server.kernel import clock
    from doujia.server.work import actions
    from doujia.server.work.models import Lease, Submission

    desk = _Desk()
    now = clock.now()
    [first] = desk.take()
    with clock.frozen(now + timedelta(hours=1)):
        actions.sweep_expired()
        late = desk.send(desk.body(first)).json()["state"]
        [second] = desk.take()
    with clock.frozen(now):
        swept = actions.sweep_expired()
        assert swept == 0 and Lease.objects.count() == 1
        back = desk.send(desk.body(second)).json()["state"]
    slots = Counter(Submission.objects.values_list("slot", flat=True))
    return {"late": late, "back": back, "double": sum(n > 1 for n in slots.values()), "submissions": _kept()}


def many() -> dict[str, object]:
    """Fill the dataset with 2,500 texts and queue the job that puts them into the project."""
    from doujia.marks import TextMedia
    from doujia.server.data import actions as data
    from doujia.server.data import queries
    from doujia.server.people.permissions import SYSTEM
    from doujia.server.projects import actions as projects

    [dataset] = queries.datasets(actor=SYSTEM)
    rows = [data.Row(name=f"many/{n}.txt", media=TextMedia(text="x")) for n in range(2500)]
    data.add_rows(actor=SYSTEM, dataset=dataset.id, rows=rows)
    projects.start_adding(
        actor=SYSTEM, project=sys.argv[2], dataset=dataset.id, priority=0, which=queries.ItemFilter()
    )
    return {"items": queries.dataset(dataset.id).items}


def state() -> dict[str, object]:
    """Return what is kept."""
    from doujia.server.kernel.models import AuditEvent, Job
    from doujia.server.releases.models import Export, Release
    from doujia.server.work.models import DayCount, Lease, Ready, Review, Submission, Task

    submissions = list(Submission.objects.all())
    return {
        "submissions": {str(s.id): s.state for s in submissions},
        "slots": [s.slot for s in submissions if s.state != "extra"],
        "ready": Ready.objects.count(), "leased": Lease.objects.count(),
        "done": Task.objects.filter(state="done").count(),
        "tasks": Task.objects.count(), "things": Task.objects.values("item").distinct().count(),
        "exports": [{"state": e.state, "sha256": e.sha256} for e in Export.objects.all()],
        "items": sum(DayCount.objects.values_list("items", flat=True)),
        "completed": sum(DayCount.objects.values_list("completed", flat=True)),
        "reviews": Review.objects.count(), "reviewed": AuditEvent.objects.filter(action="submission.reviewed").count(),
        "audited": AuditEvent.objects.filter(action="submission.received").count(),
        "jobs": list(Job.objects.order_by("created_at").values_list("state", flat=True)),
        "releases": [
            {"state": r.state, "items": r.items, "files": [f["sha256"] for f in r.manifest.get("files", [])]} for r in Release.objects.all()
        ],
    }  # fmt: skip


if __name__ == "__main__":
    django.setup()
    functions = {
        "make": make,
        "many": many,
        "job": job,
        "threads": threads,
        "full": full,
        "locked": locked,
        "jump": jump,
        "state": state,
    }
    print(json.dumps(functions[sys.argv[1]]()))
