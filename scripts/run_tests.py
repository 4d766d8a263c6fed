"""Everything a fresh machine can run, in one go: checks, Python on SQLite and PostgreSQL, TypeScript, browser, chaos.

Each stage prints its own runner's lines; the end prints a table, what could not run and why, and one closing line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import old_browser
import postgres

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
COUNTS = re.compile(r"(\d+) (passed|failed|error|errors|skipped)\b")


def pytest(*arguments: str) -> list[str]:
    """Return a pytest command."""
    return [sys.executable, "-m", "pytest", "--durations=5", *arguments]


def stages() -> tuple[list[tuple[str, list[str], Path]], list[str]]:
    """Return the stages (name, command, folder) and what cannot run here."""
    missing = []
    plain = "not e2e and not chaos and not peers and not wheel"
    chosen: list[tuple[str, list[str], Path]] = [
        ("format", [str(BIN / "ruff"), "format", "--check", "-q", "."], ROOT),
        ("lint", [str(BIN / "ruff"), "check", "-q", "."], ROOT),
        ("types", [str(BIN / "mypy")], ROOT),
        ("floors", [str(BIN / "lint-imports")], ROOT),
        ("typescript types", ["npm", "run", "--silent", "typecheck"], ROOT / "web"),
        ("typescript tests", ["npm", "test", "--silent"], ROOT / "web"),
        ("first load", ["npm", "run", "--silent", "size"], ROOT / "web"),
        ("python, sqlite", pytest("tests", "-m", plain, "-n", "2", "--dist", "loadfile"), ROOT),
    ]
    try:
        postgres.binaries()
        # One process: a seal waits for older transactions of the whole cluster, so two runs beside each other would hold it up.
        chosen.append(
            (
                "python, postgresql",
                [
                    sys.executable,
                    "scripts/postgres.py",
                    *pytest("tests/server", "-m", plain),
                ],
                ROOT,
            )
        )
    except postgres.PostgresMissing as why:
        missing.append(f"python on PostgreSQL: {why}")
    chosen.append(("chaos", pytest("tests", "-m", "chaos and not peers"), ROOT))
    chosen.append(("wheel", pytest("tests/test_wheel.py"), ROOT))
    if CHROMIUM:
        chosen.append(("browser", pytest("tests", "-m", "e2e"), ROOT))
        try:
            old_browser.fetch()
            drawing = "tests/e2e/workbench/test_drawing.py"
            chosen.append(("browser, Chrome 109", [sys.executable, "scripts/old_browser.py", drawing], ROOT))
        except old_browser.OldBrowserMissing as why:
            missing.append(f"the workbench in Chrome 109: {why}")
    else:
        missing.append("browser tests: apt-get install chromium")
    return chosen, missing


def main() -> int:
    """Run the stages; returns 0 when all passed."""
    chosen, missing = stages()
    only = set(sys.argv[1:])
    table, passed, failed, broken = [], 0, 0, 0
    for name, command, folder in chosen:
        if only and name not in only:
            continue
        print(f"\n=== {name} ===", flush=True)
        began = time.monotonic()
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "DOUJIA_HOME": str(ROOT / "var" / "test"),
        }
        environment.pop("DATABASE_URL", None)
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None
        tail = ""
        for line in process.stdout:
            print(line, end="", flush=True)
            tail = (tail + line)[-4000:]
        code = process.wait()
        if code == 5 and "pytest" in command:
            code = 0  # no test of that kind yet is not a failure
        counts: dict[str, int] = {}
        if "pytest" in " ".join(command):
            for number, word in COUNTS.findall(tail.strip().splitlines()[-1] if tail.strip() else ""):
                counts[word.rstrip("s") if word.startswith("error") else word] = int(number)
        bad = counts.get("failed", 0) + counts.get("error", 0)
        passed += counts.get("passed", 0) if counts else int(code == 0)
        failed += bad or int(code != 0)
        broken += int(code != 0)
        table.append((name, "ok" if code == 0 else f"FAILED ({code})", time.monotonic() - began, counts))
    print("\n" + "-" * 70)
    for name, result, seconds, counts in table:
        print(f"{name:<22}{result:<14}{seconds:7.1f} s  {', '.join(f'{v} {k}' for k, v in counts.items())}")
    for reason in missing:
        print(f"could not run: {reason}")
    print(f"{passed} passed, {failed} failed")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
