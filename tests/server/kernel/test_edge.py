"""The outermost layer: our form of error for what the framework answers, request numbers, numbers for Prometheus."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from doujia.server.config.logs import JsonFormatter
from doujia.server.kernel import jobs, metrics
from doujia.server.kernel.api import address_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("DELETE", "/api/v1/people/me", 405, "method_not_allowed"),
        ("GET", "/api/v1/no/such/thing", 404, "no_such_address"),
        ("GET", "/api/v2", 404, "no_such_address"),
        ("GET", "/api/v1/people/me", 401, "login_required"),
        ("POST", "/api/v1/people/login", 422, "request_invalid"),
        ("POST", "/no/such/page", 405, "method_not_allowed"),
        ("DELETE", "/", 405, "method_not_allowed"),
        ("PUT", "/api/v1/no/such/thing", 404, "no_such_address"),
        ("GET", "/static/no-such-file.js", 404, "no_such_address"),
        ("POST", "/media/jpg/x", 405, "method_not_allowed"),
    ],
)
def test_every_error_is_a_problem_in_both_languages(method: str, path: str, status: int, code: str) -> None:
    answer = Client().generic(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]["zh"] and answer.json()["detail"]["en"]


@pytest.mark.parametrize(
    ("path", "body", "kind", "host", "status", "code"),
    [
        ("/api/v1/people/login", b"{", "application/json", "localhost", 400, "malformed"),
        ("/api/v1/people/login", b"[1]", "application/json", "localhost", 422, "request_invalid"),
        ("/api/v1/people/roster", b"no form", "multipart/form-data; boundary=x", "localhost", 401, None),
        ("/api/v1/people/login", b'{"login": "x", "password": "y"}', "application/json", "a b", 400, "malformed"),
        ("/api/v1/no/such", b"x" * 70_000_000, "application/octet-stream", "localhost", 404, "no_such_address"),
        ("/api/v1/people/login", b"x" * 70_000_000, "application/json", "localhost", 413, "body_too_large"),
    ],
)  # fmt: skip
def test_what_the_framework_refuses_is_a_problem_too(
    path: str, body: bytes, kind: str, host: str, status: int, code: str | None
) -> None:
    client = Client(raise_request_exception=False)
    answer = client.post(path, body, content_type=kind, headers={"Host": host})
    assert answer["Content-Type"] == "application/problem+json", answer.content[:200]
    told = answer.json()
    assert told["status"] == answer.status_code and told["detail"]["zh"] and told["detail"]["en"]
    if code is not None:
        assert (answer.status_code, told["code"]) == (status, code)
    assert any("\u4e00" <= c <= "\u9fff" for c in told["detail"]["zh"])


def test_a_field_is_told_in_plain_words_in_both_languages() -> None:
    answer = Client().post("/api/v1/people/login", {"login": "x" * 201}, content_type="application/json")
    told = {f["field"].rpartition(".")[2]: (f["code"], f["zh"], f["en"]) for f in answer.json()["fields"]}
    assert told["login"] == (
        "string_too_long",
        "最多 200 个字。",
        "String should have at most 200 characters",
    )
    assert told["password"] == ("missing", "要填这一项。", "Field required")
    limits = Client().get("/api/v1/people/persons?limit=0")
    assert limits.json()["fields"][0]["zh"] == "不能小于 1。"


def test_an_unforeseen_error_tells_a_number_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tenants: Any,
    make_person: Any,
    client_for: Any,
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret inside")

    client = client_for(make_person("worker", tenants.base))
    client.raise_request_exception = False
    monkeypatch.setattr("doujia.server.people.queries.tenants_of", broken)
    with caplog.at_level(logging.INFO):
        answer = client.get("/api/v1/people/tenants?token=hidden")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (500, "internal")
    assert answer["X-Request-Id"] in body["detail"]["en"]
    assert "secret" not in answer.content.decode()
    lines = [json.loads(JsonFormatter().format(r)) for r in caplog.records if r.name == "doujia.web"]
    (line,) = lines
    assert (line["request"], line["status"], line["path"]) == (
        answer["X-Request-Id"],
        500,
        "/api/v1/people/tenants",
    )
    assert "hidden" not in json.dumps(line)


def test_a_wrong_password_is_not_in_the_log(
    tenants: Any, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.ACCESS_LOG = True
    with caplog.at_level(logging.DEBUG):
        Client().post(
            "/api/v1/people/login", {"login": "x", "password": "s3cret-word"}, content_type="application/json"
        )
    assert [r for r in caplog.records if r.name == "doujia.web"]
    assert not [r for r in caplog.records if "s3cret" in JsonFormatter().format(r)]


def test_metrics_are_off_by_default(tenants: Any) -> None:
    assert Client().get("/metrics").status_code == 404


def test_metrics_count_requests_and_jobs(tenants: Any, settings: Any) -> None:
    settings.METRICS = True
    metrics.start()
    client = Client()
    assert client.get("/api/v1/people/me").status_code == 401
    jobs.enqueue("x.y", {}, actor=None)
    text = client.get("/metrics").content.decode()
    assert 'doujia_requests_total{operation="GET /api/v1/people/me",status="401"} 1.0' in text
    assert 'doujia_jobs{state="queued"} 1.0' in text
    assert "doujia_audit_unsealed" in text
    assert Client(REMOTE_ADDR="10.0.0.5").get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "let-me-read"
    assert Client().get("/metrics").status_code == 404
    told = Client(REMOTE_ADDR="10.0.0.5").get("/metrics", headers={"Authorization": "Bearer let-me-read"})
    assert told.status_code == 200


def test_the_shared_folder_is_emptied_at_start(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "old.db").write_bytes(b"x")
    metrics.start()
    assert list((tmp_path / "metrics").iterdir()) == []


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.5", "1.2.3.4", "10.0.0.5"),
        ("10.9.9.9", "1.2.3.4", "1.2.3.4"),
        ("10.9.9.9", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.9.9.9", "6.6.6.6, 1.2.3.4, 10.9.9.8", "1.2.3.4"),
        ("10.9.9.9", "", "10.9.9.9"),
        ("10.9.9.9", "10.9.9.8", "10.9.9.9"),
    ],
)
def test_only_a_trusted_proxy_tells_who_asks(
    peer: str, forwarded: str, expected: str, rf: Any, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = ("10.9.9.9", "10.9.9.8")
    assert address_of(rf.get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded})) == expected


MEET = """
import threading
from concurrent.futures import ThreadPoolExecutor
import django
django.setup()
from doujia.server.kernel import metrics
gate = threading.Barrier(16)
def first(_):
    gate.wait()
    return metrics._instruments()
with ThreadPoolExecutor(16) as pool:
    assert len(set(pool.map(first, range(16)))) == 1
"""


def test_the_first_requests_may_come_at_once(tmp_path: Path) -> None:
    environment = os.environ | {"DOUJIA_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", MEET], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
