"""Records brought into order with flat memory: a bucket sort through one temporary file."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["IdIndex", "Keys", "Spill"]

Keys = NDArray[np.int64]

_HELD_BYTES = 8 << 20


class Spill:
    """JSON records kept on disk by the bucket of their key; buckets come back in order, each as one JSON list body.

    Records are collected until there are some megabytes of them and then sorted into their buckets together: a bucket
    lies in few long stretches of the file then, instead of in thousands of short ones.

    Args:
        buckets: how many; each should fit into memory with room to spare.
        span: keys per bucket, so that record *k* belongs to bucket ``k // span``.
    """

    def __init__(self, buckets: int, span: int) -> None:
        self._file = tempfile.TemporaryFile(buffering=1 << 18)  # noqa: SIM115 - lives as long as this object
        self._extents = [array("q") for _ in range(buckets)]
        self._span = span
        self._at = 0
        self._keys: list[Keys] = []
        self._records: list[Any] = []
        self._held = 0

    def add(self, keys: Keys, records: Sequence[Any], size: int) -> None:
        """Store records (bytes-like, about ``size`` bytes together) under their keys; those of one key keep their order."""
        self._keys.append(keys)
        self._records += records
        self._held += size
        if self._held >= _HELD_BYTES:
            self._sort()

    def _sort(self) -> None:
        """Write what is held, bucket by bucket."""
        if not self._records:
            return
        keys, records = np.concatenate(self._keys), self._records
        bucket = keys // self._span
        order = np.argsort(bucket, kind="stable")
        bucket, keys = bucket[order], keys[order]
        sorted_records = [records[i] for i in order.tolist()]
        starts = np.flatnonzero(np.concatenate(([True], bucket[1:] != bucket[:-1])))
        ends = np.append(starts[1:], len(bucket)).tolist()
        for number, start, end in zip(bucket[starts].tolist(), starts.tolist(), ends, strict=True):
            body = b",".join(sorted_records[start:end])
            self._file.write(keys[start:end].tobytes())
            self._file.write(body)
            self._extents[number].extend((self._at, end - start, len(body)))
            self._at += 8 * (end - start) + len(body)
        self._keys, self._records, self._held = [], [], 0

    def __len__(self) -> int:
        return len(self._extents)

    def bucket(self, number: int) -> tuple[Keys, bytes]:
        """Return the keys of a bucket and its records joined by commas, in the same order."""
        self._sort()
        self._file.flush()
        extents = self._extents[number]
        keys: list[Keys] = []
        bodies: list[bytes] = []
        for i in range(0, len(extents), 3):
            at, count, length = extents[i : i + 3]
            data = os.pread(self._file.fileno(), 8 * count + length, at)
            keys.append(np.frombuffer(data, dtype=np.int64, count=count))
            bodies.append(data[8 * count :])
        return (np.concatenate(keys) if keys else np.zeros(0, np.int64)), b",".join(bodies)

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()


class IdIndex:
    """Ids of any kind → position, 8 bytes an id while they are integers of 64 bits."""

    def __init__(self) -> None:
        self._blocks: list[Keys] = []
        self._names: dict[Any, int] | None = None
        self._count = 0
        self._sorted: Keys | None = None
        self._order: Keys | None = None

    def __len__(self) -> int:
        return self._count

    def add(self, ids: list[Any]) -> None:
        """Append ids; position is the order of adding, and the first of equal ids counts."""
        if self._names is None:
            block = _integers(ids)
            if block is not None:
                self._blocks.append(block)
                self._count += len(ids)
                self._sorted = None
                return
            self._names = {}
            for position, known in enumerate(np.concatenate(self._blocks).tolist() if self._blocks else []):
                self._names.setdefault(known, position)
            self._blocks = []
        for value in ids:
            self._names.setdefault(_plain(value), self._count)
            self._count += 1

    def find(self, ids: list[Any]) -> Keys:
        """Return the positions of ids, -1 where unknown, shape (n,)."""
        if self._names is not None:
            get = self._names.get
            return np.array([get(_plain(v), -1) for v in ids], dtype=np.int64)
        wanted = _integers(ids)
        if wanted is None:
            return np.array(
                [self.find([v])[0] if _integers([v]) is not None else -1 for v in ids], dtype=np.int64
            )
        self._sort()
        assert self._sorted is not None and self._order is not None
        if not len(self._sorted):
            return np.full(len(ids), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        return np.where(self._sorted[place] == wanted, self._order[place], -1)

    def repeated(self) -> list[Any]:
        """Return ids that were added more than once (integers only; at most 100)."""
        if self._names is not None:
            return []
        self._sort()
        assert self._sorted is not None
        again = self._sorted[1:][self._sorted[1:] == self._sorted[:-1]]
        return np.unique(again)[:100].tolist()  # type: ignore[no-any-return]

    def _sort(self) -> None:
        if self._sorted is None:
            every = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int64)
            self._order = np.argsort(every, kind="stable").astype(np.int64)
            self._sorted = every[self._order]


def _plain(value: Any) -> Any:
    """Booleans and unhashable values are no ids; they get a form of their own that matches nothing else."""
    return value if isinstance(value, (int, str, float)) and not isinstance(value, bool) else repr(value)


def _integers(ids: list[Any]) -> Keys | None:
    """Return the ids as int64 when every one is an int of that size."""
    if set(map(type, ids)) - {int}:
        return None
    try:
        return np.array(ids, dtype=np.int64)
    except OverflowError:
        return None
