"""The platform's hot path, lists, import and export, on SQLite and on PostgreSQL.

``python bench/platform`` starts a real server for each database and drives it from another process:

* 16 people take and submit (five boxes) as fast as it goes, one task a take and five;
* the same at 10 cycles a second;
* ``--tasks 1000000`` for the size of the project, ``--cycles 100000`` for the long run whose rows are counted afterwards.

``--peer`` drives Label Studio in an environment of its own with the same sixteen people, right after us.

Writes the tables to ``docs/benchmarks/platform.md`` (``--write``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from databases import database, free_port
from lists import export_numbers, list_numbers

from server import Server, served

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DURABLE = {"sqlite": "WAL, synchronous=FULL", "postgresql": "fsync=on, synchronous_commit=on"}


@dataclass
class Row:
    """One line of the hot-path table."""

    database: str
    tasks: int
    want: int
    load: str
    found: dict[str, Any]
    cpu_ms: float
    memory: float
    checks: dict[str, int] = field(default_factory=dict)


def syncs_per_second(folder: Path) -> float:
    """Return how many 4 KiB writes the disk makes durable in a second, one after the other."""
    path = folder / "sync-probe"
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        started, n = time.monotonic(), 0
        while time.monotonic() - started < 1:
            os.pwrite(descriptor, b"x" * 4096, 0)
            os.fdatasync(descriptor)
            n += 1
        return n / (time.monotonic() - started)
    finally:
        os.close(descriptor)
        path.unlink()


def tool(name: str, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """Run one of this folder's scripts and return the JSON it prints."""
    done = subprocess.run(
        [sys.executable, str(HERE / name), *arguments], env=environment, stdout=subprocess.PIPE, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.decode().strip().splitlines()[-1])
    return answer


def drive(
    server: Server, environment: dict[str, str], world: Path, want: int, cycles: int, rate: float
) -> tuple[dict[str, Any], float]:
    """Run the load; returns what it saw and the server's CPU milliseconds a request."""
    before = server.cpu()
    found = tool(
        "load.py",
        environment,
        str(world),
        "--port",
        str(server.port),
        "--want",
        str(want),
        "--cycles",
        str(cycles),
        "--rate",
        str(rate),
    )
    return found, (server.cpu() - before) * 1000 / max(1, found["requests"])


def measure(kind: str, tasks: int, cycles: int, lists: bool) -> tuple[list[Row], dict[str, Any]]:
    """Measure one database with one size of project."""
    rows: list[Row] = []
    extra: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="doujia-bench-") as folder, database(kind, Path(folder)) as url:
        environment = {
            **os.environ, "DOUJIA_HOME": folder, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "doujia.server.config.settings",
            "PYTHONPATH": str(ROOT / "src"),
        }  # fmt: skip
        world = tool("world.py", environment, str(tasks), "16", "0.1")
        extra["seed_seconds"] = world["seed_seconds"]
        path = Path(folder) / "world.json"
        path.write_text(json.dumps(world))
        sent = 0
        with served(environment, free_port()) as server:
            extra["idle"] = server.memory()
            sent += drive(server, environment, path, 5, 200, 0)[0]["cycles"]
            for want, n, rate, load in (
                (1, cycles, 0, "saturated"),
                (5, cycles, 0, "saturated"),
                (5, min(cycles, 200), 10.0, "10 a second"),
            ):
                found, cpu = drive(server, environment, path, want, n, rate)
                sent += found["cycles"]
                rows.append(Row(kind, tasks, want, load, found, cpu, server.memory()))
                print(f"  {kind:10} {tasks:>9,} want={want} {load:12} {found['cycles'] / found['seconds']:7.1f} cycles/s  {cpu:.2f} CPU-ms"
                      f"  p95 {found['p95']:.1f} ms  {found['errors'] or ''}", flush=True)  # fmt: skip
            if lists:
                extra["lists"] = list_numbers(server, world)
        rows[-1].checks = tool("checks.py", environment, world["project"], str(sent))
        print(f"  {kind:10} checks {rows[-1].checks}", flush=True)
        if lists:
            extra["export"] = export_numbers(environment, world["project"])
    return rows, extra


def peer_lines(tasks: int, cycles: int) -> list[str]:
    """Run Label Studio beside us; returns its table in Markdown."""
    sys.path.insert(0, str(HERE.parent))
    from peer import label_studio

    from environments import python_of

    found = label_studio(python_of("label-studio"), tasks, cycles)
    print(f"  label-studio {found}", flush=True)
    if not found["cycles"]:
        raise SystemExit(f"Label Studio did no work: {found['errors']}")
    share = 100 * found["twice"] / found["cycles"]
    return [
        "| Label Studio, SQLite | tasks | cycles/s | CPU-ms per request | p50 / p95 ms | server MiB, idle / after | given twice |",
        "|---|---:|---:|---:|---:|---:|---:|",
        f"| one task a take | {tasks:,} | {found['cycles'] / found['seconds']:.1f} | {found['cpu_ms']:.1f} | {found['p50']:.0f} / {found['p95']:.0f}"
        f" | {found['idle']:.0f} / {found['memory']:.0f} | {found['twice']:,} of {found['cycles']:,} ({share:.0f} %) |",
    ]


def table(rows: list[Row]) -> list[str]:
    """Return the hot-path table in Markdown."""
    out = [
        "| database | durability | tasks | tasks per take | load | cycles/s | CPU-ms per request | p50 / p95 ms | server MiB | given twice |",
        "|---|---|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    for r in rows:
        rate = r.found["cycles"] / r.found["seconds"]
        out.append(
            f"| {r.database} | {DURABLE[r.database]} | {r.tasks:,} | {r.want} | {r.load} | {rate:.0f} | {r.cpu_ms:.2f}"
            f" | {r.found['p50']:.1f} / {r.found['p95']:.1f} | {r.memory:.0f} | {r.found['twice']} |"
        )
    return out


def page(
    rows: list[Row],
    extras: list[tuple[str, int, dict[str, Any]]],
    syncs: float,
    command: str,
) -> str:
    """Return the whole page."""
    lines = [
        "# The platform", "",
        f"Measured {date.today().isoformat()} on {os.cpu_count()} shared cores (load average at the end {os.getloadavg()[0]:.0f}); the disk made {syncs:,.0f}"
        " single writes durable a second. A cycle",
        "is one task taken and submitted with five boxes, over HTTP with session, CSRF, validation, audit and events. The server is one",
        "gunicorn process with 16 threads; the load is another process with 16 people. CPU is the server's own, from /proc (on PostgreSQL",
        "without the database's processes). One answer in ten is drawn for a check.", "", f"`{command}`", "", *table(rows), "",
    ]  # fmt: skip
    checked = [r for r in rows if r.checks]
    lines += ["Rows counted after each run (all but `kept` must be 0):", "", "| database | tasks | " + " | ".join(checked[0].checks) + " |",
              "|---|---:|" + "---:|" * len(checked[0].checks)]  # fmt: skip
    lines += [
        f"| {r.database} | {r.tasks:,} | " + " | ".join(f"{v:,}" for v in r.checks.values()) + " |"
        for r in checked
    ]
    for kind, tasks, extra in extras:
        lines += ["", f"## {kind}, {tasks:,} tasks", "", "| what | figure |", "|---|---:|"]
        lines.append(f"| server idle after start | {extra['idle']:.0f} MiB |")
        lines.append(f"| items and tasks made | {tasks / extra['seed_seconds']:,.0f} a second |")
        for name, value in {**extra.get("lists", {}), **extra.get("export", {})}.items():
            lines.append(f"| {name} | {value} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--database", choices=["sqlite", "postgresql"], action="append", help="both by default"
    )
    parser.add_argument(
        "--tasks", type=int, action="append", help="size of the project (10,000); may be given twice"
    )
    parser.add_argument("--cycles", type=int, default=3000)
    parser.add_argument("--lists", action="store_true", help="also time list pages, filters and the export")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/platform.md")
    parser.add_argument(
        "--peer", action="store_true", help="also drive Label Studio (1,000 tasks, 200 cycles)"
    )
    given = parser.parse_args()
    rows: list[Row] = []
    extras: list[tuple[str, int, dict[str, Any]]] = []
    for kind in given.database or ["sqlite", "postgresql"]:
        for tasks in given.tasks or [10_000]:
            found, extra = measure(kind, tasks, given.cycles, given.lists)
            rows += found
            extras.append((kind, tasks, extra))
    text = page(
        rows,
        extras,
        syncs_per_second(Path(tempfile.gettempdir())),
        "python bench/platform " + " ".join(sys.argv[1:]),
    )
    if given.peer:
        text += "\n".join(["", "## Beside Label Studio", "", *peer_lines(1000, 200), ""])
    print(text)
    if given.write:
        (ROOT / "docs" / "benchmarks" / "platform.md").write_text(text)


if __name__ == "__main__":
    main()
