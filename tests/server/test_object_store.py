"""Every file of the platform in a bucket instead of a folder: one setting, and everything works the same.

The bucket is moto's stand-in for S3, in this process.
"""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from django.test import Client as Browser
from moto.server import ThreadedMotoServer
from obstore.store import S3Store
from PIL import Image

from doujia.sdk import Client
from doujia.server.config.wsgi import application
from doujia.server.kernel import backup, jobs, storage

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = (5000, 4200)  # 21 megapixels: above this tiles are made


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a stand-in for S3 with one bucket."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(f"{address}/doujia", method="PUT"), timeout=30).close()
    yield address
    running.stop()


@pytest.fixture
def bucket(server: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    """The bucket, set as the platform's store."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    options = {
        "endpoint": server, "region": "us-east-1", "access_key_id": "a", "secret_access_key": "b",
        "virtual_hosted_style_request": "false",
    }  # fmt: skip
    settings.HOME, settings.FILES_DIR = tmp_path / "home", tmp_path / "home" / "files"
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.STORAGE_URL, settings.STORAGE_OPTIONS = "s3://doujia/base", {**options, "allow_http": "true"}
    storage._store.cache_clear()
    yield S3Store("doujia", config=options, client_options={"allow_http": True})
    storage._store.cache_clear()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (640, 480), (200, 30, 30)).save(folder / "a.jpg")
    wide = Image.new("RGB", LARGE, (10, 120, 10))
    wide.paste((250, 10, 10), (4608, 4096, 5000, 4200))
    wide.save(folder / "wide.png", compress_level=1)
    return folder


def test_from_upload_to_export_everything_lies_in_the_bucket(
    bucket: S3Store, pictures: Path, tenants: Any, make_person: Any, client_for: Callable[[str], Browser], tmp_path: Path,
    settings: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    browser = client_for(make_person("client", tenants.client))
    body = {"name": "x", "scope": "write", "days": 1}
    token = browser.post("/api/v1/people/tokens", body, content_type="application/json").json()["token"]
    client = Client(
        "http://testserver", token, progress=lambda *_: jobs.run_one(), transport=httpx.WSGITransport(app=application)
    )  # fmt: skip
    dataset = client.create_dataset("street", tenants.client)
    assert client.upload(dataset, pictures)["counts"]["added"] == 2
    keys = {meta["path"] for page in obstore.list(bucket) for meta in page}
    assert keys and all(k.startswith("base/blobs/") for k in keys)
    assert not settings.FILES_DIR.exists(), "nothing lies in the folder that the setting replaced"

    shown = {i["name"]: i for i in browser.get(f"/api/v1/data/datasets/{dataset}/items").json()["items"]}
    full = Browser().get(shown["a.jpg"]["urls"]["full"])
    assert full.status_code == 200
    whole = full.getvalue()
    with Image.open(io.BytesIO(whole)) as picture:
        assert picture.size == (640, 480)
    part = Browser().get(shown["a.jpg"]["urls"]["full"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.getvalue()) == (206, whole[10:20])
    tiles = shown["wide.png"]["urls"]["tiles"]
    corner = tiles["url"].replace("{level}", "0").replace("{x}_{y}", "9_8")
    with Image.open(io.BytesIO(Browser().get(corner).content)) as tile:
        assert tile.size == (LARGE[0] - 9 * 512, LARGE[1] - 8 * 512)
        red, green, _ = tile.getpixel((200, 50))
        assert red > 240 and green < 30

    project = client.create_project(
        "cars", tenants.client, template="vehicles-people", datasets=[dataset], start=True
    )
    marks = tmp_path / "marks.json"
    marks.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}],
                "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}],
                "categories": [{"id": 1, "name": "car"}],
            }
        )
    )  # fmt: skip
    assert client.push(project, marks, mode="accepted")["matched"] == 1
    release = client.release(project)
    assert client.marks(release)["label"].tolist() == ["car"]
    with zipfile.ZipFile(client.export(release, "coco", tmp_path / "out")) as packed:
        [document] = [n for n in packed.namelist() if n.endswith(".json") and n != "loss-report.json"]
        written = json.loads(packed.read(document))
    assert written["annotations"][0]["bbox"] == [10, 10, 20, 20]
    assert not settings.FILES_DIR.exists()

    # Of the test's own database only a stand-in is saved: it may live in memory.
    monkeypatch.setattr(
        backup,
        "_save_database",
        lambda folder: (folder / "database.pgdump").write_bytes(b"x") and "database.pgdump",
    )
    saved = backup.listing(backup.create(tmp_path / "backups").parent)
    assert [(one.files, one.file_count > 0) for one in saved] == [("s3", True)]
    assert not (tmp_path / "backups" / "blobs").exists(), "files stay in the bucket, which keeps them itself"
