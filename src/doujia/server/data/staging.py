"""Where the bytes of announced files arrive, and how much of each is here: the length of the staged file, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from doujia.server.data.models import UploadFile
from doujia.server.kernel import storage

__all__ = ["Placed", "bytes_here", "placed", "staged"]


@dataclass(frozen=True)
class Placed:
    """An announced file: where to send it and how much of it is here already."""

    id: str
    name: str
    size: int
    received: int
    complete: bool


def staged(file_id: object) -> Path:
    """Return where the bytes of an announced file arrive."""
    return storage.staging(f"upload-{file_id}")


def bytes_here(row: UploadFile) -> int:
    """Return how much of a file is on disk."""
    try:
        return staged(row.id).stat().st_size
    except FileNotFoundError:
        return 0


def placed(row: UploadFile) -> Placed:
    """Return a file with what of it is on disk."""
    return Placed(str(row.id), row.name, row.size, bytes_here(row), row.complete)
