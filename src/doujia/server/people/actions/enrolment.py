"""A base's door for newcomers: a link with an end, a count, and a manager's yes. There is no open sign-up."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from doujia.server.kernel import audit, clock, db, events, limits
from doujia.server.kernel.authz import WORKER, Actor, Thing, require
from doujia.server.kernel.errors import Forbidden, Gone, NotFound
from doujia.server.people import passwords, sessions
from doujia.server.people.actions.persons import invalid, new_person
from doujia.server.people.events import PersonJoined, RoleGranted
from doujia.server.people.models import EnrolmentLink, RoleGrant, Tenant

__all__ = ["Door", "MadeLink", "create_link", "enrol", "join", "look", "revoke_link"]

MAX_DAYS, MAX_USES = 90, 1000


@dataclass(frozen=True)
class MadeLink:
    """A new link; the code in it is told this once."""

    id: str
    code: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class Door:
    """What a newcomer sees before she enrols."""

    base: str
    waits_for_manager: bool
    expires_at: datetime


def create_link(*, actor: Actor, tenant: str, days: int, max_uses: int, approve: bool) -> MadeLink:
    """Make an enrolment link of a base.

    Args:
        approve: newcomers wait until a manager lets them in.
    """
    require(actor, "people.enrolment", Thing(frozenset({tenant})))
    if not 1 <= days <= MAX_DAYS:
        raise invalid("days", f"有效期是 1 到 {MAX_DAYS} 天。", f"A link lives for 1 to {MAX_DAYS} days.")
    if not 1 <= max_uses <= MAX_USES:
        raise invalid("max_uses", f"次数是 1 到 {MAX_USES}。", f"A link is good for 1 to {MAX_USES} uses.")
    code, now = secrets.token_urlsafe(16), clock.now()
    with db.write():
        base = Tenant.objects.filter(id=tenant, active=True).first()
        if base is None:
            raise NotFound("tenant_not_found")
        if base.kind != "base":
            raise invalid("tenant", "只有基地才有报名链接。", "Only a base has enrolment links.")
        link = EnrolmentLink.objects.create(
            tenant=base, digest=sessions.digest_of(code), hint=code[:4] + "…", approve=approve, max_uses=max_uses,
            created_by=actor.person, created_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        audit.record(
            actor, "enrolment.link_created", f"link:{link.id}", tenant=tenant, days=days, max_uses=max_uses
        )
    return MadeLink(link.id, code, f"{settings.PUBLIC_URL}/enrol/{code}", link.expires_at)


def revoke_link(*, actor: Actor, link: str) -> None:
    """End a link; who came by it stays."""
    with db.write():
        row = EnrolmentLink.objects.filter(id=link).first()
        if row is None:
            raise NotFound("link_not_found")
        require(actor, "people.enrolment", Thing(frozenset({row.tenant_id})))
        row.revoked_at = row.revoked_at or clock.now()
        row.save()
        audit.record(actor, "enrolment.link_revoked", f"link:{link}", tenant=row.tenant_id)


def _count(address: str) -> None:
    # Outside the transaction of what follows: a refused try counts too. A whole class may enrol behind one address.
    limits.hit("enrol", address, limit=600, window=timedelta(hours=1))


def _open(code: str, *, lock: bool = False) -> EnrolmentLink:
    """Return the link that ``code`` opens.

    Raises:
        NotFound: no such link. Gone: ended, revoked or used up.
    """
    rows = EnrolmentLink.objects.select_related("tenant").filter(digest=sessions.digest_of(code))
    if lock and not db.is_sqlite():
        rows = rows.select_for_update(of=("self",))
    link = rows.first()
    if link is None:
        raise NotFound(
            "link_not_found",
            zh="没有这个报名链接,请向基地再要一个。",
            en="There is no such enrolment link; ask the base for one.",
        )
    over = link.revoked_at is not None or link.expires_at <= clock.now() or link.uses >= link.max_uses
    if over or not link.tenant.active:
        raise Gone(
            "link_ended",
            zh="这个报名链接已经失效,请向基地再要一个。",
            en="This enrolment link has ended; ask the base for a new one.",
        )
    return link


def look(*, code: str, address: str) -> Door:
    """Return whose door it is."""
    _count(address)
    link = _open(code)
    return Door(link.tenant.name, link.approve, link.expires_at)


def enrol(
    *, code: str, address: str, display_name: str, phone: str, login_name: str, password: str, language: str
) -> tuple[str, str]:
    """Create a worker's account through a link; returns ``(login, state)`` with state ``pending`` or ``active``."""
    _count(address)
    _open(code)
    passwords.check_policy(password, login=login_name or display_name, phone=phone)
    made = passwords.hashed(password)
    with db.write():
        link = _open(code, lock=True)
        person, login = new_person(display_name, phone, login_name, "", language)
        person.password, person.must_change_password = made, False
        person.state = "pending" if link.approve else "active"
        person.save()
        _enter(link, person.id, "person.enrolled")
        if not link.approve:
            events.publish(PersonJoined(person.id, link.tenant_id))
    return login, person.state


def join(*, actor: Actor, code: str, address: str) -> str:
    """Let somebody who has an account come to a second base as a worker; returns the base's id.

    Raises:
        Forbidden: the link wants a manager's yes, which only newcomers can wait for.
    """
    if actor.token is not None:
        raise Forbidden
    _count(address)
    with db.write():
        link = _open(code, lock=True)
        if link.approve:
            raise Forbidden(
                "join_needs_open_link",
                zh="这个链接要管理员逐个通过;你已经有账号,请让基地给一个直接加入的链接。",
                en="This link waits for a manager's yes. You have an account: ask the base for a link that admits at once.",
            )
        if not RoleGrant.objects.filter(person_id=actor.person, tenant=link.tenant, role=WORKER).exists():
            _enter(link, actor.person, "person.joined")
            sessions.forget_all()
            events.publish(PersonJoined(actor.person, link.tenant_id))
    return str(link.tenant_id)


def _enter(link: EnrolmentLink, person: str, said: str) -> None:
    link.uses += 1
    link.save()
    RoleGrant.objects.create(
        person_id=person, tenant=link.tenant, role=WORKER, granted_by=link.created_by, granted_at=clock.now()
    )
    audit.record(Actor(person), said, f"person:{person}", tenant=link.tenant_id, link=link.id)
    events.publish(RoleGranted(person, link.tenant_id, WORKER))
