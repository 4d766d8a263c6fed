"""The time, injected: everything asks ``clock.now()`` so that tests can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

__all__ = ["advance", "frozen", "now"]

_fixed: datetime | None = None


def now() -> datetime:
    """Return the current time, aware, UTC."""
    return _fixed if _fixed is not None else datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at ``at`` (aware) within the block; for tests."""
    global _fixed
    before, _fixed = _fixed, at
    try:
        yield
    finally:
        _fixed = before


def advance(by: timedelta) -> None:
    """Move a frozen clock; raises RuntimeError when it is not frozen."""
    global _fixed
    if _fixed is None:
        raise RuntimeError("the clock is not frozen")
    _fixed += by
