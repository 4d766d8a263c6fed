"""Whether marks fit the project's schema: the last word before anything is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from doujia.errors import Problem, ValidationError
from doujia.marks import Item, Mark, Relation
from doujia.marks.validate import Validator
from doujia.server.work import neighbours

__all__ = ["Answer", "check", "problems"]

_validators: dict[str, tuple[int, Validator]] = {}


class Answer(Protocol):
    """What a worker or a reviewer sent."""

    marks: list[Mark]
    relations: list[Relation]
    item_attrs: dict[str, Any]


def check(setup: neighbours.ProjectSetup, item: str, sent: Answer) -> None:
    """Refuse marks that break the project's schema or lie outside the item.

    Raises:
        ValidationError: its problems name each mark and field.
    """
    found = problems(setup, item, sent.marks, sent.relations, sent.item_attrs)
    if found:
        raise ValidationError(found)


def problems(
    setup: neighbours.ProjectSetup,
    item: str,
    marks: Sequence[Mark],
    relations: Sequence[Relation],
    item_attrs: dict[str, Any],
) -> list[Problem]:
    """Return what is wrong with an answer; warnings are the bench's business."""
    kept = _validators.get(setup.id)
    if kept is None or kept[0] != setup.schema_version or kept[1].schema is not setup.schema:
        kept = (setup.schema_version, Validator(setup.schema))
        _validators[setup.id] = kept
    seen = neighbours.item_seen(item)
    about = Item(id=item, media=seen.media) if seen is not None else None
    found = kept[1].check(marks, about, relations=relations, item_attrs=item_attrs)
    return [p for p in found if p.severity == "error"]
