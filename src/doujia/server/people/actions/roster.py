"""A list of people from a spreadsheet: good rows become accounts, bad rows are listed with number and reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from django.db import transaction

from doujia.server.kernel import audit, db, sheets
from doujia.server.kernel.authz import WORKER, Actor, Thing, require
from doujia.server.kernel.errors import NotFound, PlatformError, Unprocessable
from doujia.server.people.actions.identity import checked_identity, keep
from doujia.server.people.actions.persons import create_person
from doujia.server.people.models import Tenant

__all__ = ["COLUMNS", "Roster", "RowDone", "RowError", "import_roster", "result_xlsx", "template_xlsx"]

MAX_ROWS = 2000
BATCH = 20
COLUMNS: dict[str, tuple[str, ...]] = {
    "display_name": ("姓名", "name", "display name"),
    "phone": ("手机号", "手机", "电话", "phone", "mobile"),
    "login_name": ("登录名", "login", "login name"),
    "role": ("角色", "role"),
    "legal_name": ("身份证姓名", "真实姓名", "legal name"),
    "id_number": ("身份证号", "身份证", "id number"),
}
_ROLES = {"标注员": "worker", "学员": "worker", "组长": "lead", "教员": "teacher", "老师": "teacher", "训练师": "trainer", "查看": "viewer"}  # fmt: skip


@dataclass(frozen=True)
class RowDone:
    """A row that became an account."""

    row: int
    person: str
    display_name: str
    login: str
    code: str


@dataclass(frozen=True)
class RowError:
    """A row that did not: what is wrong in which column."""

    row: int
    field: str
    code: str
    zh: str
    en: str


@dataclass
class Roster:
    """What came of a spreadsheet."""

    created: list[RowDone] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def template_xlsx() -> bytes:
    """Return an empty roster with its heading and one example row that the import skips."""
    header = [f"{zh} / {en}" for zh, en in _shown().values()]
    return sheets.xlsx_bytes(header, [["例:王小豆", "13800138000", "", "标注员", "", ""]], title="名单")


def _shown() -> dict[str, tuple[str, str]]:
    return {key: (names[0], next((n for n in names if n.isascii()), "")) for key, names in COLUMNS.items()}


def _heading(cells: list[str]) -> dict[int, str]:
    """Return the column that each cell of the heading stands for.

    Raises:
        Unprocessable: there is no column with names.
    """
    found: dict[int, str] = {}
    for place, cell in enumerate(cells):
        for key, names in COLUMNS.items():
            said = {part.strip().lower() for part in cell.split("/")}
            if said & set(names) and key not in found.values():
                found[place] = key
    if "display_name" not in found.values():
        raise Unprocessable(
            "roster_heading",
            zh="第一行要有“姓名”一列。请下载模板,按模板填。",
            en="The first row must have a column “name”. Download the template and fill that in.",
        )
    return found


def import_roster(
    *, actor: Actor, tenant: str, file: BinaryIO, progress: Callable[[int], None] | None = None
) -> Roster:
    """Create an account for each good row, in small transactions.

    Args:
        file: XLSX; the first row names the columns (see ``COLUMNS``).

    Raises:
        SheetRefused, Unprocessable: the file as a whole cannot be used.
    """
    require(actor, "people.create", Thing(frozenset({tenant})))
    if not Tenant.objects.filter(id=tenant, active=True).exists():
        raise NotFound("tenant_not_found")
    rows = list(sheets.read_xlsx(file, max_rows=MAX_ROWS + 1))
    if not rows:
        raise Unprocessable("roster_empty", zh="表格是空的。", en="The table is empty.")
    heading, roster = _heading(rows[0][1]), Roster()
    for start in range(1, len(rows), BATCH):
        # A few rows a transaction: a long one would hold up everybody who submits meanwhile.
        with db.write():
            for number, cells in rows[start : start + BATCH]:
                values = {heading[i]: cell for i, cell in enumerate(cells) if i in heading}
                if not values.get("display_name", "").startswith("例:"):
                    _one(actor, tenant, number, values, roster)
        if progress is not None:
            progress(min(start + BATCH, len(rows)) - 1)
    with db.write():
        audit.record(
            actor, "roster.imported", f"tenant:{tenant}", tenant=tenant, created=len(roster.created), errors=len(roster.errors)
        )  # fmt: skip
    return roster


def _one(actor: Actor, tenant: str, number: int, values: dict[str, str], roster: Roster) -> None:
    role = values.get("role", "").strip()
    name = values.get("display_name", "")
    try:
        with transaction.atomic():
            kept = checked_identity({"id_number": values["id_number"]} if values.get("id_number") else {})
            made = create_person(
                actor=actor, tenant=tenant, role=_ROLES.get(role, role.lower()) or WORKER, display_name=name,
                phone=values.get("phone", ""), login_name=values.get("login_name", ""), legal_name=values.get("legal_name", ""),
            )  # fmt: skip
            if kept:
                keep(made.person, kept)
    except PlatformError as error:
        place = error.fields[0]["field"] if error.fields else _FIELD.get(error.code, "")
        roster.errors.append(RowError(number, place, error.code, error.zh, error.en))
        return
    roster.created.append(RowDone(number, made.person, name, made.login, made.code or ""))


_FIELD = {
    "phone_taken": "phone",
    "login_taken": "login_name",
    "id_taken": "id_number",
    "role_too_high": "role",
}


def result_xlsx(roster: Roster) -> bytes:
    """Return the outcome as a spreadsheet to print and cut up: logins and codes, then the rows with faults."""
    header = ["行 / row", "姓名 / name", "登录名 / login", "一次性密码 / one-time code", "问题 / problem"]
    rows: list[list[object]] = [[d.row, d.display_name, d.login, d.code, ""] for d in roster.created]
    rows += [[e.row, "", "", "", f"{e.zh} / {e.en}"] for e in roster.errors]
    return sheets.xlsx_bytes(header, sorted(rows, key=lambda r: int(str(r[0]))), title="结果")
