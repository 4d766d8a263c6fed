"""What people's room tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["PersonClosed", "PersonJoined", "QualificationGranted", "RoleGranted", "RoleRevoked"]


@dataclass(frozen=True)
class PersonJoined:
    """An active worker has come to a base (created, imported, or let in after enrolling)."""

    person: str
    tenant: str


@dataclass(frozen=True)
class PersonClosed:
    """The account was closed: leases and open offers of this person should be given back."""

    person: str


@dataclass(frozen=True)
class RoleGranted:
    """A role was given."""

    person: str
    tenant: str
    role: str


@dataclass(frozen=True)
class RoleRevoked:
    """A role was taken back."""

    person: str
    tenant: str
    role: str


@dataclass(frozen=True)
class QualificationGranted:
    """A person may now do work that asks for ``skill`` at ``level`` or below."""

    person: str
    skill: str
    level: int
    valid_until: datetime | None
