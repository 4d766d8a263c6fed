"""Files come in by upload, archive, folder and list; what is bad is named and the rest goes in."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from doujia.server.data import actions, queries
from doujia.server.data.actions import uploads as upload_actions
from doujia.server.data.models import Import, Item
from doujia.server.kernel import fetch, jobs
from doujia.server.kernel.errors import StorageFull

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/data"


def picture(seed: int, kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, kind)
    return out.getvalue()


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """A home of its own: what lies in staging is this test's."""
    settings.HOME = tmp_path / "home"
    return tmp_path / "home"


@pytest.fixture
def owner(tenants: Any, make_person: Any) -> str:
    return make_person("client", tenants.client)


@pytest.fixture
def browser(owner: str, client_for: Any) -> Any:
    return client_for(owner)


@pytest.fixture
def dataset(owner: str, tenants: Any, actor_of: Any) -> str:
    return actions.create_dataset(actor=actor_of(owner), tenant=tenants.client, name="路口", medium="image")


def work() -> None:
    while jobs.run_one():
        pass


class Uploading:
    """A browser that uploads."""

    def __init__(self, browser: Any, dataset: str) -> None:
        self.browser = browser
        self.id = self.post(f"{API}/datasets/{dataset}/uploads", {}).json()["id"]
        self.address = f"{API}/uploads/{self.id}"

    def post(self, path: str, body: Any) -> Any:
        return self.browser.post(path, json.dumps(body), content_type="application/json")

    def announce(self, files: dict[str, int], **more: Any) -> Any:
        body = {"files": [{"name": n, "size": s, **more} for n, s in files.items()]}
        return self.post(f"{self.address}/files", body).json()

    def part(self, file: str, offset: int, data: bytes) -> Any:
        return self.browser.put(
            f"{self.address}/files/{file}?offset={offset}", data, content_type="application/octet-stream"
        )

    def send(self, files: dict[str, bytes], **more: Any) -> None:
        for place, data in zip(
            self.announce({n: len(d) for n, d in files.items()}, **more)["files"], files.values(), strict=True
        ):
            assert self.part(place["id"], 0, data).json() == {"received": len(data), "complete": True}

    def commit(self, **body: Any) -> Any:
        made = self.post(f"{self.address}/commit", body)
        assert made.status_code == 201, made.content
        work()
        return self.browser.get(f"{API}/imports/{made.json()['id']}").json()


def refused(browser: Any, run: Any) -> dict[str, str]:
    rows = browser.get(f"{API}/imports/{run['id']}/refused").json()["items"]
    return {row["name"]: row["code"] for row in rows}


def names(dataset: str) -> list[str]:
    return [i.name for i in queries.items(dataset, limit=200)]


def test_a_folder_comes_in_and_what_is_bad_is_named(browser: Any, dataset: str) -> None:
    upload = Uploading(browser, dataset)
    good = picture(1)
    run_files = {
        "东街/0001.png": good,
        "东街/0001 (copy).png": good,
        "b.jpg": picture(2, "JPEG"),
        "logo.png": b"<svg onload='alert(1)'/>",
        "page.jpg": b"<!doctype html><script>",
        "cut.jpg": picture(3, "JPEG", (300, 300))[:5000],
        "false.jpg": picture(4),
        "=cmd|' calc'!A0.png": picture(5),
    }
    upload.send(run_files)
    run = upload.commit()
    assert (run["state"], run["done"], run["total"]) == ("done", 8, 8)
    assert run["counts"] == {"added": 4, "known": 0, "duplicates": 1, "refused": 4}
    assert refused(browser, run) == {"logo.png": "svg", "page.jpg": "html", "cut.jpg": "truncated", "false.jpg": "mislabelled"}  # fmt: skip
    assert run["reasons"] == {"svg": 1, "html": 1, "truncated": 1, "mislabelled": 1}
    found = browser.get(f"{API}/datasets/{dataset}/items").json()["items"]
    assert [i["name"] for i in found] == [
        "东街/0001.png",
        "东街/0001 (copy).png",
        "b.jpg",
        "=cmd|' calc'!A0.png",
    ]
    first = found[0]
    assert first["sha256"] == hashlib.sha256(good).hexdigest()
    assert first["media"] == {"kind": "image", "width": 40, "height": 30}
    assert (first["duplicate_of"], found[1]["duplicate_of"]) == (None, first["id"])
    only = browser.get(f"{API}/datasets/{dataset}/items?duplicates=true").json()["items"]
    assert [i["id"] for i in only] == [found[1]["id"]]
    staging = upload_actions.storage.staging("x").parent
    assert not list(staging.glob("upload-*")) and not list(staging.glob("import-*"))
    counted = browser.get(f"{API}/datasets/{dataset}").json()
    assert counted["items"] == 4


def test_what_is_shown_is_signed_typed_and_clean(browser: Any, dataset: str, client: Any) -> None:
    upload = Uploading(browser, dataset)
    upload.send({"a.jpg": picture(2, "JPEG")})
    upload.commit()
    urls = browser.get(f"{API}/datasets/{dataset}/items").json()["items"][0]["urls"]
    answer = client.get(urls["preview"])  # no cookie
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert len(answer.getvalue()) <= 80_000
    assert not answer.cookies


def test_an_upload_goes_on_after_a_reload_and_a_restart(browser: Any, dataset: str) -> None:
    data = picture(7, size=(200, 200))
    upload = Uploading(browser, dataset)
    [place] = upload.announce({"big.png": len(data)})["files"]
    assert upload.part(place["id"], 0, data[:1000]).json() == {"received": 1000, "complete": False}
    # The browser was closed and the server restarted: all that is known is on disk and in the database.
    [mine] = browser.get(f"{API}/datasets/{dataset}/uploads").json()["items"]
    assert mine["id"] == upload.id
    again = upload.announce({"big.png": len(data)})["files"]
    assert [(f["id"], f["received"]) for f in again] == [(place["id"], 1000)]
    doubled = upload.part(place["id"], 0, data[:1000])
    assert (doubled.status_code, doubled.json()["code"], doubled.json()["received"]) == (409, "wrong_offset", 1000)  # fmt: skip
    beyond = upload.part(place["id"], 1000, data[1000:] + b"more")
    assert beyond.status_code == 422
    assert upload.part(place["id"], 1000, data[1000:]).json()["complete"] is True
    assert upload.commit()["counts"]["added"] == 1
    assert queries.items(dataset)[0].sha256 == hashlib.sha256(data).hexdigest()
    assert upload.part(place["id"], 0, b"x").status_code == 409


def test_a_part_that_breaks_off_keeps_what_came(owner: str, dataset: str, actor_of: Any) -> None:
    actor = actor_of(owner)
    upload = actions.open_upload(actor=actor, dataset=dataset)
    [place], _ = actions.announce(actor=actor, upload=upload, files=[actions.Announced("a.png", 5000)])
    done = actions.receive(actor=actor, upload=upload, file=place.id, offset=0, length=5000, body=io.BytesIO(b"x" * 700))  # fmt: skip
    assert (done.received, done.complete) == (700, False)


def test_nobody_else_reaches_an_upload(
    browser: Any, dataset: str, tenants: Any, make_person: Any, client_for: Any
) -> None:
    upload = Uploading(browser, dataset)
    [place] = upload.announce({"a.png": 10})["files"]
    for role, tenant in (("client", tenants.other_client), ("client", tenants.client)):
        stranger = client_for(make_person(role, tenant))
        part = stranger.put(
            f"{upload.address}/files/{place['id']}?offset=0",
            b"x",
            content_type="application/octet-stream",
        )
        assert part.status_code == 404
        assert stranger.delete(upload.address).status_code == 404
    assert browser.delete(upload.address).status_code == 204


def test_content_that_differs_from_what_was_announced_is_refused(browser: Any, dataset: str) -> None:
    upload = Uploading(browser, dataset)
    upload.send({"a.png": picture(1)}, sha256="0" * 64)
    assert refused(browser, upload.commit()) == {"a.png": "sha256_differs"}


def test_a_full_disk_and_a_full_quota_refuse_before_the_first_byte(
    browser: Any, dataset: str, settings: Any, monkeypatch: Any
) -> None:
    settings.QUOTA_BYTES = 1_000_000
    upload = Uploading(browser, dataset)
    body = {"files": [{"name": "a.png", "size": 1_000_001}]}
    full = upload.post(f"{upload.address}/files", body)
    assert (full.status_code, full.json()["code"]) == (422, "quota_exceeded")
    settings.QUOTA_BYTES = 0
    usage = upload_actions.shutil.disk_usage("/")._replace(free=300_000_000)
    monkeypatch.setattr(upload_actions.shutil, "disk_usage", lambda path: usage)
    body["files"][0]["size"] = 60_000_000
    full = upload.post(f"{upload.address}/files", body)
    assert (full.status_code, full.json()["code"]) == (507, "disk_full")
    assert browser.get(upload.address).json()["items"] == []


def test_a_disk_that_fills_up_stops_the_import_which_goes_on_later(
    browser: Any, dataset: str, monkeypatch: Any
) -> None:
    upload = Uploading(browser, dataset)
    upload.send({f"{i}.png": picture(i) for i in range(3)})
    real = upload_actions.storage.put_files

    def full(files: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upload_actions.storage, "put_files", full)
    run = upload.commit()
    assert (run["state"], run["error"]["code"]) == ("failed", "disk_full")
    monkeypatch.setattr(upload_actions.storage, "put_files", real)
    assert browser.post(f"{API}/imports/{run['id']}/resume").status_code == 200
    work()
    assert browser.get(f"{API}/imports/{run['id']}").json()["counts"]["added"] == 3


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_archives_are_looked_through_member_by_member(browser: Any, dataset: str) -> None:
    link = zipfile.ZipInfo("link.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    out = io.BytesIO(
        zipped(
            {
                "a/1.png": picture(1),
                "../up.png": picture(2),
                "/abs.png": picture(3),
                "C:\\x.png": picture(4),
                "inner.zip": zipped({"x.png": picture(5)}),
                "__MACOSX/._1.png": b"x",
                "bomb.bmp": bytes(30_000_000),
            }
        )
    )
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in (("b/2.png", picture(6)), ("../../etc/x.png", picture(7))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        soft = tarfile.TarInfo("soft.png")
        soft.type, soft.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(soft)
    upload = Uploading(browser, dataset)
    upload.send({"pack.zip": out.getvalue(), "pack.tar.gz": packed.getvalue()})
    run = upload.commit()
    assert names(dataset) == ["a/1.png", "b/2.png"]
    assert refused(browser, run) == {
        "../up.png": "path_refused", "/abs.png": "path_refused", "C:\\x.png": "path_refused", "inner.zip": "nested_archive",
        "bomb.bmp": "bomb", "link.png": "link", "../../etc/x.png": "path_refused", "soft.png": "link",
    }  # fmt: skip


def test_a_broken_archive_is_named_and_the_other_files_go_in(browser: Any, dataset: str) -> None:
    upload = Uploading(browser, dataset)
    upload.send({"bad.zip": zipped({"a.png": picture(1)})[:300], "ok.png": picture(2)})
    run = upload.commit()
    assert refused(browser, run) == {"bad.zip": "archive_broken"}
    assert names(dataset) == ["ok.png"]


def test_the_same_files_again_are_known_and_others_of_the_name_are_refused(
    browser: Any, dataset: str
) -> None:
    for _ in range(2):
        upload = Uploading(browser, dataset)
        upload.send({"a.png": picture(1), "b.png": picture(2)})
        run = upload.commit()
    assert run["counts"] == {"added": 0, "known": 2, "duplicates": 0, "refused": 0}
    upload = Uploading(browser, dataset)
    upload.send({"a.png": picture(9)})
    assert refused(browser, upload.commit()) == {"a.png": "name_taken"}


def test_imports_come_by_pages(browser: Any, dataset: str) -> None:
    for n in range(5):
        upload = Uploading(browser, dataset)
        upload.send({f"{n}.png": picture(n)})
        upload.commit()
    counts, cursor = [], ""
    while cursor is not None:
        address = f"{API}/datasets/{dataset}/imports?limit=2"
        page = browser.get(f"{address}&cursor={cursor}" if cursor else address).json()
        assert all(run["state"] == "done" for run in page["items"])
        counts.append(len(page["items"]))
        cursor = page["next"]
    assert counts == [2, 2, 1]


def test_a_list_of_addresses_goes_through_the_guarded_fetch(
    browser: Any, dataset: str, monkeypatch: Any
) -> None:
    asked: list[str] = []
    real = fetch.download

    def download(url: str, target: Any, **more: Any) -> Any:
        asked.append(url)
        if url.startswith("https://pictures.example/"):
            target.write(picture(int(url[-5])))
            return fetch.Answer(200, url, "image/png", 1)
        return real(url, target, **more)

    monkeypatch.setattr(fetch, "download", download)
    rows = [
        {"url": "https://pictures.example/p1.png", "name": "好/1.png", "weather": "rain"},
        {"url": "https://pictures.example/p2.png"},
        {"url": "http://169.254.169.254/latest/meta-data/a.png"},
        {"url": "http://127.0.0.1:8000/b.png"},
        {"url": "file:///etc/passwd"},
        {"url": "http://[::1]/c.png"},
        {"name": "no address"},
    ]
    body = json.dumps({"urls": rows})
    run = browser.post(f"{API}/datasets/{dataset}/imports/urls", body, content_type="application/json").json()  # fmt: skip
    work()
    found = queries.items(dataset)
    assert [(i.name, i.attrs) for i in found] == [("好/1.png", {"weather": "rain"}), ("p2.png", {})]
    codes = browser.get(f"{API}/imports/{run['id']}").json()["reasons"]
    assert codes == {"fetch_address": 3, "fetch_form": 1, "row_invalid": 1}
    assert len(asked) == 6


def test_a_list_comes_as_a_file_too(browser: Any, dataset: str, monkeypatch: Any) -> None:
    def download(url: str, target: Any, **more: Any) -> Any:
        target.write(picture(3))
        return fetch.Answer(200, url, "image/png", 1)

    monkeypatch.setattr(fetch, "download", download)
    upload = Uploading(browser, dataset)
    upload.send(
        {"list.csv": "\ufeff网址,文件名,街\r\nhttps://a.example/x.png,街/一.png,东\r\n,,\r\n".encode()}
    )
    run = upload.commit(list_kind="csv")
    assert [(i.name, i.attrs) for i in queries.items(dataset)] == [("街/一.png", {"街": "东"})]
    assert refused(browser, run) == {"#3": "row_invalid"}


def test_an_import_is_cancelled_and_resumed(
    browser: Any, dataset: str, monkeypatch: Any, owner: str, actor_of: Any
) -> None:
    from doujia.server.data import importing

    monkeypatch.setattr(importing, "STEP_FILES", 4)
    upload = Uploading(browser, dataset)
    upload.send({f"{i:02}.png": picture(i) for i in range(12)})
    real: Callable[..., Any] = importing.Writer.write
    steps: list[int] = []

    def write(self: Any, step: Any) -> None:
        real(self, step)
        steps.append(step.files)
        if len(steps) == 2:
            row = Import.objects.get(id=self._run.id)
            jobs.cancel(row.job, actor=actor_of(owner))

    monkeypatch.setattr(importing.Writer, "write", write)
    run = upload.commit()
    assert run["state"] == "cancelled"
    # The step in which it was cancelled is undone with its checkpoint: nothing is half.
    assert names(dataset) == [f"{i:02}.png" for i in range(4)]
    browser.post(f"{API}/imports/{run['id']}/resume")
    work()
    assert names(dataset) == [f"{i:02}.png" for i in range(12)]
    counts = browser.get(f"{API}/imports/{run['id']}").json()["counts"]
    assert counts == {"added": 12, "known": 0, "duplicates": 0, "refused": 0}


def test_a_twin_dataset_by_rows_names_files_that_are_held(
    browser: Any, dataset: str, owner: str, tenants: Any, actor_of: Any
) -> None:
    upload = Uploading(browser, dataset)
    upload.send({"a.png": picture(1)})
    upload.commit()
    source = queries.items(dataset)[0]
    second = actions.create_dataset(actor=actor_of(owner), tenant=tenants.client, name="two", medium="image")
    done = actions.add_rows(
        actor=actor_of(owner), dataset=second, rows=[actions.Row(name="again.png", sha256=source.sha256)]
    )
    twin = queries.get_item(str(done.ids[0]))
    assert (twin.media, twin.preview_sha256) == (source.media, source.preview_sha256)


def test_stale_uploads_are_swept(owner: str, dataset: str, actor_of: Any) -> None:
    from datetime import UTC, datetime, timedelta

    from doujia.server.kernel import clock

    actor = actor_of(owner)
    upload = actions.open_upload(actor=actor, dataset=dataset)
    [place], _ = actions.announce(actor=actor, upload=upload, files=[actions.Announced("a.png", 5)])
    actions.receive(actor=actor, upload=upload, file=place.id, offset=0, length=5, body=io.BytesIO(b"12345"))  # fmt: skip
    assert upload_actions.staged(place.id).exists()
    assert upload_actions.sweep_uploads() == 0
    with clock.frozen(datetime.now(UTC) + timedelta(days=8)):
        assert upload_actions.sweep_uploads() == 1
    assert not upload_actions.staged(place.id).exists()
    assert Item.objects.count() == 0


def test_enospc_while_a_part_arrives_is_said_plainly(owner: str, dataset: str, actor_of: Any) -> None:
    class FullDisk(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(28, "No space left on device")

    actor = actor_of(owner)
    upload = actions.open_upload(actor=actor, dataset=dataset)
    [place], _ = actions.announce(actor=actor, upload=upload, files=[actions.Announced("a.png", 5)])
    with pytest.raises(StorageFull):
        actions.receive(actor=actor, upload=upload, file=place.id, offset=0, length=5, body=FullDisk())
