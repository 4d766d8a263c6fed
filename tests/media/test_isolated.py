"""A file that kills, hangs or bloats its decoder costs one child and nothing else."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from doujia.media.intake import Limits
from doujia.media.isolated import Decoders
from doujia.media.reasons import Refused


def picture(path: Path, width: int = 60, height: int = 40) -> Path:
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)).save(path, "PNG")
    return path


def flat_png(path: Path, width: int, height: int) -> Path:
    """A small file that is honestly large when decoded."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    out, packer = BytesIO(), zlib.compressobj(6)
    row = b"\0" + bytes(width * 3)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    out.write(chunk(b"IDAT", body) + chunk(b"IEND", b""))
    path.write_bytes(out.getvalue())
    return path


def test_good_and_bad_files_side_by_side(tmp_path: Path) -> None:
    good = picture(tmp_path / "good")
    bad = tmp_path / "bad"
    bad.write_bytes(b"<svg/>")
    with Decoders(workers=2) as decoders:
        futures = []
        for number, path in enumerate((good, bad, good, bad, good)):
            folder = tmp_path / str(number)
            folder.mkdir()
            futures.append(decoders.submit(path, "a.png", "image", folder, Limits()))
        for number, future in enumerate(futures):
            if number % 2:
                with pytest.raises(Refused) as refused:
                    future.result()
                assert refused.value.code == "svg"
            else:
                assert future.result().media["width"] == 60


def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_one_comes_in(tmp_path: Path) -> None:
    heavy = flat_png(tmp_path / "heavy", 9000, 9000)
    assert heavy.stat().st_size < 400_000
    light = picture(tmp_path / "light")
    folder = tmp_path / "out"
    folder.mkdir()
    with Decoders(workers=1, memory=300_000_000) as decoders:
        first = decoders.submit(heavy, "a.png", "image", folder, Limits())
        second = decoders.submit(light, "b.png", "image", folder, Limits())
        with pytest.raises(Refused) as refused:
            first.result()
        assert refused.value.code == "takes_too_much"
        assert second.result().media == {"kind": "image", "width": 60, "height": 40}


def test_a_decoder_that_hangs_is_ended(tmp_path: Path) -> None:
    heavy = flat_png(tmp_path / "heavy", 9000, 9000)
    light = picture(tmp_path / "light")
    folder = tmp_path / "out"
    folder.mkdir()
    with Decoders(workers=1, seconds=0.001) as decoders:
        with pytest.raises(Refused) as refused:
            decoders.submit(heavy, "a.png", "image", folder, Limits()).result()
        assert refused.value.code == "takes_too_long"
    with Decoders(workers=1) as decoders:
        assert decoders.submit(light, "b.png", "image", folder, Limits()).result().size > 0
