"""Uploads: announced, sent in parts, resumed after a reload or a restart, handed over to an import.

How much of a file is here is the length of its staged file on disk; there is no second number that could differ from it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import F, Sum

from doujia.server.data import queries
from doujia.server.data.actions.datasets import require_edit
from doujia.server.data.models import Dataset, UploadFile, UploadSession
from doujia.server.data.names import clean_name
from doujia.server.data.staging import Placed, placed, staged
from doujia.server.kernel import audit, clock, db, storage
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import Conflict, NotFound, PlatformError, StorageFull, Unprocessable

__all__ = [
    "Announced", "Received", "announce", "drop_upload", "open_upload", "receive", "remove_staged", "session_of", "sweep_uploads",
]  # fmt: skip

AT_ONCE = 5000
MOST_FILES = 200_000
PART_BYTES = 64 * 1024 * 1024
BLOCK = 1 << 20
FREE_BYTES = 200 * 1024 * 1024
KEPT = timedelta(days=7)


class Readable(Protocol):
    """A request's body as a stream."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Announced:
    """A file that is going to be sent."""

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class Received:
    """What is here after a part came."""

    received: int
    complete: bool


def open_upload(*, actor: Actor, dataset: str) -> str:
    """Begin an upload into a dataset and return its id."""
    view = require_edit(actor, dataset)
    now = clock.now()
    with db.write():
        row = UploadSession.objects.create(
            dataset_id=UUID(view.id), owner=actor.person, created_at=now, touched_at=now
        )
        audit.record(actor, "upload.opened", f"dataset:{view.id}", tenant=view.tenant, upload=str(row.id))
    return str(row.id)


def session_of(actor: Actor, upload: str) -> UploadSession:
    """Return an upload that ``actor`` began, in a dataset they may change.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    try:
        row = UploadSession.objects.select_related("dataset").get(id=UUID(upload), owner=actor.person)
    except (UploadSession.DoesNotExist, ValueError) as error:
        raise NotFound("upload_not_found") from error
    require_edit(actor, str(row.dataset_id))
    return row


def announce(
    *, actor: Actor, upload: str, files: Sequence[Announced]
) -> tuple[list[Placed], list[dict[str, Any]]]:
    """Say which files will come, up to 5,000 in one call; room for all of them is checked before the first byte.

    Announcing a file again (after a reload) gives its place and what is here of it.

    Returns:
        The files in their order (refused ones left out), and the refused ones with their reasons.

    Raises:
        StorageFull: the disk has no room. Unprocessable: ``quota_exceeded``, ``too_many_files``.
    """
    session = session_of(actor, upload)
    _must_be_open(session)
    if len(files) > AT_ONCE or session.files + len(files) > MOST_FILES:
        raise Unprocessable(
            "too_many_files",
            zh=f"一次最多 {AT_ONCE} 个文件,一共最多 {MOST_FILES} 个。",
            en=f"At most {AT_ONCE} files in one call and {MOST_FILES} in all.",
        )
    good, problems = _judge(files)
    with db.write():
        names = list(good)
        known: dict[str, UploadFile] = {}
        for start in range(0, len(names), queries.BATCH):
            page = UploadFile.objects.filter(session=session, name__in=names[start : start + queries.BATCH])
            known |= {row.name: row for row in page}
        for name, row in known.items():
            if row.size != good[name].size:
                problems.append(_problem(name, "size_differs", "同名文件的大小变了,请另开一次上传。", "A file of this name was announced with another size; begin a new upload."))  # fmt: skip
        fresh = [f for f in good.values() if f.name not in known]
        _check_room(session.dataset, sum(f.size for f in fresh))
        made = [UploadFile(session=session, name=f.name, size=f.size, sha256=f.sha256) for f in fresh]
        UploadFile.objects.bulk_create(made, batch_size=queries.BATCH)
        UploadSession.objects.filter(id=session.id).update(
            files=F("files") + len(made),
            bytes=F("bytes") + sum(f.size for f in fresh),
            touched_at=clock.now(),
        )
    everything = known | {row.name: row for row in made}
    differing = {p["name"] for p in problems}
    return [placed(everything[n]) for n in good if n not in differing], problems


def _problem(name: str, code: str, zh: str, en: str) -> dict[str, Any]:
    return {"name": name[:1024], "code": code, "zh": zh, "en": en}


def _judge(files: Sequence[Announced]) -> tuple[dict[str, Announced], list[dict[str, Any]]]:
    good: dict[str, Announced] = {}
    problems: list[dict[str, Any]] = []
    limit = settings.MAX_FILE_BYTES
    for file in files:
        try:
            clean_name(file.name)
        except PlatformError as error:
            problems.append(_problem(file.name, error.code, error.zh, error.en))
            continue
        if file.size < 0 or file.size > limit * 50 or (file.size > limit and not _may_be_archive(file.name)):
            problems.append(_problem(file.name, "too_large", f"文件太大,最多 {limit // 10**6} MB。", f"The file is too large, at most {limit // 10**6} MB."))  # fmt: skip
        elif file.sha256 and not _is_sha256(file.sha256):
            problems.append(_problem(file.name, "sha256_invalid", "sha256 写得不对。", "This is not a sha256."))  # fmt: skip
        else:
            good.setdefault(file.name, file)
    return good, problems


def _may_be_archive(name: str) -> bool:
    return name.lower().endswith((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".csv", ".jsonl"))


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)


def _check_room(dataset: Dataset, more: int) -> None:
    """Refuse what would not fit: staged, then kept, with previews beside it."""
    waiting = UploadSession.objects.filter(state="open").aggregate(n=Sum("bytes"))["n"] or 0
    if shutil.disk_usage(storage.staging("x").parent).free < FREE_BYTES + 2 * (waiting + more):
        raise StorageFull
    if not settings.QUOTA_BYTES:
        return
    held = Dataset.objects.filter(tenant=dataset.tenant).aggregate(n=Sum("bytes"))["n"] or 0
    coming = (
        UploadSession.objects.filter(state="open", dataset__tenant=dataset.tenant).aggregate(n=Sum("bytes"))[
            "n"
        ]
        or 0
    )
    if held + coming + more > settings.QUOTA_BYTES:
        raise Unprocessable(
            "quota_exceeded",
            zh=f"空间不够:已用 {held / 1e9:.1f} GB,最多 {settings.QUOTA_BYTES / 1e9:.1f} GB。删掉一些,或找管理员加。",
            en=f"Out of quota: {held / 1e9:.1f} GB used of {settings.QUOTA_BYTES / 1e9:.1f} GB. Delete some, or ask the admin for more.",
        )


def _must_be_open(session: UploadSession) -> None:
    if session.state != "open":
        raise Conflict("upload_closed", zh="这次上传已经结束了。", en="This upload has ended.")


@contextmanager
def _appending(path: Path) -> Iterator[BinaryIO]:
    """Open the staged file for one writer at a time; two tabs must not mix their parts."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def receive(*, actor: Actor, upload: str, file: str, offset: int, length: int, body: Readable) -> Received:
    """Take one part of a file.

    Args:
        offset: where the part begins; it must be where the last one ended.
        length: bytes of the part, at most 64 MiB.
        body: read in blocks of 1 MiB; when it breaks off, what came is kept.

    Raises:
        Conflict: ``wrong_offset``, with ``received``: go on from there.
        Unprocessable: ``part_too_large`` or beyond the announced size.
        StorageFull
    """
    session = session_of(actor, upload)
    _must_be_open(session)
    try:
        row = UploadFile.objects.get(id=UUID(file), session=session)
    except (UploadFile.DoesNotExist, ValueError) as error:
        raise NotFound("upload_file_not_found") from error
    if length < 0 or length > PART_BYTES or offset + length > row.size:
        raise Unprocessable(
            "part_too_large",
            zh="这一段太大,或者超出了声明的大小。",
            en="The part is over 64 MiB or beyond the announced size.",
        )
    path = staged(row.id)
    try:
        with _appending(path) as target:
            here = os.fstat(target.fileno()).st_size
            if here != offset:
                raise Conflict(
                    "wrong_offset",
                    zh="位置对不上,请从已收到的地方接着传。",
                    en="The part does not begin where the last one ended; go on from there.",
                    received=here,
                )
            left = length
            while left and (block := body.read(min(BLOCK, left))):
                target.write(block)
                left -= len(block)
            target.flush()
            here = os.fstat(target.fileno()).st_size
    except OSError as error:
        if error.errno is not None and error.errno in (28, 122):  # no space, over the disk quota
            raise StorageFull from error
        raise
    complete = here == row.size
    if complete and not row.complete:
        with db.write():
            UploadFile.objects.filter(id=row.id).update(complete=True)
            UploadSession.objects.filter(id=session.id).update(touched_at=clock.now())
    return Received(here, complete)


def drop_upload(*, actor: Actor, upload: str) -> None:
    """Give an upload up; what was sent is removed."""
    session = session_of(actor, upload)
    with db.write():
        changed = UploadSession.objects.filter(id=session.id, state="open").update(state="dropped")
        if changed:
            audit.record(
                actor, "upload.dropped", f"dataset:{session.dataset_id}", tenant=session.dataset.tenant
            )
    if changed:
        remove_staged(session.id)


def remove_staged(session_id: UUID) -> None:
    """Remove the staged files of an upload."""
    for file_id in UploadFile.objects.filter(session=session_id).values_list("id", flat=True).iterator():
        storage.delete_staged(staged(file_id))


def sweep_uploads() -> int:
    """Drop uploads that nobody touched for seven days, and return how many."""
    old = UploadSession.objects.filter(state="open", touched_at__lt=clock.now() - KEPT)
    gone = list(old.values_list("id", flat=True)[:100])
    for session_id in gone:
        with db.write():
            UploadSession.objects.filter(id=session_id, state="open").update(state="dropped")
        remove_staged(session_id)
    return len(gone)
