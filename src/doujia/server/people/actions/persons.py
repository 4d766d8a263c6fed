"""People's accounts: create, edit, close; the one-time code that starts or repairs an account."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction

from doujia.server.kernel import audit, clock, db, events
from doujia.server.kernel.authz import Actor, Grant, Thing, require
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable
from doujia.server.people import passwords, sessions, vault
from doujia.server.people.actions.tenants import clean_name
from doujia.server.people.events import PersonClosed, PersonJoined, RoleGranted
from doujia.server.people.identity import normalise_phone
from doujia.server.people.models import OneTimeCode, Person, RoleGrant, Tenant, VaultEntry
from doujia.server.people.permissions import RANK, ROLES_IN, SYSTEM, outranks, rank_in

__all__ = ["Created", "LANGUAGES", "close_person", "create_person", "edit_person", "grants_of", "login_key", "new_person", "one_tenant", "reset_password", "set_language", "thing_of"]  # fmt: skip

LANGUAGES = ("zh-CN", "en")
FIRST_CODE_DAYS, RESET_CODE_HOURS = 30, 24
_PSEUDONYM = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Created:
    """A new account; ``code`` is the one-time first password, told this once (None when a password was set)."""

    person: str
    pseudonym: str
    login: str
    code: str | None


def login_key(text: str) -> str:
    """Return a login name as it is compared: NFKC, lower case, no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def grants_of(person: str) -> tuple[Grant, ...]:
    """Return all grants of a person, closed tenants included."""
    rows = RoleGrant.objects.filter(person_id=person).values_list("role", "tenant_id")
    return tuple(Grant(role, tenant) for role, tenant in rows)


def thing_of(person: str, grants: tuple[Grant, ...]) -> Thing:
    """Return what ``can`` asks about a person."""
    return Thing(frozenset(g.tenant for g in grants), owner=person)


def invalid(field: str, zh: str, en: str) -> Unprocessable:
    """Return the error that names one field of a person."""
    return Unprocessable(
        "person_invalid", zh=zh, en=en, fields=[{"field": field, "code": "invalid", "zh": zh, "en": en}]
    )


def check_role(actor: Actor, tenant: Tenant, role: str) -> None:
    """Refuse a role that makes no sense in the tenant or is not below the actor's own.

    Raises:
        Unprocessable, Forbidden
    """
    if role not in ROLES_IN[tenant.kind]:
        raise invalid(
            "role", f"这里没有“{role}”这个角色。", f"There is no role {role!r} in a tenant of this kind."
        )
    if actor is not SYSTEM and RANK[role] >= rank_in(actor.grants, tenant.id):
        raise Forbidden(
            "role_too_high",
            zh="只能给比自己低的角色。",
            en="You may only give roles below your own.",
        )


def create_person(
    *,
    actor: Actor,
    tenant: str,
    role: str,
    display_name: str,
    phone: str = "",
    login_name: str = "",
    legal_name: str = "",
    language: str = "zh-CN",
    password: str | None = None,
) -> Created:
    """Create an active account with one role; without ``password`` a one-time code opens it.

    Args:
        login_name: empty means: by phone; without a phone the display name is the login name.

    Raises:
        Conflict: ``phone_taken`` or ``login_taken``.
        Unprocessable: a field is wrong.
    """
    require(actor, "people.create", Thing(frozenset({tenant})))
    with db.write():
        place = Tenant.objects.filter(id=tenant, active=True).first()
        if place is None:
            raise NotFound
        check_role(actor, place, role)
        person, login = new_person(display_name, phone, login_name, legal_name, language)
        code = None
        if password is not None:
            passwords.check_policy(password, login=login, phone=login)
            person.password, person.must_change_password = passwords.hashed(password), False
            person.save()
        else:
            code = issue_code(person, actor, timedelta(days=FIRST_CODE_DAYS))
        RoleGrant.objects.create(
            person=person, tenant=place, role=role, granted_by=actor.person, granted_at=clock.now()
        )
        audit.record(actor, "person.created", f"person:{person.id}", tenant=tenant, role=role)
        events.publish(RoleGranted(person.id, tenant, role))
        events.publish(PersonJoined(person.id, tenant))
    return Created(str(person.id), person.pseudonym, login, code)


def new_person(
    display_name: str, phone: str, login_name: str, legal_name: str, language: str
) -> tuple[Person, str]:
    """Insert the person and, when there is something to keep in it, the vault entry."""
    name = clean_name(display_name, field="display_name")
    number = None
    if phone.strip():
        number = normalise_phone(phone)
        if number is None:
            raise invalid(
                "phone", "手机号应当是 11 位数字,1 开头。", "A mobile number has 11 digits and begins with 1."
            )
    login = clean_name(login_name, field="login_name") if login_name.strip() else ("" if number else name)
    if login and normalise_phone(login):
        raise invalid(
            "login_name",
            "登录名不能是手机号,请填在手机号一栏。",
            "A login name may not look like a phone number.",
        )
    if language not in LANGUAGES:
        raise invalid("language", "语言只能是 zh-CN 或 en。", "The language is zh-CN or en.")
    index = vault.blind_index("phone", number) if number else None
    if index and Person.objects.filter(phone_index=index).exists():
        raise Conflict(
            "phone_taken", zh="这个手机号已经有账号了。", en="This phone number has an account already."
        )
    if login and Person.objects.filter(login_name=login_key(login)).exists():
        raise Conflict(
            "login_taken",
            zh="这个登录名已经有人用了,请加手机号或换一个登录名。",
            en="This login name is taken; add a phone number or choose another name.",
        )
    now = clock.now()
    try:
        with transaction.atomic():
            person = Person.objects.create(
                pseudonym=new_pseudonym(), display_name=name, login_name=login_key(login) if login else None,
                phone_index=index, language=language, created_at=now,
            )  # fmt: skip
    except IntegrityError as error:  # two managers at the same moment
        raise Conflict(
            "login_taken", zh="登录名或手机号刚被占用。", en="The login name or number was just taken."
        ) from error
    if number or legal_name.strip():
        kept = {
            "phone": number or "",
            "legal_name": clean_name(legal_name, field="legal_name") if legal_name.strip() else "",
        }
        VaultEntry.objects.create(
            person=person, key_id=vault.current_key_id(), updated_at=now,
            **{column: vault.encrypt(person.id, column, value) for column, value in kept.items()},
        )  # fmt: skip
    return person, login or number or name


def new_pseudonym() -> str:
    """Return a work name that says nothing about its holder."""
    return "w_" + "".join(secrets.choice(_PSEUDONYM) for _ in range(8))


def issue_code(person: Person, actor: Actor, lasts: timedelta) -> str:
    """Replace the person's one-time code and return the new one."""
    code, now = passwords.new_code(), clock.now()
    OneTimeCode.objects.update_or_create(
        person=person,
        defaults={
            "digest": passwords.code_digest(code),
            "issued_by": actor.person,
            "created_at": now,
            "expires_at": now + lasts,
        },
    )
    return code


def above(actor: Actor, action: str, person_id: str, *, lock: bool = True) -> Person:
    """Return the person (locked until the transaction's end, unless told otherwise) whom ``actor`` may do ``action`` to and stands above.

    Raises:
        NotFound, Forbidden
    """
    rows = Person.objects.select_for_update() if lock and not db.is_sqlite() else Person.objects.all()
    person = rows.filter(id=person_id).first()
    if person is None:
        raise NotFound
    grants = grants_of(person_id)
    require(actor, action, thing_of(person_id, grants))
    if actor.person == person_id or not outranks(actor, grants):
        raise Forbidden(
            "not_above",
            zh="只能处理级别比自己低的人的账号;这个人在别处有更高的角色时,请找平台管理员。",
            en="You may only do this to people below you in every place where they have a role; ask the platform's admin.",
        )
    return person


def reset_password(*, actor: Actor, person: str) -> str:
    """Make the old password useless, end all sessions, and return a one-time code to hand over (24 hours)."""
    with db.write():
        row = above(actor, "people.reset_password", person)
        row.password, row.must_change_password = "", True
        row.save()
        code = issue_code(row, actor, timedelta(hours=RESET_CODE_HOURS))
        sessions.close(person)
        audit.record(actor, "person.password_reset", f"person:{person}", tenant=one_tenant(actor, person))
    return code


def edit_person(
    *, actor: Actor, person: str, display_name: str | None = None, state: str | None = None
) -> None:
    """Rename somebody, or let a pending newcomer in (``state="active"``)."""
    with db.write():
        row = above(actor, "people.edit", person)
        changed: dict[str, object] = {}
        if display_name is not None:
            row.display_name = clean_name(display_name, field="display_name")
            changed["display_name"] = True
        if state is not None:
            if state != "active":
                raise invalid("state", "这里只能改为 active。", "The only state to set here is active.")
            joined = row.state == "pending"
            row.state = changed["state"] = state
            if joined:
                for grant in grants_of(person):
                    events.publish(PersonJoined(person, grant.tenant))
        row.save()
        sessions.forget_all()
        audit.record(actor, "person.edited", f"person:{person}", tenant=one_tenant(actor, person), **changed)


def close_person(*, actor: Actor, person: str) -> None:
    """Close an account: no login, no tokens; what the person has done stays."""
    with db.write():
        row = above(actor, "people.edit", person)
        row.state, row.password = "closed", ""
        row.save()
        OneTimeCode.objects.filter(person=row).delete()
        row.tokens.filter(revoked_at=None).update(revoked_at=clock.now())
        sessions.close(person)
        audit.record(actor, "person.closed", f"person:{person}", tenant=one_tenant(actor, person))
        events.publish(PersonClosed(person))


def set_language(*, actor: Actor, language: str) -> None:
    """Set one's own language."""
    if language not in LANGUAGES:
        raise invalid("language", "语言只能是 zh-CN 或 en。", "The language is zh-CN or en.")
    with db.write():
        Person.objects.filter(id=actor.person).update(language=language)
        sessions.forget_all()
        audit.record(actor, "person.language_set", f"person:{actor.person}", language=language)


def one_tenant(actor: Actor, person: str) -> str:
    """Return the tenant the audit row belongs to: one both have a part in, else the person's first."""
    theirs = sorted({g.tenant for g in grants_of(person)})
    both = [t for t in theirs if t in actor.tenants()]
    return (both or theirs or [""])[0]
