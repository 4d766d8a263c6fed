"""Datasets and items for the permission matrix."""

from __future__ import annotations

from typing import Any

import msgspec
from matrix_world import World, thing

from doujia.server.data import actions
from doujia.server.people.permissions import SYSTEM

ROW: dict[str, Any] = {"name": "a", "media": {"kind": "text", "text": "豆荚"}}


@thing("dataset")
def _dataset(world: World) -> str:
    return actions.create_dataset(actor=SYSTEM, tenant=world.place, name="D", medium="text")


@thing("item")
def _item(world: World) -> str:
    rows = [msgspec.convert(ROW, actions.Row)]
    (made,) = actions.add_rows(actor=SYSTEM, dataset=world.get("dataset"), rows=rows).ids
    assert made is not None
    return made
