"""The models of class answers by name, as the command line and rules refer to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.auto import Auto
from doujia.consensus.bwa import Bwa
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.ebcc import Ebcc
from doujia.consensus.glad import Glad
from doujia.consensus.ibcc import Ibcc
from doujia.consensus.mace import Mace
from doujia.consensus.majority_vote import MajorityVote
from doujia.consensus.one_coin import OneCoin
from doujia.errors import InputError

__all__ = ["METHODS", "make"]

METHODS: dict[str, Callable[..., Aggregator]] = {
    "auto": Auto, "mv": MajorityVote, "ds": DawidSkene, "one_coin": OneCoin, "glad": Glad, "mace": Mace, "ibcc": Ibcc,
    "ebcc": Ebcc, "bwa": Bwa,
}  # fmt: skip


def make(name: str, **options: Any) -> Aggregator:
    """The model called ``name``.

    Raises:
        InputError: there is no such model.
    """
    if name not in METHODS:
        raise InputError(
            f"There is no method {name!r}; choose among {', '.join(METHODS)}.",
            zh=f"没有名为 {name!r} 的方法,可选:{'、'.join(METHODS)}。",
            code="method_unknown",
        )
    return METHODS[name](**options)
