"""What a verdict says about each mark of an answer: a pure function of marks, findings and the reviewer's own marks.

A mark is wrong when a finding names it, when the finding's place lies on it, or when the reviewer changed or removed it;
an object is missed when the reviewer added it or a finding says so. A minor finding is shown and does not count.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from doujia.marks import Mark

__all__ = ["Examined", "Found", "examine"]

LONGEST = 200
NEAR_PX = 24.0
"""Half the side of the square that is shown around a place without a mark."""
Bounds = tuple[float, float, float, float]


class _Finding(msgspec.Struct, kw_only=True):
    """A finding as the work room keeps it."""

    error_class: str
    severity: str = "major"
    mark: str | None = None
    place: tuple[float, float] | None = None
    rule: str | None = None
    text: str | None = None


class _Document(msgspec.Struct, kw_only=True):
    marks: list[Mark] = []
    item_attrs: dict[str, Any] = {}


@dataclass(frozen=True)
class Found:
    """One thing found wrong. ``bounds`` px of the mark, or a square around the place; None where it has no place."""

    error_class: str
    severity: str
    label: str
    mark: str
    rule: str
    text: str
    fixed: bool
    bounds: Bounds | None


@dataclass(frozen=True)
class Examined:
    """An answer taken apart.

    Attributes:
        counts: key (``class:car``, ``attr:hidden=most``, ``item:weather=rain``) → how many, how many of them wrong.
        pairs: (class given, class right) → how many marks; empty is nothing.
        found: what was wrong, the reviewer's words first.
        marks: marked or missed; ``wrong`` how many of them.
    """

    counts: dict[str, tuple[int, int]]
    pairs: dict[tuple[str, str], int]
    found: list[Found]
    marks: int
    wrong: int


@dataclass
class _Desk:
    """What is known while one verdict is taken apart."""

    given: dict[str, Mark]
    truth: dict[str, Mark]
    missed: list[str] = field(default_factory=list)
    words: int = 0
    bad: set[str] = field(default_factory=set)
    relabelled: dict[str, str] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)


def examine(
    document: str | bytes, findings: str | bytes, verdict: str, *, final: str | bytes | None = None, later: str | bytes | None = None
) -> Examined:  # fmt: skip
    """Take one verdict apart.

    Args:
        document: the marks checked, JSON ``{"marks", "item_attrs"}``.
        findings: JSON list of the reviewer's findings.
        verdict: ``accept``, ``fix`` or ``reject``.
        final: the reviewer's own marks, with ``fix``: every difference is an error.
        later: the revision that was accepted in the end, with ``reject``: it only tells of what class a missed or
            wrongly named object is.
    """
    mine = msgspec.json.decode(document, type=_Document)
    other = final if final is not None else later
    truth = msgspec.json.decode(other, type=_Document).marks if other is not None else []
    desk = _Desk({m.id: m for m in mine.marks}, {m.id: m for m in truth})
    for one in msgspec.json.decode(findings, type=list[_Finding]):
        _take(desk, one, known=other is not None)
    if final is not None:
        _differences(desk)
    passed = verdict == "accept"
    return Examined(
        _counts(desk, mine.item_attrs, passed), _pairs(desk, known=other is not None), desk.found,
        len(desk.given) + len(desk.missed), len(desk.bad) + len(desk.missed),
    )  # fmt: skip


def _take(desk: _Desk, one: _Finding, *, known: bool) -> None:
    mark = desk.given.get(one.mark) if one.mark is not None else None
    missed = one.error_class == "missed"
    if mark is None and one.place is not None and not missed:
        mark = _at(desk.given.values(), one.place)
    target = mark
    if missed and mark is None and one.place is not None:
        target = _at((m for m in desk.truth.values() if m.id not in desk.given), one.place)
    label = (target.label or "") if target is not None else ""
    bounds = _bounds(target) if target is not None else None
    if bounds is None and one.place is not None:
        x, y = one.place
        bounds = (x - NEAR_PX, y - NEAR_PX, x + NEAR_PX, y + NEAR_PX)
    desk.found.append(
        Found(
            one.error_class, one.severity, label, target.id if target is not None else (one.mark or ""), (one.rule or "")[:40],
            (one.text or "")[:1000], False, bounds,
        )
    )  # fmt: skip
    if one.severity == "minor":
        return
    if missed and mark is None:
        desk.words += 1
        if target is None or target.id not in desk.missed:
            desk.missed.append(target.id if target is not None else "")
    elif mark is not None:
        desk.bad.add(mark.id)
        if one.error_class == "extra":
            desk.relabelled[mark.id] = ""
        elif known and mark.id in desk.truth:
            desk.relabelled[mark.id] = desk.truth[mark.id].label or ""


def _differences(desk: _Desk) -> None:
    """Count what the reviewer's own marks change, and show it where her words do not."""
    said = {f.mark for f in desk.found if f.mark}
    for mark in desk.given.values():
        now = desk.truth.get(mark.id)
        error = _changed(mark, now)
        if error is None:
            continue
        desk.bad.add(mark.id)
        desk.relabelled[mark.id] = (now.label or "") if now is not None else ""
        if mark.id not in said:
            desk.found.append(_own(error, mark))
    drawn = [m for m in desk.truth.values() if m.id not in desk.given]
    desk.found.extend(_own("missed", m) for m in drawn if m.id not in said)
    # Her words about missed objects and the objects she drew are mostly the same: words count beyond the drawn ones.
    desk.missed = [m.id for m in drawn] + [""] * max(0, desk.words - len(drawn))


def _changed(before: Mark, now: Mark | None) -> str | None:
    if now is None:
        return "extra"
    if now.label != before.label:
        return "class"
    if now.geometry != before.geometry:
        return "place"
    return "attribute" if now.attrs != before.attrs else None


def _own(error: str, mark: Mark) -> Found:
    return Found(error, "major", mark.label or "", mark.id, "", "", True, _bounds(mark))


def _counts(desk: _Desk, item_attrs: dict[str, Any], passed: bool) -> dict[str, tuple[int, int]]:
    of: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for mark in desk.given.values():
        for key in _keys(mark):
            of[key] += 1
            wrong[key] += mark.id in desk.bad
    for one in desk.missed:
        mark = desk.truth.get(one)  # type: ignore[assignment]
        for key in _keys(mark) if mark is not None else ():
            of[key] += 1
            wrong[key] += 1
    for name, value in item_attrs.items():
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, bool | str) and len(str(one)) <= 60:
                key = f"item:{name}={_text(one)}"[:LONGEST]
                of[key], wrong[key] = 1, int(not passed)
    return {key: (n, wrong[key]) for key, n in of.items()}


def _keys(mark: Mark) -> list[str]:
    keys = [f"class:{mark.label}"[:LONGEST]] if mark.label is not None else []
    for name, value in mark.attrs.items():
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, bool | str) and len(str(one)) <= 60:
                keys.append(f"attr:{name}={_text(one)}"[:LONGEST])
    return keys


def _text(value: bool | str) -> str:
    return value if isinstance(value, str) else ("true" if value else "false")


def _pairs(desk: _Desk, *, known: bool) -> dict[tuple[str, str], int]:
    """Count given against right; a wrongly named mark whose right name nobody gave is left out."""
    pairs: Counter[tuple[str, str]] = Counter()
    unnamed = {f.mark for f in desk.found if f.error_class == "class" and f.severity != "minor"}
    for mark in desk.given.values():
        if mark.label is None:
            continue
        if mark.id in desk.relabelled:
            pairs[(mark.label[:120], desk.relabelled[mark.id][:120])] += 1
        elif known or mark.id not in unnamed:
            pairs[(mark.label[:120], mark.label[:120])] += 1
    for one in desk.missed:
        if one in desk.truth and desk.truth[one].label:
            pairs[("", str(desk.truth[one].label)[:120])] += 1
    return dict(pairs)


def _bounds(mark: Mark) -> Bounds | None:
    from doujia.marks.shapes import bounds

    return bounds(mark.geometry)


def _at(marks: Any, place: tuple[float, float]) -> Mark | None:
    """Return the smallest mark whose bounds hold the place."""
    best: tuple[float, Mark] | None = None
    for mark in marks:
        b = _bounds(mark)
        if b is not None and b[0] <= place[0] <= b[2] and b[1] <= place[1] <= b[3]:
            area = (b[2] - b[0]) * (b[3] - b[1])
            if best is None or area < best[0]:
                best = (area, mark)
    return best[1] if best is not None else None
