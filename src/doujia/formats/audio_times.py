"""Seconds in files ↔ whole samples, and the rate to count them by."""

from __future__ import annotations

import wave
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

from doujia.errors import InputError, Problem
from doujia.formats.contract import Problems, ReadOptions
from doujia.marks import AudioMedia

__all__ = ["DEFAULT_RATE", "Sound", "samples", "seconds", "sound_of"]

DEFAULT_RATE = 16_000
_SUFFIXES = (".wav", ".WAV", ".flac", ".mp3", ".ogg", ".opus", ".m4a")


class Sound:
    """What is known of the recording that a label file belongs to."""

    def __init__(self, name: str, rate: int, length: int = 0, channels: int = 1) -> None:
        self.name, self.rate, self.length, self.channels = name, rate, length, channels


def samples(text: str, rate: int) -> int:
    """Return seconds (decimal text) as samples, rounded half up.

    Raises:
        InputError: ``time_bad``; no number, not finite, or negative (beyond a rounding error).
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < Decimal("-0.001"):
        raise InputError(f"{text!r} is no time in seconds.", zh=f"{text!r} 不是秒数。", code="time_bad")
    return max(0, int((value * rate).quantize(Decimal(1), ROUND_HALF_UP)))


def seconds(sample: int, rate: int) -> str:
    """Return a sample as decimal seconds, with as many digits as bring the same sample back."""
    value = Decimal(sample) / Decimal(rate)
    short = value.quantize(Decimal("1e-9")).normalize()
    return f"{short:f}"


def sound_of(file: Path, root: Path, options: ReadOptions, problems: Problems | None) -> Sound:
    """Find the recording beside a label file (or in ``options.images``) and its rate.

    The option ``sample_rate`` counts; else the header of a WAV file; else what ``options.media_of`` knows; else 16 kHz is
    assumed and said so.
    """
    stem = file.relative_to(root).with_suffix("") if file != root else Path(file.stem)
    folders = [options.images] if options.images is not None else [root if root.is_dir() else root.parent]
    found = next((p for f in folders for s in _SUFFIXES if (p := f / f"{stem}{s}").is_file()), None)
    name = f"{stem.as_posix()}{found.suffix if found is not None else '.wav'}"
    length, channels = 0, 1
    header = 0
    if found is not None and found.suffix.lower() == ".wav":
        try:
            with wave.open(str(found)) as sound:
                header, length, channels = sound.getframerate(), sound.getnframes(), sound.getnchannels()
        except (wave.Error, EOFError):
            header = 0
    told = options.media_of(stem.as_posix()) if not header and options.media_of is not None else None
    if isinstance(told, AudioMedia):
        header, length, channels = told.sample_rate, told.samples, told.channels
    asked = options.extra.get("sample_rate", "")
    if asked and not (asked.isdigit() and int(asked) > 0):
        raise InputError(f"sample_rate is {asked!r}.", zh=f"采样率 {asked!r} 不是正整数。", code="option_bad")
    rate = int(asked) if asked else header
    if not rate:
        rate = DEFAULT_RATE
        if problems is not None:
            problems.add(
                Problem(
                    "sample_rate_assumed",
                    "info",
                    f"不知道采样率,按 {rate} Hz 换算;可以用选项 sample_rate 指明",
                    f"The sample rate is not known, {rate} Hz is assumed; name it with the option sample_rate",
                    file=str(file),
                    item=name,
                )
            )
    return Sound(name, rate, length, channels)
