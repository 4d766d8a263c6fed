"""The one way out: every address that a person or a file has named is fetched here.

Server-side request forgery is closed by looking at addresses, not at names: the host is resolved once, every address it
has must be a public one, and the connection is made to that very address, so that a name that answers differently a
moment later gains nothing. Redirects come through the same door. No proxy from the environment; errors tell nothing of
what the other side said.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.conf import settings

from doujia.server.kernel.errors import PlatformError

__all__ = ["Answer", "FetchRefused", "check", "download", "get", "post", "public_address"]

PORTS = frozenset({80, 443})
REDIRECTS = 3
MAX_URL = 4096
BLOCK = 1 << 16
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.ip_network("::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchRefused(PlatformError):
    """An address that is not fetched, or whose answer is not what was asked for; says no more than its reason."""

    status = 422
    _TEXT = {
        "form": ("网址要以 http:// 或 https:// 开头。", "The address must begin with http:// or https://."),
        "address": ("这个网址指向内部网络,不能访问。", "This address leads into a private network and is not fetched."),
        "name": ("找不到这个网址的主机。", "The host of this address is not found."),
        "connect": ("连不上这个网址。", "There is no connection to this address."),
        "time": ("对方太慢,已经停止。", "The other side is too slow; stopped."),
        "size": ("文件太大。", "The file is too big."),
        "type": ("文件的种类不对。", "The file is of another kind than allowed."),
        "redirects": ("转来转去太多次。", "There are too many redirects."),
        "status": ("对方没有给出文件。", "The other side did not give the file."),
    }  # fmt: skip

    def __init__(self, reason: str, *, answered: int | None = None) -> None:
        zh, en = self._TEXT[reason]
        super().__init__(f"fetch_{reason}", zh=zh, en=en)
        self.reason, self.answered = reason, answered


@dataclass(frozen=True)
class Answer:
    """What came back. ``body`` is empty when it was written to a file."""

    status: int
    url: str
    content_type: str
    size: int
    body: bytes = b""


def public_address(address: Address) -> bool:
    """Return whether ``address`` lies in the public internet.

    ``is_private`` is not enough: it is False for 100.64.0.0/10, where a cloud keeps its metadata service. ``is_global``
    is not enough either: it is True for multicast, NAT64 and 6to4, which carry any IPv4 address inside.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public_address(inner)
        if address in _NAT64_LOCAL or address in _COMPATIBLE or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _split(url: str) -> tuple[SplitResult, str, int]:
    """Return the parts, the host and the port of an address that may be fetched."""
    if len(url) > MAX_URL or any(ord(c) <= 32 or c in "\\\x7f" for c in url):
        raise FetchRefused("form")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode() if parts.hostname else ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except (ValueError, UnicodeError) as error:
        raise FetchRefused("form") from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise FetchRefused("form")
    return parts, host, port


def _resolve(host: str, port: int) -> str:
    """Return the address to connect to; every address of the host must be public unless the host is allow-listed."""
    listed = host in settings.FETCH_ALLOW_HOSTS or f"{host}:{port}" in settings.FETCH_ALLOW_HOSTS
    if not listed and port not in PORTS:
        raise FetchRefused("address")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchRefused("name") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise FetchRefused("name")
    if not listed:
        for text in addresses:
            # A zone (fe80::1%eth0) is never public.
            if "%" in text or not public_address(ipaddress.ip_address(text)):
                raise FetchRefused("address")
    return addresses[0]


def check(url: str) -> None:
    """Refuse now what would be refused at fetching: for addresses that are kept for later.

    Raises:
        FetchRefused
    """
    _, host, port = _split(url)
    _resolve(host, port)


class _Plain(http.client.HTTPConnection):
    """Connects to a given address, whatever the name now resolves to."""

    def __init__(self, host: str, port: int, address: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address = address
        self.kept: socket.socket | None = None  # http.client lets go of its own once the answer has begun

    def connect(self) -> None:
        self.sock = self.kept = socket.create_connection((self._address, self.port), self.timeout)


class _Secure(_Plain):
    """The same over TLS, with the certificate checked against the name."""

    default_port = 443

    def connect(self) -> None:
        super().connect()
        self.sock = self.kept = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


@contextmanager
def _ask(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], ends: float
) -> Iterator[http.client.HTTPResponse]:
    parts, host, port = _split(url)
    left = ends - time.monotonic()
    if left <= 0:
        raise FetchRefused("time")
    kind = _Secure if parts.scheme == "https" else _Plain
    connection = kind(host, port, _resolve(host, port), min(left, 10.0))
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        f"?{quote(parts.query, safe='/%:@!$&()*+,;=?~-._[]')}" if parts.query else ""
    )
    sent = {"User-Agent": "Doujia", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    # A timeout of the socket starts anew with every byte: what drips, in head or body, is cut by the clock instead.
    alarm = threading.Timer(left, _cut, (connection,))
    alarm.daemon = True
    alarm.start()
    try:
        connection.request(method, target, body=body, headers=sent | dict(headers))
        yield connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        late = isinstance(error, TimeoutError) or time.monotonic() >= ends
        raise FetchRefused("time" if late else "connect") from error
    finally:
        alarm.cancel()
        connection.close()


def _cut(connection: _Plain) -> None:
    if connection.kept is not None:
        try:
            connection.kept.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # closed already


def _blocks(response: http.client.HTTPResponse, max_bytes: int, ends: float) -> Iterator[bytes]:
    announced = response.getheader("Content-Length") or ""
    expected = int(announced) if announced.isdigit() and len(announced) < 19 else None
    if expected is not None and expected > max_bytes:
        raise FetchRefused("size")
    size = 0
    while block := response.read1(BLOCK):
        size += len(block)
        if size > max_bytes:
            raise FetchRefused("size")
        if time.monotonic() >= ends:
            break
        yield block
    if time.monotonic() >= ends:
        raise FetchRefused("time")
    if expected is not None and size != expected:
        raise FetchRefused("connect")  # cut short: half a file is no file


def _kind(response: http.client.HTTPResponse) -> str:
    return (response.getheader("Content-Type") or "").split(";")[0].strip().lower()


def download(
    url: str,
    target: BinaryIO,
    *,
    max_bytes: int,
    types: tuple[str, ...] | None = None,
    seconds: float = 60,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Fetch ``url`` into an open binary file.

    Args:
        max_bytes: the file is refused as soon as it is longer.
        types: content types allowed, ``image/`` admits all that begin so; None admits any.
        seconds: for everything together, redirects included.

    Raises:
        FetchRefused
    """
    ends = time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        with _ask("GET", url, None, headers or {}, ends) as response:
            if response.status in (301, 302, 303, 307, 308):
                url = urljoin(url, response.getheader("Location") or "")
                headers = None  # what was meant for one host is not told to the next
                continue
            if response.status != 200:
                raise FetchRefused("status", answered=response.status)
            kind = _kind(response)
            if types is not None and not any(
                kind == t or (t.endswith("/") and kind.startswith(t)) for t in types
            ):
                raise FetchRefused("type")
            size = 0
            for block in _blocks(response, max_bytes, ends):
                target.write(block)
                size += len(block)
            return Answer(200, url, kind, size)
    raise FetchRefused("redirects")


def get(
    url: str, *, max_bytes: int = 1 << 20, types: tuple[str, ...] | None = None, seconds: float = 30
) -> Answer:
    """Fetch something small into memory; arguments and errors as ``download``."""
    from dataclasses import replace
    from io import BytesIO

    body = BytesIO()
    answer = download(url, body, max_bytes=max_bytes, types=types, seconds=seconds)
    return replace(answer, body=body.getvalue())


def post(
    url: str, body: bytes, *, headers: Mapping[str, str], seconds: float = 10, max_bytes: int = 1 << 16
) -> Answer:
    """Send ``body`` and return the answer's status; redirects are not followed, the answer's body is read and dropped.

    Raises:
        FetchRefused
    """
    ends = time.monotonic() + seconds
    with _ask("POST", url, body, headers, ends) as response:
        size = sum(len(b) for b in _blocks(response, max_bytes, ends))
        return Answer(response.status, url, _kind(response), size)
