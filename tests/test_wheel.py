"""The wheel needs no node: installed into an empty environment it serves the platform with its pages."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "src/doujia/server/static/web/index.html").is_file():
        pytest.fail("the web app is not built: make web")
    out = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source")
    # A copy: building in place would leave build folders in the tree.
    for name in ("pyproject.toml", "README.md", "LICENSE", "src"):
        subprocess.run(["cp", "-r", str(ROOT / name), str(source)], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [
            *pip,
            "--require-hashes",
            "--no-deps",
            "--only-binary",
            ":all:",
            "-r",
            str(ROOT / "requirements/run.txt"),
        ],
        check=True,
    )
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True)
    return home


def test_the_wheel_holds_pages_types_and_templates(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "doujia/server/static/web/index.html" in names
    assert "doujia/py.typed" in names
    assert not [n for n in names if n.startswith("tests/") or n.endswith(".key")]


def test_the_library_works_without_the_platform(environment: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(environment / "bin/doujia"), "formats"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "coco" in done.stdout


def test_up_with_demo_serves_the_pages(environment: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {
        k: v
        for k, v in os.environ.items()
        if k not in ("PYTHONPATH", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    clean |= {"DOUJIA_HOME": str(tmp_path / "home"), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen(
        [str(environment / "bin/doujia"), "up", "--demo"], cwd=tmp_path, env=clean, stdout=log, stderr=log
    )
    try:
        page = _fetch(f"http://127.0.0.1:{port}/", server, tmp_path / "log")
        assert '<div id="root"' in page
        assert "吴小燕" in (tmp_path / "log").read_text()
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
    assert "Doujia has stopped" in (tmp_path / "log").read_text()


def _fetch(url: str, server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                page = answer.read().decode()
            if "Doujia is running" in log.read_text():
                return str(page)
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.3)
    raise AssertionError(log.read_text()[-3000:])
