"""Archives that strangers send: looked through as a stream, member by member, with caps on everything.

Nothing is unpacked by a library's ``extractall``; links and devices are never followed; names come out as they are written
and are the caller's to judge. Sources: APPNOTE.TXT 6.3 (ZIP), POSIX.1-1988 and pax (tar).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from doujia.media.reasons import Refused

__all__ = ["ArchiveLimits", "Member", "members"]

BLOCK = 1 << 18
RATIO_FLOOR = 10_000_000
"""Bytes below which no ratio is abnormal: a black picture packs a thousand times."""
_TAIL = 65_557
_ENTRY = 46
_TAR_EXTENSION_BYTES = 1 << 20
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, struct.error, NotImplementedError, ValueError, OSError)  # fmt: skip


@dataclass(frozen=True)
class ArchiveLimits:
    """What is too much: members, bytes of all together, bytes of one, and how far anything may unpack."""

    files: int = 200_000
    total: int = 200_000_000_000
    one: int = 2_000_000_000
    ratio: int = 100


class Member:
    """One file inside. ``refused`` says why it cannot be taken, else ``copy_to`` gives its bytes, once, in turn."""

    def __init__(self, name: str, source: _Source | None, refused: Refused | None = None) -> None:
        self.name, self.refused, self._source = name, refused, source

    def copy_to(self, path: Path) -> None:
        """Write the content to ``path``.

        Raises:
            Refused: ``bomb``, ``too_large``, ``encrypted`` or ``archive_broken``.
        """
        if self.refused is not None or self._source is None:
            raise self.refused or Refused("archive_broken")
        self._source.copy_to(path)


@dataclass(frozen=True)
class _Source:
    open: Any
    size: int
    limits: ArchiveLimits

    def copy_to(self, path: Path) -> None:
        left = self.size
        try:
            with self.open() as source, path.open("wb") as target:
                while block := source.read(BLOCK):
                    left -= len(block)
                    if left < 0:
                        raise Refused("bomb")  # more comes out than was announced
                    target.write(block)
        except Refused:
            raise
        except RuntimeError as error:  # zipfile's only sign of a password
            raise Refused("encrypted") from error
        except _BROKEN as error:
            raise _trouble(error) from error


def _trouble(error: BaseException) -> BaseException:
    """Return what a reader's error means: a full disk is no fault of the archive."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return Refused("archive_broken")


def members(path: Path, type_name: str, limits: ArchiveLimits) -> Iterator[Member]:
    """Yield the files of a ZIP or (packed) tar in their order in the archive; directories are left out.

    Args:
        type_name: what ``sniff`` found: zip, tar, gz, bz2 or xz.

    Raises:
        Refused: the archive as a whole cannot be taken: ``archive_broken``, ``bomb``, ``too_many_files``, ``too_large``.
    """
    if type_name == "zip":
        yield from _zip(path, limits)
    else:
        yield from _tar(path, type_name, limits)


def _directory_size(file: BinaryIO, limits: ArchiveLimits) -> None:
    """Count the entries of a ZIP's directory before a library builds an object for each of them."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Refused("archive_broken")
    length = struct.unpack_from("<I", tail, at + 12)[0]
    end = size - len(tail) + at
    if length == 0xFFFFFFFF or struct.unpack_from("<H", tail, at + 10)[0] == 0xFFFF:
        locator = tail.rfind(b"PK\x06\x07", 0, at)
        if locator >= 0:
            end = struct.unpack_from("<Q", tail, locator + 8)[0]
            file.seek(end)
            record = file.read(56)
            if record[:4] != b"PK\x06\x06" or len(record) < 56:
                raise Refused("archive_broken")
            length = struct.unpack_from("<Q", record, 40)[0]
    if length > limits.files * 400:
        raise Refused("too_many_files", limit=limits.files)
    if length > end:
        raise Refused("archive_broken")
    file.seek(end - length)
    directory = file.read(length)
    place = count = 0
    while place + _ENTRY <= len(directory):
        name, extra, comment = struct.unpack_from("<HHH", directory, place + 28)
        place += _ENTRY + name + extra + comment
        count += 1
        if count > limits.files:
            raise Refused("too_many_files", limit=limits.files)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return the name as its author saw it: old Chinese programs write GB 18030 and do not say so."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _zip(path: Path, limits: ArchiveLimits) -> Iterator[Member]:
    with path.open("rb") as file:
        try:
            _directory_size(file, limits)
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise _trouble(error) from error
        with archive:
            _check_overlap(archive.infolist())
            total = 0
            seen: set[str] = set()
            for info in archive.infolist():
                name = _zip_name(info)
                if info.is_dir():
                    continue
                refused = _zip_refusal(info, name, seen, limits)
                seen.add(name)
                total += 0 if refused else info.file_size
                if total > limits.total:
                    raise Refused(
                        "too_large", size=f"{total / 1e9:.1f} GB", limit=f"{limits.total / 1e9:.1f} GB"
                    )
                source = _Source(lambda i=info: archive.open(i), info.file_size, limits)
                yield Member(name, source, refused)


def _check_overlap(infos: list[zipfile.ZipInfo]) -> None:
    """Refuse entries that share bytes: 42 kB become petabytes that way (Fifield, WOOT 2019)."""
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end:
            raise Refused("bomb")
        end = info.header_offset + 30 + info.compress_size


def _zip_refusal(info: zipfile.ZipInfo, name: str, seen: set[str], limits: ArchiveLimits) -> Refused | None:
    if info.create_system == 3 and (info.external_attr >> 28) == 0o12:
        return Refused("link")
    if name in seen:
        return Refused("listed_twice")
    if info.flag_bits & 1:
        return Refused("encrypted")
    if info.file_size > RATIO_FLOOR and info.file_size > limits.ratio * max(1, info.compress_size):
        return Refused("bomb")
    if info.file_size > limits.one:
        return _too_large(info.file_size, limits.one)
    return None


def _too_large(size: int, limit: int) -> Refused:
    return Refused("too_large", size=f"{size / 1e6:.0f} MB", limit=f"{limit / 1e6:.0f} MB")


class _CappedTarInfo(tarfile.TarInfo):
    """Refuses long-name and pax records that would be read into memory at any length they claim."""

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        extension = self.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
                                  tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)  # fmt: skip
        if extension and self.size > _TAR_EXTENSION_BYTES:
            raise Refused("bomb")
        return super()._proc_member(archive)  # type: ignore[misc]


class _Counted:
    """The unpacked stream of a tar, cut off where its size becomes abnormal."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        self._source, self._left = source, most

    def read(self, size: int) -> bytes:
        block = self._source.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise Refused("bomb")
        return block


def _unpacked(path: Path, type_name: str) -> Any:
    if type_name == "gz":
        return gzip.open(path, "rb")
    if type_name == "bz2":
        return bz2.open(path, "rb")
    return lzma.open(path, "rb") if type_name == "xz" else path.open("rb")


def _tar(path: Path, type_name: str, limits: ArchiveLimits) -> Iterator[Member]:
    # The ratio counts for all together: a tar has one stream, what is skipped is unpacked as well.
    most = max(RATIO_FLOOR, limits.ratio * path.stat().st_size)
    try:
        with (
            _unpacked(path, type_name) as raw,
            tarfile.open(
                fileobj=_Counted(raw, most), mode="r|", tarinfo=_CappedTarInfo, errorlevel=2
            ) as archive,  # type: ignore[call-overload]
        ):
            count, seen = 0, set()
            for info in archive:
                archive.members = []  # the library keeps every header otherwise
                if info.isdir():
                    continue
                count += 1
                if count > limits.files:
                    raise Refused("too_many_files", limit=limits.files)
                refused = None
                if not info.isreg():
                    refused = Refused("link")
                elif info.name in seen:
                    refused = Refused("listed_twice")
                elif info.size > limits.one:
                    refused = _too_large(info.size, limits.one)
                seen.add(info.name)
                yield Member(
                    info.name, _Source(lambda i=info: archive.extractfile(i), info.size, limits), refused
                )
    except Refused:
        raise
    except _BROKEN as error:
        raise _trouble(error) from error
