"""The Python client does the whole job of an engineer, against the real application."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from django.test import Client as Browser
from PIL import Image

from doujia import formats
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema
from doujia.sdk import ApiError, Client, JobFailed
from doujia.server.config.wsgi import application
from doujia.server.kernel import jobs

pytestmark = pytest.mark.django_db(transaction=True)


def work_off(what: str, done: int, total: int | None) -> None:
    """The worker of these tests: whenever the client reports progress, a queued job is done."""
    jobs.run_one()


@pytest.fixture
def owner(tenants: Any, make_person: Callable[..., str]) -> str:
    return make_person("client", tenants.client)


@pytest.fixture
def token(owner: str, client_for: Callable[[str], Browser]) -> str:
    browser = client_for(owner)
    made = browser.post(
        "/api/v1/people/tokens",
        {"name": "notebook", "scope": "write", "days": 5},
        content_type="application/json",
    )
    assert made.status_code == 201, made.content
    return str(made.json()["token"])


@pytest.fixture
def doujia(token: str) -> Client:
    return Client(
        "http://testserver", token, progress=work_off, transport=httpx.WSGITransport(app=application)
    )


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    for name, colour in (("a.jpg", "red"), ("夜里/b.png", "blue"), ("broken.jpg", None)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if colour is None:
            path.write_bytes(b"this is no picture")
        else:
            Image.new("RGB", (64, 48), colour).save(path)
    return folder


def coco(path: Path) -> Path:
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}, {"id": 2, "file_name": "夜里/b.png", "width": 64, "height": 48}],
        "annotations": [{"id": 7, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0, "score": 0.9}],
        "categories": [{"id": 1, "name": "car"}],
    }  # fmt: skip
    path.write_text(json.dumps(document))
    return path


def test_from_pictures_to_a_data_frame_and_a_file(
    doujia: Client, tenants: Any, pictures: Path, tmp_path: Path
) -> None:
    assert doujia.me()["roles"][0]["role"] == "client"
    dataset = doujia.create_dataset("street", tenants.client)
    run = doujia.upload(dataset, pictures)
    assert (run["counts"]["added"], run["counts"]["refused"]) == (2, 1)
    project = doujia.create_project(
        "cars", tenants.client, template="vehicles-people", datasets=[dataset], start=True
    )
    result = doujia.push(project, coco(tmp_path / "model.json"), mode="accepted", model="detector@1")
    assert result["matched"] == 2
    release = doujia.release(project, name="first")
    frame = doujia.marks(release)
    assert frame[["name", "label"]].fillna("").values.tolist() == [["a.jpg", "car"], ["夜里/b.png", ""]]
    with pytest.raises(ApiError) as refused:
        doujia.export(release, "mot", tmp_path / "out")
    assert refused.value.code == "loss_refused"
    assert "items_dropped" in refused.value.body["codes"] and "mot" in str(refused.value)
    written = doujia.export(release, "coco", tmp_path / "out")
    assert written.stat().st_size > 0
    assert [r["id"] for r in doujia.releases(project)] == [release]


def test_a_second_upload_of_the_same_folder_adds_nothing(
    doujia: Client, tenants: Any, pictures: Path
) -> None:
    dataset = doujia.create_dataset("street", tenants.client)
    doujia.upload(dataset, pictures)
    again = doujia.upload(dataset, pictures)
    assert again["counts"].get("added", 0) == 0


def test_a_lost_answer_does_not_send_a_part_twice(doujia: Client, tenants: Any, pictures: Path) -> None:
    dataset = doujia.create_dataset("street", tenants.client)
    real, lost = doujia._http.request, []

    def losing(method: str, path: str, **options: Any) -> Any:
        answer = real(method, path, **options)
        if method == "PUT" and not lost:
            lost.append(path)
            raise httpx.ReadError("the line broke")
        return answer

    doujia._http.request = losing  # type: ignore[method-assign]
    run = doujia.upload(dataset, pictures)
    assert lost
    assert run["counts"]["added"] == 2


def test_an_upload_that_was_killed_goes_on_where_it_was(
    doujia: Client, tenants: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doujia.sdk.client.PART_BYTES", 1000)
    folder = tmp_path / "large"
    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (60, 60, 3), dtype=np.uint8)
    for name in ("a.png", "b.png"):
        Image.fromarray(noise).save(folder / name)
        noise = 255 - noise
    size = sum(p.stat().st_size for p in folder.iterdir())
    dataset = doujia.create_dataset("street", tenants.client)
    real, sent = doujia._http.request, []

    def request(method: str, path: str, **options: Any) -> Any:
        if method == "PUT":
            sent.append(len(options["content"]))
            if sum(sent) > size // 2 and not killed:
                killed.append(sum(sent[:-1]))
                raise KeyboardInterrupt
        return real(method, path, **options)

    killed: list[int] = []
    doujia._http.request = request  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        doujia.upload(dataset, folder)
    sent.clear()
    assert doujia.upload(dataset, folder)["counts"]["added"] == 2
    assert killed[0] > 0 and sum(sent) == size - killed[0], "what had arrived was not sent again"


def test_another_folder_begins_an_upload_of_its_own(
    doujia: Client, tenants: Any, pictures: Path, tmp_path: Path
) -> None:
    dataset = doujia.create_dataset("street", tenants.client)
    left = doujia._json("POST", f"/data/datasets/{dataset}/uploads", json={})["id"]
    announced = {"files": [{"name": "elsewhere/x.jpg", "size": 10}]}
    doujia._json("POST", f"/data/uploads/{left}/files", json=announced)
    assert doujia.upload(dataset, pictures)["counts"]["added"] == 2
    assert [u["id"] for u in doujia._json("GET", f"/data/datasets/{dataset}/uploads")["items"]] == [left]


def test_marks_in_memory_and_a_folder_of_files_are_pushed(
    doujia: Client, tenants: Any, pictures: Path, tmp_path: Path
) -> None:
    dataset = doujia.create_dataset("street", tenants.client)
    doujia.upload(dataset, pictures)
    project = doujia.create_project(
        "cars", tenants.client, template="vehicles-people", datasets=[dataset], start=True
    )
    known = {c.id for c in doujia.schema(project).classes}
    assert {"car", "person"} <= known
    size = ImageMedia(width=64, height=48)
    mark = Mark(id="m1", label="car", geometry=Box(1, 2, 11, 12))
    found = ItemMarks(Item(id="a.jpg", name="a.jpg", media=size, status="done"), [mark])
    held = formats.MemoryDataset(doujia.schema(project), [found])
    assert doujia.push(project, held, mode="prelabels", model="ours@2")["matched"] == 1
    schema = Schema(classes=[LabelClass(id="car", kinds=["box"])])
    formats.write(formats.MemoryDataset(schema, [found]), tmp_path / "voc", "voc")
    told = doujia.push(project, tmp_path / "voc", mode="prelabels", format="voc", model="ours@3")
    assert told["matched"] == 1


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, pictures: Path) -> str:
    """Stands in for the internet: what the guarded fetch would bring."""
    from doujia.server.kernel import fetch

    def download(url: str, target: Any, *, max_bytes: int, seconds: float) -> Any:
        target.write((pictures / url.rpartition("/")[2]).read_bytes())

    monkeypatch.setattr(fetch, "download", download)
    return "https://pictures.example"


def test_the_platform_fetches_what_is_named_by_address(
    doujia: Client, tenants: Any, served: str, command: Callable[..., Any], tmp_path: Path
) -> None:
    dataset = doujia.create_dataset("street", tenants.client)
    run = doujia.import_urls(dataset, [f"{served}/a.jpg", {"url": f"{served}/broken.jpg", "name": "b.jpg"}])
    assert (run["counts"]["added"], run["counts"]["refused"]) == (1, 1)
    listed = tmp_path / "addresses.txt"
    listed.write_text(f"# cameras\n{served}/a.jpg\n")
    assert command("import-urls", dataset, listed)["counts"]["known"] == 1


def test_a_folder_of_the_server_comes_in(
    owner: str, tenants: Any, pictures: Path, settings: Any, client_for: Callable[[str], Browser]
) -> None:
    settings.IMPORT_ROOTS = {"cameras": {"path": str(pictures), "tenants": [tenants.client]}}
    body = {"name": "x", "scope": "admin", "days": 1}
    made = client_for(owner).post("/api/v1/people/tokens", body, content_type="application/json").json()
    client = Client(
        "http://testserver", made["token"], progress=work_off, transport=httpx.WSGITransport(app=application)
    )
    run = client.import_folder(client.create_dataset("street", tenants.client), "cameras", "夜里")
    assert run["counts"]["added"] == 1


def test_a_job_is_stopped_and_goes_on(
    doujia: Client, actor_of: Any, owner: str, command: Callable[..., Any]
) -> None:
    job = jobs.enqueue("x.y", {}, actor=actor_of(owner))
    assert doujia.cancel(job)["state"] == "cancelled"
    assert doujia.resume(job)["state"] == "queued"
    assert command("cancel", job)["state"] == "cancelled"
    assert command("resume", job)["state"] == "queued"


def test_waiting_ends_when_it_was_told_to(doujia: Client, tenants: Any, actor_of: Any, owner: str) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    job = jobs.enqueue("data.import", {}, actor=actor_of(owner), run_after=later)
    assert job in [j["id"] for j in doujia.jobs()]
    with pytest.raises(JobFailed) as told:
        doujia.wait(job, timeout=0.5)
    assert told.value.code == "job_timeout"


def test_errors_of_the_platform_are_errors_of_python(doujia: Client, tenants: Any) -> None:
    with pytest.raises(ApiError) as told:
        doujia.create_dataset("x", tenants.other_client)
    assert told.value.status == 404
    assert "没有" in told.value.message.zh


def test_a_failed_job_is_told(doujia: Client, tenants: Any, tmp_path: Path) -> None:
    project = doujia.create_project("cars", tenants.client, template="vehicles-people")
    bad = tmp_path / "bad.json"
    bad.write_text("{ this is not JSON")
    with pytest.raises(JobFailed):
        doujia.push(project, bad, format="coco")


def test_without_address_or_token_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOUJIA_URL", raising=False)
    with pytest.raises(ValueError, match="DOUJIA_URL"):
        Client(token="x")


def test_an_upload_tells_how_far_it_is(token: str, tenants: Any, pictures: Path) -> None:
    told: list[tuple[str, int, int | None]] = []

    def progress(what: str, done: int, total: int | None) -> None:
        told.append((what, done, total))
        jobs.run_one()

    client = Client(
        "http://testserver", token, progress=progress, transport=httpx.WSGITransport(app=application)
    )
    client.upload(client.create_dataset("street", tenants.client), pictures)
    size = sum(p.stat().st_size for p in pictures.rglob("*.*") if p.is_file())
    sent = [(done, total) for what, done, total in told if what == told[0][0]]
    assert sent[-1] == (size, size) and [d for d, _ in sent] == sorted(d for d, _ in sent)
    assert len({what for what, _, _ in told}) > 1, "sending and importing are told apart"


@pytest.fixture
def command(
    token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """``command("projects")`` runs ``doujia remote --json projects`` against the application and returns what it printed."""
    from doujia.cli import main
    from doujia.sdk import client as module

    class InProcess(module.Client):
        def __init__(self, url: str | None, token: str | None) -> None:
            super().__init__(url, token, progress=work_off, transport=httpx.WSGITransport(app=application))

    monkeypatch.setattr("doujia.sdk.Client", InProcess)

    def run(*words: object, status: int = 0) -> Any:
        found = main(["remote", "--url", "http://testserver", "--token", token, "--json", *map(str, words)])
        said = capsys.readouterr()
        assert found == status, said.err
        return json.loads(said.out) if status == 0 else said.err

    return run


@pytest.mark.parametrize("words", [["--json", "me"], ["me", "--json"]])
def test_json_is_said_before_or_behind(
    words: list[str], token: str, command: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    from doujia.cli import main

    assert main(["remote", "--url", "http://testserver", "--token", token, *words]) == 0
    assert json.loads(capsys.readouterr().out)["roles"][0]["role"] == "client"
    assert main(["remote", "--url", "http://testserver", "--token", token, "me"]) == 0
    assert capsys.readouterr().out.startswith("id\t")


def test_the_command_line_does_the_same(
    command: Callable[..., Any], tenants: Any, pictures: Path, tmp_path: Path
) -> None:
    assert command("me")["roles"][0]["role"] == "client"
    dataset = command("create-dataset", "street", tenants.client)
    assert command("upload", dataset, pictures)["counts"] == {
        "added": 2,
        "known": 0,
        "duplicates": 0,
        "refused": 1,
    }
    assert [d["id"] for d in command("datasets")] == [dataset]
    project = command("create-project", "cars", tenants.client, "--template", "vehicles-people", "--start")
    assert command("add-items", project, dataset) == {"offered": 2}
    assert "car" in [c["id"] for c in command("schema", project)["classes"]]
    model = coco(tmp_path / "model.json")
    assert command("push", project, model, "--mode", "accepted", "--model", "detector@1")["matched"] == 2
    release = command("release", project, "--name", "first")
    assert [r["id"] for r in command("releases", project)] == [release]
    rows = command("marks", release)
    assert [(r["name"], r["label"]) for r in rows] == [("a.jpg", "car"), ("夜里/b.png", None)]
    assert command("marks", release, tmp_path / "marks.csv")["marks"] == 1
    assert (tmp_path / "marks.csv").read_text(encoding="utf-8-sig").count("car") == 1
    refused = command("export", release, "mot", tmp_path / "out", status=3)
    assert "loss_refused" in refused and "items_dropped" in refused
    written = command("export", release, "coco", tmp_path / "out")
    assert Path(written).stat().st_size > 0
    done = command("jobs")
    assert {j["state"] for j in done} == {"done"} | ({"failed"} & {j["state"] for j in done})
    assert command("wait", done[0]["id"])
