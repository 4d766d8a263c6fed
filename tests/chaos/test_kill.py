"""kill -9 at named points of submit, review, import and release, a full and a held database, a clock that jumps: nothing acknowledged
is lost, nothing is double.

Real processes on a home of their own: the server is gunicorn as ``doujia up`` starts it, the worker's jobs run in a
process that the named point kills.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.chaos
HERE = Path(__file__).parent
SRC = HERE.parent.parent / "src"
MARK = {"id": "m1", "label": "city", "geometry": {"kind": "span", "start": 15, "end": 22, "quote": "Tongren"}}


class Installation:
    """A home with its own database, and programs that run on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            k: v for k, v in os.environ.items() if k not in ("CRASH_AT", "DATABASE_URL", "DOUJIA_HOME", "PYTHONPATH")
        } | {
            "DOUJIA_HOME": str(home), "DATABASE_URL": f"sqlite://{home / 'doujia.sqlite3'}", "PYTHONPATH": str(SRC),
            "DJANGO_SETTINGS_MODULE": "doujia.server.config.settings",
        }  # fmt: skip
        self.made = self.run("make")

    def run(self, *arguments: str, crash_at: str = "") -> Any:
        """Run one of ``setting.py``'s functions; with ``crash_at`` it must be killed there."""
        environment = self.environment | ({"CRASH_AT": crash_at} if crash_at else {})
        done = subprocess.run(
            [sys.executable, str(HERE / "setting.py"), *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            timeout=120,
            check=False,
        )
        if crash_at:
            assert done.returncode == -signal.SIGKILL, f"not killed at {crash_at}"
            return None
        assert done.returncode == 0
        return json.loads(done.stdout.decode().strip().splitlines()[-1])

    @contextmanager
    def server(self, crash_at: str = "") -> Iterator[int]:
        """Serve within the block; yields the port."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = self.environment | ({"CRASH_AT": crash_at} if crash_at else {})
        command = [
            sys.executable, "-m", "gunicorn", "doujia.server.config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "1",
            "--worker-class", "gthread", "--threads", "4", "--log-level", "critical",
        ]  # fmt: skip
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    if self.call(port, "GET", "/healthz")[0] == 200:
                        break
                except OSError:
                    assert time.monotonic() < until and process.poll() is None, "the server did not start"
                    time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(30)

    def call(
        self,
        port: int,
        method: str,
        path: str,
        body: Any = None,
        who: str = "worker",
        raw: bytes | None = None,
    ) -> tuple[int, Any]:
        """Send one request as ``who``."""
        login = self.made[who] if hasattr(self, "made") else {"cookie": "", "csrf": ""}
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {
            "Cookie": login["cookie"],
            "X-CSRFToken": login["csrf"],
            "Content-Type": "application/json",
            "Origin": f"http://127.0.0.1:{port}",
        }
        connection.request(
            method,
            path,
            raw if raw is not None else (json.dumps(body) if body is not None else None),
            headers,
        )
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, json.loads(data) if data else None


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def take(installation: Installation, port: int, want: int = 1) -> list[Any]:
    status, pack = installation.call(
        port, "POST", "/api/v1/work/next", {"project": installation.made["project"], "want": want, "have": []}
    )
    assert status == 200
    return pack["tasks"]


def answer(task: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()), "task": task["id"], "lease": task["lease"], "marks": [MARK], "relations": [], "item_attrs": {},
        "active_ms": 1000, "guideline_version": 1, "schema_version": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("point", "kept"), [("submit.before_commit", 0), ("submit.after_commit_before_reply", 1)]
)
def test_a_submission_survives_or_never_was(installation: Installation, point: str, kept: int) -> None:
    with installation.server() as port:
        [task] = take(installation, port)
    body = answer(task)
    with installation.server(crash_at=point) as port, pytest.raises((OSError, HTTPException)):
        installation.call(port, "POST", "/api/v1/work/submissions", body)
    state = installation.run("state")
    assert len(state["submissions"]) == kept
    assert state["ready"] + state["leased"] + len(set(state["slots"])) == 6
    assert (state["items"], state["audited"]) == (kept, kept)
    with installation.server() as port:  # the outbox sends the same again
        status, receipt = installation.call(port, "POST", "/api/v1/work/submissions", body)
    assert (status, receipt["state"]) == (200, "accepted")
    state = installation.run("state")
    assert state["submissions"] == {body["id"]: "accepted"}
    assert (state["items"], state["done"], state["completed"], state["audited"]) == (1, 1, 1, 1)
    assert state["ready"] + state["leased"] + len(set(state["slots"])) == 6


def test_what_was_acknowledged_is_there_after_any_kill(installation: Installation) -> None:
    acknowledged: list[str] = []
    for round_ in range(3):
        with installation.server() as port:
            tasks = take(installation, port, want=2)
            worker = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
            for number, task in enumerate(tasks):
                body = answer(task)
                status, _ = installation.call(port, "POST", "/api/v1/work/submissions", body)
                assert status == 200
                acknowledged.append(body["id"])
                if number == 0:
                    kill_workers_of(worker)
                    wait_until_served(installation, port)
        assert set(acknowledged) <= set(installation.run("state")["submissions"]), f"lost in round {round_}"
    state = installation.run("state")
    assert len(state["slots"]) == len(set(state["slots"])) == len(acknowledged) == 6


def kill_workers_of(masters: list[str]) -> None:
    """SIGKILL the worker processes of our own gunicorn; its master starts another."""
    for master in masters:
        path = Path(f"/proc/{master}/task/{master}/children")
        for child in path.read_text().split() if path.exists() else []:
            os.kill(int(child), signal.SIGKILL)


def wait_until_served(installation: Installation, port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if installation.call(port, "GET", "/healthz")[0] == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.05)
    raise AssertionError("the worker did not come back")


@pytest.mark.parametrize("point", ["import.before_commit", "import.after_commit"])
def test_an_import_goes_on_and_brings_nothing_twice(installation: Installation, point: str) -> None:
    schema = {"classes": [{"id": "city", "kinds": ["span"]}]}
    lines = [{"doujia": "jsonl", "version": 1, "schema": schema}]
    lines += [
        {
            "item": {"id": f"{n}.txt", "name": f"{n}.txt", "media": {"kind": "text", "text": "x"}},
            "marks": [MARK],
        }
        for n in range(6)
    ]
    raw = "\n".join(json.dumps(x) for x in lines).encode() + b"\n"
    with installation.server() as port:
        path = f"/api/v1/work/projects/{installation.made['project']}/imports?name=m.jsonl&mode=accepted&format=doujia-jsonl"
        assert installation.call(port, "POST", path, who="boss", raw=raw)[0] == 202
    installation.run("job", "0", crash_at=point)
    installation.run("job", "1")
    state = installation.run("state")
    assert state["jobs"] == ["done"]
    assert len(state["submissions"]) == 6 and len(set(state["slots"])) == 6
    assert (state["done"], state["completed"], state["ready"], state["leased"]) == (6, 6, 0, 0)


@pytest.mark.parametrize("point", ["release.after_part", "release.before_commit", "release.after_commit"])
def test_a_release_goes_on_and_is_made_once(installation: Installation, point: str) -> None:
    with installation.server() as port:
        for task in take(installation, port, want=3):
            assert installation.call(port, "POST", "/api/v1/work/submissions", answer(task))[0] == 200
        path = f"/api/v1/releases/projects/{installation.made['project']}"
        assert installation.call(port, "POST", path, {"name": "first"}, who="boss")[0] == 202
    installation.run("job", "0", crash_at=point)
    installation.run("job", "1")
    state = installation.run("state")
    assert state["jobs"] == ["done"]
    [release] = state["releases"]
    assert (release["state"], release["items"]) == ("ready", 3)
    for sha256 in release["files"]:
        data = (installation.home / "files" / "blobs" / sha256[:2] / sha256[2:4] / sha256).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256
    assert [p.name for p in (installation.home / "staging").glob("release-*")] == []


def test_an_export_goes_on_and_is_written_once(installation: Installation) -> None:
    with installation.server() as port:
        for task in take(installation, port, want=2):
            assert installation.call(port, "POST", "/api/v1/work/submissions", answer(task))[0] == 200
        path = f"/api/v1/releases/projects/{installation.made['project']}"
        release = installation.call(port, "POST", path, {"name": "first"}, who="boss")[1]["id"]
    installation.run("job", "0")
    with installation.server() as port:
        path = f"/api/v1/releases/{release}/exports"
        asked = installation.call(port, "POST", path, {"format": "doujia-jsonl"}, who="boss")
        assert asked[0] == 202
    installation.run("job", "0", crash_at="export.before_commit")
    assert [e["state"] for e in installation.run("state")["exports"]] != ["ready"]
    installation.run("job", "1")
    state = installation.run("state")
    [export] = state["exports"]
    assert export["state"] == "ready" and state["jobs"] == ["done", "done"]
    sha256 = export["sha256"]
    data = (installation.home / "files" / "blobs" / sha256[:2] / sha256[2:4] / sha256).read_bytes()
    assert hashlib.sha256(data).hexdigest() == sha256 and len(data.splitlines()) == 3
    assert [p.name for p in (installation.home / "staging").glob("export-*")] == []


@pytest.mark.parametrize("point", ["items.before_commit", "items.after_commit"])
def test_a_dataset_goes_into_a_project_once(installation: Installation, point: str) -> None:
    found = installation.run("many", installation.made["project"])
    installation.run("job", "0", crash_at=point)
    half = installation.run("state")
    assert half["tasks"] < found["items"], "it was killed on the way"
    installation.run("job", "1")
    state = installation.run("state")
    assert state["jobs"] == ["done"]
    assert state["tasks"] == state["things"] == state["ready"] == found["items"] == 2506


def test_every_point_at_which_a_process_may_die_has_been_tried() -> None:
    """A new ``crash.point`` in submit, review, import, release or export comes with a test that kills there."""
    named = {
        point
        for path in (SRC / "doujia").rglob("*.py")
        for point in re.findall(r'crash\.point\("([a-z_.]+)"\)', path.read_text(encoding="utf-8"))
    }
    tried = "".join(
        p.read_text(encoding="utf-8")
        for p in (HERE / "test_kill.py", HERE.parent / "server/test_data_import_crash.py")
    )
    assert named and {point for point in named if f'"{point}"' not in tried} == set()


def test_writes_of_many_threads_share_commits_and_fail_alone(installation: Installation) -> None:
    found = installation.run("threads")
    good = [n for n in range(40) if n % 5]
    assert found["kept"] == good and found["rows"] == len(good)
    assert found["answers"] == {str(n): n * 2 if n % 5 else f"refused {n}" for n in range(40)}
    assert found["transactions"] < 40, "each write had a transaction of its own"


@pytest.mark.parametrize(
    ("point", "kept"), [("review.before_commit", 0), ("review.after_commit_before_reply", 1)]
)
def test_a_review_survives_or_never_was(installation: Installation, point: str, kept: int) -> None:
    with installation.server() as port:
        [task] = take(installation, port)
        body = answer(task)
        path = f"/api/v1/projects/{installation.made['project']}"
        everything = {"settings": {"review_share": 1.0}}
        assert installation.call(port, "PATCH", path, everything, who="boss")[0] == 200
        assert installation.call(port, "POST", "/api/v1/work/submissions", body)[1]["state"] == "submitted"
        wanted = {"project": installation.made["project"], "want": 1, "have": [], "kind": "review"}
        [check] = installation.call(port, "POST", "/api/v1/work/next", wanted, who="boss")[1]["tasks"]
    verdict = {
        "id": str(uuid.uuid4()), "task": check["id"], "lease": check["lease"], "submission": body["id"], "verdict": "accept",
        "findings": [], "active_ms": 500,
    }  # fmt: skip
    with installation.server(crash_at=point) as port, pytest.raises((OSError, HTTPException)):
        installation.call(port, "POST", "/api/v1/work/reviews", verdict, who="boss")
    state = installation.run("state")
    assert (state["reviews"], state["done"]) == (kept, kept)
    assert state["submissions"] == {body["id"]: "accepted" if kept else "submitted"}
    with installation.server() as port:
        status, receipt = installation.call(port, "POST", "/api/v1/work/reviews", verdict, who="boss")
    assert (status, receipt["state"]) == (200, "accepted")
    state = installation.run("state")
    assert (state["reviews"], state["done"], state["completed"], state["reviewed"]) == (1, 1, 1, 1)


def test_a_database_that_is_full_takes_no_more_and_keeps_what_it_has(installation: Installation) -> None:
    """SQLite's own SQLITE_FULL, as on a full disk: the file may not grow any more."""
    found = installation.run("full")
    assert found["refused"]["status"] == 507 and found["refused"]["code"] == "disk_full"
    assert found["kept"] == found["acknowledged"] > 0
    assert found["reads"] == 200, "what is there can still be read"
    # With room again the same answer goes in, once.
    assert (found["again"], found["kept_after"]) == (200, found["acknowledged"] + 1)


def test_a_database_that_another_program_holds_says_when_to_try_again(installation: Installation) -> None:
    found = installation.run("locked")
    assert (found["status"], found["code"]) == (503, "database_busy")
    assert found["retry_after"] >= 1 and found["kept"] == 0
    assert (found["again"], found["kept_after"]) == (200, 1)


def test_a_clock_that_jumps_an_hour_loses_nothing_and_gives_nothing_twice(installation: Installation) -> None:
    """Ahead: leases are over at once and answers come late, but they come in. Back: nobody's lease ends early."""
    found = installation.run("jump")
    assert found["late"] == "accepted" and found["back"] == "accepted"
    assert found["double"] == 0 and found["submissions"] == 2
