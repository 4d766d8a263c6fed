"""Pictures come in upright, clean and small; what is broken, false or too large is named."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from doujia.media import checks, pictures, tiles
from doujia.media.intake import Intake, Limits, take_in
from doujia.media.reasons import REASONS, Refused
from doujia.media.sniff import sniff
from doujia.media.strip import strip_jpeg, strip_png, strip_webp

# EXIF 2.32, 4.6.5.A: which side of the scene the 0th row and the 0th column of the stored picture show.
ORIENTATIONS = {
    1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
    5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
}  # fmt: skip
RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 200, 20), (20, 20, 220), (250, 250, 250)


def scene() -> Any:
    """64 wide, 32 high: red, green above; blue, white below."""
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:16, :32], picture[:16, 32:], picture[16:, :32], picture[16:, 32:] = RED, GREEN, BLUE, WHITE
    return picture


def stored(orientation: int) -> Any:
    """The scene as a camera held that way stores it, pixel by pixel from the table of the standard."""
    row0, column0 = ORIENTATIONS[orientation]
    shown = scene()
    height, width = shown.shape[:2]
    turned = row0 in ("left", "right")
    rows, columns = (width, height) if turned else (height, width)
    out = np.zeros((rows, columns, 3), np.uint8)
    for r in range(rows):
        for c in range(columns):
            along = {row0: r, column0: c}
            y = along["top"] if "top" in along else height - 1 - along["bottom"]
            x = along["left"] if "left" in along else width - 1 - along["right"]
            out[r, c] = shown[y, x]
    return out


def jpeg_with_exif(pixels: Any, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SECRET CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, subsampling=0, exif=exif, comment=b"SECRET NOTE")
    return out.getvalue()


def take(tmp_path: Path, data: bytes, name: str = "a.jpg", **limits: int) -> Intake:
    path = tmp_path / "in"
    path.write_bytes(data)
    folder = tmp_path / "out"
    folder.mkdir(exist_ok=True)
    return take_in(path, name, "image", folder, Limits(**limits))


def corners(data: bytes) -> list[Any]:
    with Image.open(BytesIO(data)) as picture:
        assert picture.getexif() == {}
        rgb = np.asarray(picture.convert("RGB")).astype(int)
    h, w = rgb.shape[:2]
    return [
        rgb[h // 4, w // 4],
        rgb[h // 4, 3 * w // 4],
        rgb[3 * h // 4, w // 4],
        rgb[3 * h // 4, 3 * w // 4],
    ]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_shown_upright_whatever_way_the_camera_was_held(
    tmp_path: Path, orientation: int
) -> None:
    intake = take(tmp_path, jpeg_with_exif(stored(orientation), orientation))
    # Orientation 1 is left out of the document: it is the struct's default.
    expected = {"kind": "image", "width": 64, "height": 32}
    assert intake.media == (expected if orientation == 1 else expected | {"exif_orientation": orientation})
    assert intake.served and intake.preview
    for made in (intake.served, intake.preview):
        data = Path(made.path).read_bytes()
        assert b"SECRET" not in data and b"Exif" not in data
        with Image.open(BytesIO(data)) as picture:
            assert picture.size == (64, 32)
        for found, wanted in zip(corners(data), (RED, GREEN, BLUE, WHITE), strict=True):
            assert np.abs(found - np.array(wanted)).max() < 25


def test_an_upright_jpeg_keeps_its_pixels_to_the_bit(tmp_path: Path) -> None:
    data = jpeg_with_exif(scene(), 1)
    intake = take(tmp_path, data + b"<script>glued on</script>")
    assert intake.served is not None
    clean = Path(intake.served.path).read_bytes()
    assert b"SECRET" not in clean and b"script" not in clean
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(clean)) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))


def test_progressive_jpegs_and_their_profiles_survive_stripping() -> None:
    noise = np.random.default_rng(7).integers(0, 255, (70, 90, 3), np.uint8)
    out = BytesIO()
    Image.fromarray(noise).save(
        out, "JPEG", progressive=True, exif=b"Exif\0\0rest", icc_profile=b"p" * 70_000
    )
    clean = strip_jpeg(out.getvalue())
    with Image.open(BytesIO(out.getvalue())) as before, Image.open(BytesIO(clean)) as after:
        assert after.info["icc_profile"] == b"p" * 70_000
        assert "exif" not in after.info
        assert np.array_equal(np.asarray(before), np.asarray(after))


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_png_and_webp_lose_their_texts_and_keep_their_pixels() -> None:
    noise = np.random.default_rng(8).integers(0, 255, (20, 30, 4), np.uint8)
    for kind, strip, options in (
        ("PNG", strip_png, {}),
        ("WEBP", strip_webp, {"lossless": True, "exact": True}),
    ):
        out = BytesIO()
        Image.fromarray(noise, "RGBA").save(out, kind, exif=b"Exif\0\0SECRET", xmp=b"SECRET", **options)
        data = out.getvalue()
        if kind == "PNG":
            data = data[:-12] + png_chunk(b"tEXt", b"gps\0SECRET") + data[-12:] + b"SECRET behind"
        assert b"SECRET" in data
        clean = strip(data)
        assert b"SECRET" not in clean
        with Image.open(BytesIO(clean)) as after:
            assert np.array_equal(np.asarray(after.convert("RGBA")), noise)


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("WEBP", "webp"), ("BMP", "bmp"), ("TIFF", "tif"), ("JPEG", "JPEG")])  # fmt: skip
def test_every_still_format_comes_in(tmp_path: Path, kind: str, ending: str) -> None:
    out = BytesIO()
    Image.fromarray(scene()).save(out, kind)
    intake = take(tmp_path, out.getvalue(), f"照片/一 1.{ending}")
    assert (intake.media["width"], intake.media["height"]) == (64, 32)
    assert intake.served and intake.served.type in ("png", "jpg", "webp")
    for found, wanted in zip(
        corners(Path(intake.served.path).read_bytes()), (RED, GREEN, BLUE, WHITE), strict=True
    ):
        assert np.abs(found - np.array(wanted)).max() < 30


def test_heic_comes_in_as_jpeg(tmp_path: Path) -> None:
    # pi-heif reads only; the head of a HEIC that cannot be decoded must be recognised and refused with a reason.
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x08mdat"
    found = sniff(head)
    assert found is not None and found.name == "heic"
    with pytest.raises(Refused) as refused:
        take(tmp_path, head, "a.heic")
    assert refused.value.code == "unreadable"


def test_deep_and_odd_pixels_are_shown_with_eight_bits(tmp_path: Path) -> None:
    ramp = (np.arange(64 * 64, dtype=np.uint16) * 16).reshape(64, 64)
    out = BytesIO()
    Image.fromarray(ramp).save(out, "TIFF")
    intake = take(tmp_path, out.getvalue(), "deep.tif")
    assert intake.served is not None
    with Image.open(intake.served.path) as shown:
        assert np.array_equal(np.asarray(shown), (ramp >> 8).astype(np.uint8))
    cmyk = BytesIO()
    Image.new("CMYK", (40, 40), (0, 255, 255, 0)).save(cmyk, "JPEG")
    shown_as = take(tmp_path, cmyk.getvalue(), "print.jpg").served
    assert shown_as is not None
    with Image.open(shown_as.path) as shown:
        assert shown.mode == "RGB"
        red = np.asarray(shown)[20, 20]
    assert red[0] > 200 and red[1] < 60 and red[2] < 60


def huge_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be enormous: only the header is true."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
        + png_chunk(b"IEND", b"")
    )  # fmt: skip


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def noise_jpeg() -> bytes:
    out = BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)).save(out, "JPEG")
    return out.getvalue()


SVG = b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
BAD = {
    "empty": (b"", "a.jpg", "empty"),
    "svg": (SVG, "a.svg", "svg"),
    "svg called png": (SVG, "a.png", "svg"),
    "html called jpg": (b"\xef\xbb\xbf  <!DOCTYPE html><script>1</script>", "a.jpg", "html"),
    "gif": (b"GIF89a" + bytes(20), "a.gif", "not_supported"),
    "pdf": (b"%PDF-1.7", "a.pdf", "active_content"),
    "pickle": (b"\x80\x04\x95" + bytes(20), "a.jpg", "active_content"),
    "program": (b"MZ" + bytes(60), "a.png", "active_content"),
    "png called jpg": (huge_png(4, 4), "a.jpg", "mislabelled"),
    "archive": (b"PK\x03\x04" + bytes(40), "b.zip", "nested_archive"),
    "sound": (b"RIFF\x24\0\0\0WAVEfmt ", "a.wav", "wrong_medium"),
    "121 megapixels": (huge_png(11_000, 11_000), "a.png", "too_many_pixels"),
    "no width": (huge_png(0, 10), "a.png", "unreadable"),
    "cut jpeg": (cut(noise_jpeg()), "a.jpg", "truncated"),
    "broken png": (b"\x89PNG\r\n\x1a\n" + bytes(50), "a.png", "unreadable"),
    "noise": (bytes(range(1, 256)) * 4, "a.jpg", "unreadable"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_taken_has_its_reason_in_both_languages(tmp_path: Path, case: str) -> None:
    data, name, code = BAD[case]
    with pytest.raises(Refused) as refused:
        take(tmp_path, data, name)
    assert refused.value.code == code
    assert refused.value.message.zh != refused.value.message.en


def test_a_picture_that_is_a_page_too_is_served_as_nothing_but_its_pixels(tmp_path: Path) -> None:
    """Label Studio CVE-2023-47115: an avatar that was a JPEG and a page at once came back as the page."""
    page = b"<html><script>alert(document.domain)</script></html>"
    plain = noise_jpeg()
    # In a comment segment behind the first marker, in EXIF, and behind the end of the picture.
    comment = b"\xff\xfe" + (len(page) + 2).to_bytes(2, "big") + page
    data = plain[:2] + comment + plain[2:] + page
    intake = take(tmp_path, data)
    assert intake.mime == "image/jpeg" and intake.served and intake.preview
    for made in (intake.served, intake.preview):
        shown = Path(made.path).read_bytes()
        assert made.type == "jpg" and b"<script" not in shown and b"<html" not in shown
        with Image.open(BytesIO(shown)) as picture:
            assert picture.size == (200, 200)


@pytest.mark.slow
def test_a_picture_of_120_megapixels_comes_in_as_tiles_and_a_small_preview(tmp_path: Path) -> None:
    width, height = 12_000, 10_000
    out = BytesIO()
    picture = Image.new("L", (width, height), 90)
    picture.paste(250, (11_776, 9_728, width, height))
    picture.save(out, "PNG", compress_level=1)
    intake = take(tmp_path, out.getvalue(), "a.png")
    assert intake.levels[0] == (width, height)
    assert intake.preview and Path(intake.preview.path).stat().st_size <= 80_000
    assert intake.tiles is not None
    data = Path(intake.tiles.path).read_bytes()
    # The last tile of the full size, 23 across and 19 down of 512 px each, is what was drawn there.
    start, end = struct.unpack(
        "<QQ", data[(place := tiles.tile_place(data[: tiles.TILE_HEADER], 0, 23, 19)) : place + 16]
    )
    with Image.open(BytesIO(data[start:end])) as corner:
        assert corner.size == (width - 23 * 512, height - 19 * 512)
        assert min(corner.convert("L").getdata()) > 240


def test_limits_are_those_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        take(tmp_path, noise_jpeg(), pixels=39_999)
    assert refused.value.code == "too_many_pixels"
    with pytest.raises(Refused) as refused:
        take(tmp_path, noise_jpeg(), bytes=1000)
    assert refused.value.code == "too_large"
    assert take(tmp_path, noise_jpeg(), pixels=40_000).media["width"] == 200


def test_a_preview_of_noise_stays_below_eighty_kilobytes() -> None:
    noise = np.random.default_rng(2).integers(0, 255, (1500, 2000, 3), np.uint8)
    data = pictures.preview(Image.fromarray(noise))
    assert len(data) <= 80_000
    with Image.open(BytesIO(data)) as small:
        assert small.width / small.height == pytest.approx(4 / 3, rel=0.01)


def test_tiles_put_together_are_the_picture() -> None:
    gradient = np.zeros((700, 1300, 3), np.uint8)
    gradient[..., 0] = np.linspace(0, 255, 1300)[None]
    gradient[..., 1] = np.linspace(0, 255, 700)[:, None]
    out = BytesIO()
    levels = tiles.write_pack(Image.fromarray(gradient), out)
    assert levels == [(1300, 700), (650, 350), (325, 175)]
    pack = out.getvalue()
    whole = Image.new("RGB", (1300, 700))
    for y in range(2):
        for x in range(3):
            place = tiles.tile_place(pack[: tiles.TILE_HEADER], 0, x, y)
            start, end = struct.unpack_from("<QQ", pack, place)
            with Image.open(BytesIO(pack[start:end])) as tile:
                assert tile.size == (min(512, 1300 - 512 * x), min(512, 700 - 512 * y))
                whole.paste(tile, (512 * x, 512 * y))
    assert np.abs(np.asarray(whole).astype(int) - gradient).mean() < 2
    top = tiles.tile_place(pack[: tiles.TILE_HEADER], 2, 0, 0)
    assert struct.unpack_from("<QQ", pack, top)[1] == len(pack)
    for level, x, y in ((0, 3, 0), (0, 0, 2), (3, 0, 0), (-1, 0, 0)):
        with pytest.raises(IndexError):
            tiles.tile_place(pack[: tiles.TILE_HEADER], level, x, y)


def test_checks_name_what_is_wrong_with_a_picture() -> None:
    rng = np.random.default_rng(3)
    sharp = rng.integers(0, 255, (300, 400), np.uint8)
    smooth = np.tile(np.linspace(20, 240, 400), (300, 1)).astype(np.uint8)
    cases: list[tuple[Any, list[str]]] = [
        (sharp, []),
        (np.full((300, 400), 120, np.uint8), ["flat"]),
        (sharp // 8, ["dark"]),
        (230 + sharp // 12, ["bright"]),
        (smooth, ["blurred"]),
        (sharp[:20], ["tiny", "strip"]),
    ]
    for pixels, codes in cases:
        height, width = pixels.shape
        found = checks.measures(Image.fromarray(pixels))
        assert [p.code for p in checks.findings(found, width, height)] == codes


def test_every_reason_fills_in_its_places() -> None:
    details = dict.fromkeys(
        ("wanted", "found", "ending", "instead", "megapixels", "limit", "size", "why", "why_zh", "line"), "x"
    )
    for code in REASONS:
        assert "{" not in str(Refused(code, **details).message.zh)
