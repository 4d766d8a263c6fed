"""One file comes in: what it is, whether it may be taken, and everything that is made of it once.

``take_in`` is what the import job runs for each file, in a process of its own (``doujia.media.isolated``).
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import Any

import msgspec

from doujia.errors import Problem
from doujia.marks import ImageMedia
from doujia.media import checks, mp4, pictures, sounds, tiles
from doujia.media.reasons import Refused
from doujia.media.sniff import SNIFF_BYTES, TYPES, FileType, expected_types, sniff

__all__ = ["TILED_ABOVE", "Intake", "Limits", "Made", "recognise", "take_in"]

TILED_ABOVE = 20_000_000
"""Pixels above which a picture gets a tile pyramid: decoded whole it would take a small PC's memory."""
BLOCK = 1 << 20
LARGEST_PROFILE = 4096
"""Bytes of a colour profile that are carried into the preview and each tile."""


class Limits(msgspec.Struct, frozen=True):
    """What is too much: ``pixels`` of a picture, ``bytes`` of a file."""

    pixels: int = 120_000_000
    bytes: int = 2_000_000_000


class Made(msgspec.Struct):
    """A file that was made: its path in the folder given, its type (key of the media server's table), its content's hash."""

    path: str
    type: str
    sha256: str


class Intake(msgspec.Struct):
    """What became of one file.

    Attributes:
        media: builtins of ``doujia.marks.Media``.
        served: what people are shown; None for texts. ``preview``: at most 80 kB.
        tiles: the pack; ``levels`` its widths and heights, the full picture first.
        problems: remarks about its quality.
    """

    type: str
    mime: str
    size: int
    sha256: str
    media: dict[str, Any]
    served: Made | None = None
    preview: Made | None = None
    tiles: Made | None = None
    levels: list[tuple[int, int]] = []
    problems: list[Problem] = []


def recognise(path: Path, name: str, medium: str, limits: Limits) -> FileType:
    """Return what the file is, or say why it is not taken; reads its first 4 kB only.

    Args:
        name: as its owner gave it; its ending is a claim that must be true.
        medium: image, video, audio, points or text.

    Raises:
        Refused
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused("empty")
    if size > limits.bytes:
        raise Refused("too_large", size=f"{size / 1e6:.0f} MB", limit=f"{limits.bytes / 1e6:.0f} MB")
    with path.open("rb") as file:
        found = sniff(file.read(SNIFF_BYTES))
    claimed = expected_types(name)
    if found is None:
        if claimed == ("txt",) or not claimed:
            raise Refused("unknown_type")
        raise Refused("unreadable")
    if found.name in ("svg", "html"):
        raise Refused(found.name)
    if found.name == "gif":
        raise Refused("not_supported", found="GIF", instead="PNG")
    if found.medium == "refused":
        raise Refused("active_content", found=found.name)
    if found.medium == "archive":
        raise Refused("nested_archive")
    if claimed and found.name not in claimed:
        raise Refused("mislabelled", ending=name.rpartition(".")[2].lower(), found=found.name)
    if found.name == "mp4" and medium == "audio" and "m4a" in claimed and not _shows_pictures(path):
        return TYPES["m4a"]  # many programs write sound under the brand of films
    if found.medium != medium:
        raise Refused("wrong_medium", wanted=medium, found=found.medium)
    return found


def _shows_pictures(path: Path) -> bool:
    try:
        return mp4.has_video(path)
    except (struct.error, ValueError, LookupError) as error:
        raise Refused("unreadable") from error


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def take_in(path: Path, name: str, medium: str, folder: Path, limits: Limits) -> Intake:
    """Look at one file and make what is served of it.

    Args:
        path: the file; it is not changed.
        folder: where the made files go (``served``, ``preview``, ``tiles``); it exists and is the caller's to empty.

    Raises:
        Refused: with the reason for its owner.
    """
    found = recognise(path, name, medium, limits)
    intake = Intake(
        type=found.name, mime=found.mime, size=path.stat().st_size, sha256=_digest(path), media={}
    )
    if found.medium == "image":
        _picture(path, found, folder, limits, intake)
        return intake
    intake.media = msgspec.to_builtins(sounds.facts_of(path, found.name))
    if found.medium != "text":
        kind = "bin" if found.name in ("pcd", "avi") else found.name
        intake.served = Made(str(path), kind, intake.sha256)
    return intake


def _picture(path: Path, found: FileType, folder: Path, limits: Limits, intake: Intake) -> None:
    with pictures.opened(path, found.name) as source:
        facts = pictures.measure(source, found.name, limits.pixels)
        intake.media = msgspec.to_builtins(
            ImageMedia(width=facts.width, height=facts.height, exif_orientation=facts.exif_orientation)
        )
        tiled = facts.width * facts.height > TILED_ABOVE
        keeps_bytes = found.name == "jpg" and facts.exif_orientation == 1 and facts.mode in ("L", "RGB")
        if keeps_bytes and not tiled:
            # Nothing is written anew: decoding at an eighth to a half is enough for the preview, and as strict.
            source.draft(None, (pictures.SIDES[0], pictures.SIDES[0]))
        source.load()
        whole = pictures.upright(pictures.to_eight_bits(source), facts.exif_orientation)
        # Pillow writes comments and the like of a source into what is saved from it.
        profile = whole.info.get("icc_profile")
        whole.info = {"icc_profile": profile} if profile else {}
        data, kind = pictures.served(path, facts, whole)
    intake.served = _made(folder / "served", data, kind)
    del data
    if profile and len(profile) > LARGEST_PROFILE:
        whole.info = {}
    if facts.frames > 1:
        intake.problems.append(
            Problem(
                code="several_pages", severity="warn", zh=f"里面有 {facts.frames} 页,只用第一页。",
                en=f"There are {facts.frames} pages inside; the first one is used.",
            )
        )  # fmt: skip
    small = pictures.smaller(whole)
    if tiled:
        with (folder / "tiles").open("wb") as out:
            levels = tiles.write_pack(pictures.flat(whole), out)
        pack = folder / "tiles"
        intake.tiles, intake.levels = Made(str(pack), "tiles", _digest(pack)), levels
    del whole
    intake.preview = _made(folder / "preview", pictures.preview(small), "jpg")
    intake.problems += checks.findings(checks.measures(small), facts.width, facts.height)


def _made(path: Path, data: bytes, kind: str) -> Made:
    path.write_bytes(data)
    return Made(str(path), kind, hashlib.sha256(data).hexdigest())
