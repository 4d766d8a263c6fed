"""The list of formats that the pages offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


def test_formats_say_what_can_be_read_and_written(
    tenants: Any, make_person: Callable[..., str], client_for: Callable[[str], Client]
) -> None:
    found = client_for(make_person("client", tenants.client)).get("/api/v1/releases/formats").json()
    by_name = {f["name"]: f for f in found}
    assert {"coco", "voc", "cvat", "label-studio", "yolo-detect", "parquet"} <= by_name.keys()
    assert by_name["coco"] == {
        "name": "coco", "zh": by_name["coco"]["zh"], "en": by_name["coco"]["en"], "reads": True, "writes": True
    }  # fmt: skip
    assert by_name["elan"]["reads"]
    assert not by_name["elan"]["writes"]
    assert all(f["zh"] and f["en"] for f in found)
