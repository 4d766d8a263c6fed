"""What a right answer says, read and compared: the one place where documents of known tasks become marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from doujia.errors import Problem, ValidationError
from doujia.marks import Item, Mark, Relation
from doujia.server.projects import queries as projects
from doujia.server.work import neighbours

if TYPE_CHECKING:
    from doujia.metrics.grading import Grade

__all__ = ["Document", "check", "compare", "grade_fields", "read", "stratum_of"]


class Document(msgspec.Struct, kw_only=True):
    """An answer as it is kept."""

    marks: list[Mark] = []
    relations: list[Relation] = []
    item_attrs: dict[str, Any] = {}


def read(document: str | bytes) -> Document:
    """Return the marks of a kept document."""
    return msgspec.json.decode(document, type=Document)


def stratum_of(document: Document) -> str:
    """Return what an answer stands for when classes are balanced: its most frequent class, else its first item value."""
    counted = Counter(m.label for m in document.marks if m.label is not None)
    if counted:
        return min(counted, key=lambda label: (-counted[label], label))[:200]
    values = sorted(f"{name}={value}" for name, value in document.item_attrs.items())
    return values[0][:200] if values else ""


def compare(project: str, item: str, truth: Document, guess: Document) -> Grade:
    """Grade an answer by the project's schema and pass lines."""
    from doujia.metrics.grading import grade, lines_from

    setup = projects.setup(project)
    media = getattr(neighbours.items([item]).get(item), "media", None)
    width, height = getattr(media, "width", 0), getattr(media, "height", 0)
    return grade(
        truth.marks,
        guess.marks,
        truth_attrs=truth.item_attrs,
        guess_attrs=guess.item_attrs,
        schema=setup.schema,
        size=(width, height) if width and height else None,
        frames=getattr(media, "frames", None) or None,
        lines=lines_from(setup.settings.pass_lines),
        media=media,
    )


def grade_fields(grade: Grade) -> dict[str, Any]:
    """Return the columns of a graded answer that a grade fills."""
    return {
        "score": grade.score,
        "passed": grade.passed,
        "parts": _json([asdict(p) for p in grade.parts]),
        "differences": _json([asdict(d) for d in grade.differences[:100]]),
        "classes": _json(grade.classes),
    }


def check(project: str, item: str, document: Document) -> None:
    """Refuse a right answer that the project's schema does not allow.

    Raises:
        ValidationError: its problems name each mark and field.
    """
    from doujia.marks.validate import Validator

    media = getattr(neighbours.items([item]).get(item), "media", None)
    about = Item(id=item, media=media) if media is not None else None
    found: Iterable[Problem] = Validator(projects.setup(project).schema).check(
        document.marks, about, relations=document.relations, item_attrs=document.item_attrs
    )
    wrong = [p for p in found if p.severity == "error"]
    if wrong:
        raise ValidationError(wrong)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
