"""An import's worker is killed as by a power cut; the next worker goes on and nothing is double or missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
SETUP = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from doujia.server.data import actions
from doujia.server.people.permissions import SYSTEM
made = actions.create_dataset(actor=SYSTEM, tenant="t", name="D", medium="image")
actions.import_folder(actor=SYSTEM, dataset=made, root="photos")
"""
WORK = """
import sys, django
django.setup()
from datetime import UTC, datetime, timedelta
from doujia.server.data import importing
from doujia.server.kernel import clock, jobs
importing.STEP_FILES = 5
with clock.frozen(datetime.now(UTC) + timedelta(minutes=int(sys.argv[1]))):
    while jobs.run_one():
        pass
"""
LOOK = """
import django, json
django.setup()
from doujia.server.data.models import Dataset, Import, Item
run = Import.objects.get()
print(json.dumps({"names": sorted(Item.objects.values_list("name", flat=True)), "items": Dataset.objects.get().items, "counts": run.counts}))
"""


def python(code: str, home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # The dead worker's children must not hold our pipe: output goes to a file.
    with (home / "out").open("w+") as out:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, timeout=120, check=False,
            env={
                **os.environ, "PYTHONPATH": str(ROOT / "src"), "DOUJIA_HOME": str(home), "DATABASE_URL": f"sqlite://{home}/d.sqlite3",
                "DJANGO_SETTINGS_MODULE": "doujia.server.config.settings", **environment,
            },
        )  # fmt: skip
        out.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, out.read(), "")


@pytest.mark.parametrize("point", ["import.before_step", "import.after_step"])
def test_a_killed_import_goes_on(tmp_path: Path, point: str) -> None:
    import json

    photos = tmp_path / "photos"
    photos.mkdir()
    rng = np.random.default_rng(1)
    for number in range(12):
        Image.fromarray(rng.integers(0, 255, (20, 20, 3), np.uint8)).save(photos / f"{number:02}.png")
    (photos / "bad.png").write_bytes(b"<svg/>")
    home = tmp_path / "home"
    home.mkdir()
    (home / "doujia.toml").write_text(f'[import_roots.photos]\npath = "{photos}"\n')
    made = python(SETUP, home)
    assert made.returncode == 0, made.stdout
    minutes = 0
    for _ in range(2):
        killed = python(WORK, home, str(minutes), CRASH_AT=point)
        assert killed.returncode == -9, killed.stdout
        minutes += 5  # the dead worker's lease runs out
    last = python(WORK, home, str(minutes))
    assert last.returncode == 0, last.stdout
    seen = json.loads(python(LOOK, home).stdout.splitlines()[-1])
    assert seen["names"] == [f"{n:02}.png" for n in range(12)]
    assert seen["items"] == 12
    assert seen["counts"] == {"added": 12, "known": 0, "duplicates": 0, "refused": 1}
