"""A fresh home with SQLite, or a PostgreSQL 15 of our own on a free port; both with every commit synced to disk."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["POSTGRES", "database", "free_port"]

POSTGRES = Path("/usr/lib/postgresql/15/bin")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database(kind: str, home: Path) -> Iterator[str]:
    """Yield the ``DATABASE_URL`` of an empty database; PostgreSQL is started for it and stopped afterwards."""
    if kind == "sqlite":
        yield f"sqlite://{home / 'doujia.sqlite3'}"
        return
    folder = Path(tempfile.mkdtemp(prefix="doujia-bench-pg-"))
    root = os.geteuid() == 0
    if root:
        shutil.chown(folder, "postgres")
    port = free_port()

    def run(*command: str) -> None:
        whole = ["runuser", "-u", "postgres", "--", *command] if root else list(command)
        subprocess.run(whole, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    run(
        str(POSTGRES / "initdb"),
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C",
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c shared_buffers=256MB -c fsync=on -c synchronous_commit=on"
    run(str(POSTGRES / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        run(str(POSTGRES / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "doujia")
        yield f"postgres://postgres@127.0.0.1:{port}/doujia"
    finally:
        run(str(POSTGRES / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
