"""Webhooks: signed, retried, logged; and nobody touches another tenant's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from doujia.server.kernel import clock, db, jobs, webhooks
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


class _Receiver(BaseHTTPRequestHandler):
    got: list[tuple[dict[str, str], bytes]] = []
    answers: list[int] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Any) -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    _Receiver.got, _Receiver.answers = [], []
    settings.FETCH_ALLOW_HOSTS = (f"127.0.0.1:{http.server_address[1]}",)
    yield f"http://127.0.0.1:{http.server_address[1]}/hook"
    http.shutdown()
    http.server_close()


@pytest.fixture
def owner(make_person: Any, tenants: Any, client_for: Any) -> Any:
    return client_for(make_person("client", tenants.client))


def _make(owner: Any, tenant: str, url: str, events: list[str] | None = None) -> dict[str, Any]:
    answer = owner.post(
        "/api/v1/webhooks",
        {"tenant": tenant, "url": url, "events": events or ["*"]},
        content_type="application/json",
    )
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def _work() -> int:
    count = 0
    while jobs.run_one():
        count += 1
    return count


def test_a_message_is_signed_as_standard_webhooks_says(owner: Any, tenants: Any, receiver: str) -> None:
    made = _make(owner, tenants.client, receiver)
    with clock.frozen(START):
        with db.write():
            assert webhooks.emit("job.finished", tenants=[tenants.client], data={"job": "1"}) == 1
        _work()
    (headers, body), *_ = _Receiver.got
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{int(START.timestamp())}.".encode() + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body) == {"type": "job.finished", "timestamp": START.isoformat(), "data": {"job": "1"}}


def test_a_failed_message_is_tried_again_later_and_the_log_tells(
    owner: Any, tenants: Any, receiver: str
) -> None:
    hook = _make(owner, tenants.client, receiver)["webhook"]["id"]
    _Receiver.answers = [500, 503]
    with clock.frozen(START):
        owner.post(f"/api/v1/webhooks/{hook}/ping")
        _work()
        log = owner.get(f"/api/v1/webhooks/{hook}/deliveries").json()["items"]
        assert [(d["state"], d["attempts"], d["status"]) for d in log] == [("waiting", 1, 500)]
        clock.advance(timedelta(seconds=9))
        assert _work() == 0
        clock.advance(timedelta(seconds=1))
        _work()
        clock.advance(timedelta(seconds=60))
        _work()
        (entry,) = owner.get(f"/api/v1/webhooks/{hook}/deliveries").json()["items"]
        assert (entry["state"], entry["attempts"], entry["status"]) == ("delivered", 3, 200)
        assert len({headers["webhook-id"] for headers, _ in _Receiver.got}) == 1
        assert owner.post(f"/api/v1/webhooks/{hook}/deliveries/{entry['id']}/redeliver").status_code == 202
        _work()
    assert len(_Receiver.got) == 4


def test_after_eight_tries_it_is_given_up(owner: Any, tenants: Any, receiver: str) -> None:
    hook = _make(owner, tenants.client, receiver)["webhook"]["id"]
    _Receiver.answers = [500] * 20
    with clock.frozen(START):
        owner.post(f"/api/v1/webhooks/{hook}/ping")
        for _ in range(12):
            _work()
            clock.advance(timedelta(hours=13))
    (entry,) = owner.get(f"/api/v1/webhooks/{hook}/deliveries").json()["items"]
    assert (entry["state"], entry["attempts"], len(_Receiver.got)) == ("failed", 8, 8)


def test_only_wanted_events_of_the_tenant_are_sent(owner: Any, tenants: Any, receiver: str) -> None:
    hook = _make(owner, tenants.client, receiver, ["ping"])["webhook"]["id"]
    with db.write():
        assert webhooks.emit("job.finished", tenants=[tenants.client], data={}) == 0
        assert webhooks.emit("ping", tenants=[tenants.other_client], data={}) == 0
    owner.patch(f"/api/v1/webhooks/{hook}", {"active": False}, content_type="application/json")
    with db.write():
        assert webhooks.emit("ping", tenants=[tenants.client], data={}) == 0


def test_a_finished_job_is_told(owner: Any, tenants: Any, receiver: str) -> None:
    _make(owner, tenants.client, receiver, ["job.finished"])
    job = jobs.enqueue("no.such.kind", {}, actor=None, tenant=tenants.client)
    _work()
    assert json.loads(_Receiver.got[0][1])["data"] == {
        "job": job,
        "kind": "no.such.kind",
        "state": "failed",
        "thing": "",
    }


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/", "http://localhost/x", "https://[::1]/", "ftp://8.8.8.8/"]
)
def test_a_private_address_is_refused(owner: Any, tenants: Any, url: str) -> None:
    answer = owner.post(
        "/api/v1/webhooks",
        {"tenant": tenants.client, "url": url, "events": ["*"]},
        content_type="application/json",
    )
    assert answer.status_code == 422 and answer.json()["code"].startswith("fetch_")


def test_a_name_that_turns_private_later_is_not_called(
    owner: Any, tenants: Any, receiver: str, settings: Any
) -> None:
    hook = _make(owner, tenants.client, receiver)["webhook"]["id"]
    settings.FETCH_ALLOW_HOSTS = ()
    owner.post(f"/api/v1/webhooks/{hook}/ping")
    _work()
    (entry,) = owner.get(f"/api/v1/webhooks/{hook}/deliveries").json()["items"]
    assert (entry["state"], entry["reason"], _Receiver.got) == ("waiting", "fetch_address", [])


def test_no_stranger_sees_or_sends_anothers_messages(
    owner: Any, tenants: Any, receiver: str, make_person: Any, client_for: Any
) -> None:
    """CVAT CVE-2024-45393: list, redeliver and ping of others' webhooks."""
    hook = _make(owner, tenants.client, receiver)["webhook"]["id"]
    delivery = owner.post(f"/api/v1/webhooks/{hook}/ping").json()["delivery"]
    mine = client_for(make_person("client", tenants.other_client))
    my_hook = _make(mine, tenants.other_client, receiver)["webhook"]["id"]
    base = f"/api/v1/webhooks/{hook}"
    answers = [
        mine.get(f"{base}/deliveries"),
        mine.post(f"{base}/ping"),
        mine.post(f"{base}/secret"),
        mine.post(f"{base}/deliveries/{delivery}/redeliver"),
        mine.post(f"/api/v1/webhooks/{my_hook}/deliveries/{delivery}/redeliver"),
        mine.patch(base, {"active": False}, content_type="application/json"),
        mine.delete(base),
        mine.get(f"/api/v1/webhooks?tenant={tenants.client}"),
    ]
    assert [a.status_code for a in answers] == [404] * 8


def test_the_secret_is_shown_once(owner: Any, tenants: Any, receiver: str) -> None:
    made = _make(owner, tenants.client, receiver)
    hook = made["webhook"]["id"]
    for answer in (
        owner.get(f"/api/v1/webhooks?tenant={tenants.client}"),
        owner.get(f"/api/v1/webhooks/{hook}/deliveries"),
    ):
        assert made["secret"] not in answer.content.decode()
    renewed = owner.post(f"/api/v1/webhooks/{hook}/secret").json()["secret"]
    assert renewed.startswith("whsec_") and renewed != made["secret"]


def test_the_log_comes_by_pages(owner: Any, tenants: Any, receiver: str) -> None:
    hook = _make(owner, tenants.client, receiver)["webhook"]["id"]
    with clock.frozen(START):
        sent = []
        for _ in range(5):
            sent.append(owner.post(f"/api/v1/webhooks/{hook}/ping").json()["delivery"])
            clock.advance(timedelta(minutes=1))
        found, cursor = [], ""
        while cursor is not None:
            address = f"/api/v1/webhooks/{hook}/deliveries?limit=2"
            page = owner.get(f"{address}&cursor={cursor}" if cursor else address).json()
            found += [d["id"] for d in page["items"]]
            cursor = page["next"]
    assert found == sent[::-1]


def test_the_log_does_not_grow_for_ever(owner: Any, tenants: Any, receiver: str) -> None:
    hook = _make(owner, tenants.client, receiver)["webhook"]["id"]
    with clock.frozen(START):
        for _ in range(5):
            webhooks.ping(actor=SYSTEM, webhook=hook)
            _work()
            clock.advance(timedelta(days=30))
        # 150 days after the first: two are older than 90 days.
        assert webhooks.sweep() == 2 and webhooks.sweep() == 0
        assert len(webhooks.deliveries(actor=SYSTEM, webhook=hook)) == 3
        assert not jobs.listing(kind="webhook.deliver")
