"""What headers of clips, sounds and phone pictures tell. The files were made by ffmpeg and libheif (samples/README.md); the
expected numbers are those they were made with, and what ffmpeg's own decoder counts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from doujia.marks import AudioMedia, Media, VideoMedia
from doujia.media.intake import Intake, Limits, take_in
from doujia.media.reasons import Refused

SAMPLES = Path(__file__).parent / "samples"
PLACES = [os.environ.get("DOUJIA_SHARED"), *(p / "shared" for p in Path(__file__).resolve().parents)]
SHARED = next((Path(p) / "data" for p in PLACES if p and (Path(p) / "data").is_dir()), Path("nowhere"))


def taken(name: str, medium: str, folder: Path, path: Path | None = None) -> Intake:
    return take_in(path or SAMPLES / name, name, medium, folder, Limits())


def video(width: int, height: int, frames: int, num: int, den: int = 1) -> Callable[[], Media]:
    return lambda: VideoMedia(width=width, height=height, frames=frames, fps_num=num, fps_den=den)


def sound(samples: int, rate: int, channels: int = 1) -> Callable[[], Media]:
    return lambda: AudioMedia(samples=samples, sample_rate=rate, channels=channels)


FACTS = {
    "25fps.mp4": video(64, 48, 30, 25),
    "fragments.mp4": video(64, 48, 24, 25, 2),
    "ntsc.webm": video(64, 48, 20, 30000, 1001),
    "10fps.avi": video(64, 48, 15, 10),
    "mono.mp3": sound(22050, 22050),
    "stereo.mp3": sound(30000, 44100, 2),
    "mono.opus": sound(48000, 48000),  # one second; Opus counts in 48 kHz
    "flac.oga": sound(8000, 16000),
    "mono.m4a": sound(16000, 16000),
    "isom.m4a": sound(16000, 32000, 2),
}


@pytest.mark.parametrize("name", FACTS)
def test_length_and_size_are_told_by_the_header(name: str, tmp_path: Path) -> None:
    expected = FACTS[name]()
    medium = "video" if isinstance(expected, VideoMedia) else "audio"
    assert msgspec.convert(taken(name, medium, tmp_path).media, Media) == expected


# Frames and rates as the collection's README says; samples as ffmpeg decodes them.
COLLECTED = {
    "video/bottles_shelf.mp4": video(640, 360, 1189, 179, 6),
    "video/cars_from_above.mp4": video(768, 432, 377, 25, 2),
    "video/hand_cups.mp4": video(1280, 720, 300, 30000, 1001),
    "video/motorway_lane.mp4": video(960, 540, 221, 25),
    "video/pedestrians_vtest.avi": video(768, 576, 795, 10),
    "audio/speech.opus": sound(387072, 48000),
    "audio/speech_60s.mp3": sound(111744, 44100, 2),
}


def test_real_files_where_the_collection_is_at_hand(tmp_path: Path) -> None:
    here = {name: facts() for name, facts in COLLECTED.items() if (SHARED / name).is_file()}
    found = {
        name: msgspec.convert(
            taken(Path(name).name, name.split("/")[0], tmp_path, SHARED / name).media, Media
        )
        for name in here
    }
    assert found == here


def turned_movie(degrees: int) -> bytes:
    """The matrix of tkhd says a quarter turn: a b c d in 16.16."""
    data = bytearray((SAMPLES / "25fps.mp4").read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    a, b = {0: (1, 0), 90: (0, 1), 270: (0, -1)}[degrees]
    for place, value in ((at, a), (at + 4, b), (at + 12, -b), (at + 16, a)):
        data[place : place + 4] = (value << 16).to_bytes(4, "big", signed=True)
    return bytes(data)


@pytest.mark.parametrize(("degrees", "size"), [(0, (64, 48)), (90, (48, 64)), (270, (48, 64))])
def test_a_phone_held_upright(degrees: int, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "phone.mov"
    path.write_bytes(turned_movie(degrees))
    media = taken("phone.mov", "video", tmp_path, path).media
    assert (media["width"], media["height"]) == size


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_cut_or_scrambled_file_is_named_and_never_an_error(name: str, tmp_path: Path) -> None:
    whole = (SAMPLES / name).read_bytes()
    medium = "video" if isinstance(FACTS[name](), VideoMedia) else "audio"
    path = tmp_path / name
    refused = 0
    for cut in range(1, 12):
        path.write_bytes(whole[: len(whole) * cut // 12])
        refused += outcome(path, name, medium, tmp_path)
    dice = np.random.default_rng(7)
    for _ in range(60):
        data = bytearray(whole)
        for place in dice.integers(0, min(len(data), 1200), 6):
            data[place] = int(dice.integers(256))
        path.write_bytes(bytes(data))
        refused += outcome(path, name, medium, tmp_path)
    assert refused > 0


def outcome(path: Path, name: str, medium: str, folder: Path) -> int:
    try:
        taken(name, medium, folder, path)
    except Refused:
        return 1
    return 0


def test_sound_in_a_film_container_belongs_to_sounds(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        taken("isom.m4a", "video", tmp_path)
    assert refused.value.code == "wrong_medium"
    assert taken("isom.m4a", "audio", tmp_path).mime == "audio/mp4"


def test_a_thousand_nested_boxes_are_refused(tmp_path: Path) -> None:
    body = b""
    for _ in range(2000):
        body = (len(body) + 8).to_bytes(4, "big") + b"trak" + body
    data = b"\0\0\0\x10ftypisom\0\0\0\0" + (len(body) + 8).to_bytes(4, "big") + b"moov" + body
    path = tmp_path / "deep.mp4"
    path.write_bytes(data)
    assert outcome(path, "deep.mp4", "video", tmp_path) == 1


RED, BLUE, GREEN, WHITE = (230, 20, 20), (20, 40, 230), (20, 200, 40), (240, 240, 240)


@pytest.mark.parametrize(
    ("name", "size", "corners"),
    [
        ("upright.heic", (64, 48), (RED, BLUE, GREEN, WHITE)),
        # The sensor's picture turned by a quarter clockwise: what lay left lies on top.
        ("turned.heic", (48, 64), (GREEN, RED, WHITE, BLUE)),
    ],
)
def test_heic_is_shown_upright_and_without_its_place(
    name: str, size: tuple[int, int], corners: tuple[tuple[int, int, int], ...], tmp_path: Path
) -> None:
    intake = taken(name, "image", tmp_path)
    assert (intake.mime, intake.media["width"], intake.media["height"]) == ("image/heic", *size)
    assert intake.media.get("exif_orientation", 1) == 1  # it turns by a box of its own, applied once
    assert intake.served is not None and intake.preview is not None and intake.served.type == "jpg"
    for made in (intake.served, intake.preview):
        with Image.open(made.path) as picture:
            assert picture.size == size and len(picture.getexif()) == 0
            pixels = np.asarray(picture.convert("RGB")).astype(int)
        w, h = size
        for (x, y), colour in zip(((8, 8), (w - 8, 8), (8, h - 8), (w - 8, h - 8)), corners, strict=True):
            assert np.abs(pixels[y, x] - np.array(colour)).max() < 40, (x, y)
        data = Path(made.path).read_bytes()
        assert b"Exif" not in data and b"Camera" not in data


def test_a_cut_heic_is_refused(tmp_path: Path) -> None:
    whole = (SAMPLES / "upright.heic").read_bytes()
    path = tmp_path / "cut.heic"
    path.write_bytes(whole[:-200])
    with pytest.raises(Refused) as refused:
        taken("cut.heic", "image", tmp_path, path)
    assert refused.value.code in ("truncated", "unreadable")
