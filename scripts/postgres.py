"""Run a command beside a private PostgreSQL: ``python scripts/postgres.py pytest tests/server``.

The cluster lives in a temporary folder, listens on loopback only, keeps fsync on (what is measured must be real), and
is stopped by its own pid when the command ends. ``DATABASE_URL`` tells the command where it is.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class PostgresMissing(Exception):
    """There is no PostgreSQL 15 or newer on this machine."""


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL server (15 or newer)."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parent.parent.name)
    )
    if found and int(found[-1].parent.parent.name) >= 15:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).parent
    raise PostgresMissing("apt-get install postgresql")


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster and yield its address; stop it by its own pid at the end."""
    folder = binaries()
    home = Path(tempfile.mkdtemp(prefix="doujia-pg-"))
    options: dict[str, object] = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = home / "data"
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [folder / "initdb", "-D", data, "-U", "doujia", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
        cwd=home,
        **options,
    )  # type: ignore[call-overload]
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": str(home),
        "shared_buffers": "128MB",
        "max_connections": 60,
    }
    command = [str(folder / "postgres"), "-D", str(data), *(f"-c{k}={v}" for k, v in settings.items())]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=home, **options)  # type: ignore[call-overload]
    try:
        ready = [str(folder / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        deadline = time.monotonic() + 60
        while subprocess.run(ready, check=False).returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((home / "log").read_text()[-2000:])
            time.sleep(0.1)
        subprocess.run(
            [folder / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "doujia", "doujia"],
            check=True,
            env=environment,
        )
        yield f"postgres://doujia@127.0.0.1:{port}/doujia"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    """Run the command line's command with ``DATABASE_URL`` set."""
    with cluster() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
