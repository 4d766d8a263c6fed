"""Files by content: ``blobs/ab/cd/<sha256>`` in a local folder or any S3, through one port.

Names of people's files never become keys. Writing is complete before a row refers to it; the same content is kept once.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from doujia.server.kernel import clock, db
from doujia.server.kernel.errors import NotFound, StorageFull
from doujia.server.kernel.models import Blob

__all__ = [
    "copy_to",
    "delete_everything",
    "delete_staged",
    "exists",
    "local_path",
    "open_range",
    "put_bytes",
    "put_file",
    "put_files",
    "read",
    "size",
    "staging",
    "store_from",
]

CHUNK = 1 << 20
_LINE_OPTIONS = frozenset(
    {"allow_http", "allow_invalid_certificates", "connect_timeout", "timeout", "proxy_url", "user_agent"}
)
_FLAGS = {"true": True, "false": False}


def store_from(url: str, options: Mapping[str, Any]) -> Any:
    """Return the object store at ``url`` (``s3://bucket/prefix``).

    Args:
        options: the store's (``endpoint``, ``region``, ``access_key_id`` …) and those of its line (``allow_http``,
            ``timeout`` …), which obstore wants apart from each other.
    """
    import obstore.store

    line = {k: _FLAGS.get(str(v).lower(), v) for k, v in options.items() if k in _LINE_OPTIONS}
    config = {k: v for k, v in options.items() if k not in _LINE_OPTIONS}
    return obstore.store.from_url(url, config=config, client_options=line or None)


@cache
def _store() -> Any:
    import obstore.store

    if settings.STORAGE_URL:
        return store_from(settings.STORAGE_URL, settings.STORAGE_OPTIONS)
    root = Path(settings.FILES_DIR)
    root.mkdir(parents=True, exist_ok=True)
    return obstore.store.LocalStore(str(root))


def _key(sha256: str) -> str:
    if len(sha256) != 64 or any(c not in "0123456789abcdef" for c in sha256):
        raise NotFound("blob_not_found")
    return f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def staging(name: str) -> Path:
    """Return a private local path for a file that is still arriving."""
    folder = Path(settings.HOME) / "staging"
    folder.mkdir(parents=True, exist_ok=True)
    if "/" in name or name in ("", ".", ".."):
        raise ValueError(name)
    return folder / name


def delete_staged(path: Path) -> None:
    """Remove a staged file if it is still there."""
    path.unlink(missing_ok=True)


@contextmanager
def _says_when_full() -> Iterator[None]:
    """Turn every sign of a full disk or bucket into ``StorageFull``; the store's own errors carry it as text only."""
    from obstore.exceptions import BaseError

    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        raise
    except BaseError as error:
        if "No space left" in str(error) or "os error 28" in str(error):
            raise StorageFull from error
        raise


def put_bytes(data: bytes, mime: str) -> str:
    """Keep ``data`` and return its sha256 (hex)."""
    import obstore

    sha256 = hashlib.sha256(data).hexdigest()
    if not Blob.objects.filter(sha256=sha256).exists():
        with _says_when_full():
            obstore.put(_store(), _key(sha256), data)
        _remember(sha256, len(data), mime)
    return sha256


def put_file(path: Path, mime: str, sha256: str | None = None) -> str:
    """Keep a local file (streamed) and return its sha256; the file itself is left where it is."""
    import obstore

    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
            size += len(block)
    found = digest.hexdigest()
    if sha256 is not None and found != sha256:
        raise ValueError(f"sha256 is {found}, expected {sha256}")
    if not Blob.objects.filter(sha256=found).exists():
        with path.open("rb") as file, _says_when_full():
            obstore.put(_store(), _key(found), file)
        _remember(found, size, mime)
    return found


def put_files(files: Sequence[tuple[Path, str, str]]) -> None:
    """Keep local files whose sha256 is known, all of their rows in one transaction.

    Args:
        files: path, content type, sha256 (hex) as computed by whoever made the file.
    """
    import obstore

    known = set(Blob.objects.filter(sha256__in={f[2] for f in files}).values_list("sha256", flat=True))
    fresh: dict[str, Blob] = {}
    for path, mime, sha256 in files:
        if sha256 in known or sha256 in fresh:
            continue
        with path.open("rb") as file, _says_when_full():
            obstore.put(_store(), _key(sha256), file)
        fresh[sha256] = Blob(sha256=sha256, size=path.stat().st_size, mime=mime, created_at=clock.now())
    if fresh:
        with db.write():
            Blob.objects.bulk_create(fresh.values(), ignore_conflicts=True)


def _remember(sha256: str, size: int, mime: str) -> None:
    with db.write():
        Blob.objects.get_or_create(
            sha256=sha256, defaults={"size": size, "mime": mime, "created_at": clock.now()}
        )


def exists(sha256: str) -> bool:
    """Return whether a blob is known."""
    return Blob.objects.filter(sha256=sha256).exists()


def size(sha256: str) -> int:
    """Return the size of a blob in bytes."""
    try:
        return Blob.objects.only("size").get(sha256=sha256).size
    except Blob.DoesNotExist as error:
        raise NotFound("blob_not_found") from error


def read(sha256: str) -> bytes:
    """Return a blob whole; for pictures and other things that fit in memory."""
    import obstore

    return bytes(obstore.get(_store(), _key(sha256)).bytes())


def open_range(sha256: str, start: int, length: int) -> Iterator[bytes]:
    """Yield ``length`` bytes from ``start`` in blocks of at most 1 MiB."""
    import obstore

    key, end = _key(sha256), start + length
    for offset in range(start, end, CHUNK):
        yield bytes(obstore.get_range(_store(), key, start=offset, end=min(offset + CHUNK, end)))


def delete_everything() -> int:
    """Remove every file that was kept, and what is still arriving; for throwing a demo away. Returns how many there were."""
    import shutil

    import obstore

    gone = 0
    for sha256 in Blob.objects.values_list("sha256", flat=True).iterator():
        obstore.delete(_store(), _key(sha256))
        gone += 1
    shutil.rmtree(Path(settings.HOME) / "staging", ignore_errors=True)
    with db.write():
        Blob.objects.all().delete()
    return gone


def local_path(sha256: str) -> Path | None:
    """Return the path of a blob when the store is a local folder, else None."""
    return None if settings.STORAGE_URL else Path(settings.FILES_DIR) / _key(sha256)


def copy_to(sha256: str, target: BinaryIO) -> None:
    """Write a blob into an open binary file."""
    for block in open_range(sha256, 0, size(sha256)):
        target.write(block)
