"""Files come in from folders of the server and from buckets: only where it is open, and nothing is left out in silence."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from test_data_imports import API, browser, dataset, home, names, owner, picture, refused, work

__all__ = ["browser", "dataset", "home", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_folder_of_the_server_only_below_a_root_that_is_open_to_the_tenant(
    browser: Any, dataset: str, tmp_path: Path, settings: Any, tenants: Any
) -> None:
    root = tmp_path / "photos"
    (root / "b" / "deep").mkdir(parents=True)
    (root / "z.png").write_bytes(picture(1))
    (root / "b" / "deep" / "y.png").write_bytes(picture(2))
    (root / "b" / "a.png").write_bytes(picture(3))
    (root / "b" / "link.png").symlink_to("/etc/passwd")
    (tmp_path / "outside.png").write_bytes(picture(4))
    (root / "out").symlink_to(tmp_path)
    settings.IMPORT_ROOTS = {"photos": {"path": str(root)}}

    def start(path: str) -> Any:
        body = {"root": "photos", "path": path}
        return browser.post(
            f"{API}/datasets/{dataset}/imports/folder", json.dumps(body), content_type="application/json"
        )

    assert start("").status_code == 404  # the root names no tenant: platform admins only
    settings.IMPORT_ROOTS["photos"]["tenants"] = [tenants.client]
    assert browser.get(f"{API}/datasets/{dataset}/roots").json() == {"items": ["photos"]}
    for path in ("..", "b/../..", "b\\x"):
        assert start(path).json()["code"] == "path_refused"
    escaping = start("out").json()
    work()
    assert browser.get(f"{API}/imports/{escaping['id']}").json()["error"]["code"] == "path_refused"
    run = start("").json()
    work()
    assert names(dataset) == ["z.png", "b/a.png", "b/deep/y.png"]
    assert refused(browser, run) == {"b/link.png": "link"}


def test_what_the_server_may_not_read_is_listed_and_the_rest_comes_in(
    browser: Any, dataset: str, tmp_path: Path, settings: Any, tenants: Any, monkeypatch: Any
) -> None:
    """Tests run as root, whom no permission stops: the refusals of the system are played."""
    root = tmp_path / "photos"
    for name in ("a.png", "closed/b.png", "gone.png", "locked.png", "open/c.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(picture(len(name)))
    real_open, real_scan = os.open, os.scandir
    errors = {"locked.png": errno.EACCES, "gone.png": errno.ENOENT}

    def opening(path: Any, *more: Any, **most: Any) -> int:
        number = errors.get(os.path.basename(path) if isinstance(path, (str, Path)) else "")
        if number is not None and str(path).startswith(str(root)):
            raise OSError(number, os.strerror(number), str(path))
        return real_open(path, *more, **most)

    def scanning(path: Any) -> Any:
        if not isinstance(path, int) and os.fspath(path) == str(root / "closed"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real_scan(path)

    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(os, "scandir", scanning)
    settings.IMPORT_ROOTS = {
        "photos": {"path": str(root), "tenants": ["*"]},
        "away": {"path": str(tmp_path / "no"), "tenants": ["*"]},
    }

    def run(name: str) -> Any:
        body = json.dumps({"root": name, "path": ""})
        made = browser.post(f"{API}/datasets/{dataset}/imports/folder", body, content_type="application/json")
        work()
        return browser.get(f"{API}/imports/{made.json()['id']}").json()

    told = run("photos")
    assert (told["state"], told["error"]) == ("done", None)
    assert refused(browser, told) == {
        "gone.png": "no_access",
        "locked.png": "no_access",
        "closed": "no_access",
    }
    assert names(dataset) == ["a.png", "open/c.png"]
    missing = run("away")
    assert (missing["state"], missing["error"]["code"]) == ("failed", "folder_not_found")


def test_a_prefix_of_a_bucket_comes_in(
    browser: Any, dataset: str, settings: Any, tenants: Any, monkeypatch: Any
) -> None:
    obstore = pytest.importorskip("obstore")
    from moto.server import ThreadedMotoServer
    from obstore.store import S3Store

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        options = {
            "endpoint": address, "region": "us-east-1", "access_key_id": "a", "secret_access_key": "b",
            "virtual_hosted_style_request": "false",
        }  # fmt: skip
        import urllib.request

        urllib.request.urlopen(urllib.request.Request(f"{address}/photos", method="PUT"), timeout=10).close()
        store = S3Store("photos", config=options, client_options={"allow_http": True})
        for key, data in (
            ("a/1.png", picture(1)),
            ("a/b/2.png", picture(2)),
            ("a/x.svg", b"<svg/>"),
            ("z/3.png", picture(3)),
        ):
            obstore.put(store, key, data)
        settings.IMPORT_ROOTS = {
            "bucket": {"url": "s3://photos", "tenants": [tenants.client], "allow_http": "true", **options}
        }
        body = json.dumps({"root": "bucket", "path": "a"})
        made = browser.post(f"{API}/datasets/{dataset}/imports/folder", body, content_type="application/json")
        work()
        run = browser.get(f"{API}/imports/{made.json()['id']}").json()
    finally:
        server.stop()
    assert (run["state"], run["error"]) == ("done", None)
    assert sorted(names(dataset)) == ["1.png", "b/2.png"]
    assert refused(browser, run) == {"x.svg": "svg"}
