"""Random damage to YOLO and VOC files ends in problems or a Doujia error: never a traceback, never half an output."""

from __future__ import annotations

import contextlib
import random
import shutil
from pathlib import Path

import pytest

from doujia import formats
from doujia.errors import DoujiaError
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.contract import LOSS_CODES
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Polygon, PolygonPart, Schema

ALL = WriteOptions(allow_loss=frozenset(LOSS_CODES))


def sample() -> MemoryDataset:
    media = ImageMedia(width=64, height=48)
    marks = [
        Mark(id="1", geometry=Box(1, 2, 30, 40), label="车", attrs={"颜色": "红"}, flags=["occluded"]),
        Mark(id="2", geometry=Polygon([PolygonPart([1, 2, 30, 2, 30, 40])]), label="人"),
    ]
    items = [
        ItemMarks(Item(id=str(i), name=f"图/{i}.png", media=media, split="train"), marks) for i in (1, 2)
    ]
    return MemoryDataset(Schema(classes=[LabelClass(id="车"), LabelClass(id="人")]), items)


@pytest.mark.parametrize("name", ["yolo-detect", "yolo-seg", "yolo-obb", "voc"])
def test_random_damage(tmp_path: Path, name: str) -> None:
    rng = random.Random(5)
    whole = tmp_path / "whole"
    formats.write(sample(), whole, name, ALL)
    files = sorted(p for p in whole.rglob("*") if p.is_file())
    outcomes = {"read": 0, "refused": 0}
    for _ in range(120):
        broken = tmp_path / "broken"
        shutil.copytree(whole, broken)
        victim = broken / rng.choice(files).relative_to(whole)
        data = bytearray(victim.read_bytes() or b" ")
        for _ in range(rng.randint(1, 5)):
            data[rng.randrange(len(data))] = rng.choice(b'<>&"/:[]{}-.eN09 \n\x00\xff')
        victim.write_bytes(bytes(data[: rng.randint(1, len(data))] if rng.random() < 0.3 else data))
        target = tmp_path / "out.json"
        with contextlib.suppress(DoujiaError):
            formats.write(formats.read(broken, name), target, "coco", ALL)
        outcomes["read" if target.exists() else "refused"] += 1
        shutil.rmtree(broken)
        target.unlink(missing_ok=True)
        assert [p.name for p in tmp_path.iterdir()] == ["whole"]
    assert outcomes["read"] > 60
