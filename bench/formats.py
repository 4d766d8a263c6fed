"""Dataset conversion beside Datumaro, supervision and pycocotools.

    python bench/formats.py                 20,000 pictures, 150,000 annotations, half of them polygons (42 MB of JSON)
    python bench/formats.py --scale 1 10    and ten times as much
    python bench/formats.py --peers ''      ours alone

supervision opens every picture and holds every polygon as a picture of its own, 4.5 MB a picture: it runs on a fortieth of
the set, and so does Doujia on the line above it.

Every line is one whole process from start to exit, JSON only, no pictures. Annotations stand in random order, as in the
official COCO files. ``floor`` is a plain decode and encode of the file by the fastest JSON library we know, all in memory.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import sys
from pathlib import Path

from PIL import Image

from environments import Cost, measured, python_of

HERE = Path(__file__).parent
IMAGES, ANNOTATIONS, CLASSES = 20_000, 150_000, 80
SMALL = 0.025

FLOOR = """
import gc, sys, msgspec
gc.disable()
data = open(sys.argv[1], 'rb').read()
open(sys.argv[2], 'wb').write(msgspec.json.encode(msgspec.json.decode(data)))
"""

DATUMARO = """
import sys
from datumaro import Dataset
dataset = Dataset.import_from(sys.argv[1], 'coco_instances')
dataset.export(sys.argv[2], sys.argv[3], save_media=False)
"""

PYCOCOTOOLS = """
import json, sys
from pycocotools.coco import COCO
coco = COCO(sys.argv[1])
json.dump(coco.dataset, open(sys.argv[2], 'w'))
"""

SUPERVISION = """
import sys
import supervision as sv
dataset = sv.DetectionDataset.from_coco(images_directory_path=sys.argv[1], annotations_path=sys.argv[2], force_masks=False)
dataset.as_coco(annotations_path=sys.argv[3])
"""


def generate(path: Path, scale: float, seed: int = 7) -> None:
    """Write a COCO file of ``scale`` times 20,000 pictures 640x480; numbers with two decimals."""
    rng = random.Random(seed)
    images = int(IMAGES * scale)
    with path.open("w", encoding="utf-8") as out:
        out.write('{"info": {"description": "bench"}, "licenses": [], "images": [')
        for i in range(1, images + 1):
            row = {"id": i, "file_name": f"{i // 1000:03d}/{i:012d}.jpg", "width": 640, "height": 480}
            out.write((", " if i > 1 else "") + json.dumps(row))
        out.write('], "annotations": [')
        for k in range(1, int(ANNOTATIONS * scale) + 1):
            out.write((", " if k > 1 else "") + json.dumps(_annotation(rng, k, images)))
        classes = [{"id": i, "name": f"class {i}", "supercategory": "thing"} for i in range(1, CLASSES + 1)]
        out.write('], "categories": ' + json.dumps(classes) + "}")


def _annotation(rng: random.Random, number: int, images: int) -> dict[str, object]:
    w, h = round(rng.uniform(8, 200), 2), round(rng.uniform(8, 160), 2)
    x, y = round(rng.uniform(0, 640 - w), 2), round(rng.uniform(0, 480 - h), 2)
    row: dict[str, object] = {
        "id": number,
        "image_id": rng.randrange(images) + 1,
        "category_id": rng.randrange(CLASSES) + 1,
    }
    if number % 2:
        return {**row, "segmentation": [], "area": round(w * h, 4), "bbox": [x, y, w, h], "iscrowd": 0}
    corners = rng.randint(8, 24)
    ring: list[float] = []
    for j in range(corners):
        angle, share = 2 * math.pi * j / corners, rng.uniform(0.7, 1)
        ring.append(round(x + w / 2 + share * w / 2 * math.cos(angle), 2))
        ring.append(round(y + h / 2 + share * h / 2 * math.sin(angle), 2))
    xs, ys = ring[0::2], ring[1::2]
    area = abs(sum(xs[i - 1] * ys[i] - xs[i] * ys[i - 1] for i in range(corners))) / 2
    bbox = [min(xs), min(ys), round(max(xs) - min(xs), 2), round(max(ys) - min(ys), 2)]
    return {**row, "segmentation": [ring], "area": round(area, 2), "bbox": bbox, "iscrowd": 0}


def kept(target: Path, kind: str) -> str:
    """Count what stands in an output, by reading the files as text: annotations or lines or objects."""
    if not target.exists():
        return "-"
    if kind == "coco":
        files = [target] if target.is_file() else list(target.rglob("*.json"))
        return f"{sum(_occurrences(f, b'category_id') for f in files):,}"
    if kind == "yolo":
        files = [f for f in target.rglob("*.txt") if f.parent != target]
        return f"{sum(len(f.read_bytes().splitlines()) for f in files):,}"
    return f"{sum(f.read_bytes().count(b'<object>') for f in target.rglob('*.xml')):,}"


def _occurrences(path: Path, needle: bytes) -> int:
    total, tail = 0, b""
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            total += (tail + block).count(needle)
            tail = block[-len(needle) + 1 :]
    return total


def pictures_of(source: Path) -> Path:
    """Make the pictures that a COCO file names, for the peer that opens them: one black picture under all their names."""
    folder = source.with_suffix("")
    blank = folder / "blank.jpg"
    if not blank.exists():
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (640, 480)).save(blank)
        for row in json.loads(source.read_bytes())["images"]:
            path = folder / row["file_name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.hardlink_to(blank)
    return folder


def clear(path: Path) -> None:
    """Remove an earlier output."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def ours(source: Path, out: Path, target: str) -> tuple[Cost, str]:
    """Convert with the command line, as a person would."""
    destination = out / ("ours.json" if target == "coco" else f"ours-{target}")
    clear(destination)
    command = [
        sys.executable,
        "-m",
        "doujia",
        "convert",
        str(source),
        str(destination),
        "--from",
        "coco",
        "--to",
        target,
    ]
    if target == "voc":
        command += ["--allow-loss", "geometry_reduced"]
    cost = measured(command, {"PYTHONPATH": str(HERE.parent / "src")})
    return cost, kept(destination, target)


def peer(name: str, source: Path, out: Path, target: str) -> tuple[Cost, str] | None:
    """Convert with a peer, None where it does not offer this."""
    destination = out / f"{name}-{target}"
    if name == "datumaro":
        folder = out / "datumaro-source" / "annotations"
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "images" / "train").mkdir(parents=True, exist_ok=True)  # it looks for one
        linked = folder / "instances_train.json"
        linked.unlink(missing_ok=True)
        linked.symlink_to(source.resolve())
        clear(destination)
        wanted = {"coco": "coco_instances", "yolo": "yolo", "voc": "voc_detection"}[target]
        command = [str(python_of(name)), "-c", DATUMARO, str(folder.parent), str(destination), wanted]
    elif target != "coco":
        return None
    elif name == "pycocotools":
        destination = out / f"{name}.json"
        command = [str(python_of(name)), "-c", PYCOCOTOOLS, str(source), str(destination)]
    elif name == "supervision":
        destination = out / f"{name}.json"
        images = str(pictures_of(source))
        command = [str(python_of(name)), "-c", SUPERVISION, images, str(source), str(destination)]
    else:
        destination = out / "floor.json"
        command = [sys.executable, "-c", FLOOR, str(source), str(destination)]
    clear(destination)
    cost = measured(command)
    return cost, kept(destination, target) if cost.ok else "failed: " + (
        cost.output.strip().splitlines() or ["killed"]
    )[-1][:60]


def main() -> None:
    """Run the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=int, nargs="+", default=[1])
    parser.add_argument("--peers", default="floor,datumaro,pycocotools,supervision")
    parser.add_argument("--out", type=Path, default=HERE / "out" / "formats")
    parser.add_argument("--repeat", type=int, default=3, help="runs of ours; the cheapest counts")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    print(
        f"{'scale':>6} {'to':<5} {'tool':<12} {'CPU s':>7} {'wall s':>7} {'x ours':>7} {'peak MB':>8}  marks kept"
    )
    peers = [name for name in args.peers.split(",") if name]
    for scale in args.scale:
        source = args.out / f"coco-{scale}x.json"
        if not source.exists():
            generate(source, scale)
        for target in ("coco", "yolo", "voc"):
            wanted = [p for p in peers if p != "supervision" and (p != "floor" or target == "coco")]
            compare(scale, source, args.out, target, wanted, args.repeat)
    if "supervision" in peers:
        source = args.out / f"coco-{SMALL}x.json"
        if not source.exists():
            generate(source, SMALL)
        compare(SMALL, source, args.out, "coco", ["supervision"], args.repeat)


def compare(scale: float, source: Path, out: Path, target: str, peers: list[str], repeat: int) -> None:
    """Print the lines of one file and one target: ours, the cheapest of ``repeat`` runs, and each peer once."""
    runs = [ours(source, out, target) for _ in range(repeat)]
    best, count = min(runs, key=lambda r: r[0].cpu)
    show(scale, target, "doujia", best, best.cpu, count)
    for name in peers:
        result = peer(name, source, out, target)
        if result is not None:
            show(scale, target, name, result[0], best.cpu, result[1])


def show(scale: float, target: str, tool: str, cost: Cost, base: float, count: str) -> None:
    """Print one line of the table."""
    print(
        f"{scale:>5}x {target:<5} {tool:<12} {cost.cpu:>7.2f} {cost.wall:>7.2f} {cost.cpu / base:>7.2f} {cost.peak:>8.0f}  {count}",
        flush=True,
    )


if __name__ == "__main__":
    main()
