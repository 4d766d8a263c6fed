"""Addresses of media: signed, short-lived, bound to a grant, and readable without any cookie.

``/media/<kind>/<sha256>?e=<ends>&g=<grant>&k=<key>&s=<signature>``. The kind (``jpg``) decides the content type from our
own table and is part of what is signed. The grant (a lease, a person's page) is there as a digest: the address of a
picture must not carry a lease's token. One signature of a tile pyramid is good for all its tiles.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

from django.conf import settings

from doujia.server.kernel import clock

__all__ = ["TYPES", "Checked", "Served", "check", "signed_url", "signed_urls"]

TYPES = {
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "tiles": "image/jpeg", "wav": "audio/wav", "mp3": "audio/mpeg",
    "flac": "audio/flac", "ogg": "audio/ogg", "m4a": "audio/mp4", "mp4": "video/mp4", "webm": "video/webm",
    "txt": "text/plain; charset=utf-8", "bin": "application/octet-stream",
}  # fmt: skip
"""Every content type that is ever served, by the kind in the address. SVG and HTML are not among them on purpose."""


class Served(Protocol):
    """What an item must tell to be served."""

    @property
    def served_sha256(self) -> str: ...
    @property
    def served_type(self) -> str: ...
    @property
    def preview_sha256(self) -> str: ...
    @property
    def tiles(self) -> dict[str, Any] | None: ...


@dataclass(frozen=True)
class Checked:
    """An address that may be answered now."""

    ends: int
    cacheable: bool


@cache
def _keys(secrets: tuple[str, ...]) -> dict[str, bytes]:
    """Return the signing keys by a short name: the present one first, those before a rotation after it."""
    digests = [hashlib.sha256(b"doujia media\0" + secret.encode()).digest() for secret in secrets]
    return {hashlib.sha256(digest).hexdigest()[:6]: digest for digest in digests}


def _all_keys() -> dict[str, bytes]:
    return _keys((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def _signature(key: bytes, path: str, ends: int, grant: str, cache_flag: str) -> str:
    text = f"{path}\n{ends}\n{grant}\n{cache_flag}".encode()
    return hmac.digest(key, text, "sha256").hex()[:40]


def _grant_digest(key: bytes, grant: str) -> str:
    return hmac.digest(key, b"grant\0" + grant.encode(), "sha256").hex()[:12]


def _query(path: str, expires_at: datetime, grant: str, cacheable: bool) -> str:
    name, key = next(iter(_all_keys().items()))
    ends, digest, flag = int(expires_at.timestamp()), _grant_digest(key, grant), "1" if cacheable else ""
    query = {"e": ends, "g": digest, "k": name, "s": _signature(key, path, ends, digest, flag)}
    return urlencode(query | ({"c": "1"} if cacheable else {}))


def signed_url(kind: str, sha256: str, expires_at: datetime, grant: str, *, cacheable: bool = False) -> str:
    """Return the address of one blob.

    Args:
        kind: key of ``TYPES``.
        grant: for whom: a lease's token, ``person:<id>``.
        cacheable: the browser may keep it in its cache until it expires; never for leased work on shared PCs.
    """
    if kind not in TYPES:
        raise ValueError(f"media of kind {kind!r} are not served")
    path = f"/media/{kind}/{sha256}"
    return f"{settings.MEDIA_ORIGIN}{path}?{_query(path, expires_at, grant, cacheable)}"


def signed_urls(item: Served, expires_at: datetime, grant: str, *, cacheable: bool = False) -> dict[str, Any]:
    """Return ``{"preview", "full", "tiles"}`` of an item, good until ``expires_at``.

    ``preview`` and ``full`` are None for an item without a file (text). ``tiles`` is None for pictures up to 20
    megapixels, else ``{"size", "levels": [{"w", "h", "scale"}], "url"}`` with ``{level}/{x}_{y}`` to fill in.
    """

    def address(kind: str, sha256: str) -> str | None:
        return signed_url(kind, sha256, expires_at, grant, cacheable=cacheable) if sha256 else None

    full = address(item.served_type, item.served_sha256)
    tiles = None
    if item.tiles:
        pack = item.tiles["pack"]
        query = _query(f"/media/tiles/{pack}", expires_at, grant, cacheable)
        url = f"{settings.MEDIA_ORIGIN}/media/tiles/{pack}/{{level}}/{{x}}_{{y}}?{query}"
        tiles = {"size": item.tiles["size"], "levels": item.tiles["levels"], "url": url}
    return {"preview": address("jpg", item.preview_sha256) or full, "full": full, "tiles": tiles}


def check(path: str, query: dict[str, str]) -> Checked | None:
    """Return what an address allows, or None when it is forged or over."""
    key = _all_keys().get(query.get("k", ""))
    ends = query.get("e", "")
    if key is None or not (ends.isascii() and ends.isdigit() and len(ends) < 12):
        return None
    flag = query.get("c", "")
    expected = _signature(key, path, int(ends), query.get("g", ""), flag)
    if not hmac.compare_digest(expected.encode(), query.get("s", "").encode()):
        return None
    if clock.now().timestamp() >= int(ends):
        return None
    return Checked(int(ends), flag == "1")
