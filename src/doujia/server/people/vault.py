"""The vault: legal name, ID number, bank card and phone, each column encrypted by itself.

AES-256-GCM; the person and the column are authenticated with the value, so that a value copied into another row does not
decrypt. The keys lie in ``DOUJIA_HOME/keys/vault.key``, outside the database and outside its backups: one line
``<key id> <base64>`` for each key (the last one encrypts, the older ones still decrypt) and one line ``index <base64>``
for the blind index by which a phone number is found without being readable.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from doujia.server.kernel.errors import PlatformError
from doujia.server.people.models import VaultEntry

__all__ = [
    "COLUMNS",
    "Notice",
    "VaultSealed",
    "blind_index",
    "current_key_id",
    "decrypt",
    "encrypt",
    "key_path",
    "notice",
    "rotate",
]

COLUMNS = ("legal_name", "id_number", "bank_card", "phone")


class VaultSealed(PlatformError):
    """A stored value cannot be opened: the key file is another one or the value was tampered with."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "vault_sealed",
            zh="身份信息打不开:钥匙文件不对,或数据被改过。请管理员从备份恢复 keys/vault.key。",
            en="Identity data cannot be opened: the key file is not the right one, or the data were changed. Restore keys/vault.key from its backup.",
        )


@dataclass(frozen=True)
class Notice:
    """What the first start says about the vault's key."""

    path: str
    made_now: bool
    zh: str
    en: str


@dataclass(frozen=True)
class _Keys:
    index: bytes
    by_id: dict[str, bytes]
    current: str


def key_path() -> Path:
    """Return where the keys lie."""
    return Path(settings.HOME) / "keys" / "vault.key"


def notice() -> Notice:
    """Make the key if there is none and return what the person at the server must know about it."""
    path = key_path()
    made = not path.exists()
    _keys()
    return Notice(
        str(path),
        made,
        f"身份信息(姓名、身份证号、银行卡、手机)的钥匙在 {path}。它不在数据库备份里:请另抄一份,离线保管(U 盘、保险柜);丢了就再也打不开。",
        f"The key to people's identity data is {path}. Database backups do not contain it: keep a copy of your own, offline. Without it the data cannot be opened again.",
    )


@lru_cache(maxsize=4)
def _parse(path: Path, changed_ns: int) -> _Keys:
    lines = [
        line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")
    ]
    values = {name: base64.b64decode(value) for name, value in lines}
    index = values.pop("index", b"")
    if len(index) != 32 or not values or any(len(v) != 32 for v in values.values()):
        raise VaultSealed
    return _Keys(index, values, list(values)[-1])


def _keys() -> _Keys:
    path = key_path()
    if not path.exists():
        if VaultEntry.objects.exists():
            # A restored home without its key: a new one would only hide that the old one must be found.
            raise VaultSealed
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = f"# Doujia vault keys. Keep a copy offline; never put it beside the database backup.\nindex {_random()}\nk1 {_random()}\n"
        # Complete before it is visible, and never over another process's file: link() refuses to replace.
        fresh = path.with_name(f"vault.key.{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first: its key is the one
        finally:
            fresh.unlink()
    return _parse(path, path.stat().st_mtime_ns)


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def current_key_id() -> str:
    """Return the id of the key that encrypts now."""
    return _keys().current


def rotate() -> str:
    """Add a new key, which encrypts from now on, and return its id; older keys still decrypt."""
    keys, path = _keys(), key_path()
    name = f"k{1 + max(int(k[1:]) for k in keys.by_id)}"
    fresh = path.with_name(f"vault.key.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(path.read_text().rstrip("\n") + f"\n{name} {_random()}\n")
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)
    _parse.cache_clear()
    return name


def encrypt(person: str, column: str, value: str) -> str:
    """Return ``value`` encrypted for that person and column; the empty string stays empty."""
    if not value:
        return ""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    keys = _keys()
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(keys.by_id[keys.current]).encrypt(nonce, value.encode(), f"{person}:{column}".encode())
    return f"{keys.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(person: str, column: str, stored: str) -> str:
    """Return the plain value.

    Raises:
        VaultSealed: unknown key, or the value was tampered with or moved.
    """
    if not stored:
        return ""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    name, _, text = stored.partition(".")
    key = _keys().by_id.get(name)
    if key is None:
        raise VaultSealed
    try:
        raw = base64.urlsafe_b64decode(text)
        return AESGCM(key).decrypt(raw[:12], raw[12:], f"{person}:{column}".encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise VaultSealed from error


def blind_index(column: str, value: str) -> str:
    """Return the HMAC by which an exact value is found; equal values give equal results, nothing else is told."""
    return hmac.new(_keys().index, f"{column}:{value}".encode(), hashlib.sha256).hexdigest()
