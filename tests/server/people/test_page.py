"""The page shell tells the browser who is logged in, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)
EMBEDDED = re.compile(r'<script type="application/json" id="me">(.*?)</script>', re.DOTALL)


@pytest.fixture
def built(settings: Any, tmp_path: Path) -> None:
    """A web build of one file."""
    settings.WEB_DIR = tmp_path
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<!doctype html><html><head></head><body></body></html>")


def _embedded(client: Client) -> object:
    response = client.get("/today")
    assert response.status_code == 200
    assert "Cookie" in response["Vary"]
    found = EMBEDDED.findall(response.content.decode())
    assert len(found) == 1
    return json.loads(found[0])


def test_page_says_who_is_logged_in(
    built: None, tenants: object, make_person: Callable[..., str], client_for: Callable[[str], Client]
) -> None:
    base = tenants.base  # type: ignore[attr-defined]
    client = client_for(make_person("worker", base, name="吴小燕"))
    me = _embedded(client)
    assert me == client.get("/api/v1/people/me").json()


def test_a_name_cannot_end_the_element(
    built: None, tenants: object, make_person: Callable[..., str], client_for: Callable[[str], Client]
) -> None:
    name = "</script><img src=x>"
    base = tenants.base  # type: ignore[attr-defined]
    client = client_for(make_person("worker", base, name=name))
    me = _embedded(client)
    assert isinstance(me, dict)
    assert me["display_name"] == name


def test_nobody_is_null(built: None, db: None) -> None:
    assert _embedded(Client()) is None


def test_an_unbuilt_app_says_what_to_do(settings: Any, tmp_path: Path) -> None:
    settings.WEB_DIR = tmp_path
    response = Client().get("/")
    assert response.status_code == 503
    assert "make web" in response.content.decode()
