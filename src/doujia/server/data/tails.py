"""Items by the end of their path: a file of annotations seldom knows the folder in which its pictures stand here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from doujia.server.data.models import Item

__all__ = ["End", "Tails", "parts_of", "stem_of"]

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_LABEL_FILES = (".txt", ".xml", ".json")
_UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of an uploaded file."""


@dataclass(frozen=True)
class End:
    """What a path was found to mean.

    Attributes:
        item: the item's id, None where there is none or several would do.
        whole: all of the path is the end of the item's, so that no other path of a file can mean another item.
        several: more than one item ends like it.
    """

    item: str | None
    whole: bool = False
    several: bool = False


def parts_of(path: str) -> list[str]:
    """Return the parts of a path, written with either slash, without case and without dots."""
    return [p for p in path.replace("\\", "/").casefold().split("/") if p not in ("", ".", "..")]


def stem_of(part: str) -> str:
    """Return a file's name without its ending; what only looks like one (a frame's number) stays.

    >>> stem_of("0001.jpg"), stem_of("frame.0001"), stem_of("0001")
    ('0001', 'frame.0001', '0001')
    """
    return _SUFFIX.sub("", part)


class Tails:
    """All items of some datasets, read once: about 370 bytes each, for as long as an import runs."""

    def __init__(self, dataset_ids: Sequence[str]) -> None:
        self._by_stem: dict[str, list[tuple[str, bytes]]] = {}
        rows = Item.objects.filter(dataset__in=[UUID(d) for d in dataset_ids], status="ready").order_by("id")
        for name, item in rows.values_list("name", "id").iterator(chunk_size=10_000):
            last = name.rsplit("/", 1)[-1].casefold()
            self._by_stem.setdefault(stem_of(last), []).append((name, item.bytes))

    def find(self, path: str) -> End:
        """Return the item whose path ends most like this one."""
        parts = parts_of(path)
        if not parts:
            return End(None)
        found = self._ending(parts)
        if found.item is None and not found.several and _UPLOADED.match(parts[-1]):
            found = self._ending([*parts[:-1], _UPLOADED.sub("", parts[-1])])
        return found

    def _ending(self, parts: list[str]) -> End:
        same = self._by_stem.get(stem_of(parts[-1]), [])
        alike = [(item, _shared(parts, parts_of(name))) for name, item in same if _same_file(parts[-1], name)]
        if not alike:
            return End(None)
        most = max(shared for _, shared in alike)
        best = [item for item, shared in alike if shared == most]
        if len(best) > 1:
            return End(None, several=True)
        return End(str(UUID(bytes=best[0])), whole=most == len(parts))


def _same_file(last: str, name: str) -> bool:
    """Whether the endings agree; labels (``.txt``) and names without one speak of the picture beside them."""
    suffix = _SUFFIX.search(last)
    if suffix is None or suffix[0] in _LABEL_FILES:
        return True
    return name.casefold().endswith(suffix[0])


def _shared(mine: list[str], theirs: list[str]) -> int:
    """Return how many parts agree from the end; the last ones do."""
    n = 1
    while n < len(mine) and n < len(theirs) and mine[-1 - n] == theirs[-1 - n]:
        n += 1
    return n
