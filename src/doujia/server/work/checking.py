"""Whether marks fit the project's schema: the last word before anything is kept."""

from __future__ import annotations

from typing import Any, Protocol

from doujia.errors import Problem, ValidationError
from doujia.marks import Mark, Relation, Schema

__all__ = ["Answer", "check"]


class Answer(Protocol):
    """What a worker or a reviewer sent."""

    marks: list[Mark]
    relations: list[Relation]
    item_attrs: dict[str, Any]


def check(setup: Any, item: str, sent: Answer) -> None:
    """Refuse marks that break the project's schema.

    Raises:
        ValidationError: its problems name each mark and field.
    """
    problems = _problems(setup.schema, sent)
    if problems:
        raise ValidationError(problems)


def _problems(schema: Schema, sent: Answer) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[str] = set()
    for mark in sent.marks:
        if mark.id in seen:
            problems.append(
                Problem("mark_id_twice", "error", "两个标注用了同一个编号", "Two marks have the same id", mark=mark.id, field="id")
            )  # fmt: skip
        seen.add(mark.id)
        if mark.label is not None and schema.class_by_id(mark.label) is None:
            problems.append(
                Problem("class_unknown", "error", f"没有类别“{mark.label}”", f"No class {mark.label!r}", mark=mark.id, field="label")
            )  # fmt: skip
    for relation in sent.relations:
        for end in (relation.source, relation.target):
            if end not in seen:
                problems.append(
                    Problem("relation_end_unknown", "error", f"关系指向不存在的标注“{end}”", f"A relation points to {end!r}, which is no mark", mark=end, field="relations")
                )  # fmt: skip
    if not sent.marks and not sent.item_attrs and not schema.empty_allowed:
        problems.append(Problem("empty", "error", "这张图至少要有一个标注", "At least one mark is needed"))
    return problems
