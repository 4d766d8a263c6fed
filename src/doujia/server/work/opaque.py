"""Ids as the world outside this room sees them, and lease tokens that prove themselves.

A task or slot is a random 63-bit number; outside it is eleven URL-safe characters. Nothing in it tells when it was
made, or that one of them is gold. A lease token names slot and fence and is signed with the queue's seed for one
person, so that an answer that comes long after its lease row is gone can still show which slot it was given.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from hashlib import blake2b

from doujia.server.kernel.errors import NotFound

__all__ = ["Token", "decode", "draw", "encode", "fraction", "no_task", "read_token", "write_token"]

_MAC = 9


@dataclass(frozen=True)
class Token:
    """What a lease token says: which slot, and the how-manieth time it was given out."""

    slot: int
    fence: int


def draw() -> int:
    """Return a new random id, 1 … 2^63 - 1."""
    return secrets.randbits(63) or 1


def encode(number: int) -> str:
    """Return the outside form of an id."""
    return base64.urlsafe_b64encode(number.to_bytes(8, "big")).decode()[:-1]


def decode(text: str) -> int:
    """Return the number behind an outside id.

    Raises:
        NotFound: it is not one of ours; looks the same as a thing that does not exist.
    """
    try:
        raw = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (ValueError, TypeError) as error:
        raise no_task() from error
    number = int.from_bytes(raw, "big")
    if len(raw) != 8 or number >= 1 << 63:
        raise no_task()
    return number


def write_token(seed: bytes, person: str, slot: int, fence: int) -> str:
    """Return the token of a lease: 28 characters."""
    head = slot.to_bytes(8, "big") + fence.to_bytes(4, "big")
    return base64.urlsafe_b64encode(head + _mac(seed, person, head)).decode()


def read_token(seed: bytes, person: str, text: str) -> Token | None:
    """Return what a token says when we gave it to ``person``, else None."""
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (ValueError, TypeError):
        return None
    head, mac = raw[:12], raw[12:]
    if len(raw) != 12 + _MAC or not hmac.compare_digest(mac, _mac(seed, person, head)):
        return None
    return Token(int.from_bytes(head[:8], "big"), int.from_bytes(head[8:], "big"))


def fraction(seed: bytes, *parts: object) -> float:
    """Return a number in [0, 1) that ``parts`` decide and nobody outside can foresee: sampling that replays."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), key=seed, digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _mac(seed: bytes, person: str, head: bytes) -> bytes:
    return blake2b(head + person.encode(), key=seed, digest_size=_MAC).digest()


def no_task() -> NotFound:
    """Return the error for a task that is not there; foreign ones look the same."""
    return NotFound("task_not_found", zh="没有这道题。", en="There is no such task.")
