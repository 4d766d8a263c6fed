"""Making, changing, sharing and trashing datasets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args
from uuid import UUID

from doujia.marks import Media
from doujia.server.data import queries
from doujia.server.data.models import Dataset, DatasetShare
from doujia.server.kernel import audit, clock, db
from doujia.server.kernel.authz import Actor, Thing, can, require
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable

__all__ = [
    "MEDIA_KINDS",
    "create_dataset",
    "delete_dataset",
    "edit_dataset",
    "changed_meanwhile",
    "locked",
    "require_edit",
    "share",
]

MEDIA_KINDS = tuple(str(kind.__struct_config__.tag) for kind in get_args(Media))
"""image, video, audio, points, text, conversation: the tags of ``doujia.marks.Media``."""


def changed_meanwhile(version: int) -> Conflict:
    """Return the error of somebody who edits an older version."""
    return Conflict(
        "changed_meanwhile",
        zh="别人刚改过。看看最新的再改。",
        en="Somebody else has just changed this. Look at the newest version, then change it.",
        version=version,
    )


def locked(dataset_id: str) -> Dataset:
    """Return the row, locked for the current transaction.

    Raises:
        NotFound: there is none, or it lies in the trash.
    """
    rows = Dataset.objects.all() if db.is_sqlite() else Dataset.objects.select_for_update()
    try:
        return rows.get(id=UUID(dataset_id), deleted_at=None)
    except (Dataset.DoesNotExist, ValueError) as error:
        raise NotFound("dataset_not_found") from error


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 200:
        raise Unprocessable(
            "name_invalid", zh="名字要有 1 到 200 个字。", en="A name has 1 to 200 characters.",
            fields=[{"field": "name", "code": "name_invalid", "zh": "名字要有 1 到 200 个字。", "en": "A name has 1 to 200 characters."}],
        )  # fmt: skip
    return name


def create_dataset(*, actor: Actor, tenant: str, name: str, medium: str, description: str = "") -> str:
    """Make an empty dataset of ``tenant`` and return its id.

    Raises:
        Forbidden, NotFound, Unprocessable
    """
    require(actor, "dataset.create", Thing(frozenset({tenant})))
    if medium not in MEDIA_KINDS:
        raise Unprocessable(
            "medium_unknown",
            zh=f"不认识的数据种类 {medium!r}。可以是:{'、'.join(MEDIA_KINDS)}。",
            en=f"There is no medium {medium!r}; it is one of {', '.join(MEDIA_KINDS)}.",
        )
    with db.write():
        row = Dataset.objects.create(
            tenant=tenant, name=_name(name), medium=medium, description=description[:4000],
            created_by=actor.person, created_at=clock.now(),
        )  # fmt: skip
        audit.record(actor, "dataset.created", f"dataset:{row.id}", tenant=tenant, medium=medium)
    return str(row.id)


def edit_dataset(
    *, actor: Actor, dataset: str, version: int, name: str | None = None, description: str | None = None
) -> None:
    """Change name or description of version ``version`` of a dataset.

    Raises:
        Conflict: ``changed_meanwhile``, somebody else was faster.
    """
    require_edit(actor, dataset)
    with db.write():
        row = locked(dataset)
        if row.version != version:
            raise changed_meanwhile(row.version)
        if name is not None:
            row.name = _name(name)
        if description is not None:
            row.description = description[:4000]
        row.version += 1
        row.save(update_fields=["name", "description", "version"])
        audit.record(actor, "dataset.edited", f"dataset:{row.id}", tenant=row.tenant)


def delete_dataset(*, actor: Actor, dataset: str) -> None:
    """Put a dataset into the trash: its items stay for those who already work on them."""
    require_edit(actor, dataset)
    with db.write():
        row = locked(dataset)
        row.deleted_at = clock.now()
        row.version += 1
        row.save(update_fields=["deleted_at", "version"])
        audit.record(actor, "dataset.trashed", f"dataset:{row.id}", tenant=row.tenant)


def share(*, actor: Actor, dataset: str, tenants: Iterable[str]) -> None:
    """Let further tenants look at a dataset: the bases that work on it."""
    view = require_edit(actor, dataset)
    wanted = sorted(set(tenants) - {view.tenant, *view.shared_with})
    if not wanted:
        return
    with db.write():
        row = locked(dataset)
        DatasetShare.objects.bulk_create(
            [DatasetShare(dataset=row, tenant=t) for t in wanted], ignore_conflicts=True
        )
        audit.record(actor, "dataset.shared", f"dataset:{row.id}", tenant=row.tenant, tenants=wanted)


def require_edit(actor: Actor, dataset: str) -> queries.DatasetView:
    """Return a dataset that ``actor`` may change.

    Raises:
        NotFound: not theirs to see. Forbidden: theirs to see only.
    """
    view = queries.visible_dataset(actor, dataset)
    if not can(actor, "dataset.edit", queries.owner_thing(view)):
        raise Forbidden
    return view
