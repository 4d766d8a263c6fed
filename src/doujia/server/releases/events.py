"""Facts that the releases room publishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["ReleaseMade"]


@dataclass(frozen=True)
class ReleaseMade:
    """A dataset version is finished and will never change."""

    project: str
    release: str
    number: int
    items: int
    marks: int
    manifest_sha256: str
    at: datetime
