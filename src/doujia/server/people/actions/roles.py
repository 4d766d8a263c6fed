"""Roles and qualifications: given and taken back."""

from __future__ import annotations

from datetime import datetime

from doujia.server.kernel import audit, clock, db, events
from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.kernel.errors import Forbidden, NotFound
from doujia.server.people import sessions
from doujia.server.people.actions.persons import check_role, grants_of, one_tenant, thing_of
from doujia.server.people.events import QualificationGranted, RoleGranted, RoleRevoked
from doujia.server.people.models import Person, Qualification, RoleGrant, Tenant
from doujia.server.people.permissions import SYSTEM, rank_in

__all__ = ["grant_qualification", "grant_role", "revoke_qualification", "revoke_role"]


def _checked(actor: Actor, person: str, tenant: str, role: str) -> tuple[Person, Tenant]:
    place, row = Tenant.objects.filter(id=tenant).first(), Person.objects.filter(id=person).first()
    if place is None or row is None:
        raise NotFound
    require(actor, "people.grant", Thing(frozenset({tenant})))
    held = grants_of(person)
    if actor is not SYSTEM:
        if not actor.is_admin() and tenant not in {g.tenant for g in held}:
            raise NotFound  # people of other bases come by an enrolment link, with their own consent
        if person == actor.person or rank_in(held, tenant) >= rank_in(actor.grants, tenant):
            raise Forbidden(
                "not_above",
                zh="不能改自己的角色,也不能改同级或更高的人的角色。",
                en="You may not change your own roles, nor those of an equal or of somebody above you.",
            )
    check_role(actor, place, role)
    return row, place


def grant_role(*, actor: Actor, person: str, tenant: str, role: str) -> None:
    """Give a role; giving it twice changes nothing."""
    with db.write():
        row, place = _checked(actor, person, tenant, role)
        _, made = RoleGrant.objects.get_or_create(
            person=row,
            tenant=place,
            role=role,
            defaults={"granted_by": actor.person, "granted_at": clock.now()},
        )
        if made:
            sessions.forget_all()
            audit.record(actor, "role.granted", f"person:{person}", tenant=tenant, role=role)
            events.publish(RoleGranted(person, tenant, role))


def revoke_role(*, actor: Actor, person: str, tenant: str, role: str) -> None:
    """Take a role back; it counts no more from this moment."""
    with db.write():
        _checked(actor, person, tenant, role)
        gone, _ = RoleGrant.objects.filter(person_id=person, tenant_id=tenant, role=role).delete()
        if not gone:
            raise NotFound
        sessions.forget_all()
        audit.record(actor, "role.revoked", f"person:{person}", tenant=tenant, role=role)
        events.publish(RoleRevoked(person, tenant, role))


def grant_qualification(
    *, actor: Actor, person: str, skill: str, level: int, source: str, valid_until: datetime | None = None
) -> None:
    """Record that a person has shown a skill.

    Args:
        source: where it was shown, ``exam:<id>`` or ``manual``.
    """
    with db.write():
        if not Person.objects.filter(id=person).exists():
            raise NotFound
        require(actor, "people.qualify", Thing(thing_of(person, grants_of(person)).tenants))
        Qualification.objects.create(
            person_id=person,
            skill=skill,
            level=level,
            source=source,
            granted_at=clock.now(),
            valid_until=valid_until,
        )
        audit.record(
            actor,
            "qualification.granted",
            f"person:{person}",
            tenant=one_tenant(actor, person),
            skill=skill,
            level=level,
            source=source,
        )
        events.publish(QualificationGranted(person, skill, level, valid_until))


def revoke_qualification(*, actor: Actor, person: str, skill: str) -> int:
    """Take a skill back; returns how many entries ended."""
    with db.write():
        require(actor, "people.qualify", Thing(thing_of(person, grants_of(person)).tenants))
        rows = Qualification.objects.filter(person_id=person, skill=skill, revoked_at=None)
        count = int(rows.update(revoked_at=clock.now()))
        if not count:
            raise NotFound("qualification_not_found")
        audit.record(
            actor, "qualification.revoked", f"person:{person}", tenant=one_tenant(actor, person), skill=skill
        )
    return count
