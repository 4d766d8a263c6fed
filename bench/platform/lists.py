"""List pages, filters on label content, the board, import of rows and the export: server time on a filled project."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from load import Browser, quantile

from server import Server

__all__ = ["export_numbers", "list_numbers"]

FILTERS = {
    "task list, first page": "",
    "filter: class c3": "content=class:c3",
    "filter: class c3 at least 2 times (none)": f"content={quote('class:c3>=2')}",
    "filter: without class c3": f"content={quote('!class:c3')}",
    "filter: c1 and c4, done": "content=class:c1&content=class:c4&state=done",
    "filter: waiting for a check": "state=checking",
    "filter: not answered": "state=unanswered",
    "filter: extras (none)": "state=extra",
}


def list_numbers(server: Server, world: dict[str, Any]) -> dict[str, str]:
    """Return the median time of each page as the lead's browser sees it."""
    lead = Browser(server.port, world["lead"])
    pages = {name: f"work/projects/{world['project']}/tasks?{query}" for name, query in FILTERS.items()}
    pages["board"] = f"work/projects/{world['project']}/board"
    out = {}
    for name, path in pages.items():
        took = []
        for _ in range(7):
            started = time.perf_counter()
            status, body = lead.call("GET", path)
            took.append(time.perf_counter() - started)
            if status != 200:
                raise SystemExit(f"{path}: {status} {body[:200]!r}")
        out[name] = f"{quantile(took, 0.5):.1f} ms (worst {max(took) * 1000:.0f})"
    return out


def export_numbers(environment: dict[str, str], project: str) -> dict[str, str]:
    """Return seconds and memory of making a release and exporting it to COCO, in a fresh worker process."""
    import json
    import subprocess
    import sys
    from pathlib import Path

    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "export.py"), project],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout.decode().strip().splitlines()[-1])
    return found
