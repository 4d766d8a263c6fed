"""Reads of people's room: who is who, who may what, lists for managers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from doujia.server.kernel import clock
from doujia.server.kernel.authz import WORKER, Actor, Thing, require
from doujia.server.kernel.errors import NotFound
from doujia.server.people import identity, sessions, vault
from doujia.server.people.actions.persons import grants_of, login_key, thing_of
from doujia.server.people.identity import normalise_phone
from doujia.server.people.models import (
    ApiToken,
    EnrolmentLink,
    LoginSession,
    Person,
    Qualification,
    RoleGrant,
    Tenant,
    VaultEntry,
)

__all__ = [
    "LinkView", "Me", "PersonRow", "QualificationView", "RoleView", "SessionView", "TenantView", "TokenView", "actor_for", "get_person", "links", "list_people", "me",
    "members", "names", "pseudonyms", "qualifications", "qualified", "qualified_people", "sessions_of", "tenant", "tenants", "tenants_of", "tokens_of",
]  # fmt: skip


@dataclass(frozen=True)
class TenantView:
    """A base, client, county office or the platform."""

    id: str
    kind: str
    name: str
    active: bool = True


@dataclass(frozen=True)
class RoleView:
    """A role and where it is held."""

    role: str
    tenant: TenantView


@dataclass(frozen=True)
class Me:
    """What a person's browser needs to know about her."""

    id: str
    pseudonym: str
    display_name: str
    language: str
    must_change_password: bool
    roles: tuple[RoleView, ...]


@dataclass(frozen=True)
class PersonRow:
    """One line of a people list. ``phone`` is masked."""

    id: str
    pseudonym: str
    display_name: str
    login_name: str | None
    phone: str
    state: str
    language: str
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime | None
    roles: tuple[RoleView, ...]


@dataclass(frozen=True)
class QualificationView:
    """A skill shown, its level, where, and how long it counts."""

    skill: str
    level: int
    source: str
    granted_at: datetime
    valid_until: datetime | None


@dataclass(frozen=True)
class SessionView:
    """A browser that is logged in."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    browser: str


@dataclass(frozen=True)
class TokenView:
    """An API token as it is shown: never the token itself."""

    id: str
    name: str
    hint: str
    scope: str
    tenant: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class LinkView:
    """An enrolment link as it is shown: never its code."""

    id: str
    hint: str
    approve: bool
    max_uses: int
    uses: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def _tenant_view(row: Tenant) -> TenantView:
    return TenantView(row.id, row.kind, row.name, row.active)


def actor_for(person_id: str) -> Actor:
    """Return the actor that a person is: for jobs that go on in somebody's name, and for tests.

    Raises:
        NotFound: no such person, or the account is closed.
    """
    person = Person.objects.filter(id=person_id, state="active").first()
    if person is None:
        raise NotFound("person_not_found")
    return sessions.load_actor(person)


def names(ids: Iterable[str]) -> dict[str, str]:
    """Return the display name of each known id; one query."""
    return dict(Person.objects.filter(id__in=set(ids)).values_list("id", "display_name"))


def pseudonyms(ids: Iterable[str]) -> dict[str, str]:
    """Return the work name of each known id: what clients see; one query."""
    return dict(Person.objects.filter(id__in=set(ids)).values_list("id", "pseudonym"))


def tenant(tenant_id: str) -> TenantView:
    """Return one tenant.

    Raises:
        NotFound
    """
    row = Tenant.objects.filter(id=tenant_id).first()
    if row is None:
        raise NotFound("tenant_not_found")
    return _tenant_view(row)


def tenants(ids: Iterable[str]) -> dict[str, TenantView]:
    """Return the known tenants among ``ids``; one query."""
    return {row.id: _tenant_view(row) for row in Tenant.objects.filter(id__in=set(ids))}


def tenants_of(
    actor: Actor, kind: str | None = None, *, after: tuple[str, str] | None = None, limit: int | None = None
) -> list[TenantView]:
    """Return the tenants the actor has a part in (a platform admin: all), by name.

    Who gives work away (a client, a base's manager, a trainer) also gets the active bases: a project names its bases.

    Args:
        after: ``(name, id)`` of the last one of the page before.
    """
    rows = Tenant.objects.all()
    if not actor.is_admin():
        mine = Q(id__in=actor.tenants())
        rows = rows.filter(
            mine | Q(kind="base", active=True) if actor.tenants("client", "manager", "trainer") else mine
        )
    if kind is not None:
        rows = rows.filter(kind=kind)
    if after is not None:
        name, last = after
        rows = rows.filter(Q(name__gt=name) | Q(name=name, id__gt=last))
    return [_tenant_view(row) for row in rows.order_by("name", "id")[:limit]]


def members(tenant_id: str, role: str | None = None) -> list[str]:
    """Return the ids of the active people of a tenant, with ``role`` when given."""
    rows = RoleGrant.objects.filter(tenant_id=tenant_id, person__state="active")
    if role is not None:
        rows = rows.filter(role=role)
    return sorted(set(rows.values_list("person_id", flat=True)))


def _valid() -> Q:
    return Q(revoked_at=None) & (Q(valid_until=None) | Q(valid_until__gt=clock.now()))


def qualified(person_id: str, skill: str, level: int) -> bool:
    """Return whether the person holds ``skill`` at ``level`` or above, now."""
    return Qualification.objects.filter(_valid(), person_id=person_id, skill=skill, level__gte=level).exists()


def qualified_people(ids: Sequence[str], skill: str, level: int) -> set[str]:
    """Return those of ``ids`` that are qualified; one query."""
    rows = Qualification.objects.filter(_valid(), person_id__in=ids, skill=skill, level__gte=level)
    return set(rows.values_list("person_id", flat=True))


def qualifications(person_id: str) -> dict[str, int]:
    """Return the highest valid level by skill."""
    best: dict[str, int] = {}
    for skill, level in Qualification.objects.filter(_valid(), person_id=person_id).values_list(
        "skill", "level"
    ):
        best[skill] = max(level, best.get(skill, level))
    return best


def qualification_list(*, actor: Actor, person: str) -> list[QualificationView]:
    """Return a person's valid qualifications, newest first.

    Raises:
        NotFound, Forbidden
    """
    if not Person.objects.filter(id=person).exists():
        raise NotFound("person_not_found")
    require(actor, "people.view", thing_of(person, grants_of(person)))
    rows = Qualification.objects.filter(_valid(), person_id=person).order_by("-granted_at", "-id")
    return [QualificationView(q.skill, q.level, q.source, q.granted_at, q.valid_until) for q in rows]


def _roles(person_ids: Iterable[str]) -> dict[str, tuple[RoleView, ...]]:
    found: dict[str, list[RoleView]] = defaultdict(list)
    rows = RoleGrant.objects.filter(person_id__in=list(person_ids), tenant__active=True)
    for grant in rows.select_related("tenant").order_by("tenant__name", "role"):
        found[grant.person_id].append(RoleView(grant.role, _tenant_view(grant.tenant)))
    return {person: tuple(roles) for person, roles in found.items()}


def me(person_id: str) -> Me:
    """Return what ``/people/me`` tells; two queries."""
    p = Person.objects.filter(id=person_id).first()
    if p is None:
        raise NotFound("person_not_found")
    roles = _roles([p.id]).get(p.id, ())
    return Me(p.id, p.pseudonym, p.display_name, p.language, p.must_change_password, roles)


def get_person(*, actor: Actor, person: str) -> PersonRow:
    """Return one person, phone masked.

    Raises:
        NotFound, Forbidden
    """
    row = Person.objects.filter(id=person).first()
    if row is None:
        raise NotFound("person_not_found")
    require(actor, "people.view", thing_of(person, grants_of(person)))
    return _rows([row], actor)[0]


def list_people(
    *,
    actor: Actor,
    tenant: str | None = None,
    role: str | None = None,
    state: str | None = None,
    search: str = "",
    after: tuple[str, str] | None = None,
    limit: int = 50,
) -> list[PersonRow]:
    """Return people by name, a page at a time; five queries however many there are.

    Args:
        tenant: None means every tenant in which the actor may look (a platform admin: all).
        search: part of a display name, a login name's or pseudonym's beginning, or a whole phone number.
        after: ``(display_name, id)`` of the last row of the page before.
    """
    rows = Person.objects.all()
    if tenant is not None:
        require(actor, "people.view", Thing(frozenset({tenant})))
        places: frozenset[str] | None = frozenset({tenant})
    else:
        places = None if actor.is_admin() else actor.tenants("lead", "manager", "teacher", "client")
        if places == frozenset():
            require(actor, "people.view")
    if places is not None or role is not None:
        rows = rows.filter(_holding(places, role))
    if state is not None:
        rows = rows.filter(state=state)
    if search.strip():
        rows = rows.filter(_matches(search.strip()))
    if after is not None:
        name, last = after
        rows = rows.filter(Q(display_name__gt=name) | Q(display_name=name, id__gt=last))
    return _rows(list(rows.order_by("display_name", "id")[:limit]), actor)


def _holding(places: frozenset[str] | None, role: str | None) -> Q:
    """Return the condition that a person holds a role there.

    Workers are many: walking people in the order of the page and asking for each whether she belongs stops after a page
    (of 100,000 people). Other roles are few: they are looked up first.
    """
    grants = RoleGrant.objects.all()
    if places is not None:
        grants = grants.filter(tenant_id__in=places)
    if role is not None:
        grants = grants.filter(role=role)
    if role in (None, WORKER):
        return Q(Exists(grants.filter(person_id=OuterRef("id"))))
    return Q(id__in=grants.values("person_id"))


def _matches(text: str) -> Q:
    number = normalise_phone(text)
    if number:
        return Q(phone_index=vault.blind_index("phone", number))
    if text.startswith("w_"):
        return Q(pseudonym__startswith=text) | Q(display_name__icontains=text)
    return Q(display_name__icontains=text) | Q(login_name__startswith=login_key(text))


def _rows(people: list[Person], actor: Actor) -> list[PersonRow]:
    ids = [p.id for p in people]
    roles = _roles(ids)
    phones = dict(
        VaultEntry.objects.filter(person_id__in=ids).exclude(phone="").values_list("person_id", "phone")
    )
    seen: dict[str, datetime] = {}
    for person, at in LoginSession.objects.filter(person_id__in=ids).values_list("person_id", "last_seen_at"):
        seen[person] = max(at, seen.get(person, at))
    mine = actor.tenants()
    return [
        PersonRow(
            p.id, p.pseudonym, p.display_name, p.login_name,
            _masked_phone(p.id, phones.get(p.id, "")),
            p.state, p.language, p.must_change_password, p.created_at, seen.get(p.id),
            # What she does in places the reader has no part in is none of the reader's business.
            tuple(r for r in roles.get(p.id, ()) if actor.is_admin() or r.tenant.id in mine or p.id == actor.person),
        )
        for p in people
    ]  # fmt: skip


def _masked_phone(person: str, stored: str) -> str:
    try:
        return identity.mask_phone(vault.decrypt(person, "phone", stored))
    except vault.VaultSealed:
        return "?"  # a list must not fail because the key is lost; the identity page says so


def sessions_of(person_id: str) -> list[SessionView]:
    """Return the browsers in which a person is logged in, latest first."""
    rows = LoginSession.objects.filter(person_id=person_id)
    return [
        SessionView(s.id, s.created_at, s.last_seen_at, s.expires_at, s.address, s.browser)
        for s in rows.filter(expires_at__gt=clock.now()).order_by("-last_seen_at")
    ]


def tokens_of(person_id: str) -> list[TokenView]:
    """Return a person's API tokens, newest first, ended ones included."""
    rows = ApiToken.objects.filter(person_id=person_id).order_by("-created_at", "-id")[:200]
    return [
        TokenView(
            t.id, t.name, t.hint, t.scope, t.tenant, t.created_at, t.expires_at, t.last_used_at, t.revoked_at
        )
        for t in rows
    ]


def links(
    *, actor: Actor, tenant: str, before: tuple[datetime, str] | None = None, limit: int = 50
) -> list[LinkView]:
    """Return a base's enrolment links, newest first.

    Args:
        before: ``(created_at, id)`` of the last one of the page before.
    """
    require(actor, "people.enrolment", Thing(frozenset({tenant})))
    found = EnrolmentLink.objects.filter(tenant_id=tenant)
    if before is not None:
        at, last = before
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last))
    rows = found.order_by("-created_at", "-id")[:limit]
    return [
        LinkView(k.id, k.hint, k.approve, k.max_uses, k.uses, k.created_at, k.expires_at, k.revoked_at)
        for k in rows
    ]
