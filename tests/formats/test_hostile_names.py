"""Names that lead elsewhere, in every format that writes: no file outside the target, nothing of another file inside it.

Label Studio's converters read the picture that a task named (CVE-2025-25295): an export of ``../../etc/passwd`` held that file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from doujia import formats
from doujia.errors import DoujiaError
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.contract import LOSS_CODES
from doujia.marks import (
    AudioMedia,
    Box,
    ImageMedia,
    Interval,
    Item,
    ItemMarks,
    LabelClass,
    Mark,
    Schema,
    Span,
    TextMedia,
)

SECRET = "doujia-secret-7f3a"
HOSTILE = [
    "../secret.txt", "../../secret.txt", "{outside}/secret.txt", "..\\secret.txt", "C:\\secret.txt", "\\\\host\\share\\secret.txt",
    "a/../../secret.txt", "%2e%2e/secret.txt", "link/secret.txt", "x\0.txt", "CON", "=cmd|' /C calc'!A0.png", "<img src=x onerror=1>.png",
]  # fmt: skip
WRITERS = [name for name in formats.names() if formats.get(name).write is not None]


def dataset(name: str) -> MemoryDataset:
    """Three media under one hostile name, so that every format finds one it can write."""
    schema = Schema(classes=[LabelClass(id="car", kinds=["box", "interval", "span"])])
    picture = Item(id=name, name=name, media=ImageMedia(width=64, height=48), status="done")
    sound = Item(
        id=f"s{name}", name=name, media=AudioMedia(samples=80_000, sample_rate=16_000), status="done"
    )
    text = Item(id=f"t{name}", name=name, media=TextMedia(text="a red car"), status="done")
    return MemoryDataset(
        schema,
        [
            ItemMarks(picture, [Mark(id="1", label="car", geometry=Box(1, 2, 20, 30))]),
            ItemMarks(sound, [Mark(id="1", label="car", geometry=Interval(8_000, 24_000))]),
            ItemMarks(text, [Mark(id="1", label="car", geometry=Span(start=6, end=9, quote="car"))]),
        ],
    )


@pytest.mark.parametrize("format", WRITERS)
def test_no_name_leads_out_of_an_export_or_another_file_into_it(format: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    (tmp_path / "secret.txt").write_text(SECRET)
    written = 0
    for number, hostile in enumerate(HOSTILE):
        room = tmp_path / f"room{number}"
        room.mkdir()
        (room / "link").symlink_to(outside)
        before = {p for p in tmp_path.rglob("*") if room not in p.parents and p != room}
        target = room / "out" if number % 2 else room / "out.txt"
        options = WriteOptions(allow_loss=frozenset(LOSS_CODES))
        try:
            formats.write(dataset(hostile.replace("{outside}", str(outside))), target, format, options)
            written += 1
        except DoujiaError:
            pass  # refused by name or for want of something to write: as good as harmless
        after = {p for p in tmp_path.rglob("*") if room not in p.parents and p != room}
        assert after == before, f"{format} wrote beside its target for {hostile!r}"
        assert [p.name for p in outside.iterdir()] == ["secret.txt"]
        for made in target.rglob("*") if target.is_dir() else [target] if target.exists() else []:
            assert made.resolve().is_relative_to(target.resolve()), f"{format}: {hostile!r}"
            assert made.is_dir() or SECRET.encode() not in made.read_bytes(), f"{format} read {hostile!r}"
    assert (outside / "secret.txt").read_text() == SECRET
    assert written or format in NEEDS_OTHER_MEDIA, "nothing was written: this proves nothing"


NEEDS_OTHER_MEDIA = {
    "template", "kitti-3d", "kitti-raw", "chat-jsonl", "dpo-jsonl", "kto-jsonl", "prm-jsonl",
}  # fmt: skip
"""Formats that hold none of the three: they want sweeps, conversations or a template."""
