"""Which item of a project an item of an annotation file is: by its path, by its content, by the end of its path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from doujia.marks import Item, ItemMarks
from doujia.server.work import neighbours

__all__ = ["Finder", "Match"]


@dataclass(frozen=True)
class Match:
    """What was found for one item of the file; ``several``: more than one of the project's would do."""

    item: str | None
    how: Literal["path", "content", "end", "none", "several"]


class Finder:
    """Matches the items of one file.

    The end of a path counts when it says enough: one item ends like it, and no other line of the file does. The project's
    names are read only when a path is not found as it stands.

    Attributes:
        dataset: the file; read a second time only where folders of the file say nothing here.
    """

    def __init__(self, project: str) -> None:
        self.project = project
        self.dataset: Iterable[ItemMarks] = ()
        self._tails: Any = None
        self._crowd: Counter[str] | None = None

    def find(self, items: Sequence[Item]) -> list[Match]:
        """Return a match for each item."""
        by_name, by_content = neighbours.match(
            self.project, [i.name for i in items], [i.sha256 for i in items if i.sha256]
        )
        return [self._one(i, by_name.get(i.name), by_content.get(i.sha256 or "")) for i in items]

    def media_of(self, name: str) -> Any:
        """Return the medium of the item that a name in the file means, for formats that do not say its size."""
        found = self._ends().find(name).item
        item = neighbours.items([found]).get(found) if found else None
        return item.media if item is not None else None

    def _one(self, item: Item, path: str | None, content: str | None) -> Match:
        if path:
            return Match(path, "path")
        if content:
            return Match(content, "content")
        end = self._ends().find(item.name)
        if end.several or (end.item and not end.whole and self._crowded(item.name)):
            return Match(None, "several")
        return Match(end.item, "end" if end.item else "none")

    def _ends(self) -> Any:
        if self._tails is None:
            self._tails = neighbours.tails(self.project)
        return self._tails

    def _crowded(self, name: str) -> bool:
        """Whether other lines of the file have the same last part, so that their folders would be needed."""
        if self._crowd is None:
            self._crowd = Counter(neighbours.last_part(b.item.name) for b in self.dataset)
        return self._crowd[neighbours.last_part(name)] > 1
