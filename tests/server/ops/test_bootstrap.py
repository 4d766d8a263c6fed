"""What ``make run`` says on a machine that lacks something: one clear sentence in each language, and nothing half done."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(which: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts/bootstrap.py"), which],
        env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def tool(folder: Path, name: str, says: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(("version", "found"), [(None, "none"), ("v18.19.0", "v18.19.0")])
def test_without_node_it_says_which_and_the_way_round(
    version: str | None, found: str, tmp_path: Path
) -> None:
    if version is not None:
        tool(tmp_path, "node", version)
        tool(tmp_path, "npm", "10.0.0")
    done = run("node", f"{tmp_path}:/nowhere")
    assert done.returncode == 1
    zh, en = done.stderr.strip().splitlines()
    assert "node 20" in zh and "wheel" in zh
    assert f"found: {found}" in en and "Traceback" not in done.stderr


def test_a_node_that_is_new_enough_is_fine(tmp_path: Path) -> None:
    tool(tmp_path, "node", "v22.3.0")
    tool(tmp_path, "npm", "10.0.0")
    # The scripts above are shell scripts: sh lies in /bin.
    assert run("node", f"{tmp_path}:/bin").returncode == 0


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "scripts/bootstrap.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_room_nothing_is_begun(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: SimpleNamespace(free=10_000_000))
    with pytest.raises(SystemExit) as stopped:
        bootstrap.venv("run")
    zh, en = str(stopped.value).splitlines()
    assert "1.5 GB" in zh and "1.5 GB" in en
    assert not (tmp_path / ".venv").exists()


def test_without_a_python_of_a_known_version_it_says_what_to_install(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        bootstrap.python()
    assert "apt-get install python3 python3-venv" in str(stopped.value)
