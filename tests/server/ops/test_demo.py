"""The demo is thrown away with one command: rows, files and accounts; not where anybody else's work is."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from doujia.errors import InputError
from doujia.server.demo import build
from doujia.server.kernel import audit, clock, guards, storage, trail
from doujia.server.kernel.models import AuditEvent, Blob
from doujia.server.ops.running import is_running
from doujia.server.people import actions as people
from doujia.server.people import queries
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo_home(settings: object, tmp_path: Path, transactional_db: None) -> Iterator[Path]:
    """A home with the demo's accounts and tenants, guarded as a real one is."""
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    (tmp_path / build.ACCOUNTS_FILE).write_text("[]")
    for kind, name in (("base", "万山基地"), ("client", "驰远智驾"), ("platform", "豆荚")):
        people.create_tenant(actor=SYSTEM, kind=kind, name=name)
    guards.install(connection)
    yield tmp_path
    guards.remove(connection)


def test_nothing_of_the_demo_is_left(demo_home: Path) -> None:
    kept = storage.put_bytes(b"a picture of the demo", "image/jpeg")
    path = storage.local_path(kept)
    assert path is not None and path.is_file() and AuditEvent.objects.exists()
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert trail.seal() == 3, "the three tenants"
    assert build.remove() == str(demo_home)
    assert not path.exists() and not Blob.objects.exists()
    assert queries.tenants_of(SYSTEM) == [] and not AuditEvent.objects.exists()
    assert not (demo_home / build.ACCOUNTS_FILE).exists()
    # What comes afterwards is guarded again.
    people.create_tenant(actor=SYSTEM, kind="base", name="清涧基地")
    with pytest.raises(DatabaseError, match="append-only"):
        AuditEvent.objects.all().delete()
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert trail.seal() == 1
    assert audit.verify().ok


def test_other_peoples_work_is_not_thrown_away(demo_home: Path) -> None:
    people.create_tenant(actor=SYSTEM, kind="base", name="清涧基地")
    with pytest.raises(InputError, match="清涧基地"):
        build.remove()
    assert len(queries.tenants_of(SYSTEM)) == 4


def test_where_there_is_no_demo_nothing_happens(settings: object, tmp_path: Path) -> None:
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    with pytest.raises(InputError) as refused:
        build.remove()
    assert refused.value.code == "no_demo"


@pytest.mark.parametrize(
    ("body", "expected"), [({"status": "ok", "version": "0.1.0"}, True), ({"hello": "world"}, False)]
)
def test_a_running_platform_is_known_from_other_programs(body: dict[str, str], expected: bool) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Be quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    port = server.server_address[1]
    try:
        assert is_running("0.0.0.0", port) is expected
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert is_running("127.0.0.1", port) is False
