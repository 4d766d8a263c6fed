"""What importing the library costs, and that nothing heavy comes along unasked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = ("numpy", "pyarrow", "PIL", "yaml", "jinja2", "scipy", "pandas", "django")


def test_the_package_imports_nothing_heavy() -> None:
    script = "import sys, json, doujia.marks, doujia.formats; print(json.dumps(sorted(sys.modules)))"
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(source)},
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    assert not loaded & set(HEAVY)


def test_listing_a_format_does_not_load_the_others() -> None:
    script = "import sys, json; from doujia import formats; formats.get('coco'); print(json.dumps(sorted(sys.modules)))"
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(source)},
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    assert "doujia.formats.coco" in loaded and "doujia.formats.voc" not in loaded
