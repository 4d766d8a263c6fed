"""Datasets and items over the API: who sees what, rows by the thousand, versions, filters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doujia.server.data import actions, queries
from doujia.server.data.models import Item
from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.ids import uuid7

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(tenants: Any, make_person: Any) -> str:
    return make_person("client", tenants.client)


@pytest.fixture
def texts(owner: str, tenants: Any, actor_of: Any) -> str:
    return actions.create_dataset(actor=actor_of(owner), tenant=tenants.client, name="对话", medium="text")


def rows(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [
        {"name": f"t/{i:05}.txt", "media": {"kind": "text", "text": f"第 {i} 句"}}
        for i in range(first, first + count)
    ]


def post(browser: Any, path: str, body: Any) -> Any:
    return browser.post(f"/api/v1/data/{path}", json.dumps(body), content_type="application/json")


def test_a_client_makes_a_dataset_and_another_client_does_not_see_it(
    owner: str, tenants: Any, make_person: Any, client_for: Any
) -> None:
    browser = client_for(owner)
    made = post(browser, "datasets", {"tenant": tenants.client, "name": "  路口  红绿灯 ", "medium": "image"})
    assert (made.status_code, made["ETag"], made.json()["name"]) == (201, '"1"', "路口 红绿灯")
    address = f"/api/v1/data/datasets/{made.json()['id']}"
    assert [d["id"] for d in browser.get("/api/v1/data/datasets").json()["items"]] == [made.json()["id"]]
    stranger = client_for(make_person("client", tenants.other_client))
    assert stranger.get(address).status_code == 404
    assert (
        stranger.patch(
            address, "{}", content_type="application/json", headers={"If-Match": '"1"'}
        ).status_code
        == 404
    )
    assert stranger.delete(address).status_code == 404
    assert stranger.get("/api/v1/data/datasets").json()["items"] == []
    refused = post(stranger, "datasets", {"tenant": tenants.client, "name": "x", "medium": "image"})
    assert refused.status_code == 404
    worker = client_for(make_person("worker", tenants.base))
    assert post(worker, "datasets", {"tenant": tenants.base, "name": "x"}).status_code == 403


def test_a_base_sees_what_is_shared_with_it_but_does_not_change_it(
    owner: str, texts: str, tenants: Any, make_person: Any, client_for: Any, actor_of: Any
) -> None:
    manager = client_for(make_person("manager", tenants.base))
    address = f"/api/v1/data/datasets/{texts}"
    assert manager.get(address).status_code == 404
    actions.share(actor=actor_of(owner), dataset=texts, tenants=[tenants.base])
    assert manager.get(address).json()["shared_with"] == [tenants.base]
    assert manager.delete(address).status_code == 403
    assert manager.get(address).status_code == 200
    worker = client_for(make_person("worker", tenants.base))
    assert worker.get(f"{address}/items").status_code == 403


def test_two_people_do_not_overwrite_each_other(owner: str, texts: str, client_for: Any) -> None:
    browser = client_for(owner)
    address = f"/api/v1/data/datasets/{texts}"

    def rename(name: str, version: str | None) -> Any:
        headers = {"If-Match": version} if version else {}
        return browser.patch(
            address, json.dumps({"name": name}), content_type="application/json", headers=headers
        )

    assert rename("a", None).status_code == 428
    assert rename("a", '"1"').status_code == 200
    late = rename("b", '"1"')
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "changed_meanwhile", 2)
    assert browser.get(address).json()["name"] == "a"


def test_rows_come_in_once_and_bad_ones_are_named(owner: str, texts: str, client_for: Any) -> None:
    browser = client_for(owner)
    bad = [
        {"name": "../etc/passwd", "media": {"kind": "text", "text": ""}},
        {"name": "a.txt"},
        {"name": "b.txt", "sha256": "0" * 64},
        {"name": "c.txt", "media": {"kind": "conversation"}},
        {"name": "abc\u202etxt.exe", "media": {"kind": "text", "text": ""}},
    ]
    first = post(browser, f"datasets/{texts}/items", rows(3) + bad).json()
    assert (first["added"], first["known"]) == (3, 0)
    assert [(p["row"], p["code"]) for p in first["problems"]] == [
        (3, "path_refused"),
        (4, "row_without_content"),
        (5, "file_not_held"),
        (6, "wrong_medium"),
        (7, "name_unsafe"),
    ]
    assert first["ids"][3:] == [None] * 5
    again = post(browser, f"datasets/{texts}/items", rows(4)).json()
    assert (again["added"], again["known"], again["ids"][:3]) == (1, 3, first["ids"][:3])
    changed = [{"name": "t/00000.txt", "media": {"kind": "text", "text": "other"}}]
    assert post(browser, f"datasets/{texts}/items", changed).json()["problems"][0]["code"] == "name_taken"
    assert browser.get(f"/api/v1/data/datasets/{texts}").json()["items"] == 4


def test_markup_and_formulas_in_names_are_kept_as_they_are(owner: str, texts: str, client_for: Any) -> None:
    browser = client_for(owner)
    names = ["=cmd() calc.txt", "<img src=x onerror=alert(1)>.txt", "@SUM(1+1).txt"]
    made = [{"name": n, "media": {"kind": "text", "text": "x"}} for n in names]
    assert post(browser, f"datasets/{texts}/items", made).json()["added"] == 3
    answer = browser.get(f"/api/v1/data/datasets/{texts}/items")
    assert answer["Content-Type"].startswith("application/json")
    assert [i["name"] for i in answer.json()["items"]] == names


def test_ten_thousand_rows_come_in_by_one_call_and_out_by_pages(
    owner: str, texts: str, client_for: Any
) -> None:
    browser = client_for(owner)
    done = post(browser, f"datasets/{texts}/items", rows(10_000)).json()
    assert done["added"] == 10_000
    seen: list[str] = []
    cursor = ""
    while True:
        page = browser.get(f"/api/v1/data/datasets/{texts}/items?limit=200&cursor={cursor}").json()
        seen += [i["name"] for i in page["items"]]
        if page["next"] is None or len(seen) >= 600:
            break
        cursor = page["next"]
    assert seen == [r["name"] for r in rows(600)]
    found = browser.get(f"/api/v1/data/datasets/{texts}/items?name=t/0999").json()["items"]
    assert [i["name"] for i in found] == [f"t/0999{i}.txt" for i in range(10)]


def test_items_go_to_the_trash_and_come_back(owner: str, texts: str, client_for: Any) -> None:
    browser = client_for(owner)
    ids = post(browser, f"datasets/{texts}/items", rows(3)).json()["ids"]
    assert post(browser, f"datasets/{texts}/items/trash", {"items": ids[:2]}).json() == {"moved": 2}
    listed = browser.get(f"/api/v1/data/datasets/{texts}/items").json()["items"]
    assert [i["id"] for i in listed] == ids[2:]
    assert queries.dataset(texts).items == 1
    assert post(browser, f"datasets/{texts}/items/restore", {"items": ids}).json() == {"moved": 2}
    assert queries.dataset(texts).items == 3


def test_a_file_of_another_tenant_cannot_be_named_by_its_hash(
    owner: str, tenants: Any, make_person: Any, actor_of: Any
) -> None:

    stranger: Actor = actor_of(make_person("client", tenants.other_client))
    theirs = actions.create_dataset(
        actor=stranger, tenant=tenants.other_client, name="theirs", medium="image"
    )
    media = {"kind": "image", "width": 4, "height": 3}
    Item.objects.create(dataset_id=theirs, name="a.png", media=media, sha256="a" * 64, created_at=clock.now())
    row = actions.Row(name="mine.png", sha256="a" * 64)
    mine = actions.create_dataset(actor=actor_of(owner), tenant=tenants.client, name="mine", medium="image")
    refused = actions.add_rows(actor=actor_of(owner), dataset=mine, rows=[row])
    assert [p["code"] for p in refused.problems] == ["file_not_held"]
    second = actions.create_dataset(
        actor=stranger, tenant=tenants.other_client, name="second", medium="image"
    )
    rows_twice = [row, actions.Row(name="twin.png", sha256="a" * 64)]
    done = actions.add_rows(actor=stranger, dataset=second, rows=rows_twice)
    views = queries.get_items([i for i in done.ids if i])
    assert [views[str(i)].duplicate_of for i in done.ids] == [None, done.ids[0]]


def test_items_read_together_are_as_they_are_one_by_one(owner: str, texts: str, actor_of: Any) -> None:
    first = Item.objects.create(
        dataset_id=texts, name="甲.jpg", media={"kind": "image", "width": 40, "height": 30}, sha256="a" * 64, size=7, mime="image/jpeg",
        served_sha256="b" * 64, served_type="jpg", preview_sha256="c" * 64, created_at=clock.now(), attrs={"天气": "雨", "n": 1.5},
        tiles={"size": 512, "levels": [{"w": 40, "h": 30, "scale": 1}], "pack": "d" * 64}, sequence="s", index=3,
        problems=[{"code": "blurred", "zh": "模糊", "en": "blurred"}], doubtful=True,
    )  # fmt: skip
    twin = Item.objects.create(
        dataset_id=texts,
        name="t",
        media={"kind": "text"},
        duplicate_of=first.id,
        created_at=clock.now(),
        status="trash",
    )
    together = queries.get_items([str(first.id), str(twin.id), "not an id", str(uuid7())])
    assert together == {str(i.id): queries.get_item(str(i.id)) for i in (first, twin)}
    assert together[str(twin.id)].duplicate_of == str(first.id)
    assert (together[str(first.id)].media.width, together[str(first.id)].attrs["天气"]) == (40, "雨")


def test_reading_a_page_takes_as_many_queries_as_reading_one_item(
    owner: str, texts: str, actor_of: Any, django_assert_num_queries: Any
) -> None:
    added = actions.add_rows(
        actor=actor_of(owner),
        dataset=texts,
        rows=[
            actions.Row(name=str(i), media=queries.msgspec.convert({"kind": "text"}, queries.Media))
            for i in range(120)
        ],
    )
    with django_assert_num_queries(1):
        assert len(queries.get_items([i for i in added.ids if i])) == 120
    with django_assert_num_queries(1):
        assert len(queries.items(texts, limit=100)) == 100


def test_two_gigabytes_of_json_are_refused_before_they_are_read(
    owner: str, texts: str, client_for: Any
) -> None:
    class Endless:
        """A body of which nobody may read more than its beginning."""

        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 <= size < 70_000_000, "read whole"
            self.taken += size
            assert self.taken < 70_000_000, "read on"
            return b"[" * size

        def readline(self, size: int = -1) -> bytes:
            return self.read(size)

    browser = client_for(owner)
    answer = browser.generic(
        "POST",
        f"/api/v1/data/datasets/{texts}/items",
        b"",
        content_type="application/json",
        CONTENT_LENGTH="2000000000",
        **{"wsgi.input": Endless()},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    body = '[{"name": "a", "attrs": {"x": ' + "[" * 100_000
    deep = browser.post(f"/api/v1/data/datasets/{texts}/items", body, content_type="application/json")
    assert (deep.status_code, deep.json()["code"]) == (400, "not_json")
