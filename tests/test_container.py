"""The container file's steps, as far as they can be told without building: what it copies is there, what it runs is defined.

That the wheel installs from ``requirements/run.txt`` and serves is shown by ``test_wheel.py`` with the same pip flags.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def steps() -> list[tuple[str, str]]:
    """Return (instruction, rest) of each step, continued lines joined."""
    text = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [
        (line.split(None, 1)[0], line.split(None, 1)[1])
        for line in lines
        if line and not line.startswith("#")
    ]


def runs() -> list[str]:
    """Return every command of every RUN step."""
    return [one.strip() for name, rest in steps() if name == "RUN" for one in re.split(r"&&|;", rest)]


def test_every_instruction_is_one_that_builders_know() -> None:
    known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "VOLUME", "EXPOSE", "CMD"}
    assert {name for name, _ in steps()} <= known
    order = [name for name, _ in steps()]
    assert (order[0], order[-1]) == ("FROM", "CMD")


def test_every_command_is_a_shell_command_and_what_make_builds_exists() -> None:
    for command in runs():
        assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0, command
    targets = [c.split()[1] for c in runs() if c.startswith("make ")]
    assert targets == ["wheel"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{t}:", makefile, re.MULTILINE) for t in targets)


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name, rest in steps():
        if name != "COPY" or "--from=" in rest:
            continue
        for source in shlex.split(rest)[:-1]:
            assert (ROOT / source).exists(), source
            assert source.rstrip("/") not in ignored
    # What another stage hands over is what make wheel builds there.
    [handed] = [rest for name, rest in steps() if name == "COPY" and "--from=build" in rest]
    workdir = next(rest for name, rest in steps() if name == "WORKDIR")
    assert shlex.split(handed)[1] == f"{workdir}/dist/*.whl"


def test_it_installs_the_locked_packages_as_the_wheel_test_does() -> None:
    pip = [c for c in runs() if "pip install" in c]
    assert "--require-hashes" in pip[0] and pip[0].endswith("-r /tmp/run.txt")
    assert "--no-deps" in pip[1]
    lock = (ROOT / "requirements/run.txt").read_text()
    pinned = re.findall(r"^[A-Za-z0-9_.-]+(?:\[[^\]]+\])?==\S+", lock, re.MULTILINE)
    assert pinned and lock.count("--hash=sha256:") >= len(pinned)
    assert not re.search(r"https?://", lock)


def test_it_does_not_run_as_root_and_starts_the_platform_on_the_port_it_names() -> None:
    found = dict((name, rest) for name, rest in steps() if name in ("USER", "EXPOSE", "CMD", "ENV"))
    assert found["USER"] == "doujia"
    environment = dict(pair.split("=", 1) for pair in shlex.split(found["ENV"]))
    assert environment["PORT"] == found["EXPOSE"] and environment["HOST"] == "0.0.0.0"
    assert found["CMD"] == '["/opt/doujia/bin/doujia", "up"]'
    assert environment["DOUJIA_HOME"] == next(rest for name, rest in steps() if name == "VOLUME")
