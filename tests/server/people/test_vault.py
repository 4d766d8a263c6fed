"""The vault: encrypted by itself, opened by its own key only, masked unless revealed, every reveal written down."""

from __future__ import annotations

import base64
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from doujia.server.kernel import audit, jobs
from doujia.server.people import actions, vault
from doujia.server.people.models import VaultEntry
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db
VALUES = {
    "legal_name": "王小豆",
    "id_number": "11010519491231002x",
    "bank_card": "6222 0202 0011 2233 446",
    "phone": "138 0013 8000",
}


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path


def test_the_key_is_the_owners_only_and_the_notice_says_where(tmp_path: Path) -> None:
    first, second = vault.notice(), vault.notice()
    assert first.made_now and not second.made_now
    assert (
        first.path == str(tmp_path / "keys" / "vault.key")
        and first.path in first.zh
        and first.path in first.en
    )
    assert stat.S_IMODE(Path(first.path).stat().st_mode) == 0o600


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
@given(st.text(min_size=1, max_size=60))
def test_what_goes_in_comes_out_and_never_looks_the_same(text: str) -> None:
    one, two = vault.encrypt("p1", "legal_name", text), vault.encrypt("p1", "legal_name", text)
    assert one != two and text not in (one, two)
    assert vault.decrypt("p1", "legal_name", one) == vault.decrypt("p1", "legal_name", two) == text


def test_another_implementation_reads_it_as_the_guide_says(tmp_path: Path) -> None:
    sealed = vault.encrypt("p1", "phone", "13800138000")
    lines = dict(
        line.split()
        for line in (tmp_path / "keys" / "vault.key").read_text().splitlines()
        if not line.startswith("#")
    )
    name, _, text = sealed.partition(".")
    raw = base64.urlsafe_b64decode(text)
    assert AESGCM(base64.b64decode(lines[name])).decrypt(raw[:12], raw[12:], b"p1:phone") == b"13800138000"


@pytest.mark.parametrize(("person", "column"), [("p2", "phone"), ("p1", "legal_name")])
def test_a_value_moved_elsewhere_does_not_open(person: str, column: str) -> None:
    sealed = vault.encrypt("p1", "phone", "13800138000")
    with pytest.raises(vault.VaultSealed):
        vault.decrypt(person, column, sealed)


@pytest.mark.parametrize("stored", ["k1.AAAA", "k9.AAAA", "nonsense", "k1.!!!!", "k1."])
def test_a_broken_value_is_told_as_such(stored: str) -> None:
    vault.current_key_id()
    with pytest.raises(vault.VaultSealed):
        vault.decrypt("p1", "phone", stored)


def test_a_new_key_encrypts_the_old_still_opens_and_the_job_moves_all(make_person: Any, tenants: Any) -> None:
    person = make_person("worker", tenants.base)
    actions.set_identity(actor=SYSTEM, person=person, values=VALUES)
    before = VaultEntry.objects.get(person_id=person)
    index = vault.blind_index("phone", "13800138000")
    assert before.phone.startswith("k1.")
    assert vault.rotate() == "k2"
    actions.set_identity(actor=SYSTEM, person=person, values={"legal_name": "王大豆"})
    mixed = VaultEntry.objects.get(person_id=person)
    assert mixed.legal_name.startswith("k2.") and mixed.phone.startswith("k1.")
    job = actions.start_reencryption()
    assert jobs.run_one()
    assert jobs.get(job).result == {"entries": 1, "key": "k2"}
    after = VaultEntry.objects.get(person_id=person)
    assert all(getattr(after, c).startswith("k2.") for c in vault.COLUMNS)
    assert vault.blind_index("phone", "13800138000") == index
    assert actions.masked_identity(actor=SYSTEM, person=person).phone == "138****8000"


def test_nothing_plain_lies_in_the_database(make_person: Any, tenants: Any, client_for: Any) -> None:
    person = make_person("worker", tenants.base, phone="13900139000")
    client = client_for(make_person("manager", tenants.base))
    answer = client.patch(
        f"/api/v1/people/persons/{person}/identity", VALUES, content_type="application/json"
    )
    assert answer.status_code == 200
    client.post(
        f"/api/v1/people/persons/{person}/identity/reveal",
        {"columns": ["id_number"], "reason": "工资表核对"},
        content_type="application/json",
    )
    everything = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            everything += [str(v) for row in cursor.fetchall() for v in row]
    text = "\n".join(everything)
    for secret in ("11010519491231002X", "6222020200112233446", "13800138000", "13900139000", "王小豆"):
        assert secret not in text


def test_it_is_masked_until_revealed_and_the_reveal_is_logged(
    make_person: Any, tenants: Any, client_for: Any
) -> None:
    person, manager = make_person("worker", tenants.base), make_person("manager", tenants.base)
    client = client_for(manager)
    address = f"/api/v1/people/persons/{person}/identity"
    masked = client.patch(address, VALUES, content_type="application/json").json()
    assert {k: masked[k] for k in VALUES} == {
        "legal_name": "王**", "id_number": "1****************X", "bank_card": "**** 3446", "phone": "138****8000",
    }  # fmt: skip
    no_reason = client.post(f"{address}/reveal", {"columns": ["id_number"]}, content_type="application/json")
    assert no_reason.status_code == 422
    assert audit.listing(actor=SYSTEM, action="identity.revealed") == []
    told = client.post(
        f"{address}/reveal",
        {"columns": ["id_number"], "reason": "工资表核对"},
        content_type="application/json",
    ).json()
    assert told == {"legal_name": None, "id_number": "11010519491231002X", "bank_card": None, "phone": None}
    (row,) = audit.listing(actor=SYSTEM, action="identity.revealed")
    assert (row.actor, row.thing, row.tenant) == (manager, f"person:{person}", tenants.base)
    assert row.details == {"columns": ["id_number"], "reason": "工资表核对"}


def test_everybody_sees_who_looked_and_why(make_person: Any, tenants: Any, client_for: Any) -> None:
    person = make_person("worker", tenants.base)
    manager = make_person("manager", tenants.base, name="林主任")
    actions.set_identity(actor=SYSTEM, person=person, values=VALUES)
    address = f"/api/v1/people/persons/{person}/identity"
    boss, herself = client_for(manager), client_for(person)
    for column in ("phone", "bank_card", "id_number"):
        body = {"columns": [column], "reason": f"发工资 {column}"}
        assert boss.post(f"{address}/reveal", body, content_type="application/json").status_code == 200
    herself.post(f"{address}/reveal", {"columns": ["phone"]}, content_type="application/json")
    for client in (boss, herself):
        looks, cursor = [], ""
        while cursor is not None:
            page = client.get(f"{address}/looks?limit=3{f'&cursor={cursor}' if cursor else ''}").json()
            looks += page["items"]
            cursor = page["next"]
        assert [(k["by"], k["own"], k["columns"], k["reason"]) for k in looks][1:] == [
            ("林主任", False, ["id_number"], "发工资 id_number"),
            ("林主任", False, ["bank_card"], "发工资 bank_card"),
            ("林主任", False, ["phone"], "发工资 phone"),
        ]
        assert (looks[0]["own"], looks[0]["columns"]) == (True, ["phone"])
    colleague = client_for(make_person("worker", tenants.base))
    assert colleague.get(f"{address}/looks").status_code == 403
    stranger = client_for(make_person("manager", tenants.other_base))
    assert stranger.get(f"{address}/looks").status_code == 404


def test_who_may_look(make_person: Any, tenants: Any, client_for: Any) -> None:
    person = make_person("worker", tenants.base)
    actions.set_identity(actor=SYSTEM, person=person, values=VALUES)
    cases = [
        (person, 200),
        (make_person("manager", tenants.base), 200),
        (make_person("admin", tenants.platform), 200),
        (make_person("lead", tenants.base), 403),
        (make_person("worker", tenants.base), 403),
        (make_person("manager", tenants.other_base), 404),
        (make_person("client", tenants.client), 404),
    ]
    for reader, status in cases:
        client = client_for(reader)
        address = f"/api/v1/people/persons/{person}/identity"
        assert client.get(address).status_code == status
        revealed = client.post(
            f"{address}/reveal", {"columns": ["phone"], "reason": "needed"}, content_type="application/json"
        )
        assert revealed.status_code == status


def test_one_id_number_one_account(make_person: Any, tenants: Any) -> None:
    one, two = make_person("worker", tenants.base), make_person("worker", tenants.other_base)
    actions.set_identity(actor=SYSTEM, person=one, values={"id_number": "11010519491231002X"})
    with pytest.raises(Exception, match="id_taken"):
        actions.set_identity(actor=SYSTEM, person=two, values={"id_number": "11010519491231002X"})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"id_number": "110105194912310021"}, "id_number"),
        ({"bank_card": "6222020200112233445"}, "bank_card"),
        ({"phone": "123"}, "phone"),
    ],
)
def test_wrong_numbers_are_named(
    make_person: Any, tenants: Any, client_for: Any, values: dict[str, str], field: str
) -> None:
    person = make_person("worker", tenants.base)
    answer = client_for(person).patch(
        f"/api/v1/people/persons/{person}/identity", values, content_type="application/json"
    )
    assert answer.status_code == 422
    assert [f["field"] for f in answer.json()["fields"]] == [field]


def test_without_its_key_the_vault_says_so_and_names_still_log_in(
    make_person: Any, tenants: Any, client_for: Any, tmp_path: Path
) -> None:
    """A backup restored into a new home without keys/vault.key."""
    person = make_person("worker", tenants.base, phone="13800138000")
    make_person("manager", tenants.base, name="boss", password="blue-Bean-42")
    client = client_for(make_person("manager", tenants.base))
    (tmp_path / "keys" / "vault.key").unlink()
    assert [p["phone"] for p in client.get("/api/v1/people/persons?role=worker").json()["items"]] == ["?"]
    told = client.get(f"/api/v1/people/persons/{person}/identity")
    assert (told.status_code, told.json()["code"]) == (503, "vault_sealed")
    login = client.post(
        "/api/v1/people/login",
        {"login": "boss-2", "password": "blue-Bean-42"},
        content_type="application/json",
    )
    assert login.status_code == 200
    assert not (tmp_path / "keys" / "vault.key").exists()
