"""Peers live in environments of their own: one for each file in ``bench/requirements``, made on first use.

Their pins clash with ours and with each other, so they are never imported here, only run on files.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "measured", "python_of"]

_HERE = Path(__file__).parent


def python_of(peer: str) -> Path:
    """Return the Python of a peer's environment, made from the hash-locked requirements.

    An environment that was made from other requirements, or not to its end, is made anew. ``DOUJIA_BENCH_ENVS`` names
    another folder for the environments than ``bench/.envs``.
    """
    home = Path(os.environ.get("DOUJIA_BENCH_ENVS", _HERE / ".envs")) / peer
    requirements = _HERE / "requirements" / f"{peer}.txt"
    python, stamp = home / "bin" / "python", home / "made-from.sha256"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        install = ["-m", "pip", "install", "-q", "--require-hashes", "--no-deps", "-r", str(requirements)]
        subprocess.run([str(python), *install], check=True)
        stamp.write_text(wanted)
    return python


@dataclass(frozen=True)
class Cost:
    """What a command cost: seconds of CPU and of the wall, peak memory in MB, its output, and whether it ended well."""

    cpu: float
    wall: float
    peak: float
    output: str
    ok: bool


def measured(command: list[str], environment: dict[str, str] | None = None, timeout: float = 1800) -> Cost:
    """Run a command to its end and measure the whole process with its children."""
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    factor = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=time.monotonic() - started,
        peak=usage.ru_maxrss / factor,
        output=output,
        ok=process.returncode == 0 and time.monotonic() - started < timeout,
    )
