"""The guarded fetch: every way to name a private address is refused, on the first step and on each redirect."""

from __future__ import annotations

import io
import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from doujia.server.kernel import fetch

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.100.100.200",
    "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.5",
    "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "2001:0:1::1",
]  # fmt: skip


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_public_is_refused(text: str) -> None:
    assert fetch.public_address(ipaddress.ip_address(text)) is False


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"],
)
def test_what_is_public_is_let_through(text: str) -> None:
    assert fetch.public_address(ipaddress.ip_address(text)) is True


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/", "address"),
        ("http://2130706433/", "address"),
        ("http://0x7f000001/", "address"),
        ("http://0177.0.0.1/", "address"),
        ("http://127.1/", "address"),
        ("http://0/", "address"),
        ("http://[::1]/", "address"),
        ("http://[::ffff:169.254.169.254]/", "address"),
        ("http://localhost/", "address"),
        ("http://localhost./", "address"),
        ("http://169.254.169.254/latest/meta-data/", "address"),
        ("http://8.8.8.8:22/", "address"),
        ("http://user:pw@8.8.8.8/", "form"),
        ("http://user@127.0.0.1/", "form"),
        ("file:///etc/passwd", "form"),
        ("gopher://8.8.8.8/", "form"),
        ("ftp://8.8.8.8/", "form"),
        ("//8.8.8.8/", "form"),
        ("http:///x", "form"),
        ("http://8.8.8.8\\@127.0.0.1/", "form"),
        ("http://8.8.8.8/\r\nHost: x", "form"),
        ("http://①②⑦.⓪.⓪.①/", "address"),
    ],
)  # fmt: skip
def test_addresses_are_refused(url: str, reason: str) -> None:
    with pytest.raises(fetch.FetchRefused) as refused:
        fetch.check(url)
    assert refused.value.reason == reason
    with pytest.raises(fetch.FetchRefused):
        fetch.get(url)


class _Server(BaseHTTPRequestHandler):
    hits: list[tuple[str, dict[str, str]]] = []

    def do_GET(self) -> None:
        self.hits.append((self.path, dict(self.headers)))
        port = self.server.server_address[1]
        if self.path == "/file":
            self._send(200, b"x" * 1000, {"Content-Type": "image/png; charset=x"})
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"y" * 4096)
            except OSError:
                return
        elif self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"z" * 10)
        elif self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self._drip()
        elif self.path == "/to-private":
            self._send(302, b"", {"Location": "http://169.254.169.254/latest/"})
        elif self.path == "/to-file":
            self._send(302, b"", {"Location": "/file"})
        elif self.path == "/to-local-port":
            self._send(302, b"", {"Location": f"http://127.0.0.1:{port + 1}/"})
        elif self.path == "/round":
            self._send(302, b"", {"Location": "/round"})
        else:
            self._send(500, b"secret: what the inner service said", {})

    def _drip(self) -> None:
        stopped = threading.Event()
        try:
            while not stopped.wait(0.05):
                self.wfile.write(b"a")
        except OSError:
            return

    def do_POST(self) -> None:
        self.hits.append((self.path, dict(self.headers)))
        if self.path == "/move":
            self._send(307, b"", {"Location": "/file"})
        else:
            self._send(202, self.rfile.read(int(self.headers["Content-Length"])), {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(settings: Any) -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, daemon=True).start()
    _Server.hits = []
    settings.FETCH_ALLOW_HOSTS = (f"127.0.0.1:{http.server_address[1]}",)
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    http.server_close()


def test_an_allowed_host_is_fetched(server: str) -> None:
    out = io.BytesIO()
    answer = fetch.download(f"{server}/to-file", out, max_bytes=1000, types=("image/",))
    assert (answer.size, answer.content_type, answer.url) == (1000, "image/png", f"{server}/file")
    assert out.getvalue() == b"x" * 1000


@pytest.mark.parametrize(
    ("path", "reason", "allowed"),
    [
        ("/to-private", "address", {}),
        ("/to-local-port", "address", {}),
        ("/round", "redirects", {}),
        ("/file", "size", {"max_bytes": 999}),
        ("/endless", "size", {"max_bytes": 100_000}),
        ("/endless", "time", {"max_bytes": 1 << 50, "seconds": 0.3}),
        ("/drip", "time", {"seconds": 0.5}),
        ("/half", "connect", {}),
        ("/file", "type", {"types": ("text/csv", "application/")}),
        ("/other", "status", {}),
    ],
)
def test_bad_answers_are_refused_and_not_repeated(
    server: str, path: str, reason: str, allowed: dict[str, Any]
) -> None:
    with pytest.raises(fetch.FetchRefused) as refused:
        fetch.get(server + path, **allowed)
    assert refused.value.reason == reason
    assert "secret" not in str(refused.value.as_problem())
    assert "169.254" not in str(refused.value.as_problem())
    if reason == "redirects":
        assert len(_Server.hits) == 4


def test_no_proxy_from_the_environment(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert fetch.get(f"{server}/file").size == 1000


def test_a_name_that_changes_its_mind_gains_nothing(
    server: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the address that was judged is the one that is connected to."""
    port = int(server.rsplit(":", 1)[1])
    asked: list[str] = []
    connected: list[str] = []

    def resolve(host: str, port: int, **kind: Any) -> list[Any]:
        asked.append(host)
        address = "8.8.8.8" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address[0])
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(fetch.FetchRefused):
        fetch.get("http://rebind.example/")
    assert (asked, connected) == (["rebind.example"], ["8.8.8.8"])
    assert port


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 80)) for a in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: both)
    with pytest.raises(fetch.FetchRefused) as refused:
        fetch.check("http://both.example/")
    assert refused.value.reason == "address"


def test_a_post_does_not_follow_redirects(server: str) -> None:
    assert fetch.post(f"{server}/in", b"{}", headers={}).status == 202
    assert fetch.post(f"{server}/move", b"{}", headers={}).status == 307
    assert [path for path, _ in _Server.hits] == ["/in", "/move"]
