"""Shapes of people's requests and answers."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import Field


class TenantOut(Schema):
    id: str
    kind: str
    name: str
    active: bool = True


class TenantPage(Schema):
    items: list[TenantOut]
    next: str | None


class RoleOut(Schema):
    role: str
    tenant: TenantOut


class MeOut(Schema):
    """The one who asks."""

    id: str
    pseudonym: str
    display_name: str
    language: str
    must_change_password: bool
    roles: list[RoleOut]
    csrf: str = Field(description="To be sent as X-CSRFToken with everything that changes something.")


class LoginIn(Schema):
    login: str = Field(min_length=1, max_length=200, description="Phone number or login name.")
    password: str = Field(min_length=1, max_length=200)


class PasswordIn(Schema):
    old: str = Field(max_length=200, description="The present password or the one-time code.")
    new: str = Field(max_length=200)


class LanguageIn(Schema):
    language: str = Field(max_length=8, description="zh-CN or en")


class TenantIn(Schema):
    kind: str = Field(max_length=12)
    name: str = Field(max_length=200)


class TenantEdit(Schema):
    name: str | None = Field(None, max_length=200)
    active: bool | None = None


class PersonIn(Schema):
    tenant: str = Field(max_length=36)
    role: str = Field(max_length=10)
    display_name: str = Field(max_length=200)
    phone: str = Field("", max_length=40)
    login_name: str = Field("", max_length=200)
    legal_name: str = Field("", max_length=200)
    language: str = Field("zh-CN", max_length=8)


class CreatedOut(Schema):
    """A new account; the code is told this once."""

    person: str
    pseudonym: str
    login: str
    code: str | None


class PersonOut(Schema):
    id: str
    pseudonym: str
    display_name: str
    login_name: str | None
    phone: str = Field(description="Masked.")
    state: str
    language: str
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime | None
    roles: list[RoleOut]


class PeoplePage(Schema):
    items: list[PersonOut]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


class PersonEdit(Schema):
    display_name: str | None = Field(None, max_length=200)
    state: str | None = Field(None, max_length=10, description="active lets a pending newcomer in.")


class RoleIn(Schema):
    tenant: str = Field(max_length=36)
    role: str = Field(max_length=10)


class CodeOut(Schema):
    code: str = Field(description="One-time code, told this once.")


class QualificationIn(Schema):
    skill: str = Field(min_length=1, max_length=40)
    level: int = Field(ge=1, le=5)
    valid_until: datetime | None = None


class QualificationOut(Schema):
    skill: str
    level: int
    source: str
    granted_at: datetime
    valid_until: datetime | None


class SessionOut(Schema):
    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    browser: str
    current: bool


class IdentityOut(Schema):
    """Masked: ``王**``, ``1****************X``, ``**** 6446``, ``138****8000``."""

    legal_name: str
    id_number: str
    bank_card: str
    phone: str
    updated_at: datetime | None


class IdentityIn(Schema):
    """What is left out stays; an empty text deletes."""

    legal_name: str | None = Field(None, max_length=200)
    id_number: str | None = Field(None, max_length=60)
    bank_card: str | None = Field(None, max_length=60)
    phone: str | None = Field(None, max_length=40)


class ErasedOut(Schema):
    """``stays``: what is needed to log in and was kept."""

    stays: list[str]


class EraseIn(Schema):
    """The present password, so that nobody does it at a PC left open."""

    password: str = Field(max_length=1024)


class RevealIn(Schema):
    columns: list[str] = Field(min_length=1, max_length=4)
    reason: str = Field("", max_length=400, description="Why; kept in the audit trail.")


class RevealOut(Schema):
    legal_name: str | None = None
    id_number: str | None = None
    bank_card: str | None = None
    phone: str | None = None


class LookOut(Schema):
    """A look at identity data in plain. ``by``: the display name; ``own``: it was the person herself."""

    id: int
    at: datetime
    by: str
    own: bool
    columns: list[str]
    reason: str


class LookPage(Schema):
    items: list[LookOut]
    next: str | None


class TokenIn(Schema):
    name: str = Field(max_length=200)
    scope: str = Field(
        "read", max_length=8, description="read, write or admin; each contains the one before."
    )
    days: int = Field(90, ge=1, le=366)
    tenant: str = Field("", max_length=36, description="Only roles held there count; empty: all.")


class TokenMade(Schema):
    id: str
    token: str = Field(description="Shown this once.")
    hint: str
    expires_at: datetime


class TokenOut(Schema):
    id: str
    name: str
    hint: str
    scope: str
    tenant: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class LinkIn(Schema):
    tenant: str = Field(max_length=36)
    days: int = Field(14, ge=1, le=90)
    max_uses: int = Field(50, ge=1, le=1000)
    approve: bool = Field(True, description="Newcomers wait until a manager lets them in.")


class LinkMade(Schema):
    id: str
    code: str = Field(description="Shown this once.")
    url: str
    expires_at: datetime


class LinkOut(Schema):
    id: str
    hint: str
    approve: bool
    max_uses: int
    uses: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class LinkPage(Schema):
    items: list[LinkOut]
    next: str | None


class DoorOut(Schema):
    base: str
    waits_for_manager: bool
    expires_at: datetime


class EnrolIn(Schema):
    display_name: str = Field(max_length=200)
    phone: str = Field("", max_length=40)
    login_name: str = Field("", max_length=200)
    password: str = Field(max_length=200)
    language: str = Field("zh-CN", max_length=8)


class EnrolOut(Schema):
    login: str
    state: str = Field(description="pending: wait for the manager; active: log in now.")


class JoinOut(Schema):
    tenant: str


class RosterDone(Schema):
    row: int
    person: str
    display_name: str
    login: str
    code: str


class RosterError(Schema):
    row: int
    field: str
    code: str
    zh: str
    en: str


class RosterOut(Schema):
    """Accounts made and rows with faults; row numbers are those Excel shows."""

    created: list[RosterDone]
    errors: list[RosterError]
