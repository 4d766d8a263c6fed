"""Other tools, each in its own locked environment, asked what they find in files of ours."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["ask", "pictures", "run"]


def _environments() -> ModuleType:
    where = Path(__file__).parents[1] / "bench" / "environments.py"
    spec = importlib.util.spec_from_file_location("environments", where)
    assert spec is not None and spec.loader is not None
    module = sys.modules["environments"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ask(peer: str, program: str, *arguments: Any) -> Any:
    """Run a program in a peer's environment and return the JSON that it prints after ``ROWS``."""
    python = _environments().python_of(peer)
    command = [str(python), "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    answers = [line for line in done.stdout.splitlines() if line.startswith("ROWS")]
    assert answers, done.stderr[-2000:]
    return json.loads(answers[-1][4:])


def run(peer: str, command: str, *arguments: Any) -> str:
    """Run a command that a peer's environment installs; it must end well. Returns what it printed."""
    place = Path(_environments().python_of(peer)).with_name(command)
    done = subprocess.run([str(place), *map(str, arguments)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    return done.stdout


def pictures(folder: Path, size: tuple[int, int], *names: str) -> Path:
    """Make black pictures, because most readers open them; ``size`` is (width, height) px."""
    from PIL import Image

    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size).save(path)
    return folder
