"""What is kept about one person, gathered from all rooms for that person's eyes.

A room states what it keeps once, when it starts: ``contribute(fn)``; ``fn(person id)`` yields tables. This room knows
account and identity; the rooms above add work, pay and exams without being known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from doujia.server.kernel import audit
from doujia.server.people import queries, vault
from doujia.server.people.models import Person, VaultEntry

__all__ = ["Table", "contribute", "plain", "tables_of"]

MOST_LOOKS = 1000


@dataclass(frozen=True)
class Table:
    """Something that is kept about a person.

    Attributes:
        name: stable key; ``zh`` and ``en`` what people call it.
        columns: (key, zh, en) of each column.
        rows: values in the order of the columns: texts, numbers, moments, None.
    """

    name: str
    zh: str
    en: str
    columns: Sequence[tuple[str, str, str]]
    rows: Iterable[Sequence[Any]]


_contributors: list[Callable[[str], Iterable[Table]]] = []


def contribute(tables: Callable[[str], Iterable[Table]]) -> Callable[[str], Iterable[Table]]:
    """Have a room's tables in everybody's copy of their own data; use it as a decorator."""
    if tables not in _contributors:
        _contributors.append(tables)
    return tables


def tables_of(person: str) -> Iterator[Table]:
    """Yield everything that the rooms keep about a person."""
    for one in _contributors:
        yield from one(person)


@contribute
def _account(person: str) -> Iterator[Table]:
    row = Person.objects.get(id=person)
    me = queries.me(person)
    facts = [
        ("编号", "Id", row.id), ("工作代号", "Work name", row.pseudonym), ("显示的名字", "Display name", row.display_name),
        ("登录名", "Login name", row.login_name or ""), ("语言", "Language", row.language), ("建账号的时间", "Account made", row.created_at),
        ("上次改密码", "Password last changed", row.password_changed_at),
    ]  # fmt: skip
    yield Table("account", "账号", "Account", _FACT, [(f"{zh} / {en}", value) for zh, en, value in facts])
    yield Table(
        "roles", "角色", "Roles", (("role", "角色", "Role"), ("place", "在哪里", "Where")),
        [(r.role, r.tenant.name) for r in me.roles],
    )  # fmt: skip
    yield Table(
        "qualifications", "技能", "Skills",
        (("skill", "技能", "Skill"), ("level", "等级", "Level"), ("source", "来源", "Source"), ("at", "什么时候", "When"), ("until", "到期", "Valid until")),
        [(q.skill, q.level, q.source, q.granted_at, q.valid_until) for q in row.qualifications.filter(revoked_at=None)],
    )  # fmt: skip
    yield Table(
        "logins", "登录着的电脑", "Where logged in",
        (("since", "从", "Since"), ("last", "最后", "Last"), ("address", "地址", "Address"), ("browser", "浏览器", "Browser")),
        [(s.created_at, s.last_seen_at, s.address, s.browser) for s in queries.sessions_of(person)],
    )  # fmt: skip
    yield Table(
        "tokens", "接口令牌", "API tokens",
        (("name", "名字", "Name"), ("scope", "权限", "Scope"), ("made", "做于", "Made"), ("ends", "到期", "Ends")),
        [(t.name, t.scope, t.created_at, t.expires_at) for t in queries.tokens_of(person)],
    )  # fmt: skip


_FACT = (("what", "什么", "What"), ("value", "内容", "Value"))
_IDENTITY = {
    "legal_name": "姓名 / Legal name", "id_number": "身份证号 / ID number", "bank_card": "银行卡 / Bank card", "phone": "手机 / Phone",
}  # fmt: skip


@contribute
def _identity(person: str) -> Iterator[Table]:
    entry = VaultEntry.objects.filter(person_id=person).first()
    kept = (
        []
        if entry is None
        else [(_IDENTITY[c], vault.decrypt(person, c, getattr(entry, c))) for c in vault.COLUMNS]
    )
    yield Table("identity", "身份信息", "Identity", _FACT, kept)
    looks = audit.about(f"person:{person}", "identity.revealed", limit=MOST_LOOKS)
    names = queries.names({look.actor for look in looks})
    yield Table(
        "looks", "谁看过我的身份信息", "Who looked at my identity",
        (("at", "什么时候", "When"), ("by", "谁", "Who"), ("columns", "看了什么", "What"), ("reason", "为什么", "Why")),
        [(k.at, names.get(k.actor, ""), ", ".join(k.details.get("columns", [])), k.details.get("reason", "")) for k in looks],
    )  # fmt: skip


def plain(value: Any) -> Any:
    """Return a value as JSON and tables take it: moments as ISO 8601 UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
