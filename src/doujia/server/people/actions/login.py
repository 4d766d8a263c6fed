"""Log in, log out, change the password."""

from __future__ import annotations

import hmac
from datetime import timedelta

from doujia.server.kernel import audit, clock, db, limits
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import Forbidden, PlatformError, Unprocessable
from doujia.server.kernel.schedule import every
from doujia.server.people import passwords, sessions, vault
from doujia.server.people.actions.persons import grants_of, login_key
from doujia.server.people.identity import normalise_phone
from doujia.server.people.models import LoginSession, OneTimeCode, Person

__all__ = ["LoginFailed", "change_password", "login", "logout", "revoke_session", "sweep_sessions"]


class LoginFailed(PlatformError):
    """Name or password is wrong: which of them is not said."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "login_failed",
            zh="登录名或密码不对。忘了密码就找基地管理员要一次性密码。",
            en="The login name or the password is wrong. If you forgot it, ask the base's manager for a one-time code.",
        )


def _find(text: str) -> Person | None:
    number = normalise_phone(text)
    # Both are looked up each time, so that a number and a name take equally long.
    try:
        by_phone = Person.objects.filter(phone_index=vault.blind_index("phone", number or text)).first()
    except vault.VaultSealed:  # the key is lost: names still log in, the admin's too, who can bring it back
        by_phone = None
    by_name = Person.objects.filter(login_name=login_key(text)).first()
    return by_phone if number else by_name


def _proves(person: Person | None, password: str) -> bool:
    """Return whether ``password`` is the person's password or unexpired one-time code; one hash in every case."""
    code = OneTimeCode.objects.filter(person_id=person.id if person else "").first()
    by_password = passwords.verify(password, person.password if person else "")
    given = passwords.code_digest(password)
    by_code = hmac.compare_digest(given, code.digest if code else "0" * 64)
    return by_password or (by_code and code is not None and code.expires_at > clock.now())


def login(*, login: str, password: str, address: str, browser: str) -> tuple[str, str]:
    """Check a login and return ``(person id, cookie secret)``.

    Raises:
        LoginFailed: wrong; takes as long for an unknown name as for a wrong password.
        TooMany: locked softly; says how long to wait.
        Forbidden: ``account_pending``, told only to who knows the password.
    """
    subject = normalise_phone(login) or login_key(login)[:200]
    # A base of 500 comes from one address at eight o'clock; names have their own, narrower counts.
    limits.hit("login-address", address, limit=1500, window=timedelta(minutes=10))
    # Per name and address first: a stranger elsewhere cannot lock her out of her own seat at once.
    limits.soft_lock("login", f"{subject}|{address}")
    limits.soft_lock("login-name", subject, free=25)
    person = _find(login)
    if not _proves(person, password) or person is None or person.state == "closed":
        with db.write():
            audit.record(None, "login.failed", f"person:{person.id}" if person else "", address=address)
        raise LoginFailed
    limits.clear("login", f"{subject}|{address}")
    limits.clear("login-name", subject)
    if person.state == "pending":
        raise Forbidden(
            "account_pending",
            zh="账号已经登记,等基地管理员通过后就能登录。",
            en="Your account is registered; the base's manager has to let you in first.",
        )
    with db.write():
        secret = sessions.open_session(person, address=address, browser=browser)
        LoginSession.objects.filter(person=person, expires_at__lt=clock.now()).delete()
        audit.record(Actor(person.id), "login.succeeded", f"person:{person.id}", address=address)
    return str(person.id), secret


def logout(*, actor: Actor, session: str) -> None:
    """End the session the request came with."""
    with db.write():
        sessions.close(actor.person, session=session)
        audit.record(actor, "logout", f"person:{actor.person}")


def revoke_session(*, actor: Actor, session: str | None, keep: str | None) -> int:
    """End one of one's own sessions, or all but ``keep``; returns how many ended."""
    with db.write():
        count = sessions.close(actor.person, session=session, keep=keep)
        audit.record(actor, "session.revoked", f"person:{actor.person}", count=count)
    return count


@every(3600, "ended-logins")
def sweep_sessions() -> int:
    """Delete sessions that have run out; returns how many."""
    with db.write():
        count, _ = LoginSession.objects.filter(expires_at__lt=clock.now()).delete()
    return int(count)


def change_password(*, actor: Actor, old: str, new: str, keep: str | None) -> None:
    """Set a new password; ``old`` is the present one or the one-time code. All other sessions end.

    Raises:
        Unprocessable: ``password_wrong``, ``password_weak``, ``password_same``.
        TooMany: wrong too often.
    """
    limits.soft_lock("password", actor.person)
    person = Person.objects.get(id=actor.person)
    if not _proves(person, old):
        raise _field("old", "password_wrong", "现在的密码不对。", "The present password is wrong.")
    if old == new:
        raise _field(
            "new",
            "password_same",
            "新密码要和现在的不一样。",
            "The new password must differ from the present one.",
        )
    passwords.check_policy(new, login=person.login_name or "", phone="")
    made = passwords.hashed(new)
    with db.write():
        Person.objects.filter(id=person.id).update(
            password=made, must_change_password=False, password_changed_at=clock.now()
        )
        OneTimeCode.objects.filter(person=person).delete()
        sessions.close(person.id, keep=keep or "")
        tenants = sorted({g.tenant for g in grants_of(person.id)})
        audit.record(
            actor, "person.password_changed", f"person:{person.id}", tenant=tenants[0] if tenants else ""
        )
    limits.clear("password", actor.person)


def _field(field: str, code: str, zh: str, en: str) -> Unprocessable:
    return Unprocessable(code, zh=zh, en=en, fields=[{"field": field, "code": code, "zh": zh, "en": en}])
