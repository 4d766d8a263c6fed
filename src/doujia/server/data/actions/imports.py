"""Starting, stopping and going on with imports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from doujia.server.data import queries
from doujia.server.data.actions.datasets import require_edit
from doujia.server.data.actions.uploads import session_of
from doujia.server.data.models import Import, UploadFile, UploadSession
from doujia.server.kernel import audit, clock, db, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable
from doujia.server.kernel.paths import safe_member

__all__ = [
    "LIST_KINDS",
    "cancel_import",
    "commit_upload",
    "import_folder",
    "import_urls",
    "resume_import",
    "roots_for",
]

LIST_KINDS = ("csv", "jsonl", "json")
KIND = "data.import"


def _start(actor: Actor, view: queries.DatasetView, source: str, spec: dict[str, Any]) -> str:
    row = Import.objects.create(
        dataset_id=UUID(view.id), source=source, spec=spec, created_by=actor.person, created_at=clock.now()
    )
    row.job = jobs.enqueue(
        KIND, {"import": str(row.id)}, actor=actor, tenant=view.tenant, thing=f"dataset:{view.id}"
    )
    row.save(update_fields=["job"])
    audit.record(actor, "import.started", f"dataset:{view.id}", tenant=view.tenant, run=str(row.id), source=source)  # fmt: skip
    return str(row.id)


def commit_upload(*, actor: Actor, upload: str, list_kind: str | None = None) -> str:
    """End an upload and import what came; files that are not complete are left out and listed. Returns the import's id.

    Args:
        list_kind: csv, jsonl or json when the files are lists of addresses, not items.

    Raises:
        Conflict: ``upload_closed``. Unprocessable: ``upload_empty``.
    """
    session = session_of(actor, upload)
    view = require_edit(actor, str(session.dataset_id))
    _check_kind(list_kind)
    with db.write():
        if not UploadFile.objects.filter(session=session, complete=True).exists():
            raise Unprocessable(
                "upload_empty", zh="还没有传完的文件。", en="No file has arrived completely yet."
            )
        if not UploadSession.objects.filter(id=session.id, state="open").update(state="committed"):
            raise Conflict("upload_closed", zh="这次上传已经结束了。", en="This upload has ended.")
        source = "urls" if list_kind else "upload"
        return _start(actor, view, source, {"upload": str(session.id), "kind": list_kind or ""})


def _check_kind(list_kind: str | None) -> None:
    if list_kind is not None and list_kind not in LIST_KINDS:
        raise Unprocessable(
            "list_kind_unknown",
            zh=f"清单的格式要是 {'、'.join(LIST_KINDS)} 之一。",
            en=f"A list is one of {', '.join(LIST_KINDS)}.",
        )


def import_urls(*, actor: Actor, dataset: str, urls: Sequence[dict[str, str]]) -> str:
    """Import files from addresses, up to 10,000 in the call (more: upload them as a list). Returns the import's id.

    Args:
        urls: ``{"url": …, "name": …}``; further keys become attributes.
    """
    view = require_edit(actor, dataset)
    if not 1 <= len(urls) <= 10_000:
        raise Unprocessable(
            "urls_count",
            zh="一次要有 1 到 10,000 个网址;更多的请上传清单文件。",
            en="Give 1 to 10,000 addresses; upload more of them as a list.",
        )
    with db.write():
        return _start(actor, view, "urls", {"rows": [dict(row) for row in urls]})


def roots_for(actor: Actor, tenant: str) -> dict[str, dict[str, Any]]:
    """Return the configured roots that may be imported from into a tenant's datasets.

    A root names its tenants (``"*"``: all); one that names none is for platform admins alone: a folder on the server
    belongs to nobody yet.
    """
    found = {}
    for name, root in settings.IMPORT_ROOTS.items():
        allowed = root.get("tenants", [])
        if "*" in allowed or tenant in allowed or actor.is_admin():
            found[name] = root
    return found


def import_folder(*, actor: Actor, dataset: str, root: str, path: str = "") -> str:
    """Import a folder below a configured root of the server, or a prefix of a configured bucket. Returns the import's id.

    Raises:
        NotFound: no such root for this tenant. Unprocessable: ``path_refused``.
    """
    view = require_edit(actor, dataset)
    require(actor, "dataset.import_folder", queries.owner_thing(view))
    if root not in roots_for(actor, view.tenant):
        raise NotFound("root_not_found", zh="没有这个位置。", en="There is no such place.")
    clean = safe_member(path.rstrip("/")) if path.strip("/") else ""
    with db.write():
        return _start(actor, view, "folder", {"root": root, "path": clean})


def _mine(actor: Actor, run: str) -> tuple[Import, queries.DatasetView]:
    try:
        row = Import.objects.get(id=UUID(run))
    except (Import.DoesNotExist, ValueError) as error:
        raise NotFound("import_not_found") from error
    return row, require_edit(actor, str(row.dataset_id))


def cancel_import(*, actor: Actor, run: str) -> None:
    """Stop an import; what is in stays in."""
    row, _ = _mine(actor, run)
    jobs.cancel(row.job, actor=actor)


def resume_import(*, actor: Actor, run: str) -> None:
    """Go on with an import that was stopped or failed, from where it was.

    Raises:
        Forbidden: a folder of the server that one may not read any more.
    """
    row, view = _mine(actor, run)
    if row.source == "folder" and row.spec["root"] not in roots_for(actor, view.tenant):
        raise Forbidden
    jobs.resume(row.job, actor=actor)
