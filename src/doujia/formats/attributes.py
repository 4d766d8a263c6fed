"""What the attributes of a dataset look like, learnt from the values seen in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doujia.marks import Attribute

__all__ = ["AttributeSurvey"]

_MOST_CHOICES = 50
_LONGEST_CHOICE = 64


class AttributeSurvey:
    """Collects attribute values and says of what type each attribute is.

    True and False make a bool, whole numbers an int, other numbers a float, lists of strings choices; strings make a
    choice while there are at most 50 different ones of at most 64 characters, else text.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, set[type]] = {}
        self._values: dict[str, dict[str, None]] = {}
        self._free: set[str] = set()

    def add(self, attrs: Mapping[str, Any]) -> None:
        """Take note of the attributes of one mark."""
        for name, value in attrs.items():
            kinds = self._kinds.get(name)
            if kinds is None:
                kinds = self._kinds[name] = set()
                self._values[name] = {}
            if value is None:
                continue
            kinds.add(type(value))
            if name in self._free:
                continue
            for word in value if isinstance(value, list) else (value,):
                if isinstance(word, str):
                    self._values[name][word] = None
                    if len(word) > _LONGEST_CHOICE or len(self._values[name]) > _MOST_CHOICES:
                        self._free.add(name)
                        self._values[name].clear()

    def attributes(self) -> list[Attribute]:
        """Return a definition for each attribute seen, in order of appearance; values in order of appearance."""
        return [self._one(name) for name in self._kinds]

    def _one(self, name: str) -> Attribute:
        kinds, values = self._kinds[name], list(self._values[name])
        if kinds == {bool}:
            return Attribute(id=name, type="bool", name=name)
        if kinds == {int}:
            return Attribute(id=name, type="int", name=name)
        if kinds and kinds <= {int, float}:
            return Attribute(id=name, type="float", name=name)
        if kinds == {list} and name not in self._free:
            return Attribute(id=name, type="choices", name=name, values=values)
        if kinds == {str} and name not in self._free:
            return Attribute(id=name, type="choice", name=name, values=values)
        return Attribute(id=name, type="text", name=name)
