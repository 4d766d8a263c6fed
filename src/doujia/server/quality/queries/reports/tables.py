"""The figures as tables for a spreadsheet: the same rows as on the page, every share with how many and its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import NotFound
from doujia.server.quality.queries.agreement import AgreementReport, agreement, assistance, skills
from doujia.server.quality.queries.reports.project import Report, report
from doujia.server.quality.queries.reports.reviewers import reviewers
from doujia.server.work.queries import Rate

__all__ = ["TABLES", "Table", "table"]

_RATE = ("share", "low", "high", "of")
_ZH = {
    "classes": "类别", "people": "人", "bases": "基地", "days": "天", "errors": "错误", "rules": "要求", "confusion": "混淆", "slices": "切片",
    "reviewers": "检查员", "class": "类别", "person": "人(编号)", "name": "名字", "base": "基地(编号)", "day": "日期", "error_class": "错误种类",
    "n": "次数", "paragraph": "要求第几条", "given": "标成", "right": "标对", "slice": "切片", "reviewer": "检查员(编号)",
    "wrong": "标错数", "answers": "答案数", "before": "上一期标对", "passed": "一次通过", "fixed": "改好数", "returned": "退回数", "shared": "同题一致",
    "others": "和别人比", "apart": "差多少", "overturned": "改判", "seconds": "每张秒数", "share": "比例", "low": "下限", "high": "上限", "of": "一共",
    "known": "标准题", "agreement": "一致性", "between": "认得不一样的类别", "pairs": "两人之间", "skills": "准度", "assistance": "预标注的作用",
    "added": "新加", "alpha": "α", "another_says": "另一人说", "arm": "哪一组", "by_others": "别人来看", "equal": "一样", "first": "一方(编号)",
    "first_name": "一方", "second": "另一方(编号)", "second_name": "另一方", "kappa": "κ", "kept": "照收", "known_right": "标准题做对",
    "mean": "均值", "measure": "度量", "median_ms": "每张毫秒(中位)", "moved": "挪动", "objects": "对象数", "observed": "看到的一致",
    "one_says": "一人说", "relabelled": "改类别", "removed": "去掉", "tasks": "题数",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """One sheet: English heads that a program can rely on, and rows."""

    name: str
    head: list[str]
    rows: list[list[Any]]

    @property
    def title(self) -> str:
        """The sheet's name in both languages, for people."""
        return f"{_ZH.get(self.name, '')} {self.name}".strip()

    @property
    def titles(self) -> list[str]:
        """The heads in both languages, for people."""
        return [f"{_in_chinese(head)} {head}".strip() for head in self.head]


def _in_chinese(head: str) -> str:
    """Return a head in Chinese; ``passed_low`` is put together of the two words. Empty where there is none (a test says so)."""
    if head in _ZH:
        return _ZH[head]
    words = [_ZH.get(word, "") for word in head.rsplit("_", 1)]
    return "·".join(words) if all(words) else ""


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


def _known(r: Report) -> Table:
    rows = [[c.label, *_rate(c.right)] for c in r.known.classes]
    return Table("known", ["class", *_heads("right")], rows)


_MAKERS: dict[str, Callable[[Report], Table]] = {
    "classes": _classes, "people": _people, "bases": _bases, "days": _days, "errors": _errors, "rules": _rules, "confusion": _confusion,
    "slices": _slices, "known": _known,
}  # fmt: skip


def _alpha(found: AgreementReport) -> Table:
    head = ["day", "measure", "arm", "alpha", "low", "high", "observed", "objects", "tasks", "people"]
    seen = {(r.day, r.measure, r.arm): r for r in (*found.series, *found.now)}
    rows = [
        [r.day.isoformat(), r.measure, r.arm, *map(_four, (r.value, r.low, r.high, r.observed)), r.objects, r.tasks, r.people]
        for _, r in sorted(seen.items())
    ]  # fmt: skip
    return Table("agreement", head, rows)


def _between(found: AgreementReport) -> Table:
    rows = [[c.first, c.second, round(c.n, 2), _four(c.share)] for c in found.confusion]
    return Table("between", ["one_says", "another_says", "n", "share"], rows)


def _pairs(found: AgreementReport) -> Table:
    head = ["first", "first_name", "second", "second_name", "shared", "equal", "kappa"]
    rows = [
        [p.first, p.first_name, p.second, p.second_name, p.shared, _four(p.equal), _four(p.kappa)]
        for p in found.pairs
    ]
    return Table("pairs", head, rows)


_TOGETHER: dict[str, Callable[[AgreementReport], Table]] = {
    "agreement": _alpha, "between": _between, "pairs": _pairs,
}  # fmt: skip


def _skills(actor: Actor, project: str, days: int) -> Table:
    head = ["person", "name", "class", "mean", "low", "high", "known_right", "known", "by_others"]
    rows = [
        [s.person, s.name, s.label, *map(_four, (s.mean, s.low, s.high)), s.gold_right, s.gold, s.others]
        for s in skills(actor=actor, project=project)
    ]
    return Table("skills", head, rows)


def _assistance(actor: Actor, project: str, days: int) -> Table:
    shares = ("kept", "moved", "relabelled", "removed", "passed", "right", "known")
    head = ["arm", "answers", "people", *(h for s in shares for h in _heads(s)), "added", "median_ms"]
    rows = [
        [a.arm, a.answers, a.people, *(v for s in shares for v in _rate(getattr(a, s))), _four(a.added), a.median_ms]
        for a in assistance(actor=actor, project=project).arms
    ]  # fmt: skip
    return Table("assistance", head, rows)


def _four(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


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


_OWN: dict[str, Callable[[Actor, str, int], Table]] = {
    "reviewers": _reviewers, "skills": _skills, "assistance": _assistance,
}  # fmt: skip
TABLES = (*_MAKERS, *_TOGETHER, *_OWN)


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

    def wanted(makers: Iterable[str]) -> list[str]:
        return [key for key in makers if name in ("", key)]

    out: list[Table] = []
    if wanted(_MAKERS):
        whole = report(actor=actor, project=project, days=days)
        out += [_MAKERS[key](whole) for key in wanted(_MAKERS)]
    if wanted(_TOGETHER):
        together = agreement(actor=actor, project=project)
        out += [_TOGETHER[key](together) for key in wanted(_TOGETHER)]
    return out + [_OWN[key](actor, project, days) for key in wanted(_OWN)]
