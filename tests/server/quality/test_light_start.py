"""The web process must stay light: the consensus library is loaded only when the first task is fused."""

from __future__ import annotations

import os
import subprocess
import sys

START = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doujia.server.config.settings")
import django
django.setup()
from doujia.server.config import urls
print(sorted(m for m in ("doujia.consensus", "scipy", "shapely", "cv2", "pyarrow") if m in sys.modules))
"""


def test_the_web_starts_without_heavy_libraries() -> None:
    run = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, env=dict(os.environ), check=False, timeout=300
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"
