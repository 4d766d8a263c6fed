"""``pip install doujia`` is enough for the library: with everything else hidden, every format and command still works."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
FEW = 10
"""The library asks for "numpy, msgspec, pyarrow and little else"."""

SCRIPT = """
import sys
ALLOWED = set(sys.argv[1].split(","))


class Hidden:
    \"\"\"What is neither ours nor the standard library's nor named in the project's own dependencies is not installed.\"\"\"

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in ALLOWED or top in sys.stdlib_module_names or top == "doujia" or top.startswith("_"):
            return None
        raise ModuleNotFoundError(f"hidden: {name}", name=name)


sys.meta_path.insert(0, Hidden())
sys.path[:] = [p for p in sys.path if p]
from pathlib import Path

from doujia import formats, marks, metrics, consensus, media
from doujia.cli import main
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema

folder = Path(sys.argv[2])
for name in formats.names():
    formats.get(name)
for name in metrics.__all__:
    getattr(metrics, name)
item = Item(id="1", name="a.jpg", media=ImageMedia(width=64, height=48))
data = formats.MemoryDataset(
    Schema(classes=[LabelClass(id="x", name="x")]), [ItemMarks(item, [Mark(id="1", label="x", geometry=Box(1, 2, 30, 40))])]
)
formats.write(data, folder / "a.json", "coco")
(folder / "t.j2").write_text("{% for row in items %}{{ row.item.name }}{% endfor %}")
runs = [
    ["formats"], ["inspect", "a.json"], ["diff", "a.json", "a.json"], ["evaluate", "a.json", "a.json", "--map", "--explain", "1"],
    ["convert", "a.json", "t.txt", "--to", "template", "--set", "template=t.j2"],
]
for name in ("yolo-detect", "voc", "cvat", "label-studio", "labelme", "datumaro", "parquet", "croissant", "doujia-jsonl", "coco-panoptic"):
    target = {"cvat": "o.xml", "parquet": "o.parquet", "doujia-jsonl": "o.jsonl"}.get(name, name)
    runs.append(["convert", "a.json", target, "--to", name])
for run in runs:
    assert main(run) == 0, run
print("fine", sum(m.partition(".")[0] == "django" for m in sys.modules))
"""


def own_dependencies() -> list[str]:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    return [re.match(r"[A-Za-z0-9_.-]+", d).group() for d in declared]  # type: ignore[union-attr]


def closure(names: list[str]) -> set[str]:
    """The distributions that pip would bring along, without extras."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        found.add(name)
        for need in metadata.requires(name) or []:
            if "extra ==" not in need and "; " not in need:
                waiting.append(re.match(r"[A-Za-z0-9_.-]+", need).group())  # type: ignore[union-attr]
    return found


def test_the_library_needs_little_and_no_part_of_the_platform() -> None:
    found = closure(own_dependencies())
    assert len(found) <= FEW, sorted(found)
    assert not found & {
        "django",
        "django-ninja",
        "gunicorn",
        "httpx",
        "pandas",
        "cryptography",
        "openpyxl",
        "obstore",
        "psycopg",
    }


def test_every_format_and_command_works_with_nothing_else_installed(tmp_path: Path) -> None:
    wanted = closure(own_dependencies())
    modules = {
        top
        for top, owners in metadata.packages_distributions().items()
        if any(re.sub(r"[-_.]+", "-", o).lower() in wanted for o in owners)
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(sorted(modules)), str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "DOUJIA_LANG": "en"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "fine 0"
    assert json.loads((tmp_path / "a.json").read_text())["images"][0]["file_name"] == "a.jpg"
