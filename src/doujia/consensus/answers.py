"""Answers: who said what about which item, checked once and coded as integers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from doujia.errors import InputError, Problem

__all__ = [
    "Answers",
    "Duplicates",
    "Floats",
    "Id",
    "Ints",
    "check_gold",
    "column_of",
    "gold_from_frame",
    "gold_from_rows",
]

Id = Hashable
"""An item, worker or label as the caller named it: text, integer, real number or truth value."""
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Duplicates = Literal["last", "first", "error"]

_MISSING_TEXT = frozenset({"", "nan"})


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """Answers coded as integers; make one with ``from_arrays``, ``from_frame`` or ``read_answers``.

    At most one answer per (item, worker) remains. Codes follow the sorted ids, so that the order of the rows never
    matters.

    Attributes:
        item, worker, label: ``(n,)`` int64 codes, sorted by item, then worker.
        items, workers, labels: the ids that the codes stand for, sorted (numerically where all are numbers).
        time: ``(n,)`` seconds (any origin) at which the answer was given, or None.
        active_ms: ``(n,)`` milliseconds of active work on the answer, or None.
        weight: ``(n,)`` non-negative weight of the answer, or None for 1 each.
        problems: what was dropped or replaced on the way in.
    """

    item: Ints
    worker: Ints
    label: Ints
    items: list[Any]
    workers: list[Any]
    labels: list[Any]
    time: Floats | None = None
    active_ms: Floats | None = None
    weight: Floats | None = None
    problems: list[Problem] = []

    def __len__(self) -> int:
        return len(self.item)

    @classmethod
    def from_arrays(
        cls,
        item: Sequence[Any] | npt.NDArray[Any],
        worker: Sequence[Any] | npt.NDArray[Any],
        label: Sequence[Any] | npt.NDArray[Any],
        *,
        time: Sequence[float] | npt.NDArray[Any] | None = None,
        active_ms: Sequence[float] | npt.NDArray[Any] | None = None,
        weight: Sequence[float] | npt.NDArray[Any] | None = None,
        duplicates: Duplicates = "last",
        labels: Sequence[Any] | None = None,
        problems: Iterable[Problem] = (),
    ) -> Answers:
        """Check and code three columns of the same length.

        Rows without item, worker or label (None, NaN, blank text) are dropped and counted in ``problems``.

        Args:
            item, worker, label: ``(n,)`` ids of one type each.
            time: ``(n,)`` moment of each answer (s, a moment or its ISO 8601 text); decides which of two duplicates is
                the last.
            active_ms: ``(n,)`` active work, ms.
            weight: ``(n,)`` finite weights ≥ 0.
            duplicates: which of several answers of one worker on one item stays; ``"error"`` refuses them.
            labels: all classes of the schema in their order, when some of them may not have been used.

        Raises:
            InputError: lengths differ, ids of one column are of different types, a weight is negative or not
                finite, a label is not among ``labels``, or no row remains.
        """
        found = list(problems)
        sizes = {len(item), len(worker), len(label)}
        if len(sizes) != 1:
            raise InputError(
                f"item, worker and label have {len(item)}, {len(worker)} and {len(label)} rows; they must be equal.",
                zh=f"item、worker、label 三列的行数不同({len(item)}、{len(worker)}、{len(label)}),请补齐。",
                code="lengths_differ",
            )
        columns = [
            _code(values, name) for values, name in ((item, "item"), (worker, "worker"), (label, "label"))
        ]
        codes = np.stack([column[0] for column in columns])
        extra = [
            _numbers(v, n, len(item))
            for v, n in ((time, "time"), (active_ms, "active_ms"), (weight, "weight"))
        ]
        keep = (codes >= 0).all(axis=0)
        if not keep.all():
            found.append(_dropped(codes))
        _check_weights(extra[2])
        rows = np.flatnonzero(keep)
        if not len(rows):
            raise InputError("There is no answer to work with.", zh="没有可用的作答。", code="no_answers")
        rows, repeated = _one_answer_each(codes, rows, extra[0], duplicates)
        if repeated:
            found.append(_repeated(repeated, duplicates))
        names = [column[1] for column in columns]
        coded = [_compact(codes[axis][rows], names[axis]) for axis in range(3)]
        label_codes, label_names = coded[2]
        if labels is not None:
            label_codes, label_names = _against(label_codes, label_names, labels)
        return cls(
            item=coded[0][0],
            worker=coded[1][0],
            label=label_codes,
            items=coded[0][1],
            workers=coded[1][1],
            labels=label_names,
            time=None if extra[0] is None else extra[0][rows],
            active_ms=None if extra[1] is None else extra[1][rows],
            weight=None if extra[2] is None else extra[2][rows],
            problems=found,
        )

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[Any, ...]], **options: Any) -> Answers:
        """Code an iterable of ``(item, worker, label)``."""
        table = [tuple(row) for row in rows]
        bad = next((row for row in table if len(row) != 3), None)
        if bad is not None:
            raise InputError(
                f"Each row must be (item, worker, label); got {bad!r}.",
                zh=f"每行应为(题目、标注员、答案),得到的是 {bad!r}。",
                code="row_malformed",
            )
        item, worker, label = zip(*table, strict=True) if table else ((), (), ())
        return cls.from_arrays(item, worker, label, **options)

    @classmethod
    def from_frame(cls, frame: Any, **options: Any) -> Answers:
        """Code a data frame (pandas, polars, a pyarrow table) or any mapping of column names to columns.

        Names as in ``read_answers``; times may be numbers, moments or ISO 8601 texts.
        """
        from doujia.consensus.reading import frame_column, frame_names, pick_columns

        picked = pick_columns(frame_names(frame))
        columns: dict[str, Any] = {role: frame_column(frame, name) for role, name in picked.items()}
        return cls.from_arrays(**{**columns, **options})

    def with_labels(self, extra: Sequence[Any]) -> Answers:
        """The same answers over a label set that also holds ``extra`` (for instance classes only gold uses)."""
        fresh = [value for value in extra if value not in set(self.labels)]
        return self if not fresh else msgspec.structs.replace(self, labels=self.labels + fresh)

    def restricted(self, rows: npt.NDArray[Any]) -> Answers:
        """The answers of ``rows`` (indices or a mask), with the same ids and codes."""
        pick = np.flatnonzero(rows) if rows.dtype == bool else rows
        values = {
            name: None if getattr(self, name) is None else getattr(self, name)[pick]
            for name in ("item", "worker", "label", "time", "active_ms", "weight")
        }
        return msgspec.structs.replace(self, **values)


def check_gold(answers: Answers, gold: Mapping[Any, Any]) -> tuple[Answers, Ints, Ints, list[Problem]]:
    """Code known right answers against ``answers``.

    Returns:
        The answers (with gold's own classes added to the labels), ``(g,)`` item codes, ``(g,)`` label codes, and
        what had to be left out.

    Raises:
        InputError: gold is no mapping, says two things of one item, or has labels of another type than the answers.
    """
    if not isinstance(gold, Mapping):
        raise InputError(
            f"Gold must be {{item: right label}}, got {type(gold).__name__}: use read_gold, gold_from_rows or gold_from_frame.",
            zh=f"考核答案应为 {{题目: 正确答案}},得到的是 {type(gold).__name__}:请用 read_gold、gold_from_rows 或 gold_from_frame。",
            code="gold_malformed",
        )
    places = {value: code for code, value in enumerate(answers.items)}
    label_places = {value: code for code, value in enumerate(answers.labels)}
    texts = {str(value): value for value in answers.labels}
    item_texts = {str(value): value for value in answers.items}
    pairs: list[tuple[int, Any]] = []
    unknown = 0
    for item, label in gold.items():
        if _is_missing(label):
            continue
        known = item if item in places else item_texts.get(str(item))
        if known is None or known not in places:
            unknown += 1
            continue
        value = label if label in label_places else texts.get(str(label), label)
        pairs.append((places[known], value))
    extra = sorted({value for _, value in pairs if value not in label_places}, key=str)
    if extra and {type(v) for v in extra} - {type(v) for v in answers.labels}:
        raise InputError(
            f"Gold says {extra[0]!r}, but the answers use labels such as {answers.labels[0]!r}: make them one type.",
            zh=f"考核答案是 {extra[0]!r},而作答的标签如 {answers.labels[0]!r}:请统一类型。",
            code="labels_mixed",
        )
    wider = answers.with_labels(extra)
    label_places = {value: code for code, value in enumerate(wider.labels)}
    problems = []
    if unknown:
        problems.append(
            Problem(
                "gold_without_answers",
                "info",
                zh=f"{unknown} 道考核题没有人作答,未使用。",
                en=f"{unknown} gold items have no answer and were not used.",
            )
        )
    items = np.array([place for place, _ in pairs], dtype=np.int64)
    labels = np.array([label_places[value] for _, value in pairs], dtype=np.int64)
    order = np.argsort(items, kind="stable")
    items, labels = items[order], labels[order]
    again = np.flatnonzero(items[1:] == items[:-1]) + 1  # 7 and "7" name one item
    differ = again[labels[again] != labels[again - 1]]
    if len(differ):
        at = int(differ[0])
        raise contradiction(
            len(set(items[differ].tolist())), answers.items[items[at]], wider.labels[labels[at - 1]], wider.labels[labels[at]]
        )  # fmt: skip
    return wider, np.delete(items, again), np.delete(labels, again), problems


def gold_from_rows(rows: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Known right answers from ``(item, right label)`` pairs; pairs without one of the two are left out.

    Raises:
        InputError: one item has two different right answers; the message names it.
    """
    gold: dict[Any, Any] = {}
    against: dict[Any, tuple[Any, Any]] = {}
    for row in rows:
        if len(row) != 2 or not isinstance(row[0], Hashable):
            raise InputError(
                f"Each row of gold must be (item, right label); got {row!r}.",
                zh=f"考核答案每行应为(题目、正确答案),得到的是 {row!r}。",
                code="row_malformed",
            )
        key, value = (v.strip() if isinstance(v, str) else v for v in row)
        if _is_missing(key) or _is_missing(value):
            continue
        if key in gold and gold[key] != value:
            against[key] = (gold[key], value)
        gold[key] = value
    if against:
        key, (one, other) = next(iter(against.items()))
        raise contradiction(len(against), key, one, other)
    return gold


def gold_from_frame(frame: Any) -> dict[Any, Any]:
    """Known right answers from a data frame or mapping with the columns ``item`` and ``truth`` (or ``gold``, ``label``).

    Raises:
        InputError: a column is missing, or one item has two different right answers.
    """
    from doujia.consensus.reading import frame_column, frame_names, pick_gold

    item, truth = pick_gold(frame_names(frame))
    return gold_from_rows(
        zip(frame_column(frame, item).tolist(), frame_column(frame, truth).tolist(), strict=True)
    )


def contradiction(items: int, first: Any, one: Any, other: Any) -> InputError:
    """The error of gold that says two things of ``items`` items, one of them ``first``."""
    return InputError(
        f"Gold contradicts itself on {items} items, first {first!r}: {one!r} and {other!r}. Correct it.",
        zh=f"考核答案自相矛盾,共 {items} 题,例如 {first!r}:{one!r} 与 {other!r}。请先改正。",
        code="gold_contradicts",
    )


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return value.strip().lower() in _MISSING_TEXT
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"  # pandas' own gap has no truth value


def _sort_key(names: Sequence[Any]) -> list[int]:
    """Order of ``names``: numbers numerically, texts that are all integers likewise, other texts by code point."""
    if all(isinstance(name, str) for name in names):
        try:
            numbers = [int(name) for name in names]
            return sorted(range(len(names)), key=lambda place: (numbers[place], names[place]))
        except ValueError:
            return sorted(range(len(names)), key=lambda place: names[place])
    return sorted(range(len(names)), key=lambda place: names[place])


def _code(values: Sequence[Any] | npt.NDArray[Any], name: str) -> tuple[Ints, list[Any]]:
    """Codes (-1 where missing) and the names they stand for, in order of sorting."""
    array = values if isinstance(values, np.ndarray) else column_of(values)
    if array.ndim != 1:
        raise InputError(
            f"Column {name} has shape {array.shape}; it must be one row of values.",
            zh=f"{name} 列的形状为 {array.shape},应为一列。",
            code="shape_wrong",
        )
    if array.dtype.kind in "iub":
        names, codes = np.unique(array, return_inverse=True)
        return codes.astype(np.int64), names.tolist()
    if array.dtype.kind == "f":
        present = np.isfinite(array)
        names, inverse = np.unique(array[present], return_inverse=True)
        codes = np.full(len(array), -1, dtype=np.int64)
        codes[present] = inverse
        whole = bool(np.all(names == np.floor(names)))
        return codes, [int(v) for v in names] if whole else names.tolist()
    return _code_objects(array.tolist(), name)


def column_of(values: Sequence[Any]) -> npt.NDArray[Any]:
    """One numpy column that never turns 1 into '1' or True into 1 behind the caller's back."""
    kinds = {type(value) for value in values}
    if kinds <= {int} or kinds <= {float} or kinds <= {bool}:
        try:
            return np.asarray(values)
        except OverflowError:
            pass
    # One by one: a list of boxes must not become a table of numbers.
    return np.fromiter(values, dtype=object, count=len(values))


def _code_objects(values: list[Any], name: str) -> tuple[Ints, list[Any]]:
    places: dict[Any, int] = {}
    raw = np.empty(len(values), dtype=np.int64)
    kinds: dict[str, Any] = {}
    for row, got in enumerate(values):
        value = got.strip() if isinstance(got, str) else got
        if _is_missing(value):
            raw[row] = -1
            continue
        if isinstance(value, float) and math.isfinite(value) and value == math.floor(value):
            value = int(value)
        kind = _kind(value, name)
        kinds.setdefault(kind, value)
        raw[row] = places.setdefault(value, len(places))
    if len(kinds) > 1:
        shown = ", ".join(f"{value!r} ({kind})" for kind, value in sorted(kinds.items()))
        raise InputError(
            f"Column {name} mixes types: {shown}. Make them one type, for instance all text.",
            zh=f"{name} 列的类型混杂:{shown}。请统一为一种类型,例如都用文本。",
            code=f"{name}s_mixed",
        )
    names = list(places)
    order = _sort_key(names)
    rank = np.empty(len(names) + 1, dtype=np.int64)
    rank[order] = np.arange(len(names))
    rank[-1] = -1
    return rank[raw], [names[place] for place in order]


def _kind(value: Any, name: str) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "truth value"
    if isinstance(value, str):
        return "text"
    if isinstance(value, (int, float, np.number)):
        return "number"
    try:
        hash(value)
    except TypeError:
        raise InputError(
            f"Column {name} holds {type(value).__name__}; a class answer must be text or a number. "
            "For shapes use doujia.consensus.structured.",
            zh=f"{name} 列含有 {type(value).__name__};分类答案应为文本或数字,图形请用 doujia.consensus.structured。",
            code="value_unusable",
        ) from None
    return type(value).__name__


def _numbers(values: Any, name: str, size: int) -> Floats | None:
    if values is None:
        return None
    array = np.asarray(values)
    try:
        if name == "time":
            array = _seconds(array)
        elif array.dtype.kind == "O":
            array = np.array([math.nan if _is_missing(v) else float(v) for v in array.ravel().tolist()])
        numbers = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        wanted = (
            ("numbers", "数字") if name != "time" else ("seconds or ISO 8601 moments", "秒数或 ISO 8601 时间")
        )
        raise InputError(
            f"Column {name} must hold {wanted[0]}: {error}.",
            zh=f"{name} 列应为{wanted[1]}:{error}。",
            code=f"{name}_invalid",
        ) from error
    if numbers.shape != (size,):
        raise InputError(
            f"Column {name} has shape {numbers.shape}, the answers have {size} rows.",
            zh=f"{name} 列的形状为 {numbers.shape},而作答有 {size} 行。",
            code="lengths_differ",
        )
    return numbers


def _seconds(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers as they are; moments and their ISO 8601 texts as seconds since 1970, without a zone in UTC; gaps NaN."""
    if array.dtype.kind == "M":
        gone = np.isnat(array)
        return np.asarray(
            np.where(gone, np.nan, array.astype("datetime64[us]").astype(np.int64) / 1e6), dtype=np.float64
        )
    if array.dtype.kind not in "OUS":
        return array
    return np.array([_second(value) for value in array.ravel().tolist()], dtype=np.float64)


def _second(value: Any) -> float:
    if _is_missing(value):
        return math.nan
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            value = datetime.fromisoformat(value.strip())
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return float(value)


def _check_weights(weight: Floats | None) -> None:
    if weight is not None and not bool(np.all(np.isfinite(weight) & (weight >= 0))):
        bad = int(np.sum(~(np.isfinite(weight) & (weight >= 0))))
        raise InputError(
            f"{bad} weights are negative or not finite.",
            zh=f"有 {bad} 个权重为负或不是有限数。",
            code="weight_invalid",
        )


def _dropped(codes: Ints) -> Problem:
    counts = (codes < 0).sum(axis=1)
    return Problem(
        "rows_incomplete",
        "warn",
        zh=f"{int((codes < 0).any(axis=0).sum())} 行缺值,未使用(题目 {counts[0]},标注员 {counts[1]},答案 {counts[2]})。",
        en=f"{int((codes < 0).any(axis=0).sum())} rows lack a value and were left out "
        f"(item {counts[0]}, worker {counts[1]}, label {counts[2]}).",
    )


def _repeated(count: int, duplicates: str) -> Problem:
    return Problem(
        "answers_repeated",
        "warn",
        zh=f"{count} 个作答是同一人对同一题的重复作答,只保留{'最后' if duplicates == 'last' else '最早'}一个。",
        en=f"{count} answers repeat an item by the same worker; the {duplicates} one was kept.",
    )


def _one_answer_each(codes: Ints, rows: Ints, time: Floats | None, duplicates: str) -> tuple[Ints, int]:
    """Rows sorted by item and worker with one answer each, and how many were left out."""
    width = int(codes[1].max()) + 1
    key = codes[0][rows] * width + codes[1][rows]
    if len(rows) < 2 or bool(np.all(np.diff(key) > 0)):
        return rows, 0
    moment = np.zeros(len(rows)) if time is None else np.nan_to_num(time[rows], nan=-np.inf)
    order = (
        np.argsort(key, kind="stable") if time is None else np.lexsort((np.arange(len(rows)), moment, key))
    )
    ordered = key[order]
    if duplicates == "first":
        keep = np.r_[True, ordered[1:] != ordered[:-1]]
    else:
        keep = np.r_[ordered[1:] != ordered[:-1], True]
    left_out = int(len(rows) - keep.sum())
    if left_out and duplicates == "error":
        raise InputError(
            f"{left_out} answers repeat an item by the same worker.",
            zh=f"{left_out} 个作答是同一人对同一题的重复作答。",
            code="answers_repeated",
        )
    return rows[order[keep]], left_out


def _compact(codes: Ints, names: list[Any]) -> tuple[Ints, list[Any]]:
    """Drop names that no remaining row uses."""
    used = np.bincount(codes, minlength=len(names)) > 0
    if used.all():
        return codes, names
    rank = np.cumsum(used) - 1
    return rank[codes].astype(np.int64), [name for name, is_used in zip(names, used, strict=True) if is_used]


def _against(codes: Ints, names: list[Any], labels: Sequence[Any]) -> tuple[Ints, list[Any]]:
    wanted = list(dict.fromkeys(labels))
    places = {value: code for code, value in enumerate(wanted)}
    strange = [name for name in names if name not in places]
    if strange:
        raise InputError(
            f"{len(strange)} labels are not in the schema, first {strange[0]!r}.",
            zh=f"有 {len(strange)} 个标签不在标签体系中,例如 {strange[0]!r}。",
            code="label_unknown",
        )
    return np.array([places[name] for name in names], dtype=np.int64)[codes], wanted
