"""Label Studio from the package index beside us: the same load on its own server, in an environment of its own.

One project with N picture tasks, sixteen people of one organisation, each asking for the next task and handing in five
boxes over its API with a token of her own. Its server is the one that ``label-studio start`` runs, on SQLite.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from databases import free_port
from load import MARKS, quantile

from server import Server

__all__ = ["label_studio"]

PEOPLE = 16
TOKEN = "0123456789abcdef0123456789abcdef01234567"
CONFIG = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image">'
    + "".join(f'<Label value="c{n}"/>' for n in range(6))
    + "</RectangleLabels></View>"
)
QUIET = {
    "LATEST_VERSION_CHECK": "false",
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "FEATURE_FLAGS_OFFLINE": "true",
    "LAUNCHDARKLY_OFFLINE": "true",
    "LOG_LEVEL": "WARNING",
}
"""It must not ask the network for its version, flags or a place for its errors."""
USERS = """
from django.contrib.auth import get_user_model
from organizations.models import Organization
from rest_framework.authtoken.models import Token
organization = Organization.objects.first()
for number in range({people}):
    user = get_user_model().objects.create_user(email=f"p{{number}}@example.org", password="blue-Bean-42")
    organization.add_user(user)
    user.active_organization = organization
    user.save()
    print("TOKEN", Token.objects.get_or_create(user=user)[0].key)
"""
LEGACY = """
from organizations.models import Organization
for one in Organization.objects.all():
    tokens = getattr(one, "jwt", None)
    if tokens is not None:
        tokens.legacy_api_tokens_enabled = True
        tokens.save()
"""


class Caller:
    """One person's connection."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._head = {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request and return status and body."""
        self._connection.request(method, path, None if body is None else json.dumps(body), self._head)
        answer = self._connection.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if raw[:1] in b"{[" else raw


def label_studio(python: Path, tasks: int, cycles: int) -> dict[str, Any]:
    """Return what the load saw, the server's CPU milliseconds a request, and its memory before and after."""
    with (
        tempfile.TemporaryDirectory(prefix="label-studio-") as folder,
        _served(python, Path(folder)) as served,
    ):
        server, tokens = served
        admin = Caller(server.port, TOKEN)
        status, project = admin.call("POST", "/api/projects/", {"title": "Bench", "label_config": CONFIG})
        if status != 201:
            raise SystemExit(f"Label Studio made no project: {status} {project!r:.300}")
        started = time.perf_counter()
        for first in range(0, tasks, 1000):
            rows = [{"image": f"/data/{n:08d}.jpg"} for n in range(first, min(first + 1000, tasks))]
            status, body = admin.call("POST", f"/api/projects/{project['id']}/import", rows)
            if status not in (200, 201):
                raise SystemExit(f"Label Studio imported nothing: {status} {body!r:.300}")
        seconds, idle, before = time.perf_counter() - started, server.memory(), server.cpu()
        found = _drive(server.port, tokens, project["id"], cycles)
        cpu = (server.cpu() - before) * 1000 / max(1, found["requests"])
        return {**found, "cpu_ms": cpu, "import_seconds": seconds, "idle": idle, "memory": server.memory()}


def _drive(port: int, tokens: list[str], project: int, cycles: int) -> dict[str, Any]:
    lock, left, errors = threading.Lock(), [cycles], list[str]()
    took: dict[str, list[float]] = {"next": [], "submit": []}
    given: list[int] = []

    def person(token: str) -> None:
        caller = Caller(port, token)
        try:
            while True:
                with lock:
                    if left[0] <= 0:
                        return
                    left[0] -= 1
                started = time.perf_counter()
                status, task = caller.call("GET", f"/api/projects/{project}/next")
                middle = time.perf_counter()
                if status != 200:
                    raise RuntimeError(f"next: {status} {task!r:.200}")
                status, body = caller.call(
                    "POST", f"/api/tasks/{task['id']}/annotations/", {"result": _result(), "lead_time": 42}
                )
                ended = time.perf_counter()
                if status != 201:
                    raise RuntimeError(f"submit: {status} {body!r:.200}")
                with lock:
                    given.append(task["id"])
                    took["next"].append(middle - started)
                    took["submit"].append(ended - middle)
        except (RuntimeError, OSError, ValueError, KeyError, http.client.HTTPException) as error:
            errors.append(repr(error))

    threads = [threading.Thread(target=person, args=(token,)) for token in tokens]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    both = took["next"] + took["submit"]
    return {
        "seconds": time.perf_counter() - started, "cycles": len(given), "requests": len(both), "twice": len(given) - len(set(given)),
        "errors": errors[:3], "p50": quantile(both, 0.5), "p95": quantile(both, 0.95),
    }  # fmt: skip


def _result() -> list[dict[str, Any]]:
    """Our five boxes as Label Studio has them: percent of the picture."""
    out = []
    for mark in MARKS:
        box: Any = mark["geometry"]
        value = {
            "x": box["x0"] / 19.2, "y": box["y0"] / 10.8, "width": (box["x1"] - box["x0"]) / 19.2, "height": (box["y1"] - box["y0"]) / 10.8,
            "rotation": 0, "rectanglelabels": [mark["label"]],
        }  # fmt: skip
        size = {"original_width": 1920, "original_height": 1080, "image_rotation": 0}
        out.append(
            {
                "id": mark["id"],
                "from_name": "label",
                "to_name": "image",
                "type": "rectanglelabels",
                "value": value,
                **size,
            }
        )
    return out


@contextmanager
def _served(python: Path, home: Path) -> Iterator[tuple[Server, list[str]]]:
    port = free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "PYTHON", "DATABASE"))}, **QUIET,
        "HOME": str(home), "LABEL_STUDIO_BASE_DATA_DIR": str(home / "data"),
    }  # fmt: skip
    start = [
        str(python.parent / "label-studio"), "start", "--no-browser", "--port", str(port), "--data-dir", str(home / "data"),
        "--username", "admin@example.org", "--password", "blue-Bean-42", "--user-token", TOKEN,
    ]  # fmt: skip
    log = (home / "log").open("wb")
    process = subprocess.Popen(
        start, env=environment, stdout=log, stderr=log, cwd=home, start_new_session=True
    )
    try:
        _wait(port, process, home / "log")
        tokens = _people(python, home, environment)
        yield Server(process, port), tokens
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
        log.close()


def _people(python: Path, home: Path, environment: dict[str, str]) -> list[str]:
    """Make the sixteen people and return their tokens."""
    shell = [str(python.parent / "label-studio"), "shell", "--data-dir", str(home / "data")]
    done = subprocess.run(
        shell, input=(LEGACY + USERS.format(people=PEOPLE)).replace("\n    ", "\n\t").replace("\nfor", "\n\nfor") + "\n\n",
        env=environment, capture_output=True, text=True, cwd=home, timeout=600, check=False,
    )  # fmt: skip
    tokens = [line.split("TOKEN ")[1].strip() for line in done.stdout.splitlines() if "TOKEN " in line]
    if len(tokens) != PEOPLE:
        raise SystemExit(
            f"Label Studio made {len(tokens)} people: {done.stdout[-500:]} {done.stderr[-1500:]}"
        )
    return tokens


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 600  # its first start migrates a database
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"Label Studio ended: {log.read_text()[-2000:]}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.5)
        finally:
            connection.close()
    raise SystemExit(f"Label Studio did not answer: {log.read_text()[-2000:]}")
