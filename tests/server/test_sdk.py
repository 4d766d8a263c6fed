"""The Python client does the whole job of an engineer, against the real application."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client as Browser
from PIL import Image

from doujia.sdk import ApiError, Client, JobFailed
from doujia.server.config.wsgi import application
from doujia.server.kernel import jobs

pytestmark = pytest.mark.django_db(transaction=True)


def work_off(what: str, done: int, total: int | None) -> None:
    """The worker of these tests: whenever the client reports progress, a queued job is done."""
    jobs.run_one()


@pytest.fixture
def token(tenants: Any, make_person: Callable[..., str], client_for: Callable[[str], Browser]) -> str:
    browser = client_for(make_person("client", tenants.client))
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
