"""Changing and trashing items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F

from doujia.server.data import queries
from doujia.server.data.actions.datasets import changed_meanwhile, locked, require_edit
from doujia.server.data.models import Dataset, Item
from doujia.server.kernel import audit, clock, db
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import NotFound, Unprocessable

__all__ = ["check_attrs", "edit_item", "restore_items", "trash_items"]

MAX_ATTRS = 64


def check_attrs(attrs: Any) -> dict[str, Any]:
    """Return attribute values of an item if they are short names with plain values.

    Raises:
        Unprocessable: ``attrs_invalid``.
    """
    plain = (str, int, float, bool, type(None))
    if (
        isinstance(attrs, dict)
        and len(attrs) <= MAX_ATTRS
        and all(isinstance(k, str) and 0 < len(k) <= 100 for k in attrs)
        and all(isinstance(v, plain) and len(str(v)) <= 4000 for v in attrs.values())
    ):
        return attrs
    raise Unprocessable(
        "attrs_invalid",
        zh=f"属性最多 {MAX_ATTRS} 个,值只能是文字、数字、是否或空。",
        en=f"At most {MAX_ATTRS} attributes, whose values are text, numbers, true, false or null.",
    )


def edit_item(*, actor: Actor, item: str, version: int, attrs: dict[str, Any]) -> None:
    """Replace the attributes of version ``version`` of an item.

    Raises:
        Conflict: ``changed_meanwhile``.
    """
    view = queries.get_item(item)
    owner = require_edit(actor, view.dataset)
    with db.write():
        changed = Item.objects.filter(id=UUID(view.id), version=version).update(
            attrs=check_attrs(attrs), version=F("version") + 1
        )
        if not changed:
            raise changed_meanwhile(queries.get_item(item).version)
        audit.record(actor, "item.edited", f"item:{view.id}", tenant=owner.tenant)


def _ids(items: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(i) for i in items[:1000]]
    except (ValueError, AttributeError) as error:
        raise NotFound("item_not_found") from error


def _move(actor: Actor, dataset: str, items: Sequence[str], before: str, after: str) -> int:
    require_edit(actor, dataset)
    with db.write():
        row = locked(dataset)
        deleted = clock.now() if after == "trash" else None
        moved = Item.objects.filter(dataset=row, id__in=_ids(items), status=before).update(
            status=after, deleted_at=deleted, version=F("version") + 1
        )
        step = -moved if after == "trash" else moved
        Dataset.objects.filter(id=row.id).update(items=F("items") + step)
        verb = "item.trashed" if after == "trash" else "item.restored"
        audit.record(actor, verb, f"dataset:{row.id}", tenant=row.tenant, count=moved)
    return moved


def trash_items(*, actor: Actor, dataset: str, items: Sequence[str]) -> int:
    """Put up to 1000 items into the trash and return how many went; tasks that have them keep them."""
    return _move(actor, dataset, items, "ready", "trash")


def restore_items(*, actor: Actor, dataset: str, items: Sequence[str]) -> int:
    """Take up to 1000 items out of the trash and return how many came back."""
    return _move(actor, dataset, items, "trash", "ready")
