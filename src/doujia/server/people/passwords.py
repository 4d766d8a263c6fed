"""Passwords and one-time codes: how they are hashed and which ones are refused."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from doujia.server.kernel.errors import Unprocessable

__all__ = ["Argon2", "check_policy", "code_digest", "hashed", "new_code", "verify"]

MIN_LENGTH, MAX_LENGTH = 8, 128
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that looks like something else when read from paper
_COMMON = frozenset(
    {"12345678", "123456789", "1234567890", "11111111", "88888888", "66666666", "00000000", "password", "password1",
     "qwertyui", "qwerty123", "abcd1234", "abc12345", "a1234567", "1qaz2wsx", "woaini520", "woaini1314", "5201314520",
     "147258369", "123123123", "987654321", "doujia123", "iloveyou", "admin123", "12341234", "asdfghjk"}
)  # fmt: skip


class Argon2(Argon2PasswordHasher):  # type: ignore[misc]
    """Argon2id with 19 MiB, two passes, one lane (OWASP's first choice).

    Django's default of 100 MiB and eight lanes would take a base's 4 GB PC down when a shift logs in together.
    """

    time_cost = 2
    memory_cost = 19456
    parallelism = 1


_slots = threading.BoundedSemaphore(4)
_decoy: list[str] = []


@contextmanager
def _slot() -> Iterator[None]:
    # At most four hashes at once: 80 MiB and no more, however many people log in.
    with _slots:
        yield


def hashed(password: str) -> str:
    """Return the argon2 hash to be stored."""
    with _slot():
        return str(make_password(password))


def verify(password: str, stored: str) -> bool:
    """Return whether ``password`` matches; takes as long for nobody (``stored`` empty) as for somebody."""
    if not _decoy:
        _decoy.append(hashed(secrets.token_urlsafe(16)))
    with _slot():
        matches = bool(check_password(password[:MAX_LENGTH], stored or _decoy[0]))
    return matches and bool(stored)


def check_policy(password: str, *, login: str = "", phone: str = "") -> None:
    """Refuse passwords that would be guessed first.

    Raises:
        Unprocessable: too short, too long, very common, or the person's own name or phone number.
    """
    problem: tuple[str, str] | None = None
    if len(password) < MIN_LENGTH:
        problem = (f"密码至少要 {MIN_LENGTH} 个字符。", f"A password has at least {MIN_LENGTH} characters.")
    elif len(password) > MAX_LENGTH:
        problem = (f"密码最多 {MAX_LENGTH} 个字符。", f"A password has at most {MAX_LENGTH} characters.")
    elif password.lower() in _COMMON or len(set(password)) < 3:
        problem = (
            "这个密码太常见,别人一猜就中,换一个。",
            "This password is among the first anybody would guess; choose another.",
        )
    elif password.lower() in {login.lower(), phone} - {""}:
        problem = (
            "密码不能和登录名或手机号一样。",
            "The password must differ from the login name and the phone number.",
        )
    if problem:
        zh, en = problem
        raise Unprocessable(
            "password_weak", zh=zh, en=en, fields=[{"field": "new", "code": "weak", "zh": zh, "en": en}]
        )


def new_code() -> str:
    """Return a one-time code, ten characters in two groups (50 bits): ``K7QPX-3MWRA``."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def code_digest(code: str) -> str:
    """Return what is stored of a code. Fifty random bits and a key outside the database need no slow hash."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    return hmac.new(f"code:{settings.SECRET_KEY}".encode(), plain.encode(), hashlib.sha256).hexdigest()
