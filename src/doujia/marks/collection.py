"""Many marks at once: filter, count, map, and hand over to numpy, pandas or Arrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import msgspec

from doujia.errors import InputError
from doujia.marks.geometry import Geometry
from doujia.marks.item import Item, ItemMarks
from doujia.marks.mark import At, Mark
from doujia.marks.shapes import area, bounds
from doujia.marks.shapes import boxes as boxes_of

if TYPE_CHECKING:
    import numpy as np
    import pandas
    import pyarrow
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "MarkRow", "Marks"]

COLUMNS = (
    "item", "name", "split", "id", "kind", "label", "x0", "y0", "x1", "y1", "area", "score", "text", "group", "z", "frame",
    "flags", "attrs", "geometry",
)  # fmt: skip
"""Columns of ``to_rows``: bounds and area in px (None where there is no place), ``attrs`` and ``geometry`` as JSON."""

_BY: dict[str, Callable[[MarkRow], Any]]


class MarkRow(NamedTuple):
    """A mark with the item it is on."""

    item: Item
    mark: Mark

    @property
    def kind(self) -> str:
        """Kind of its geometry, for example ``box``."""
        return str(self.mark.geometry.__struct_config__.tag)


class Marks(Sequence[MarkRow]):
    """An ordered collection of marks of any number of items. Every method returns a new one; nothing is changed in place.

    >>> from doujia.marks import Box
    >>> bundle = ItemMarks(Item(id="1"), [Mark(id="1", geometry=Box(0, 0, 4, 3), label="car"), Mark(id="2", label="van")])
    >>> cars = Marks.of([bundle]).filter(label="car")
    >>> len(cars), cars.areas().tolist(), cars.counts()
    (1, [12.0], {'car': 1})
    """

    def __init__(self, rows: Iterable[MarkRow] = ()) -> None:
        self._rows = tuple(rows)

    @classmethod
    def of(cls, items: Iterable[ItemMarks]) -> Marks:
        """Collect the marks of items: of a dataset just read, or of a list."""
        return cls(MarkRow(b.item, m) for b in items for m in b.marks)

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Marks:
        """Build marks from rows as ``to_rows`` gives them (of a data frame: ``frame.to_dict("records")``).

        Raises:
            InputError: a row without ``item``, ``id`` or ``geometry``, or a geometry that is none.
        """
        items: dict[str, Item] = {}
        out: list[MarkRow] = []
        for number, row in enumerate(rows):
            try:
                item_id = str(row["item"])
                geometry = msgspec.json.decode(row["geometry"], type=Geometry)
                mark_id = str(row["id"])
                attrs = msgspec.json.decode(row.get("attrs") or "{}", type=dict[str, Any])
            except (KeyError, TypeError, msgspec.DecodeError) as error:
                raise InputError(
                    f"Row {number} is no mark: {error!r}.",
                    zh=f"第 {number} 行不是标注:{error!r}。",
                    code="row_malformed",
                ) from error
            item = items.setdefault(
                item_id, Item(id=item_id, name=_given(row, "name") or "", split=_given(row, "split"))
            )
            frame = _given(row, "frame")
            flags = _given(row, "flags")
            mark = Mark(
                id=mark_id,
                geometry=geometry,
                label=_given(row, "label"),
                text=_given(row, "text"),
                attrs=attrs,
                at=None if frame is None else At(frame=int(frame)),
                group=_given(row, "group"),
                z=int(_given(row, "z") or 0),
                score=_given(row, "score"),
                flags=[] if flags is None else list(flags),
            )
            out.append(MarkRow(item, mark))
        return cls(out)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[MarkRow]:
        return iter(self._rows)

    @overload
    def __getitem__(self, index: int) -> MarkRow: ...
    @overload
    def __getitem__(self, index: slice) -> Marks: ...
    def __getitem__(self, index: int | slice) -> MarkRow | Marks:
        return Marks(self._rows[index]) if isinstance(index, slice) else self._rows[index]

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}: {n}" for k, n in list(self.counts().items())[:5])
        return f"Marks({len(self)}; {shown})"

    def filter(
        self,
        keep: Callable[[MarkRow], bool] | None = None,
        *,
        label: str | Iterable[str] | None = None,
        kind: str | Iterable[str] | None = None,
        split: str | Iterable[str] | None = None,
        flag: str | None = None,
        attrs: Mapping[str, Any] | None = None,
        min_score: float | None = None,
        min_area: float | None = None,
    ) -> Marks:
        """Keep the rows that meet every condition given.

        Args:
            keep: called with each row.
            label, kind, split: one value or several.
            flag: one of ``FLAGS`` that must be set.
            attrs: attribute values that must be equal.
            min_score: marks without a score are dropped.
            min_area: px².
        """
        labels, kinds, splits = _words(label), _words(kind), _words(split)

        def meets(row: MarkRow) -> bool:
            mark = row.mark
            return (
                (labels is None or mark.label in labels)
                and (kinds is None or row.kind in kinds)
                and (splits is None or row.item.split in splits)
                and (flag is None or flag in mark.flags)
                and (attrs is None or all(mark.attrs.get(k) == v for k, v in attrs.items()))
                and (min_score is None or (mark.score is not None and mark.score >= min_score))
                and (min_area is None or area(mark.geometry) >= min_area)
                and (keep is None or keep(row))
            )

        return Marks(filter(meets, self._rows))

    def map(self, change: Callable[[Mark], Mark]) -> Marks:
        """Return the collection with every mark replaced by what ``change`` makes of it."""
        return Marks(MarkRow(row.item, change(row.mark)) for row in self._rows)

    def relabel(self, names: Mapping[str, str]) -> Marks:
        """Return the collection with classes renamed; classes that are not named stay."""
        return self.map(
            lambda m: (
                msgspec.structs.replace(m, label=names.get(m.label, m.label)) if m.label is not None else m
            )
        )

    def counts(self, by: str = "label") -> dict[Any, int]:
        """Count rows by ``label``, ``kind``, ``split``, ``item`` or the name of an attribute, most frequent first."""
        read = _BY.get(by, lambda row: row.mark.attrs.get(by))
        return dict(Counter(map(read, self._rows)).most_common())

    def by_item(self) -> list[ItemMarks]:
        """Return the items in order of appearance with their marks, ready to be written as a dataset."""
        bundles: dict[str, ItemMarks] = {}
        for item, mark in self._rows:
            bundles.setdefault(item.id, ItemMarks(item, [], [])).marks.append(mark)
        return list(bundles.values())

    def boxes(self) -> NDArray[np.float64]:
        """Return bounds, shape (n, 4) as x0, y0, x1, y1 px; NaN where there is no place."""
        return boxes_of([row.mark.geometry for row in self._rows])

    def areas(self) -> NDArray[np.float64]:
        """Return areas, shape (n,), px²."""
        import numpy as np

        return np.array([area(row.mark.geometry) for row in self._rows], dtype=np.float64)

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one plain dict a mark, with the keys ``COLUMNS``."""
        return [_row(row) for row in self._rows]

    def to_pandas(self) -> pandas.DataFrame:
        """Return a data frame with ``COLUMNS`` (needs pandas, which Doujia itself does not)."""
        import pandas

        return pandas.DataFrame(self.to_rows(), columns=list(COLUMNS))

    def to_arrow(self) -> pyarrow.Table:
        """Return an Arrow table with ``COLUMNS``; types are the same however few marks there are."""
        import pyarrow as pa

        number, whole, text = pa.float64(), pa.int64(), pa.string()
        types = {"x0": number, "y0": number, "x1": number, "y1": number, "area": number, "score": number, "z": whole,
                 "frame": whole, "flags": pa.list_(text)}  # fmt: skip
        schema = pa.schema([(c, types.get(c, text)) for c in COLUMNS])
        return pa.Table.from_pylist(self.to_rows(), schema=schema)


_BY = {
    "label": lambda row: row.mark.label,
    "kind": lambda row: row.kind,
    "split": lambda row: row.item.split,
    "item": lambda row: row.item.id,
}


def _row(row: MarkRow) -> dict[str, Any]:
    item, mark = row
    x0, y0, x1, y1 = bounds(mark.geometry) or (None, None, None, None)
    values = (
        item.id, item.name, item.split, mark.id, row.kind, mark.label, x0, y0, x1, y1, area(mark.geometry), mark.score,
        mark.text, mark.group, mark.z, mark.at.frame if mark.at is not None else None, list(mark.flags),
        msgspec.json.encode(mark.attrs).decode(), msgspec.json.encode(mark.geometry).decode(),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _given(row: Mapping[str, Any], key: str) -> Any:
    """A value of a row; data frames write what is missing as NaN, which is the only value unequal to itself."""
    value = row.get(key)
    return None if isinstance(value, float) and value != value else value


def _words(given: str | Iterable[str] | None) -> frozenset[str] | None:
    if given is None:
        return None
    return frozenset((given,) if isinstance(given, str) else given)
