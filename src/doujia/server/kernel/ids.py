"""Ids: time-ordered UUIDs for rows, opaque strings for whatever reaches a worker's browser."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

__all__ = ["opaque", "uuid7"]

_lock = threading.Lock()
_last = (0, 0)


def uuid7() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562): 48 bits of milliseconds, a counter that keeps the order, random bits."""
    global _last
    with _lock:
        ms = time.time_ns() // 1_000_000
        last_ms, counter = _last
        if ms <= last_ms:
            ms, counter = last_ms, counter + 1
            if counter > 0xFFF:
                ms, counter = ms + 1, 0
        else:
            counter = secrets.randbits(8)
        _last = (ms, counter)
    value = (ms & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def opaque(bits: int = 96) -> str:
    """Return a random URL-safe id that tells nothing: time inside an id would betray which tasks are gold."""
    return secrets.token_urlsafe(bits // 8)
