"""What a file is, by its first bytes. Endings and announced types are claims; these are facts."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ENDINGS", "SNIFF_BYTES", "TYPES", "FileType", "expected_types", "sniff"]

SNIFF_BYTES = 4096


@dataclass(frozen=True)
class FileType:
    """A kind of file.

    Attributes:
        name: short name, also its usual ending (``jpg``).
        mime: content type.
        medium: image, video, audio, points, text, archive, or ``refused`` for what is never taken in.
    """

    name: str
    mime: str
    medium: str


_T = {
    t.name: t
    for t in (
        FileType("jpg", "image/jpeg", "image"),
        FileType("png", "image/png", "image"),
        FileType("webp", "image/webp", "image"),
        FileType("bmp", "image/bmp", "image"),
        FileType("tiff", "image/tiff", "image"),
        FileType("heic", "image/heic", "image"),
        FileType("gif", "image/gif", "refused"),
        FileType("wav", "audio/wav", "audio"),
        FileType("flac", "audio/flac", "audio"),
        FileType("mp3", "audio/mpeg", "audio"),
        FileType("ogg", "audio/ogg", "audio"),
        FileType("m4a", "audio/mp4", "audio"),
        FileType("mp4", "video/mp4", "video"),
        FileType("webm", "video/webm", "video"),
        FileType("avi", "video/x-msvideo", "video"),
        FileType("pcd", "application/octet-stream", "points"),
        FileType("zip", "application/zip", "archive"),
        FileType("tar", "application/x-tar", "archive"),
        FileType("gz", "application/gzip", "archive"),
        FileType("bz2", "application/x-bzip2", "archive"),
        FileType("xz", "application/x-xz", "archive"),
        FileType("rar", "application/vnd.rar", "refused"),
        FileType("7z", "application/x-7z-compressed", "refused"),
        FileType("svg", "image/svg+xml", "refused"),
        FileType("html", "text/html", "refused"),
        FileType("xml", "application/xml", "refused"),
        FileType("pdf", "application/pdf", "refused"),
        FileType("exe", "application/octet-stream", "refused"),
        FileType("pickle", "application/octet-stream", "refused"),
        FileType("txt", "text/plain", "text"),
    )
}
TYPES = _T

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"II+\0", "tiff"),
    (0, b"MM\0+", "tiff"),
    (0, b"GIF8", "gif"),
    (0, b"fLaC", "flac"),
    (0, b"ID3", "mp3"),
    (0, b"OggS", "ogg"),
    (0, b"\x1aE\xdf\xa3", "webm"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (257, b"ustar", "tar"),
    (0, b"\x1f\x8b", "gz"),
    (0, b"BZh", "bz2"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"%PDF", "pdf"),
    (0, b"MZ", "exe"),
    (0, b"\x7fELF", "exe"),
)
_RIFF = {b"WAVE": "wav", b"WEBP": "webp", b"AVI ": "avi"}
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_MARKUP = ((b"<svg", "svg"), (b"<!doctype svg", "svg"), (b"<!doctype html", "html"), (b"<html", "html"), (b"<script", "html"),
           (b"<body", "html"), (b"<head", "html"), (b"<iframe", "html"))  # fmt: skip

ENDINGS: dict[str, tuple[str, ...]] = {
    "jpg": ("jpg",), "jpeg": ("jpg",), "jpe": ("jpg",), "jfif": ("jpg",), "png": ("png",), "webp": ("webp",), "bmp": ("bmp",),
    "dib": ("bmp",), "tif": ("tiff",), "tiff": ("tiff",), "heic": ("heic",), "heif": ("heic",), "hif": ("heic",), "wav": ("wav",),
    "flac": ("flac",), "mp3": ("mp3",), "ogg": ("ogg",), "oga": ("ogg",), "opus": ("ogg",), "m4a": ("m4a", "mp4"), "mp4": ("mp4", "m4a"),
    "mov": ("mp4",), "m4v": ("mp4",), "webm": ("webm",), "mkv": ("webm",), "avi": ("avi",), "pcd": ("pcd",), "txt": ("txt",),
    "zip": ("zip",), "tar": ("tar",), "tgz": ("gz",), "gz": ("gz",), "bz2": ("bz2",), "tbz2": ("bz2",), "xz": ("xz",), "txz": ("xz",),
}  # fmt: skip
"""Names of file types that an ending may stand for."""


def expected_types(name: str) -> tuple[str, ...]:
    """Return what the ending of ``name`` claims, empty when it claims nothing known.

    >>> expected_types("a/B.JPEG")
    ('jpg',)
    """
    stem, dot, ending = name.rpartition(".")
    return ENDINGS.get(ending.lower(), ()) if dot and stem else ()


def _markup(head: bytes) -> str | None:
    text = head.lstrip(b"\xef\xbb\xbf\0 \t\r\n").lower()
    if text[:1] != b"<":
        return None
    for sign, name in _MARKUP:
        if sign in text:
            return name
    return "xml" if text.startswith(b"<?xml") or text[1:2].isalpha() or text[1:2] == b"!" else None


def _pickle(head: bytes) -> bool:
    # Protocol 2 and later begin with PROTO n; a .pt file of old is one, too.
    return head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


def sniff(head: bytes) -> FileType | None:
    """Return the type of a file from its first ``SNIFF_BYTES`` bytes, or None when it is none that is known.

    >>> sniff(b"\\x89PNG\\r\\n\\x1a\\n").name
    'png'
    >>> sniff(b"<svg onload='x'>").medium
    'refused'
    """
    for offset, sign, name in _MAGIC:
        if head[offset : offset + len(sign)] == sign:
            return _T[name]
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _T[_RIFF[head[8:12]]]
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        brands = {brand, *(head[i : i + 4] for i in range(16, min(len(head), 64), 4))}
        if brand in _HEIC or (brands & {b"heic", b"heix"}):
            return _T["heic"]
        return _T["m4a"] if brand in (b"M4A ", b"M4B ") else _T["mp4"]
    if head[:2] == b"BM" and len(head) >= 26 and head[6:10] == b"\0\0\0\0":
        return _T["bmp"]
    if head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"):
        return _T["mp3"]
    if head.startswith((b"# .PCD", b"VERSION .7", b"VERSION 0.7")):
        return _T["pcd"]
    if _pickle(head):
        return _T["pickle"]
    found = _markup(head)
    if found is not None:
        return _T[found]
    return _T["txt"] if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character may be cut at the end of what was read.
        if error.start < len(head) - 3:
            return False
    return not any(b < 32 and b not in (9, 10, 12, 13, 27) for b in head)
