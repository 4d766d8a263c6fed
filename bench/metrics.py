"""COCO box figures on 5,000 pictures, 36,000 truths and 100,000 detections, beside pycocotools in the same run.

python bench/metrics.py            # prints the table and writes docs/benchmarks/metrics.md
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def make(folder: Path, seed: int = 5) -> None:
    """Write truth.json and results.json."""
    rng = np.random.default_rng(seed)
    images = [{"id": i + 1, "width": 640, "height": 480, "file_name": f"{i}.jpg"} for i in range(5000)]
    truth, guess = [], []
    places = rng.random((36_000, 4)) * [560, 400, 150, 120] + [0, 0, 6, 6]
    for i, (x, y, w, h) in enumerate(places.round(2).tolist()):
        image, category = int(rng.integers(1, 5001)), int(rng.integers(1, 81))
        crowd = int(rng.random() < 0.01)
        truth.append(
            {
                "id": i + 1,
                "image_id": image,
                "category_id": category,
                "bbox": [x, y, w, h],
                "area": w * h,
                "iscrowd": crowd,
            }
        )
    for _ in range(100_000):
        base = truth[int(rng.integers(0, 36_000))]
        noise = rng.normal(0, 7, 4)
        box = [
            base["bbox"][0] + noise[0],
            base["bbox"][1] + noise[1],
            max(3, base["bbox"][2] + noise[2]),
            max(3, base["bbox"][3] + noise[3]),
        ]
        category = base["category_id"] if rng.random() < 0.7 else int(rng.integers(1, 81))
        guess.append(
            {
                "image_id": base["image_id"],
                "category_id": category,
                "bbox": [round(v, 2) for v in box],
                "score": round(float(rng.random()), 4),
            }
        )
    document = {
        "images": images,
        "annotations": truth,
        "categories": [{"id": c, "name": f"c{c}"} for c in range(1, 81)],
    }
    (folder / "truth.json").write_text(json.dumps(document))
    (folder / "results.json").write_text(json.dumps(guess))


def run(which: str, folder: Path) -> None:
    """Evaluate in this process and print JSON: figures, CPU seconds, peak MB (reading the files is not counted)."""
    truth, guess = (
        json.loads((folder / "truth.json").read_text()),
        json.loads((folder / "results.json").read_text()),
    )
    began = time.process_time()
    if which == "ours":
        from doujia.metrics import coco_figures

        figures = list(coco_figures(truth, guess).values())
    else:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        with contextlib.redirect_stdout(io.StringIO()):
            ground = COCO()
            ground.dataset = truth
            ground.createIndex()
            theirs = COCOeval(ground, ground.loadRes(guess), "bbox")
            theirs.evaluate()
            theirs.accumulate()
            theirs.summarize()
        figures = theirs.stats.tolist()
    print(
        json.dumps(
            {
                "figures": figures,
                "cpu": time.process_time() - began,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def main() -> None:
    """Run both and write the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder)
        found = {}
        for which in ("ours", "pycocotools"):
            done = subprocess.run(
                [sys.executable, __file__, which, name],
                capture_output=True,
                text=True,
                check=True,
                env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
            )
            found[which] = json.loads(done.stdout)
    ours, peer = found["ours"], found["pycocotools"]
    worst = max(abs(a - b) for a, b in zip(ours["figures"], peer["figures"], strict=True))
    text = (
        "# Metrics\n\n`python bench/metrics.py`: box AP and AR, 5,000 pictures, 36,000 truths, 100,000 detections; reading JSON is not counted.\n\n"
        "| | CPU s | peak MB | ratio |\n|---|---|---|---|\n"
        f"| doujia.metrics (hotcoco) | {ours['cpu']:.2f} | {ours['peak']:.0f} | 1 |\n"
        f"| pycocotools | {peer['cpu']:.2f} | {peer['peak']:.0f} | {peer['cpu'] / ours['cpu']:.1f} |\n\n"
        f"Largest difference in the twelve figures: {worst:.1e}. AP {ours['figures'][0]:.6f}, AP50 {ours['figures'][1]:.6f}, AR100 {ours['figures'][8]:.6f}.\n"
    )
    print(text)
    (ROOT / "docs/benchmarks").mkdir(exist_ok=True)
    (ROOT / "docs/benchmarks/metrics.md").write_text(text)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        run(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
