"""What is kept in the vault: written, looked at masked, revealed with a reason, re-encrypted under a new key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from doujia.server.kernel import audit, clock, db, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, NotFound, Unprocessable
from doujia.server.people import identity, vault
from doujia.server.people.actions.persons import above, grants_of, invalid, thing_of
from doujia.server.people.actions.tenants import clean_name
from doujia.server.people.models import Person, VaultEntry
from doujia.server.people.permissions import SYSTEM

__all__ = [
    "Look",
    "Masked",
    "checked_identity",
    "identity_looks",
    "keep",
    "masked_identity",
    "may",
    "reveal_identity",
    "set_identity",
    "start_reencryption",
]

_MASKS = {
    "legal_name": identity.mask_name,
    "id_number": identity.mask_id_number,
    "bank_card": identity.mask_card,
    "phone": identity.mask_phone,
}


@dataclass(frozen=True)
class Masked:
    """Identity data as they are shown without a reveal; empty where nothing is kept."""

    legal_name: str
    id_number: str
    bank_card: str
    phone: str
    updated_at: datetime | None


def may(actor: Actor, action: str, person: str) -> None:
    """Let the person herself, or somebody who stands above her in every place, do ``action``."""
    if actor.person == person:
        require(actor, action, thing_of(person, grants_of(person)))
    else:
        above(actor, action, person, lock=False)


def checked_identity(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values normalised; an empty one stays empty (it deletes).

    Raises:
        Unprocessable: with the field named and, for ID numbers, what is wrong.
    """
    out: dict[str, str] = {}
    for column, raw in values.items():
        text = raw.strip()
        if not text:
            out[column] = ""
        elif column == "legal_name":
            out[column] = clean_name(text, field=column, length=60)
        elif column == "id_number":
            out[column] = _id_number(text)
        elif column == "bank_card":
            if not identity.bank_card_valid(text):
                raise invalid(
                    column,
                    "银行卡号不对,请再核对一遍。",
                    "This is not a bank card number; check it digit by digit.",
                )
            out[column] = identity.normalise_digits(text)
        else:
            number = identity.normalise_phone(text)
            if number is None:
                raise invalid(
                    column,
                    "手机号应当是 11 位数字,1 开头。",
                    "A mobile number has 11 digits and begins with 1.",
                )
            out[column] = number
    return out


def _id_number(text: str) -> str:
    said = {
        "form": ("身份证号应当是 18 位。", "An ID number has 18 characters."),
        "region": ("身份证号的前两位不是省份代码。", "The first two digits are no province."),
        "date": ("身份证号里的出生日期不存在。", "The date of birth in the number does not exist."),
        "check": ("身份证号的校验位不对,请再核对一遍。", "The check digit does not fit; check the number."),
    }
    problem = identity.id_number_problem(text, clock.now().date())
    if problem is not None:
        zh, en = said[problem]
        raise Unprocessable(
            "person_invalid",
            zh=zh,
            en=en,
            fields=[{"field": "id_number", "code": problem, "zh": zh, "en": en}],
        )
    return identity.normalise_digits(text)


def keep(person: str, values: Mapping[str, str]) -> None:
    """Write checked values into the vault; call inside ``db.write()``.

    Raises:
        Conflict: the phone number or the ID number belongs to another account.
    """
    entry = VaultEntry.objects.filter(person_id=person).first() or VaultEntry(person_id=person)
    for column, value in values.items():
        setattr(entry, column, vault.encrypt(person, column, value))
    if "id_number" in values:
        number = values["id_number"]
        entry.id_number_index = vault.blind_index("id_number", number) if number else ""
        if (
            number
            and VaultEntry.objects.filter(id_number_index=entry.id_number_index)
            .exclude(person_id=person)
            .exists()
        ):
            raise Conflict(
                "id_taken", zh="这个身份证号已经有账号了。", en="This ID number has an account already."
            )
    entry.key_id, entry.updated_at = vault.current_key_id(), clock.now()
    # Columns left alone stay under the key they were encrypted with until the re-encryption comes by.
    if any(getattr(entry, c) and not getattr(entry, c).startswith(f"{entry.key_id}.") for c in vault.COLUMNS):
        entry.key_id = ""
    entry.save()
    if "phone" in values:
        index = vault.blind_index("phone", values["phone"]) if values["phone"] else None
        try:
            with transaction.atomic():
                Person.objects.filter(id=person).update(phone_index=index)
        except IntegrityError as error:
            raise Conflict(
                "phone_taken", zh="这个手机号已经有账号了。", en="This phone number has an account already."
            ) from error


def set_identity(*, actor: Actor, person: str, values: Mapping[str, str]) -> None:
    """Change what the vault keeps of a person: one's own, or of people below one.

    Args:
        values: any of ``legal_name``, ``id_number``, ``bank_card``, ``phone``; an empty text deletes.
    """
    unknown = set(values) - set(vault.COLUMNS)
    if unknown:
        raise ValueError(f"no such column: {sorted(unknown)}")
    kept = checked_identity(values)
    with db.write():
        may(actor, "identity.edit", person)
        row = Person.objects.get(id=person)
        if kept.get("phone") == "" and row.login_name is None:
            raise invalid(
                "phone",
                "这个人用手机号登录,不能删掉。",
                "This person logs in by phone; it cannot be removed.",
            )
        keep(person, kept)
        audit.record(
            actor, "identity.changed", f"person:{person}", tenant=_tenant(person), columns=sorted(kept)
        )


def _tenant(person: str) -> str:
    return min((g.tenant for g in grants_of(person)), default="")


def masked_identity(*, actor: Actor, person: str) -> Masked:
    """Return the masked identity data; this is not a reveal and is not logged.

    Raises:
        NotFound, Forbidden
    """
    may(actor, "identity.view", person)
    entry = VaultEntry.objects.filter(person_id=person).first()
    if entry is None:
        return Masked("", "", "", "", None)
    shown = {c: _MASKS[c](vault.decrypt(person, c, getattr(entry, c))) for c in vault.COLUMNS}
    return Masked(**shown, updated_at=entry.updated_at)


@dataclass(frozen=True)
class Look:
    """Somebody has seen identity data in plain: who, what of it, and why."""

    id: int
    at: datetime
    by: str
    own: bool
    columns: list[str]
    reason: str


def identity_looks(*, actor: Actor, person: str, before: int | None = None, limit: int = 50) -> list[Look]:
    """Return who has looked at a person's identity data, newest first: for herself and who stands above her.

    Args:
        before: looks older than this id.

    Raises:
        NotFound, Forbidden
    """
    may(actor, "identity.view", person)
    rows = audit.about(f"person:{person}", "identity.revealed", before=before, limit=limit)
    names = audit.names_of(rows)
    return [
        Look(
            row.id, row.at, names.get(row.actor, ""), row.actor == person, list(row.details.get("columns", [])), row.details.get("reason", "")
        )
        for row in rows
    ]  # fmt: skip


def reveal_identity(*, actor: Actor, person: str, columns: list[str], reason: str) -> dict[str, str]:
    """Return identity data in plain, after the look was written into the audit trail with its reason.

    Raises:
        Unprocessable: no reason given, or an unknown column.
    """
    text = reason.strip()
    if actor.person != person and len(text) < 4:
        raise invalid(
            "reason",
            "请写明为什么要看(至少 4 个字)。",
            "Say why you need to see it (four characters at least).",
        )
    wanted = sorted(set(columns))
    if not wanted or set(wanted) - set(vault.COLUMNS):
        raise invalid("columns", "没有这一项。", f"The columns are {', '.join(vault.COLUMNS)}.")
    with db.write():
        may(actor, "identity.reveal", person)
        entry = VaultEntry.objects.filter(person_id=person).first()
        if entry is None:
            raise NotFound("identity_not_kept", zh="没有登记身份信息。", en="No identity data are kept.")
        plain = {c: vault.decrypt(person, c, getattr(entry, c)) for c in wanted}
        audit.record(
            actor,
            "identity.revealed",
            f"person:{person}",
            tenant=_tenant(person),
            columns=wanted,
            reason=text[:200],
        )
    return plain


def start_reencryption(*, actor: Actor = SYSTEM) -> str:
    """Queue the job that brings every entry under the newest key; returns its id."""
    return jobs.enqueue("vault.reencrypt", {}, actor=actor, thing="vault:all")


@jobs.handler("vault.reencrypt")
def _reencrypt(context: jobs.Context) -> dict[str, Any]:
    """Re-encrypt in small transactions; a second run finds nothing left to do."""
    current, done = vault.current_key_id(), int(context.checkpoint.get("done", 0))
    while True:
        with db.write():
            batch = list(VaultEntry.objects.exclude(key_id=current).order_by("person_id")[:50])
            for entry in batch:
                for column in vault.COLUMNS:
                    plain = vault.decrypt(entry.person_id, column, getattr(entry, column))
                    setattr(entry, column, vault.encrypt(entry.person_id, column, plain))
                entry.key_id = current
                entry.save()
        if not batch:
            return {"entries": done, "key": current}
        done += len(batch)
        context.save({"done": done})
        context.progress(done)
