"""A project of its own on the real platform: small pictures, one class, one box asked for on each."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Browser

from doujia.sdk import Client

SCHEMA = {"classes": [{"id": "car", "names": {"zh": "小汽车", "en": "car"}, "kinds": ["box"]}]}


@dataclass
class Person:
    """Somebody with a session, and an API token for what the test looks up behind the page."""

    platform: Any
    role: str
    http: Any
    csrf: str

    @classmethod
    def at(cls, browser: Browser, platform: Any, role: str) -> Person:
        """Log in by role, beside the page."""
        http = browser.new_context().request
        account = platform.accounts[role]
        answer = http.post(
            f"{platform.url}/api/v1/people/login",
            data={"login": account["login"], "password": account["password"]},
        )
        assert answer.ok, answer.text()
        return cls(platform, role, http, answer.json()["csrf"])

    def get(self, path: str) -> Any:
        """Read."""
        answer = self.http.get(f"{self.platform.url}/api/v1{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        """Write."""
        answer = self.http.post(
            f"{self.platform.url}/api/v1{path}", data=body, headers={"X-CSRFToken": self.csrf}
        )
        assert answer.ok, answer.text()
        return answer.json()

    def client(self) -> Client:
        """The SDK with a token of hers."""
        token = self.post("/people/tokens", {"name": "test", "scope": "write"})["token"]
        return Client(self.platform.url, token, progress=None)


def _picture(n: int) -> bytes:
    picture = Image.new("RGB", (320, 200), (40 + n, 120, 200 - n))
    ImageDraw.Draw(picture).rectangle((60, 60, 140, 130), fill=(250, 180, 60))
    ImageDraw.Draw(picture).text((10, 10), f"{n:03}", fill="white")
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def make_lot(
    browser: Browser, platform: Any, tmp: Any, name: str, count: int, schema: Any = None, **settings: Any
) -> str:
    """Upload ``count`` pictures, start a project on them, and return its id."""
    archive = tmp / f"{name}.zip"
    with zipfile.ZipFile(archive, "w") as box:
        for n in range(count):
            box.writestr(f"{name}_{n:03}.jpg", _picture(n))
    person = Person.at(browser, platform, "client")
    mine = next(r["tenant"]["id"] for r in person.get("/people/me")["roles"])
    base = next(r["tenant"]["id"] for r in Person.at(browser, platform, "lead").get("/people/me")["roles"])
    with person.client() as sdk:
        dataset = sdk.create_dataset(name, mine)
        sdk.upload(dataset, archive)
    made = person.post(
        "/projects/",
        {
            "name": name,
            "client": mine,
            "bases": [base],
            "schema_document": schema or SCHEMA,
            "settings": {"review_share": 0, **settings},
        },
    )
    person.post(f"/projects/{made['id']}/items", {"dataset": dataset})
    person.post(f"/projects/{made['id']}/state", {"state": "running"})
    return str(made["id"])
