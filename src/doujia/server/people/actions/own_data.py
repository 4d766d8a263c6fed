"""One's own data: a copy of everything, and the ways out: identity erased, account closed. Each is written into the trail."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

from doujia.server.kernel import audit, clock, db, events, limits, sheets
from doujia.server.kernel.authz import ADMIN, Actor
from doujia.server.kernel.errors import Conflict, Unprocessable
from doujia.server.people import own_data, passwords, sessions, vault
from doujia.server.people.actions.identity import may
from doujia.server.people.actions.persons import grants_of, one_tenant
from doujia.server.people.events import PersonClosed, RoleRevoked
from doujia.server.people.models import OneTimeCode, Person, RoleGrant, VaultEntry

__all__ = ["erase_account", "erase_identity", "export_own_data"]

COPIES, EACH = 5, timedelta(hours=1)


def export_own_data(*, actor: Actor) -> bytes:
    """Return a zip with everything that is kept about the one who asks: ``my-data.json`` for programs, ``my-data.xlsx`` to read.

    Raises:
        TooMany: five copies an hour.
    """
    limits.hit("own-data", actor.person, limit=COPIES, window=EACH)
    with db.write():
        audit.record(
            actor, "personal_data.exported", f"person:{actor.person}", tenant=one_tenant(actor, actor.person)
        )
    document: dict[str, object] = {"made_at": own_data.plain(clock.now())}
    book = []
    for table in own_data.tables_of(actor.person):
        rows = [[own_data.plain(v) for v in row] for row in table.rows]
        keys = [key for key, _, _ in table.columns]
        document[table.name] = [dict(zip(keys, row, strict=True)) for row in rows]
        book.append((table.zh[:31], [f"{zh} {en}" for _, zh, en in table.columns], rows))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("my-data.json", json.dumps(document, ensure_ascii=False, indent=1))
        archive.writestr("my-data.xlsx", sheets.xlsx_book(book))
    return out.getvalue()


def erase_identity(*, actor: Actor, person: str) -> list[str]:
    """Delete what the vault keeps of a person: one's own, or of people below one. Returns the columns that had to stay.

    A phone number that is the only way to log in stays; close the account to erase it too.
    """
    with db.write():
        may(actor, "identity.edit", person)
        row = Person.objects.get(id=person)
        entry = VaultEntry.objects.filter(person_id=person).first()
        if entry is None:
            return []
        stays = ["phone"] if row.login_name is None and entry.phone else []
        gone = [c for c in vault.COLUMNS if getattr(entry, c) and c not in stays]
        for column in gone:
            setattr(entry, column, "")
        entry.id_number_index, entry.updated_at = "", clock.now()
        entry.save()
        if not stays:
            entry.delete()
            row.phone_index = None
            row.save(update_fields=["phone_index"])
        audit.record(
            actor, "identity.erased", f"person:{person}", tenant=one_tenant(actor, person), columns=gone
        )
    return stays


def erase_account(*, actor: Actor, password: str) -> None:
    """Close one's own account for good and erase who one is; work stays under the pseudonym, because others were paid by it.

    Raises:
        Unprocessable: ``password_wrong``. TooMany: wrong too often. Conflict: ``last_admin``.
    """
    limits.soft_lock("password", actor.person)
    person = Person.objects.get(id=actor.person)
    if not passwords.verify(password, person.password):
        zh, en = "现在的密码不对。", "The present password is wrong."
        fields = [{"field": "password", "code": "password_wrong", "zh": zh, "en": en}]
        raise Unprocessable("password_wrong", zh=zh, en=en, fields=fields)
    with db.write():
        _refuse_last_admin(actor)
        tenant = one_tenant(actor, person.id)
        VaultEntry.objects.filter(person=person).delete()
        OneTimeCode.objects.filter(person=person).delete()
        person.tokens.all().delete()
        sessions.close(person.id)
        for grant in grants_of(person.id):
            events.publish(RoleRevoked(person.id, grant.tenant, grant.role))
        RoleGrant.objects.filter(person=person).delete()
        person.display_name, person.login_name, person.phone_index = person.pseudonym, None, None
        person.password, person.state = "", "closed"
        person.save()
        sessions.forget_all()
        audit.record(actor, "person.erased", f"person:{person.id}", tenant=tenant)
        events.publish(PersonClosed(person.id))
    limits.clear("password", actor.person)


def _refuse_last_admin(actor: Actor) -> None:
    if actor.is_admin() and not (
        RoleGrant.objects.filter(role=ADMIN, person__state="active").exclude(person_id=actor.person).exists()
    ):
        raise Conflict(
            "last_admin",
            zh="你是唯一的平台管理员,请先再任命一位。",
            en="You are the only admin of the platform; make another one first.",
        )
