"""Our release opened by mlcroissant, the reference validator of Croissant."""

from __future__ import annotations

import pytest

from doujia import formats
from doujia.formats import MemoryDataset
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema
from peers import ask

pytestmark = pytest.mark.peers

READ = """
import json, sys
import mlcroissant
loaded = mlcroissant.Dataset(sys.argv[1])
issues = loaded.metadata.ctx.issues
splits = [r["splits/name"] for r in loaded.records("splits")]
splits = [s.decode() if isinstance(s, bytes) else s for s in splits]
print("ROWS" + json.dumps([sorted(map(str, issues.errors)), sorted(map(str, issues.warnings)), splits]))
"""


def test_the_reference_validator_accepts_a_croissant_release(tmp_path):
    said = {
        "name": "order-1042",
        "description": "Crossings",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "url": "https://example.org/order-1042",
        "version": "1.2.0",
        "date": "2026-11-21",
        "creator": "Base",
        "citeAs": "Base (2026)",
    }
    marks = [Mark(id="m1", label="car", geometry=Box(1, 2, 3, 4), score=0.5)]
    items = [
        ItemMarks(Item(id=str(n), name=f"{n}.jpg", media=ImageMedia(width=8, height=8), split=split), marks)
        for n, split in enumerate(("train", "val"))
    ]
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="car")]), items)
    formats.write(dataset, tmp_path / "r", "croissant", formats.WriteOptions(extra=said))
    errors, warnings, splits = ask("mlcroissant", READ, tmp_path / "r" / "croissant.json")
    assert (errors, warnings, splits) == ([], [], ["train", "val"])
