"""MP3: length, rate and channels by walking over its frame headers, without decoding."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

from doujia.marks import AudioMedia

__all__ = ["audio_facts"]

# ISO/IEC 11172-3, 2.4.2.3 and 13818-3: kbit/s by (MPEG 1?, layer); "free" and "bad" rates are left out.
_KBITS = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)
_RESYNC = 1 << 16
"""Bytes of rubbish between two frames that are passed over before it is called broken."""


@dataclass(frozen=True)
class _Frame:
    """One frame's header: bytes with its head, samples for each channel."""

    bytes: int
    samples: int
    rate: int
    channels: int
    side: int


def _frame(data: mmap.mmap, at: int) -> _Frame | None:
    head = int.from_bytes(data[at : at + 4], "big")
    version, layer, bits, rate = head >> 19 & 3, 4 - (head >> 17 & 3), head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or layer == 4 or not 1 <= bits <= 14 or rate == 3:
        return None
    first = version == 3
    hertz = _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    kbits, padding, mono = _KBITS[first, layer][bits - 1], head >> 9 & 1, head >> 6 & 3 == 3
    samples = 384 if layer == 1 else (1152 if layer == 2 or first else 576)
    if layer == 1:
        size = (12 * kbits * 1000 // hertz + padding) * 4
    else:
        size = samples // 8 * kbits * 1000 // hertz + padding
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return _Frame(size, samples, hertz, 1 if mono else 2, side)


def audio_facts(path: Path) -> AudioMedia:
    """Return samples, rate (Hz) and channels.

    All frames are counted: a header that promises a number (Xing, VBRI) may lie after an edit. Its own frame holds no
    sound and does not count; what the encoder put before and after the sound (LAME's tag) is taken off.

    Raises:
        ValueError: no frame is found.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at, end = _tag(data, 0), len(data)
        samples = lead = lost = 0
        known: _Frame | None = None
        while at + 4 <= end and lost < _RESYNC:
            frame = _frame(data, at)
            if frame is None or (known is not None and frame.rate != known.rate):
                if data[at : at + 3] in (b"TAG", b"ID3") or data[at : at + 8] == b"APETAGEX":
                    break
                at, lost = at + 1, lost + 1
                continue
            if known is None:
                after = _frame(data, at + frame.bytes) if at + frame.bytes + 4 <= end else frame
                if after is None or after.rate != frame.rate:
                    at, lost = at + 1, lost + 1  # looked like a frame but none follows
                    continue
                known = frame
                info = _information(data, at, frame)
                if info is not None:
                    lead, at, lost = info, at + frame.bytes, 0
                    continue
            samples, at, lost = samples + frame.samples, at + frame.bytes, 0
    if known is None:
        raise ValueError("no frame")
    return AudioMedia(samples=max(0, samples - lead), sample_rate=known.rate, channels=known.channels)


def _tag(data: mmap.mmap, at: int) -> int:
    """Return where an ID3v2 tag ends: its length has 7 bits in each of 4 bytes."""
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10:
        size = data[at + 6 : at + 10]
        footer = 10 if data[at + 5] & 0x10 else 0
        at += 10 + footer + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    return at


def _information(data: mmap.mmap, at: int, frame: _Frame) -> int | None:
    """Return the samples that the encoder added, when this frame is an information frame; else None."""
    if data[at + 36 : at + 40] == b"VBRI":
        return 0
    tag = at + 4 + frame.side
    if data[tag : tag + 4] not in (b"Xing", b"Info"):
        return None
    flags = int.from_bytes(data[tag + 4 : tag + 8], "big")
    lame = tag + 8 + 4 * bool(flags & 1) + 4 * bool(flags & 2) + 100 * bool(flags & 4) + 4 * bool(flags & 8)
    if data[lame : lame + 4] not in (b"LAME", b"Lavf", b"Lavc"):
        return 0
    both = int.from_bytes(data[lame + 21 : lame + 24], "big")
    return (both >> 12) + (both & 0xFFF)
