"""Dealing a dataset out into train, val and test, the same way every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from doujia.errors import InputError
from doujia.formats.contract import Dataset, Problems
from doujia.marks import Item, ItemMarks, Schema

__all__ = ["SplitDataset", "parse_shares"]


def parse_shares(text: str) -> dict[str, float]:
    """Read ``train=0.8,val=0.2``.

    Raises:
        InputError: not of that form, or the shares do not add up to 1.
    """
    shares: dict[str, float] = {}
    try:
        for piece in text.split(","):
            name, share = piece.split("=")
            shares[name.strip()] = float(share)
    except ValueError:
        shares = {}
    good = all(0 <= s <= 1 for s in shares.values()) and all(shares)
    if not shares or not good or abs(sum(shares.values()) - 1) > 1e-6:
        raise InputError(
            f"Shares look like train=0.8,val=0.2 and add up to 1; got {text!r}.",
            zh=f"划分要写成 train=0.8,val=0.2 的样子,加起来是 1;现在是 {text!r}。",
            code="split_shares",
        )
    return shares


class SplitDataset:
    """A dataset whose items get a split by a hash of their group.

    Items of one sequence (or, without a sequence, each name) stay together. The choice depends only on the group and the
    seed, so that adding items never moves one that is already placed; shares are met on average, not to the item.
    """

    def __init__(self, dataset: Dataset, shares: Mapping[str, float], seed: int) -> None:
        self._dataset = dataset
        self.schema: Schema = dataset.schema
        self.info: dict[str, Any] = dataset.info
        self.problems: Problems = dataset.problems
        self.count: int | None = dataset.count
        self._seed = seed
        self._limits: list[tuple[float, str]] = []
        total = 0.0
        for name, share in shares.items():
            total += share
            self._limits.append((total, name))

    def split_of(self, item: Item) -> str:
        """Return the split of an item."""
        group = item.sequence or item.name or item.id
        digest = blake2b(f"{self._seed}\0{group}".encode(), digest_size=8).digest()
        place = int.from_bytes(digest, "big") / 2**64
        return next((name for limit, name in self._limits if place < limit), self._limits[-1][1])

    def __iter__(self) -> Iterator[ItemMarks]:
        for bundle in self._dataset:
            item = msgspec.structs.replace(bundle.item, split=self.split_of(bundle.item))
            yield ItemMarks(item, bundle.marks, bundle.relations)
