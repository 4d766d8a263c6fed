"""What makes a schema usable: unique names and keys, a tree without cycles, patterns that end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from doujia.errors import Problem, ValidationError
from doujia.marks import Schema
from doujia.marks.schema import CLASS_COLOURS, GEOMETRY_KINDS
from doujia.server.projects.patterns import is_slow

__all__ = ["check", "problems", "with_defaults"]

LONGEST_ID, LONGEST_PATTERN, MOST_CLASSES = 120, 200, 10_000
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_KEY = re.compile(r"(Digit[0-9]|Key[A-Z])")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def check(schema: Schema) -> None:
    """Raise ``ValidationError`` with every problem of the schema."""
    found = list(problems(schema))
    if found:
        raise ValidationError(found)


def problems(schema: Schema) -> Iterator[Problem]:
    """Yield what is wrong; ``field`` is the place, ``classes.3.parent``."""
    yield from _names(schema)
    yield from _tree(schema)
    yield from _classes(schema)
    yield from _attributes(schema)
    yield from _skeletons(schema)
    yield from _relations(schema)


def with_defaults(schema: Schema) -> Schema:
    """Return the schema with a colour for every class that has none, by its place in the palette."""
    for index, one in enumerate(schema.classes):
        if one.colour is None:
            one.colour = CLASS_COLOURS[index % len(CLASS_COLOURS)]
    return schema


def _p(code: str, field: str, zh: str, en: str) -> Problem:
    return Problem(code, "error", zh, en, field=field)


def _names(schema: Schema) -> Iterator[Problem]:
    groups: dict[str, list[Any]] = {
        "classes": schema.classes, "attributes": schema.attributes, "skeletons": schema.skeletons, "relations": schema.relations,
    }  # fmt: skip
    if len(schema.classes) > MOST_CLASSES:
        yield _p(
            "too_many_classes", "classes", f"类别最多 {MOST_CLASSES} 个。", f"At most {MOST_CLASSES} classes."
        )
    for group, things in groups.items():
        seen: set[str] = set()
        for index, thing in enumerate(things):
            place = f"{group}.{index}.id"
            if not thing.id or len(thing.id) > LONGEST_ID or _HIDDEN.search(thing.id):
                yield _p(
                    "id_invalid",
                    place,
                    "代号不能空,不能太长,不能有看不见的符号。",
                    "An id is neither empty, too long nor holds invisible characters.",
                )
            if thing.id in seen:
                yield _p(
                    "id_twice",
                    place,
                    f"“{thing.id}”用了两次,换一个。",
                    f"{thing.id!r} is used twice; choose another.",
                )
            seen.add(thing.id)
            if _HIDDEN.search(getattr(thing, "name", "") or ""):
                yield _p(
                    "name_hidden",
                    f"{group}.{index}.name",
                    "名字里有看不见的符号。",
                    "The name holds invisible characters.",
                )


def _tree(schema: Schema) -> Iterator[Problem]:
    parent = {c.id: c.parent for c in schema.classes}
    for index, one in enumerate(schema.classes):
        if one.parent is not None and one.parent not in parent:
            yield _p(
                "parent_missing",
                f"classes.{index}.parent",
                f"没有上级“{one.parent}”。",
                f"There is no class {one.parent!r}.",
            )
        step, seen = one.parent, {one.id}
        while step is not None and step in parent:
            if step in seen:
                yield _p("cycle", f"classes.{index}.parent", "上下级绕成了圈。", "The classes form a circle.")
                break
            seen.add(step)
            step = parent[step]


def _classes(schema: Schema) -> Iterator[Problem]:
    keys: dict[str, str] = {}
    skeletons = {s.id for s in schema.skeletons}
    for index, one in enumerate(schema.classes):
        at = f"classes.{index}"
        for kind in one.kinds:
            if kind not in GEOMETRY_KINDS:
                yield _p(
                    "kind_unknown",
                    f"{at}.kinds",
                    f"没有“{kind}”这种图形。",
                    f"There is no geometry {kind!r}.",
                )
        if one.colour is not None and not _COLOUR.fullmatch(one.colour):
            yield _p("colour_invalid", f"{at}.colour", "颜色要写成 #RRGGBB。", "A colour is written #RRGGBB.")
        if one.key is not None:
            if not _KEY.fullmatch(one.key):
                yield _p(
                    "key_invalid", f"{at}.key", "按键只能是数字或字母。", "A key is a digit or a letter."
                )
            elif one.key in keys:
                yield _p(
                    "key_twice",
                    f"{at}.key",
                    f"按键 {one.key} 已经给了“{keys[one.key]}”。",
                    f"{one.key} belongs to {keys[one.key]!r} already.",
                )
            keys[one.key] = one.id
        if "keypoints" in one.kinds and (one.skeleton is None or one.skeleton not in skeletons):
            yield _p(
                "skeleton_missing", f"{at}.skeleton", "关键点要选一个骨架。", "Keypoints need a skeleton."
            )
        if one.min is not None and one.max is not None and one.min > one.max:
            yield _p("min_over_max", f"{at}.min", "最少比最多还多。", "The least is more than the most.")


def _attributes(schema: Schema) -> Iterator[Problem]:
    classes = {c.id for c in schema.classes}
    ids = {a.id for a in schema.attributes}
    for index, one in enumerate(schema.attributes):
        at = f"attributes.{index}"
        if one.type in ("choice", "choices") and not one.values:
            yield _p("no_values", f"{at}.values", "选择题要有选项。", "A choice needs values.")
        if len(set(one.values)) != len(one.values):
            yield _p("value_twice", f"{at}.values", "有重复的选项。", "A value stands twice.")
        for class_id in one.classes:
            if class_id not in classes:
                yield _p(
                    "class_missing",
                    f"{at}.classes",
                    f"没有类别“{class_id}”。",
                    f"There is no class {class_id!r}.",
                )
        for other in one.when:
            if other not in ids or other == one.id:
                yield _p(
                    "when_missing", f"{at}.when", f"没有属性“{other}”。", f"There is no attribute {other!r}."
                )
        if one.min is not None and one.max is not None and one.min > one.max:
            yield _p("min_over_max", f"{at}.min", "最小比最大还大。", "The minimum is above the maximum.")
        if one.pattern is not None:
            yield from _pattern(one.pattern, f"{at}.pattern")


def _pattern(pattern: str, place: str) -> Iterator[Problem]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield _p("pattern_invalid", place, f"正则写得不对:{error}。", f"Not a regular expression: {error}.")
        return
    if len(pattern) > LONGEST_PATTERN or is_slow(pattern):
        yield _p(
            "pattern_slow",
            place,
            "这个正则可能算很久,写简单一点(括号里外不要都重复,不要前后看、回看)。",
            "This pattern might take very long; do not repeat what repeats inside, do not look around or refer back.",
        )


def _skeletons(schema: Schema) -> Iterator[Problem]:
    for index, one in enumerate(schema.skeletons):
        at, count = f"skeletons.{index}", len(one.names)
        if count == 0:
            yield _p("no_points", f"{at}.names", "骨架要有点。", "A skeleton needs points.")
        for name, pairs in (("edges", one.edges), ("flip", one.flip)):
            if any(not (0 <= a < count and 0 <= b < count) for a, b in pairs):
                yield _p(
                    "index_out_of_range",
                    f"{at}.{name}",
                    "指到了没有的点。",
                    "It refers to a point that is not there.",
                )
        if one.template and len(one.template) != 2 * count:
            yield _p(
                "template_size",
                f"{at}.template",
                "模板的点数不对。",
                "The template has the wrong number of points.",
            )
        if one.sigmas and len(one.sigmas) != count:
            yield _p("sigmas_size", f"{at}.sigmas", "sigma 的个数不对。", "The number of sigmas is wrong.")


def _relations(schema: Schema) -> Iterator[Problem]:
    classes = {c.id for c in schema.classes}
    for index, one in enumerate(schema.relations):
        for class_id in {*one.sources, *one.targets} - classes:
            yield _p(
                "class_missing",
                f"relations.{index}",
                f"没有类别“{class_id}”。",
                f"There is no class {class_id!r}.",
            )
