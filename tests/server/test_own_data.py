"""A person's own data: a whole copy at her wish, identity erased, account closed; all of it on record."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from world import make_world

from doujia.server.kernel import audit, clock
from doujia.server.people import actions, queries
from doujia.server.people.models import ApiToken, LoginSession, Person, RoleGrant, VaultEntry
from doujia.server.people.permissions import SYSTEM
from doujia.server.work import actions as work
from doujia.server.work.models import Draft, Lease, Ready, Submission

pytestmark = pytest.mark.django_db
ID_NUMBER = "11010519491231002X"  # the standard's own example
CARD = "6222020200112233446"
PASSWORD = "blue-Bean-42"


@pytest.fixture
def known(make_person: Callable[..., str], tenants: Any) -> str:
    """Wu, of whom the vault keeps everything."""
    person = make_person("worker", tenants.base, name="wu", password=PASSWORD)
    values = {"legal_name": "吴小燕", "id_number": ID_NUMBER, "bank_card": CARD, "phone": "13800138000"}
    actions.set_identity(actor=SYSTEM, person=person, values=values)
    return person


def copy_of(answer: Any) -> tuple[dict[str, Any], Any]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["my-data.json", "my-data.xlsx"]
        return json.loads(archive.read("my-data.json")), load_workbook(
            io.BytesIO(archive.read("my-data.xlsx"))
        )


def test_the_copy_holds_identity_and_who_looked_at_it(
    known: str, make_person: Callable[..., str], tenants: Any, client_for: Callable[[str], Client]
) -> None:
    manager = queries.actor_for(make_person("manager", tenants.base, name="石建军"))
    actions.reveal_identity(actor=manager, person=known, columns=["bank_card"], reason="发八月工资")
    answer = client_for(known).post("/api/v1/people/my-data")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    data, book = copy_of(answer)
    assert {row["value"] for row in data["identity"]} == {"吴小燕", ID_NUMBER, CARD, "13800138000"}
    [look] = data["looks"]
    assert (look["by"], look["columns"], look["reason"]) == ("石建军", "bank_card", "发八月工资")
    assert data["roles"] == [{"role": "worker", "place": "万山基地"}]
    assert [r[1].value for r in book["身份信息"].iter_rows(min_row=2)][1] == ID_NUMBER  # text, not 1.1E17
    [told] = audit.listing(actor=SYSTEM, action="personal_data.exported")
    assert (told.actor, told.tenant, told.details) == (known, tenants.base, {})


def test_the_copy_holds_ones_work_and_nobody_elses(client_for: Callable[[str], Client]) -> None:
    world = make_world(review_share=1.0)
    world.fill("a", "b")
    wu, li = world.person("wu"), world.person("li")
    mine, theirs = world.do(wu), world.do(li)
    question = work.ask(actor=wu, project=world.project, text='=HYPERLINK("http://x")')
    work.answer_question(actor=world.person("lead", "lead"), question=question, text="不用")
    data, book = copy_of(client_for(wu.person).post("/api/v1/people/my-data"))
    assert [(a["project"], a["state"], a["active_ms"]) for a in data["answers"]] == [
        ("Letters", "submitted", 60_000)
    ]
    assert mine not in theirs and len(data["answers"]) == 1
    assert [(q["text"], q["answer"]) for q in data["questions"]] == [('=HYPERLINK("http://x")', "不用")]
    [row] = book["我问的"].iter_rows(min_row=2)
    assert row[2].value == '\'=HYPERLINK("http://x")' and row[2].data_type == "s"
    assert [d["items"] for d in data["days"]] == [1]


def test_a_program_may_not_take_the_copy_and_it_is_not_taken_without_end(
    known: str, client_for: Callable[[str], Client]
) -> None:
    token = actions.create_token(actor=queries.actor_for(known), name="x", scope="write", days=1).token
    by_token = Client(headers={"Authorization": f"Bearer {token}"}).post("/api/v1/people/my-data")
    assert (by_token.status_code, by_token.json()["code"]) == (403, "session_required")
    browser = client_for(known)
    assert [browser.post("/api/v1/people/my-data").status_code for _ in range(6)] == [200] * 5 + [429]


def test_identity_is_erased_but_for_the_only_way_to_log_in(
    make_person: Callable[..., str], tenants: Any, client_for: Callable[[str], Client]
) -> None:
    person = make_person("worker", tenants.base, phone="13900139000")
    actions.set_identity(actor=SYSTEM, person=person, values={"legal_name": "李春梅", "id_number": ID_NUMBER})
    answer = client_for(person).delete(f"/api/v1/people/persons/{person}/identity")
    assert (answer.status_code, answer.json()) == (200, {"stays": ["phone"]})
    entry = VaultEntry.objects.get(person_id=person)
    assert (entry.legal_name, entry.id_number, entry.id_number_index) == ("", "", "")
    assert entry.phone and Person.objects.get(id=person).phone_index
    # The number is free for the account she may open elsewhere.
    other = make_person("worker", tenants.other_base, name="again")
    actions.set_identity(actor=SYSTEM, person=other, values={"id_number": ID_NUMBER})


def test_identity_is_erased_whole_where_a_login_name_is_left(
    known: str, client_for: Callable[[str], Client]
) -> None:
    assert client_for(known).delete(f"/api/v1/people/persons/{known}/identity").json() == {"stays": []}
    assert not VaultEntry.objects.filter(person_id=known).exists()
    assert Person.objects.get(id=known).phone_index is None
    [told] = audit.about(f"person:{known}", "identity.erased")
    assert told.details == {"columns": ["legal_name", "id_number", "bank_card", "phone"]}
    assert "吴小燕" not in json.dumps(told.details, ensure_ascii=False)


def test_a_closed_account_leaves_the_pseudonym_and_the_work(client_for: Callable[[str], Client]) -> None:
    world = make_world()
    world.fill("a", "b")
    wu = world.person("wu")
    done = world.do(wu)
    [held] = work.take_next(actor=wu, project=world.project, want=1).held
    actions.set_identity(
        actor=SYSTEM, person=wu.person, values={"legal_name": "吴小燕", "id_number": ID_NUMBER}
    )
    actions.create_token(actor=wu, name="脚本", scope="read", days=1)
    Person.objects.filter(id=wu.person).update(must_change_password=False)
    browser = client_for(wu.person)
    wrong = browser.post(
        "/api/v1/people/my-account/erase", {"password": "not-it-1"}, content_type="application/json"
    )
    assert (wrong.status_code, wrong.json()["fields"][0]["field"]) == (422, "password")
    right = browser.post(
        "/api/v1/people/my-account/erase", {"password": PASSWORD}, content_type="application/json"
    )
    assert right.status_code == 204
    row = Person.objects.get(id=wu.person)
    assert (row.state, row.display_name, row.login_name, row.password) == ("closed", row.pseudonym, None, "")
    for gone in (VaultEntry, ApiToken, LoginSession, RoleGrant):
        assert not gone.objects.filter(person_id=wu.person).exists(), gone
    assert browser.get("/api/v1/people/me").status_code == 401
    # What she did stays; what she held is given on.
    assert str(Submission.objects.get().id) == done and Submission.objects.get().person == wu.person
    assert not Draft.objects.exists()
    assert Lease.objects.get(id=held.place.id).until <= clock.now()
    with clock.frozen(clock.now().replace(year=clock.now().year + 1)):
        assert work.sweep_expired() == 1
    assert Ready.objects.get(id=held.place.id).person is None


def test_the_last_admin_stays(
    make_person: Callable[..., str], tenants: Any, client_for: Callable[[str], Client]
) -> None:
    admin = make_person("admin", tenants.platform, name="root", password=PASSWORD)
    answer = client_for(admin).post(
        "/api/v1/people/my-account/erase", {"password": PASSWORD}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    assert Person.objects.get(id=admin).state == "active"
