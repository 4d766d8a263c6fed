"""What attribute values must be: type, choice, range, pattern, required, and only when they apply."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from doujia.errors import Problem
from doujia.marks.schema import Attribute, Schema

__all__ = ["AttributeRules"]

_LONGEST_SHOWN = 40


class AttributeRules:
    """The attributes of a schema, ready to check many marks.

    Args:
        schema: its attributes of ``scope``.
        scope: ``mark`` or ``item``.
    """

    def __init__(self, schema: Schema, scope: str) -> None:
        self._all = {a.id: a for a in schema.attributes if a.scope == scope}
        self._patterns = {a.id: re.compile(a.pattern) for a in self._all.values() if a.pattern}
        self._values = {a.id: frozenset(a.values) for a in self._all.values() if a.values}
        by_class: dict[str | None, list[Attribute]] = {
            None: [a for a in self._all.values() if a.required and not a.classes]
        }
        for label_class in schema.classes:
            by_class[label_class.id] = [
                a for a in self._all.values() if a.required and (not a.classes or label_class.id in a.classes)
            ]
        self._required = by_class

    def check(
        self,
        attrs: Mapping[str, Any],
        label: str | None,
        mark: str | None,
        found: list[Problem],
        later: frozenset[str] = frozenset(),
    ) -> None:
        """Add what is wrong with the attributes of one mark (or item) to ``found``.

        Args:
            attrs: attribute id → value.
            label: class of the mark; None for the item.
            mark: id for the problems.
            found: list to add to.
            later: ids that the keyframes of a track set, so that they are not missing.
        """
        for name, value in attrs.items():
            attribute = self._all.get(name)
            if attribute is None:
                _add(
                    found,
                    "attribute_unknown",
                    f"没有叫 {name} 的属性",
                    f"There is no attribute {name}",
                    mark,
                    name,
                )
            elif attribute.classes and label not in attribute.classes:
                _add(found, "attribute_not_for_class", f"类别 {label} 没有属性 {name}", f"Class {label} has no attribute {name}", mark, name)  # fmt: skip
            elif attribute.when and not _applies(attribute, attrs):
                _add(found, "attribute_not_applicable", f"属性 {name} 现在用不着,应去掉", f"Attribute {name} does not apply here", mark, name)  # fmt: skip
            elif value is not None:
                self._value(attribute, value, mark, found)
        required = self._required.get(label) or ()
        for attribute in required:
            value = attrs.get(attribute.id)
            missing = value is None or value == "" or value == []
            if missing and attribute.id not in later and _applies(attribute, attrs):
                title = attribute.name or attribute.id
                _add(
                    found,
                    "attribute_missing",
                    f"还没有填“{title}”",
                    f"{title} is not filled in",
                    mark,
                    attribute.id,
                )

    def check_change(
        self, attrs: Mapping[str, Any], label: str | None, mark: str, found: list[Problem]
    ) -> None:
        """Check the attributes that one keyframe of a track sets: they must be mutable."""
        for name, value in attrs.items():
            attribute = self._all.get(name)
            if attribute is None:
                _add(
                    found,
                    "attribute_unknown",
                    f"没有叫 {name} 的属性",
                    f"There is no attribute {name}",
                    mark,
                    name,
                )
            elif not attribute.mutable:
                _add(found, "attribute_not_mutable", f"属性 {name} 在轨迹里不能变", f"Attribute {name} may not change along a track", mark, name)  # fmt: skip
            elif attribute.classes and label not in attribute.classes:
                _add(found, "attribute_not_for_class", f"类别 {label} 没有属性 {name}", f"Class {label} has no attribute {name}", mark, name)  # fmt: skip
            elif value is not None:
                self._value(attribute, value, mark, found)

    def _value(self, attribute: Attribute, value: Any, mark: str | None, found: list[Problem]) -> None:
        name, kind = attribute.id, attribute.type
        if kind == "choice":
            if not isinstance(value, str):
                self._wrong_type(attribute, value, mark, found)
            elif value not in self._values.get(name, ()):
                _add(found, "attribute_value", f"{name} 不能是“{_short(value)}”,可选:{'、'.join(attribute.values[:20])}",
                     f"{name} cannot be {_short(value)!r}; choose from {', '.join(attribute.values[:20])}", mark, name)  # fmt: skip
        elif kind == "choices":
            if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
                self._wrong_type(attribute, value, mark, found)
            else:
                bad = [v for v in value if v not in self._values.get(name, ())]
                if bad or len(set(value)) < len(value):
                    shown = "、".join(map(_short, bad or value))
                    _add(found, "attribute_value", f"{name} 里有不能选或重复的:{shown}",
                         f"{name} holds what cannot be chosen, or twice the same: {shown}", mark, name)  # fmt: skip
        elif kind == "bool":
            if not isinstance(value, bool):
                self._wrong_type(attribute, value, mark, found)
        elif kind == "text":
            if not isinstance(value, str):
                self._wrong_type(attribute, value, mark, found)
            elif name in self._patterns and not self._patterns[name].fullmatch(value):
                _add(found, "attribute_pattern", f"{name} 的写法不对:“{_short(value)}”",
                     f"{name} is not written as it should be: {_short(value)!r}", mark, name)  # fmt: skip
        else:
            self._number(attribute, value, mark, found)

    def _number(self, attribute: Attribute, value: Any, mark: str | None, found: list[Problem]) -> None:
        name = attribute.id
        whole = attribute.type == "int"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or (whole and value != value // 1):
            self._wrong_type(attribute, value, mark, found)
        elif not math.isfinite(value):
            _add(found, "number_not_finite", f"{name} 不是有限数", f"{name} is not finite", mark, name)
        elif (attribute.min is not None and value < attribute.min) or (
            attribute.max is not None and value > attribute.max
        ):
            low = "-∞" if attribute.min is None else f"{attribute.min:g}"
            high = "∞" if attribute.max is None else f"{attribute.max:g}"
            _add(found, "attribute_range", f"{name} 应在 {low} 到 {high} 之间,现在是 {value:g}",
                 f"{name} should be from {low} to {high}, not {value:g}", mark, name)  # fmt: skip

    @staticmethod
    def _wrong_type(attribute: Attribute, value: Any, mark: str | None, found: list[Problem]) -> None:
        _add(
            found,
            "attribute_type",
            f"{attribute.id} 应是 {attribute.type},现在是 {_short(value)}",
            f"{attribute.id} should be {attribute.type}, not {_short(value)}",
            mark,
            attribute.id,
        )


def _applies(attribute: Attribute, attrs: Mapping[str, Any]) -> bool:
    return all(attrs.get(other) == wanted for other, wanted in attribute.when.items())


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _add(found: list[Problem], code: str, zh: str, en: str, mark: str | None, name: str) -> None:
    found.append(Problem(code, "error", zh, en, mark=mark, field=f"attrs.{name}"))
