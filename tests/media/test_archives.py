"""Archives that mean harm: counted before they are read, cut off where they swell."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from doujia.media.archives import ArchiveLimits, members
from doujia.media.lists import read_list
from doujia.media.reasons import Refused


def put(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "archive"
    path.write_bytes(data)
    return path


def looked_through(path: Path, kind: str, limits: ArchiveLimits = ArchiveLimits()) -> dict[str, str]:
    """Return what became of each member: its content's length, or the code of its refusal."""
    found: dict[str, str] = {}
    for member in members(path, kind, limits):
        try:
            member.copy_to(path.with_name("out"))
            found[member.name] = str(path.with_name("out").stat().st_size)
        except Refused as refused:
            found[member.name] = refused.code
    return found


def whole(path: Path, kind: str, limits: ArchiveLimits = ArchiveLimits()) -> str:
    with pytest.raises(Refused) as refused:
        looked_through(path, kind, limits)
    return refused.value.code


def local_header(name: bytes, packed: int, size: int) -> bytes:
    return struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, packed, size, len(name), 0) + name


def central(name: bytes, packed: int, size: int, offset: int, crc: int = 0) -> bytes:
    return struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, packed, size, len(name), 0, 0, 0, 0, 0, offset
    ) + name  # fmt: skip


def end_record(count: int, length: int, offset: int) -> bytes:
    return struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), length, offset, 0
    )


def test_a_million_entries_are_counted_without_being_loaded(tmp_path: Path) -> None:
    entry = central(b"a", 0, 0, 0)
    directory = entry * 1_000_000
    lying = put(tmp_path, directory + end_record(3, len(directory), 0))
    assert whole(lying, "zip") == "too_many_files"
    short = put(tmp_path, directory + end_record(3, 0x7FFFFFFF, 0))
    assert whole(short, "zip") in ("too_many_files", "archive_broken")


def test_small_zip_that_claims_four_gigabytes_is_a_bomb(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(bytes(40_000_000)) + packer.flush()
    assert len(body) < 42_000
    name = b"a.bmp"
    head = local_header(name, len(body), 0xFFFFFFF0) + body
    directory = central(name, len(body), 0xFFFFFFF0, 0)
    path = put(tmp_path, head + directory + end_record(1, len(directory), len(head)))
    assert looked_through(path, "zip") == {"a.bmp": "bomb"}
    # The same with a modest claim: what comes out beyond it is cut off.
    head = local_header(name, len(body), 1000) + body
    directory = central(name, len(body), 1000, 0)
    path = put(tmp_path, head + directory + end_record(1, len(directory), len(head)))
    assert looked_through(path, "zip")["a.bmp"] in ("bomb", "archive_broken")


def test_entries_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    body = zlib.compress(bytes(1000))[2:-4]
    head = local_header(b"a", len(body), 1000) + body
    directory = central(b"a", len(body), 1000, 0) + central(b"b", len(body), 1000, 5)
    path = put(tmp_path, head + directory + end_record(2, len(directory), len(head)))
    assert whole(path, "zip") == "bomb"


def test_names_of_old_chinese_programs_are_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("XXXX.txt", b"hi")
    gbk = out.getvalue().replace(b"XXXX.txt", "路口".encode("gb18030") + b".txt")
    assert looked_through(put(tmp_path, gbk), "zip") == {"路口.txt": "2"}


def test_passwords_doubles_and_damage_are_named(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", b"one")
        with pytest.warns(UserWarning):
            archive.writestr("a.txt", b"two")
        archive.writestr("b.txt", b"three")
    data = bytearray(out.getvalue())
    data[data.index(b"three")] ^= 1
    path = put(tmp_path, bytes(data))
    found = [(m.name, m.refused.code if m.refused else None) for m in members(path, "zip", ArchiveLimits())]
    assert found == [("a.txt", None), ("a.txt", "listed_twice"), ("b.txt", None)]
    assert looked_through(path, "zip")["b.txt"] == "archive_broken"
    locked = bytearray(out.getvalue())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert looked_through(put(tmp_path, bytes(locked)), "zip")["a.txt"] in ("encrypted", "listed_twice")
    assert next(m.refused.code for m in members(put(tmp_path, bytes(locked)), "zip", ArchiveLimits()) if m.refused) == "encrypted"  # fmt: skip


def test_a_tar_that_swells_is_cut_off(tmp_path: Path) -> None:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        info = tarfile.TarInfo("zeros.bin")
        info.size = 60_000_000
        tar.addfile(info, io.BytesIO(bytes(60_000_000)))
    path = put(tmp_path, out.getvalue())
    assert path.stat().st_size < 100_000
    assert looked_through_or_code(path) == "bomb"


def looked_through_or_code(path: Path) -> str:
    try:
        return "".join(looked_through(path, "gz").values())
    except Refused as refused:
        return refused.code


def test_a_tar_header_that_claims_a_gigabyte_of_names_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    path = put(tmp_path, info.tobuf(tarfile.USTAR_FORMAT) + bytes(2048))
    assert whole(path, "tar") == "bomb"


def test_limits_on_members_and_sizes(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for number in range(5):
            info = tarfile.TarInfo(f"{number}.bin")
            info.size = 100 * (number + 1)
            tar.addfile(info, io.BytesIO(bytes(info.size)))
    path = put(tmp_path, out.getvalue())
    assert whole(path, "tar", ArchiveLimits(files=4)) == "too_many_files"
    found = looked_through(path, "tar", ArchiveLimits(one=250))
    assert found == {
        "0.bin": "100",
        "1.bin": "200",
        "2.bin": "too_large",
        "3.bin": "too_large",
        "4.bin": "too_large",
    }


def test_lists_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text('{"url": "https://a/1.jpg"}\n\nnot json\n["x"]\n"https://a/b%20c.png?x=1"\n', "utf-8")
    rows = list(read_list(path, "jsonl"))
    assert [(r.line, r.url, r.name, r.refused.code if r.refused else "") for r in rows] == [
        (1, "https://a/1.jpg", "1.jpg", ""),
        (3, "", "", "row_invalid"),
        (4, "", "", "row_invalid"),
        (5, "https://a/b%20c.png?x=1", "b c.png", ""),
    ]
    with path.open("wb") as file:
        file.truncate(2_000_000_000)  # 2 GB of nothing, on a sparse file
    for kind in ("json", "jsonl", "csv"):
        with pytest.raises(Refused) as refused:
            list(read_list(path, kind))
        assert refused.value.code == "too_large"


def test_deep_json_is_refused_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"[" * 200_000)
    with pytest.raises(Refused) as refused:
        list(read_list(path, "json"))
    assert refused.value.code == "unreadable"
