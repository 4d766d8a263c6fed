"""Existing annotations: the file is kept, a job reads it in any format of the library and matches it to the tasks."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

from doujia.formats import get as get_format
from doujia.formats import names as format_names
from doujia.server.kernel import audit, db, ids, jobs, storage
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import BadRequest, Unprocessable
from doujia.server.kernel.paths import export_name
from doujia.server.work import neighbours

__all__ = ["MODES", "import_annotations"]

MODES = ("prelabels", "accepted", "gold")
LARGEST = 2 * 1024**3
CHUNK = 1 << 20


class Body(Protocol):
    """Something to read bytes from: a request, an open file."""

    def read(self, size: int) -> bytes: ...


def import_annotations(
    *, actor: Actor, project: str, name: str, mode: str, body: Any, format: str = "auto", source: str = ""
) -> str:
    """Keep an annotation file and start the job that reads it; returns the job's id.

    Args:
        mode: ``prelabels`` (suggestions), ``accepted`` (finished work), ``gold`` (right answers, kept from workers).
        body: read in pieces, never whole.
        source: what made the annotations, for their origin; the file's name by default.

    Raises:
        Unprocessable: unknown mode or format.
        BadRequest: larger than 2 GiB.
    """
    require(actor, "work.import", neighbours.thing(project))
    if mode not in MODES:
        raise Unprocessable(
            "mode_unknown", zh=f"没有这种用法:{mode}", en=f"No such mode; there are: {', '.join(MODES)}."
        )
    if format != "auto" and get_format(format).read is None:
        raise Unprocessable(
            "format_write_only", zh=f"{format} 只能写出。", en=f"Read one of: {', '.join(format_names())}."
        )
    path = storage.staging(f"import-{ids.opaque()}")
    try:
        size, digest = 0, hashlib.sha256()
        with path.open("wb") as file:
            while block := body.read(CHUNK):
                size += len(block)
                if size > LARGEST:
                    raise BadRequest(
                        "body_too_large", zh="文件太大了(最大 2 GB)。", en="The file is too large (2 GiB)."
                    )
                digest.update(block)
                file.write(block)
        if not size:
            raise BadRequest("body_empty", zh="文件是空的。", en="The file is empty.")
        sha256 = storage.put_file(path, "application/octet-stream", digest.hexdigest())
    finally:
        storage.delete_staged(path)
    shown = export_name(name)
    payload = {
        "project": project,
        "sha256": sha256,
        "name": shown,
        "mode": mode,
        "format": format,
        "source": source or shown,
    }
    with db.write():
        tenant = neighbours.setup(project).client
        job = jobs.enqueue("work.import", payload, actor=actor, tenant=tenant, thing=f"project:{project}")
        audit.record(
            actor,
            "annotations.imported",
            f"project:{project}",
            tenant=tenant,
            sha256=sha256,
            mode=mode,
            format=format,
        )
    return job
