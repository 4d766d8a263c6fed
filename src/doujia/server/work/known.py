"""Known tasks look like any other: their place in a pack, and the mode their author sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from doujia.server.work import opaque
from doujia.server.work import queue_sql as sql

__all__ = ["mixed", "shown_mode"]


def mixed(places: Sequence[sql.Place], seed: bytes) -> list[sql.Place]:
    """Return a pack in which a known slot stands at a drawn place among the others, and takes its neighbour's order.

    Offered slots are taken first; without this, a known task would always be the first of its pack.
    """
    pack = [p for p in places if p.kind != "known"]
    for one in (p for p in places if p.kind == "known"):
        at = int(opaque.fraction(seed, "known", one.id, one.fence) * (len(pack) + 1))
        if pack:  # so that a pack that is shown again comes in the same order
            near = pack[min(at, len(pack) - 1)]
            one = replace(one, rank=near.rank, seq=near.seq)
        pack.insert(at, one)
    return pack


def shown_mode(mode: str, revision: int) -> str:
    """Return the mode of a submission as its author may see it."""
    if mode != "known":
        return mode
    return "work" if revision == 1 else "rework"
