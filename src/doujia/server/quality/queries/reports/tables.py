"""The figures as tables for a spreadsheet: the same rows as on the page, every share with how many and its interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import NotFound
from doujia.server.quality.queries.reports.project import Report, report
from doujia.server.quality.queries.reports.reviewers import reviewers
from doujia.server.work.queries import Rate

__all__ = ["TABLES", "Table", "table"]

_RATE = ("share", "low", "high", "of")


@dataclass(frozen=True)
class Table:
    """One sheet: English heads that a program can rely on, and rows."""

    name: str
    head: list[str]
    rows: list[list[Any]]


def _rate(r: Rate) -> list[Any]:
    return [round(v, 4) if v is not None else None for v in (r.value, r.low, r.high)] + [r.of]


def _heads(prefix: str) -> list[str]:
    return [f"{prefix}_{part}" for part in _RATE]


def _classes(r: Report) -> Table:
    head = ["class", *_heads("right"), "wrong", "answers", *_heads("before")]
    return Table(
        "classes", head, [[c.label, *_rate(c.right), c.wrong, c.answers, *_rate(c.before)] for c in r.classes]
    )


def _people(r: Report) -> Table:
    head = ["person", "name", "base", *_heads("passed"), *_heads("right"), "error_class", "errors"]
    rows = [
        [p.person, p.name, p.base, *_rate(p.passed), *_rate(p.right), p.error_class, p.errors]
        for p in r.people
    ]
    return Table("people", head, rows)


def _bases(r: Report) -> Table:
    head = ["base", "name", "people", *_heads("passed"), *_heads("right")]
    return Table(
        "bases", head, [[b.base, b.name, b.people, *_rate(b.passed), *_rate(b.right)] for b in r.bases]
    )


def _days(r: Report) -> Table:
    return Table(
        "days", ["day", *_heads("passed")], [[d.day.isoformat(), *_rate(d.passed)] for d in r.series]
    )


def _errors(r: Report) -> Table:
    return Table(
        "errors",
        ["error_class", "n", "people", "class"],
        [[e.error_class, e.n, e.people, e.label] for e in r.errors],
    )


def _rules(r: Report) -> Table:
    return Table(
        "rules",
        ["paragraph", "n", "people", "error_class"],
        [[x.rule, x.n, x.people, x.error_class] for x in r.rules],
    )


def _confusion(r: Report) -> Table:
    return Table("confusion", ["given", "right", "n"], [[p.given, p.right, p.n] for p in r.pairs])


def _slices(r: Report) -> Table:
    return Table(
        "slices", ["slice", "name", *_heads("right")], [[s.key, s.name, *_rate(s.right)] for s in r.slices]
    )


_MAKERS: dict[str, Callable[[Report], Table]] = {
    "classes": _classes, "people": _people, "bases": _bases, "days": _days, "errors": _errors, "rules": _rules, "confusion": _confusion,
    "slices": _slices,
}  # fmt: skip
TABLES = (*_MAKERS, "reviewers")


def table(*, actor: Actor, project: str, name: str, days: int) -> list[Table]:
    """Return one table, or all of them when ``name`` is empty.

    Raises:
        NotFound: there is no such table.
    """
    if name and name not in TABLES:
        raise NotFound(
            "table_not_found",
            zh=f"没有这张表:{name[:40]}",
            en=f"No such table; there are: {', '.join(TABLES)}.",
        )
    out = []
    if name != "reviewers":
        whole = report(actor=actor, project=project, days=days)
        out = [make(whole) for key, make in _MAKERS.items() if name in ("", key)]
    if name in ("", "reviewers"):
        out.append(_reviewers(actor, project, days))
    return out


def _reviewers(actor: Actor, project: str, days: int) -> Table:
    head = [
        "reviewer",
        "name",
        *_heads("passed"),
        "fixed",
        "returned",
        *_heads("shared"),
        *_heads("others"),
        "apart",
        *_heads("overturned"),
        "seconds",
    ]
    rows = [
        [
            r.reviewer, r.name, *_rate(r.passed), r.fixed, r.returned, *_rate(r.shared), *_rate(r.others), r.apart, *_rate(r.overturned),
            round(r.seconds, 1) if r.seconds is not None else None,
        ]
        for r in reviewers(actor=actor, project=project, days=days).rows
    ]  # fmt: skip
    return Table("reviewers", head, rows)
