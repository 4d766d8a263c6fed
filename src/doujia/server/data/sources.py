"""Where an import's files come from: an upload, a folder, a bucket, a list of addresses.

A source yields entries in an order that is the same at every run, each with a key; after a stop it goes on behind a key.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from doujia.media.archives import ArchiveLimits, Member, members
from doujia.media.lists import Listed, read_list, row_of
from doujia.media.reasons import Refused
from doujia.media.sniff import SNIFF_BYTES, sniff
from doujia.server.data.models import Import, UploadFile
from doujia.server.data.staging import staged
from doujia.server.kernel import fetch, storage
from doujia.server.kernel.errors import NotFound
from doujia.server.kernel.paths import within

__all__ = ["Entry", "entries"]

_NOT_OURS = frozenset({errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ESTALE})
"""A file that cannot be opened for reasons of its own; a broken disk or a lost mount is no file's fault."""
_ARCHIVES = ("zip", "tar", "gz", "bz2", "xz")
_JUNK = (".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep")


@dataclass(frozen=True)
class Entry:
    """One file that may become an item.

    Attributes:
        key: place in the source; keys ascend.
        name: as its owner gave it, not judged yet.
        bring: puts the bytes into the path given, or returns a path where they lie already.
        inline: must be brought in turn (a member of a stream); others may be brought side by side.
        sha256: what its owner said it is, if anything.
    """

    key: list[Any]
    name: str
    bring: Callable[[Path], Path] | None
    inline: bool = False
    sha256: str = ""
    attrs: dict[str, Any] = field(default_factory=dict)
    refused: Refused | None = None


def _is_junk(name: str) -> bool:
    return name.startswith("__MACOSX/") or "/__MACOSX/" in name or name.rpartition("/")[2] in _JUNK


def entries(run: Import, after: list[Any] | None) -> Iterator[Entry]:
    """Yield what an import is to bring in, behind the key ``after``."""
    if run.source == "upload":
        found = _upload(UUID(run.spec["upload"]), after)
    elif run.source == "urls":
        found = _urls(run.spec, after)
    else:
        found = _folder(run.spec, after)
    for entry in found:
        if (after is None or entry.key > after) and not _is_junk(entry.name):
            yield entry


def total(run: Import) -> int | None:
    """Return how many entries there will be, where it is known before they are read."""
    if run.source == "upload":
        files = UploadFile.objects.filter(session=UUID(run.spec["upload"]))
        names = files.values_list("name", flat=True)
        return None if any(n.lower().endswith((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz")) for n in names.iterator()) else len(names)  # fmt: skip
    return len(run.spec["rows"]) if "rows" in run.spec else None


def _upload(session: UUID, after: list[Any] | None) -> Iterator[Entry]:
    files = UploadFile.objects.filter(session=session).order_by("id")
    for number, file in enumerate(files.iterator(chunk_size=500)):
        if after is not None and [number] < after[:1]:
            continue
        path = staged(file.id)
        if not file.complete:
            yield Entry([number, 0], file.name, None, refused=Refused("truncated"))
            continue
        kind = _archive_kind(path)
        if kind is None:
            yield Entry([number, 0], file.name, lambda _, p=path: p, sha256=file.sha256)  # type: ignore[misc]
        else:
            yield from _members(number, file.name, path, kind)


def _archive_kind(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            found = sniff(file.read(SNIFF_BYTES))
    except FileNotFoundError:
        return None
    return found.name if found is not None and found.name in _ARCHIVES else None


def _members(number: int, name: str, path: Path, kind: str) -> Iterator[Entry]:
    limits = ArchiveLimits(one=settings.MAX_FILE_BYTES)
    count = 0
    try:
        for member in members(path, kind, limits):
            count += 1
            yield Entry(
                [number, count], member.name, _bring_member(member), inline=True, refused=member.refused
            )
    except Refused as refused:
        yield Entry([number, count + 1], name, None, refused=refused)


def _bring_member(member: Member) -> Callable[[Path], Path]:
    def bring(path: Path) -> Path:
        member.copy_to(path)
        return path

    return bring


def _bring_url(url: str) -> Callable[[Path], Path]:
    def bring(path: Path) -> Path:
        with path.open("wb") as target:
            fetch.download(url, target, max_bytes=settings.MAX_FILE_BYTES, seconds=120)
        return path

    return bring


def _urls(spec: dict[str, Any], after: list[Any] | None) -> Iterator[Entry]:
    if "rows" in spec:
        for number, row in enumerate(spec["rows"], 1):
            yield _listed([0, number], row_of(number, row))
        return
    files = UploadFile.objects.filter(session=UUID(spec["upload"]), complete=True).order_by("id")
    for number, file in enumerate(files):
        line = 0
        try:
            for row in read_list(staged(file.id), spec["kind"]):
                line = row.line
                yield _listed([number, line], row)
        except Refused as refused:
            yield Entry([number, line + 1], file.name, None, refused=refused)


def _listed(key: list[Any], row: Listed) -> Entry:
    if row.refused is not None:
        return Entry(key, f"#{row.line}", None, refused=row.refused)
    return Entry(key, row.name, _bring_url(row.url), attrs=row.attrs)


def _folder(spec: dict[str, Any], after: list[Any] | None) -> Iterator[Entry]:
    root = settings.IMPORT_ROOTS.get(spec["root"])
    if root is None:
        raise NotFound("root_not_found", zh="没有这个位置。", en="There is no such place.")
    if "url" in root:
        yield from _bucket(root, spec["path"], after)
        return
    base = Path(root["path"])
    start = within(base, spec["path"]) if spec["path"] else base.resolve()
    if not start.is_dir():
        raise NotFound(
            "folder_not_found",
            zh="服务器上没有这个文件夹(硬盘没有挂上?)。",
            en="The server has no such folder (is its disk mounted?).",
        )
    closed: list[OSError] = []
    for folder, folders, names in os.walk(start, followlinks=False, onerror=closed.append):
        yield from _closed(closed, start)
        folders.sort()
        here = Path(folder)
        for name in sorted(names):
            path = here / name
            shown = path.relative_to(start).as_posix()
            refused = Refused("link") if path.is_symlink() or not path.is_file() else None
            yield Entry([_walk_key(shown)], shown, _bring_local(path), refused=refused)
    yield from _closed(closed, start)


def _closed(errors: list[OSError], start: Path) -> Iterator[Entry]:
    """Name the folders that could not be looked into since the last time: what lies in them would be missing in silence."""
    for error in errors:
        shown = Path(os.fsdecode(error.filename)).relative_to(start).as_posix()
        yield Entry([_walk_key(f"{shown}/")], shown, None, refused=Refused("no_access"))
    errors.clear()


def _walk_key(shown: str) -> list[str]:
    """Return a key that ascends in the order of the walk: a folder's own files come before those of its folders."""
    *folders, name = shown.split("/")
    return [part for f in folders for part in ("1", f)] + ["0", name]


def _bring_local(path: Path) -> Callable[[Path], Path]:
    def bring(target: Path) -> Path:
        # Opened without following a link: what was a file when the walk saw it may have been exchanged.
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno in _NOT_OURS:
                raise Refused("no_access") from error
            raise
        with os.fdopen(descriptor, "rb") as source, target.open("wb") as copy:
            while block := source.read(1 << 20):
                copy.write(block)
        return target

    return bring


def _bucket(root: dict[str, Any], prefix: str, after: list[Any] | None) -> Iterator[Entry]:
    import obstore

    options = {k: v for k, v in root.items() if k not in ("url", "tenants")}
    store = storage.store_from(root["url"], options)
    begin = f"{prefix}/" if prefix else ""
    last = after[0] if after else None
    for page in obstore.list(store, prefix=prefix or None, offset=last, chunk_size=1000):
        for found in sorted(page, key=lambda meta: meta["path"]):
            key = found["path"]
            too_big = found["size"] > settings.MAX_FILE_BYTES
            refused = Refused("too_large", size=f"{found['size'] / 1e6:.0f} MB", limit=f"{settings.MAX_FILE_BYTES / 1e6:.0f} MB") if too_big else None  # fmt: skip
            yield Entry([key], key.removeprefix(begin), _bring_object(store, key), refused=refused)


def _bring_object(store: Any, key: str) -> Callable[[Path], Path]:
    def bring(path: Path) -> Path:
        import obstore
        from obstore.exceptions import NotFoundError, PermissionDeniedError

        try:
            found = obstore.get(store, key)
        except (NotFoundError, PermissionDeniedError) as error:
            raise Refused("no_access") from error
        with path.open("wb") as target:
            for block in found.stream(min_chunk_size=1 << 20):
                target.write(bytes(block))
        return path

    return bring
