"""Datasets and items for the permission matrix."""

from __future__ import annotations

from typing import Any

import msgspec
from matrix_world import World, thing

from doujia.server.data import actions
from doujia.server.data.models import UploadFile, UploadSession
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


@thing("upload")
def _upload(world: World) -> str:
    return actions.open_upload(actor=SYSTEM, dataset=world.get("dataset"))


@thing("upload file")
def _upload_file(world: World) -> str:
    row = UploadFile.objects.create(session_id=world.get("upload"), name="a.txt", size=1, complete=True)
    return str(row.id)


def own_upload(world: World) -> str:
    """Give the upload to whoever is asking (an upload is its beginner's alone); returns an empty query."""
    UploadSession.objects.filter(id=world.get("upload")).update(owner=world.asking)
    return ""


@thing("import")
def _import(world: World) -> str:
    return actions.import_urls(
        actor=SYSTEM, dataset=world.get("dataset"), urls=[{"url": "http://8.8.8.8/a.txt"}]
    )


@thing("stopped import")
def _stopped_import(world: World) -> str:
    actions.cancel_import(actor=SYSTEM, run=world.get("import"))
    return world.get("import")
