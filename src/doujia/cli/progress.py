"""A progress bar on standard error: only on a terminal, at most ten times a second."""

from __future__ import annotations

import sys
import time

__all__ = ["ProgressBar"]

_WIDTH = 30


class ProgressBar:
    """Call it with (done, total or None); ``close`` clears the line."""

    def __init__(self, title: str, *, quiet: bool = False) -> None:
        self._title = title
        self._active = not quiet and sys.stderr.isatty()
        self._started = time.monotonic()
        self._shown = 0.0

    def __call__(self, done: int, total: int | None) -> None:
        """Show how far it is."""
        now = time.monotonic()
        if not self._active or (now - self._shown < 0.1 and done != total):
            return
        self._shown = now
        rate = done / max(now - self._started, 1e-6)
        if total:
            full = min(_WIDTH, done * _WIDTH // total)
            left = (total - done) / rate if rate else 0.0
            text = f"{self._title} [{'█' * full}{'·' * (_WIDTH - full)}] {done * 100 // total:3d}% {rate:,.0f}/s {left:.0f}s"
        else:
            text = f"{self._title} {done:,} {rate:,.0f}/s"
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def close(self) -> None:
        """Clear the line."""
        if self._active and self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
