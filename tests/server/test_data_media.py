"""The media server: signed addresses, ranges, types of our own, no cookies, no forging."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from doujia.media import tiles
from doujia.server.data import media
from doujia.server.kernel import clock, storage

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
DATA = bytes(range(256)) * 10


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.frozen(NOON):
        yield


@pytest.fixture
def sha256(db: None) -> str:
    return storage.put_bytes(DATA, "image/jpeg")


def address(sha256: str, **more: Any) -> str:
    kind = more.pop("kind", "jpg")
    return media.signed_url(kind, sha256, NOON + timedelta(minutes=5), "lease-token-1", **more)


def changed(url: str, **query: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | query)}"


def test_a_signed_address_is_answered_without_cookies_and_safely(sha256: str) -> None:
    answer = Client().get(address(sha256))
    assert (answer.status_code, answer.getvalue()) == (200, DATA)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["ETag"] == f'"{hashlib.sha256(DATA).hexdigest()}"'
    assert answer["Content-Disposition"] == "inline"
    assert "Cookie" not in answer.get("Vary", "") and not answer.cookies


def test_cookies_are_neither_needed_nor_looked_at(sha256: str) -> None:
    client = Client()
    client.cookies["doujia_session"] = "anything"
    assert client.get(address(sha256)).status_code == 200
    assert client.get(f"/media/jpg/{sha256}").status_code == 403


@pytest.mark.parametrize("change", [{"e": "9999999999"}, {"g": "000000000000"}, {"s": "0" * 40}, {"k": "zzzzzz"}, {"c": "1"}, {"e": "-1"}, {"e": "٣"}, {"s": "é"}])  # fmt: skip
def test_a_changed_address_is_refused(sha256: str, change: dict[str, str]) -> None:
    assert Client().get(changed(address(sha256), **change)).status_code == 403


def test_an_address_is_good_for_one_kind_one_file_and_some_minutes(sha256: str) -> None:
    url = address(sha256)
    other = storage.put_bytes(b"other", "image/jpeg")
    assert Client().get(url.replace(sha256, other)).status_code == 403
    assert Client().get(url.replace("/jpg/", "/txt/")).status_code == 403
    assert "lease-token-1" not in url
    with clock.frozen(NOON + timedelta(minutes=5)):
        assert Client().get(url).status_code == 403
    with clock.frozen(NOON + timedelta(minutes=4, seconds=59)):
        assert Client().get(url).status_code == 200


def test_keys_are_rotated_without_breaking_what_is_open(sha256: str, settings: Any) -> None:
    url = address(sha256)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of forty characters and more, really"
    assert Client().get(url).status_code == 200
    assert Client().get(address(sha256)).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert Client().get(url).status_code == 403


@pytest.mark.parametrize(
    ("asked", "status", "span", "shown"),
    [
        ("bytes=0-0", 206, (0, 1), "bytes 0-0/2560"),
        ("bytes=100-199", 206, (100, 200), "bytes 100-199/2560"),
        ("bytes=2500-", 206, (2500, 2560), "bytes 2500-2559/2560"),
        ("bytes=2500-99999", 206, (2500, 2560), "bytes 2500-2559/2560"),
        ("bytes=-60", 206, (2500, 2560), "bytes 2500-2559/2560"),
        ("bytes=-99999", 206, (0, 2560), "bytes 0-2559/2560"),
        ("bytes=0-1,5-6", 200, (0, 2560), None),
        ("lines=1-2", 200, (0, 2560), None),
        ("bytes=9-3", 200, (0, 2560), None),
        ("bytes=-", 200, (0, 2560), None),
        ("bytes=2560-", 416, None, "bytes */2560"),
        ("bytes=-0", 416, None, "bytes */2560"),
    ],
)
def test_ranges(sha256: str, asked: str, status: int, span: Any, shown: str | None) -> None:
    answer = Client().get(address(sha256), headers={"Range": asked})
    assert answer.status_code == status
    assert answer.get("Content-Range") == shown
    if span is not None:
        body = answer.getvalue()
        assert body == DATA[span[0] : span[1]]
        assert answer["Content-Length"] == str(len(body))


def test_a_range_of_another_version_gives_the_whole(sha256: str) -> None:
    headers = {"Range": "bytes=0-9", "If-Range": '"something else"'}
    assert Client().get(address(sha256), headers=headers).status_code == 200
    headers["If-Range"] = f'"{sha256}"'
    assert Client().get(address(sha256), headers=headers).status_code == 206


def test_what_the_browser_holds_is_not_sent_again(sha256: str) -> None:
    url = address(sha256, cacheable=True)
    first = Client().get(url)
    assert first["Cache-Control"] == "private, max-age=300, immutable"
    again = Client().get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = Client().head(url)
    assert (head.status_code, head["Content-Length"], head.getvalue()) == (200, "2560", b"")


def test_nothing_is_changed_and_nothing_else_is_served(sha256: str) -> None:
    for method in ("post", "put", "delete", "patch"):
        assert getattr(Client(), method)(address(sha256)).status_code == 405
    assert Client().get(address("0" * 64)).status_code == 404
    with pytest.raises(ValueError, match="svg"):
        media.signed_url("svg", sha256, NOON, "x")
    assert not any("html" in t or "svg" in t or "xml" in t for t in media.TYPES.values())
    text = Client().get(address(sha256, kind="txt"))
    assert text["Content-Disposition"] == "attachment"


@dataclass(frozen=True)
class Large:
    served_sha256: str
    served_type: str
    preview_sha256: str
    tiles: dict[str, Any] | None


def test_a_tile_comes_out_of_its_pack_under_one_signature(sha256: str) -> None:
    pixels = np.zeros((600, 1100, 3), np.uint8)
    pixels[:512, 512:1024] = (250, 10, 10)
    out = io.BytesIO()
    levels = tiles.write_pack(Image.fromarray(pixels), out)
    pack = storage.put_bytes(out.getvalue(), "application/octet-stream")
    shown = {"size": 512, "pack": pack, "levels": [{"w": w, "h": h, "scale": w / 1100} for w, h in levels]}
    item = Large(sha256, "jpg", sha256, shown)
    urls = media.signed_urls(item, NOON + timedelta(minutes=5), "lease-2")
    assert urls["tiles"]["levels"][0] == {"w": 1100, "h": 600, "scale": 1.0}
    url = urls["tiles"]["url"]

    def get(level: int, x: int, y: int) -> Any:
        filled = url.replace("{level}", str(level)).replace("{x}", str(x)).replace("{y}", str(y))
        return Client().get(filled)

    red = get(0, 1, 0)
    assert (red.status_code, red["Content-Type"]) == (200, "image/jpeg")
    assert red["Content-Security-Policy"] == "sandbox; default-src 'none'"
    with Image.open(io.BytesIO(red.content)) as tile:
        assert tile.size == (512, 512)
        assert tile.getpixel((256, 256))[0] > 240
    with Image.open(io.BytesIO(get(0, 2, 1).content)) as corner:
        assert corner.size == (76, 88)
    assert get(0, 3, 0).status_code == 404
    assert get(9, 0, 0).status_code == 404
    assert Client().get(f"/media/tiles/{pack}/0/0_0").status_code == 403
    # A pack as such is not served, not even to who holds its signature.
    assert Client().get(f"/media/tiles/{pack}?{urlsplit(url).query}").status_code == 404
    # A blob that is no pack gives no bytes of its own as a "tile".
    not_a_pack = media.signed_urls(Large(sha256, "jpg", sha256, shown | {"pack": sha256}), NOON + timedelta(minutes=5), "x")  # fmt: skip
    stray = not_a_pack["tiles"]["url"].replace("{level}", "0").replace("{x}_{y}", "0_0")
    assert Client().get(stray).status_code == 404


def test_an_item_without_a_file_has_no_addresses() -> None:
    text = Large("", "", "", None)
    assert media.signed_urls(text, NOON, "x") == {"preview": None, "full": None, "tiles": None}


def test_a_media_origin_of_its_own_may_be_read_by_the_pages(sha256: str, settings: Any) -> None:
    settings.MEDIA_ORIGIN = "https://media.example"
    url = address(sha256)
    assert url.startswith("https://media.example/media/jpg/")
    answer = Client().get(url.removeprefix("https://media.example"))
    assert answer["Access-Control-Allow-Origin"] == settings.PUBLIC_URL
    assert "Access-Control-Allow-Credentials" not in answer
