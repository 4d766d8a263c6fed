"""Whether marks fit the project's schema: the last word before anything is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from doujia.errors import Problem, ValidationError
from doujia.marks import Item, Mark, Relation
from doujia.marks.validate import Validator
from doujia.server.kernel.errors import Conflict
from doujia.server.work import neighbours

__all__ = ["Answer", "check", "problems"]

_validators: dict[str, tuple[int, Validator]] = {}
_older: dict[tuple[str, int], Validator] = {}
MOST_OLDER = 64


class Answer(Protocol):
    """What a worker or a reviewer sent."""

    marks: list[Mark]
    relations: list[Relation]
    item_attrs: dict[str, Any]


def check(setup: neighbours.ProjectSetup, item: str, sent: Answer, *, drawn_under: int = 0) -> None:
    """Refuse marks that break the project's schema or lie outside the item.

    Args:
        drawn_under: the version of the schema that the bench had; 0 means the one in force. An answer is judged by what its
            author saw; when the schema has changed since so that it does not fit any more, that is nobody's mistake and
            is said as such.

    Raises:
        ValidationError: its problems name each mark and field.
        Conflict: ``schema_changed``, right when it was drawn but not by the schema in force; ``fields`` names each place.
        Unprocessable: ``schema_version_unknown``.
    """
    if drawn_under and drawn_under != setup.schema_version:
        found = _judge(_older_validator(setup.id, drawn_under), item, sent)
        if found:
            raise ValidationError(found)
    found = problems(setup, item, sent.marks, sent.relations, sent.item_attrs)
    if not found:
        return
    if drawn_under and drawn_under != setup.schema_version:
        raise Conflict(
            "schema_changed",
            zh=f"这个项目的类别和属性刚改过(第 {drawn_under} 版到第 {setup.schema_version} 版),这张有 {len(found)} 处对不上了。内容还在,请重新打开这张改一改。",
            en=f"The project's classes and attributes have changed since (version {drawn_under} to {setup.schema_version}); {len(found)} places of this answer no longer fit. Nothing is lost: open it again and put them right.",
            fields=[
                {"mark": p.mark, "field": p.field, "code": p.code, "zh": p.zh, "en": p.en} for p in found
            ],
            drawn_under=drawn_under,
            current=setup.schema_version,
        )
    raise ValidationError(found)


def _older_validator(project: str, version: int) -> Validator:
    kept = _older.get((project, version))
    if kept is None:
        kept = Validator(neighbours.schema_version(project, version))
        if len(_older) >= MOST_OLDER:
            _older.clear()
        _older[project, version] = kept
    return kept


def _judge(validator: Validator, item: str, sent: Answer) -> list[Problem]:
    seen = neighbours.item_seen(item)
    about = Item(id=item, media=seen.media) if seen is not None else None
    found = validator.check(sent.marks, about, relations=sent.relations, item_attrs=sent.item_attrs)
    return [p for p in found if p.severity == "error"]


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
