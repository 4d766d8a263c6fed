"""Sixteen people at their browsers: keep-alive connections that take packs of tasks and submit five boxes each.

A process of its own, so that its cost is not the server's. Prints JSON: how many, how fast, what came back.
"""

from __future__ import annotations

import argparse
import json
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import Any

MARKS = [
    {"id": f"m{n}", "label": f"c{n}", "geometry": {"kind": "box", "x0": 10.5 + 90 * n, "y0": 20.25, "x1": 80.0 + 90 * n, "y1": 300.0},
     "origin": {"by": "human", "ms": 1200}}
    for n in range(5)
]  # fmt: skip


class Browser:
    """One person's connection."""

    def __init__(self, port: int, login: dict[str, str]) -> None:
        self.head = (
            f"Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {login['cookie']}\r\n"
            f"X-CSRFToken: {login['csrf']}\r\nContent-Type: application/json\r\n"
        )
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Send one request; returns status and body."""
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} /api/v1/{path} HTTP/1.1\r\n{self.head}Content-Length: {len(data)}\r\n\r\n"
        self.socket.sendall(head.encode() + data)
        found = b""
        while b"\r\n\r\n" not in found:
            found += self._some()
        top, _, rest = found.partition(b"\r\n\r\n")
        lines = top.lower().split(b"\r\n")
        length = next(int(x.split(b":")[1]) for x in lines if x.startswith(b"content-length"))
        while len(rest) < length:
            rest += self._some()
        return int(top.split()[1]), rest

    def _some(self) -> bytes:
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


class Load:
    """Shared by the threads: how many cycles are left, and what happened."""

    def __init__(self, cycles: int, rate: float, threads: int) -> None:
        self.lock = threading.Lock()
        self.left, self.next_at, self.gap = cycles, time.perf_counter(), 1 / rate if rate else 0.0
        self.took: dict[str, list[float]] = {"next": [], "submit": []}
        self.states: dict[str, int] = {}
        self.errors: list[str] = []
        self.slots: list[str] = []

    def turn(self) -> bool:
        """Wait for the next turn; False when all cycles are given out."""
        with self.lock:
            if self.left <= 0:
                return False
            self.left -= 1
            at = self.next_at = max(self.next_at + self.gap, time.perf_counter()) if self.gap else 0.0
        pause = at - time.perf_counter() if self.gap else 0.0
        if pause > 0:
            time.sleep(pause)
        return True


def person(load: Load, port: int, login: dict[str, str], project: str, want: int) -> None:
    """Work until the cycles are used up."""
    browser, held = Browser(port, login), list[dict[str, Any]]()
    took: dict[str, list[float]] = {"next": [], "submit": []}
    states: dict[str, int] = {}
    slots: list[str] = []
    try:
        while load.turn():
            if not held:
                started = time.perf_counter()
                status, body = browser.call(
                    "POST", "work/next", {"project": project, "want": want, "have": []}
                )
                took["next"].append(time.perf_counter() - started)
                held = json.loads(body)["tasks"] if status == 200 else []
                if not held:
                    raise RuntimeError(f"next: {status} {body[:300]!r}")
            task = held.pop(0)
            slots.append(task["slot"])
            answer = {
                "id": str(uuid.uuid4()), "task": task["id"], "lease": task["lease"], "marks": MARKS, "relations": [], "item_attrs": {},
                "empty": False, "active_ms": 42_000, "guideline_version": task["guideline_version"],
                "schema_version": task["schema_version"], "provenance": {"added": 5}, "deleted_prelabels": [], "client": {"build": "bench"},
            }  # fmt: skip
            started = time.perf_counter()
            status, body = browser.call("POST", "work/submissions", answer)
            took["submit"].append(time.perf_counter() - started)
            if status != 200:
                raise RuntimeError(f"submit: {status} {body[:300]!r}")
            state = json.loads(body)["state"]
            states[state] = states.get(state, 0) + 1
        for task in held:
            browser.call("POST", f"work/tasks/{task['id']}/give-back", {"lease": task["lease"]})
    except (RuntimeError, OSError, ValueError, KeyError) as error:
        load.errors.append(repr(error))
    with load.lock:
        for name, values in took.items():
            load.took[name] += values
        for state, n in states.items():
            load.states[state] = load.states.get(state, 0) + n
        load.slots += slots


def quantile(values: list[float], q: float) -> float:
    """Return a quantile in milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0.0


def main() -> None:
    """Run the load that the arguments describe."""
    parser = argparse.ArgumentParser()
    parser.add_argument("world", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--want", type=int, default=5)
    parser.add_argument("--cycles", type=int, required=True)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument(
        "--rate", type=float, default=0.0, help="cycles a second over all; 0: as fast as it goes"
    )
    given = parser.parse_args()
    world = json.loads(given.world.read_text())
    load = Load(given.cycles, given.rate, given.people)
    threads = [
        threading.Thread(
            target=person, args=(load, given.port, world["people"][n], world["project"], given.want)
        )
        for n in range(given.people)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    both = load.took["next"] + load.took["submit"]
    print(
        json.dumps(
            {
                "seconds": seconds, "cycles": len(load.took["submit"]), "requests": len(both), "states": load.states, "errors": load.errors[:3],
                "twice": len(load.slots) - len(set(load.slots)),
                "p50": quantile(both, 0.5), "p95": quantile(both, 0.95), "next_p95": quantile(load.took["next"], 0.95),
                "submit_p95": quantile(load.took["submit"], 0.95),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
