"""Label Studio's labelling configuration (XML) ↔ our schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from doujia.formats.files import fail
from doujia.formats.output import class_names
from doujia.formats.xml_stream import Element, element, parse
from doujia.marks import Attribute, LabelClass, RelationType, Schema

__all__ = ["CONTROLS", "Control", "config_of", "controls_of", "objects_of", "schema_from_config"]

CONTROLS = {
    "box": "RectangleLabels",
    "obox": "RectangleLabels",
    "ellipse": "EllipseLabels",
    "polygon": "PolygonLabels",
    "polyline": "PolygonLabels",
    "points": "KeyPointLabels",
    "keypoints": "KeyPointLabels",
    "mask": "BrushLabels",
    "span": "Labels",
    "interval": "Labels",
    "track": "Labels",
    "none": "Choices",
}
"""Geometry kind → the control that draws it."""

_KINDS = {
    "RectangleLabels": ["box", "obox"],
    "EllipseLabels": ["ellipse"],
    "PolygonLabels": ["polygon"],
    "KeyPointLabels": ["points"],
    "BrushLabels": ["mask"],
    "BitmaskLabels": ["mask"],
    "VectorLabels": ["polyline"],
    "HyperTextLabels": ["span"],
    "ParagraphLabels": ["span"],
    "TimeSeriesLabels": ["interval"],
    "TimelineLabels": ["interval"],
}
_OBJECT_KINDS = {
    "Text": "span",
    "HyperText": "span",
    "Paragraphs": "span",
    "Audio": "interval",
    "AudioPlus": "interval",
}
OBJECTS = (
    "Image", "Video", "Audio", "AudioPlus", "Text", "HyperText", "Paragraphs", "TimeSeries", "Chat", "List", "Pdf",
)  # fmt: skip
CLASS_CONTROL = "classes"
"""Name of the Choices control that stands for marks on the whole item."""


class Control(msgspec.Struct, frozen=True):
    """One control of a configuration."""

    tag: str
    name: str
    to_name: str


def schema_from_config(xml: str, file: str = "config.xml") -> Schema:
    """Read a labelling configuration; the XML itself is kept in ``schema.ext`` for writing it back.

    Raises:
        FormatError: not XML, or the root is not ``<View>``.
    """
    root = parse(xml, file)
    if root.tag != "View":
        fail("root_unexpected", "根元素不是 View", "The root is not <View>", file=file, line=root.line)
    objects = {o.attrs.get("name", ""): o for o in _walk(root) if o.tag in OBJECTS}
    classes: dict[str, LabelClass] = {}
    attributes: list[Attribute] = []
    relations: list[RelationType] = []
    for node in _walk(root):
        if node.tag.endswith("Labels") or node.attrs.get("name") == CLASS_CONTROL:
            kinds = _kinds(node, objects)
            for label in (c for c in _walk(node) if c.tag in ("Label", "Choice")):
                name = label.attrs.get("value", "")
                known = classes.setdefault(
                    name,
                    LabelClass(
                        id=name, name=name, colour=_colour(label), key=label.attrs.get("hotkey"), kinds=[]
                    ),
                )
                known.kinds.extend(k for k in kinds if k not in known.kinds)
        elif node.tag in ("Choices", "Taxonomy", "TextArea", "Number", "Rating", "DateTime"):
            attributes.append(_attribute(node))
        elif node.tag == "Relation":
            name = node.attrs.get("value", "")
            relations.append(RelationType(id=name, name=name))
    return Schema(
        classes=list(classes.values()),
        attributes=attributes,
        relations=relations,
        ext={"label_studio": {"config": xml}},
    )


def controls_of(schema: Schema) -> dict[str, Control]:
    """Return the controls of the kept configuration by name; empty when there is none."""
    xml = schema.ext.get("label_studio", {}).get("config")
    if not isinstance(xml, str):
        return {}
    return {
        c.attrs["name"]: Control(c.tag, c.attrs["name"], c.attrs.get("toName", ""))
        for c in _walk(parse(xml, "config.xml"))
        if "toName" in c.attrs and "name" in c.attrs
    }


def objects_of(schema: Schema) -> dict[str, tuple[str, str]]:
    """Return object name → (tag, data key) of the kept configuration."""
    xml = schema.ext.get("label_studio", {}).get("config")
    if not isinstance(xml, str):
        return {}
    return {
        o.attrs.get("name", ""): (
            o.tag,
            (o.attrs.get("value") or o.attrs.get("valueList") or "").removeprefix("$"),
        )
        for o in _walk(parse(xml, "config.xml"))
        if o.tag in OBJECTS
    }


def config_of(schema: Schema, medium: str) -> str:
    """Return the configuration for a schema: the kept one, else one control for each geometry kind its classes use.

    Args:
        schema: classes, attributes, relations.
        medium: image, video, audio, text or conversation; decides the object tag.
    """
    kept = schema.ext.get("label_studio", {}).get("config")
    if isinstance(kept, str):
        return kept
    tag, key = {
        "video": ("Video", "video"),
        "audio": ("Audio", "audio"),
        "text": ("Text", "text"),
        "conversation": ("Paragraphs", "messages"),
    }.get(medium, ("Image", "image"))
    extra: dict[str, object] = (
        {"layout": "dialogue", "nameKey": "role", "textKey": "content"} if tag == "Paragraphs" else {}
    )
    lines = ["<View>\n", element(tag, {"name": key, "value": f"${key}", **extra}, indent="  ")]
    names = class_names(schema)
    tools: dict[str, list[LabelClass]] = {}
    for c in schema.classes:
        for kind in c.kinds or _default_kinds(medium):
            if kind in CONTROLS:
                tools.setdefault(control_name(kind, medium), [])
                if c not in tools[control_name(kind, medium)]:
                    tools[control_name(kind, medium)].append(c)
    for name, members in tools.items():
        lines.append(_tool(name, key, medium, members, names))
    for a in schema.attributes:
        lines.append(_question(a, key))
    if any(True for _ in schema.relations):
        inner = "".join(
            element("Relation", {"value": r.name or r.id}, indent="    ") for r in schema.relations
        )
        lines.append(element("Relations", {}, "\n" + inner + "  ", indent="  "))
    if medium in ("image", "audio", "video"):
        per = {"name": "text", "toName": key, "perRegion": "true", "editable": "true"}
        lines.append(element("TextArea", dict(per), indent="  "))
    lines.append("</View>\n")
    return "".join(lines)


def control_name(kind: str, medium: str) -> str:
    """Return the name that our own configuration gives to the control of a geometry kind."""
    if kind == "none":
        return CLASS_CONTROL
    tag = CONTROLS[kind]
    if medium == "video" and kind == "interval":
        return "timeline"
    if medium == "conversation":
        return "paragraph"
    return {"Labels": "label"}.get(tag, tag.removesuffix("Labels").lower())


def _tool(name: str, key: str, medium: str, members: list[LabelClass], names: dict[str, str]) -> str:
    tag = {
        "rectangle": "RectangleLabels",
        "ellipse": "EllipseLabels",
        "polygon": "PolygonLabels",
        "keypoint": "KeyPointLabels",
        "brush": "BrushLabels",
        "timeline": "TimelineLabels",
        "paragraph": "ParagraphLabels",
        CLASS_CONTROL: "Choices",
    }.get(name, "Labels")
    choice = tag == "Choices"
    inner = "".join(
        element(
            "Choice" if choice else "Label",
            {"value": names[c.id], "background": None if choice else c.colour, "hotkey": c.key},
            indent="    ",
        )
        for c in members
    )
    attrs: dict[str, object] = {"name": name, "toName": key}
    if choice:
        attrs["choice"] = "multiple"
    tool = element(tag, attrs, "\n" + inner + "  ", indent="  ")
    if medium == "video" and tag == "Labels":
        tool = element("VideoRectangle", {"name": "video_box", "toName": key}, indent="  ") + tool
    return tool


def _question(a: Attribute, key: str) -> str:
    attrs: dict[str, object] = {"name": a.id, "toName": key}
    if a.scope == "mark":
        attrs["perRegion"] = "true"
    if a.required:
        attrs["required"] = "true"
    if a.type in ("choice", "choices", "bool"):
        values = ["true", "false"] if a.type == "bool" else a.values
        attrs["choice"] = "multiple" if a.type == "choices" else "single"
        inner = "".join(element("Choice", {"value": v}, indent="    ") for v in values)
        return element("Choices", attrs, "\n" + inner + "  ", indent="  ")
    if a.type in ("int", "float"):
        attrs |= {"min": a.min, "max": a.max, "step": 1 if a.type == "int" else "any"}
        return element("Number", attrs, indent="  ")
    return element("TextArea", attrs, indent="  ")


def _attribute(node: Element) -> Attribute:
    name = node.attrs.get("name", "")
    scope: Any = "mark" if node.attrs.get("perRegion") == "true" else "item"
    made = Attribute(
        id=name, name=name, type="text", scope=scope, required=node.attrs.get("required") == "true"
    )
    match node.tag:
        case "Choices":
            made.values = [c.attrs.get("value", "") for c in _walk(node) if c.tag == "Choice"]
            many = node.attrs.get("choice", "single") == "multiple"
            made.type = "choices" if many else "choice"
            if made.values == ["true", "false"]:
                made.type, made.values = "bool", []
        case "Taxonomy":
            made.type, made.values = "choices", list(_paths(node, ""))
        case "Number":
            made.type = "int" if node.attrs.get("step") == "1" else "float"
            made.min, made.max = (float(v) if (v := node.attrs.get(k)) else None for k in ("min", "max"))
        case "Rating":
            made.type, made.min, made.max = "int", 0, float(node.attrs.get("maxRating", 5))
    return made


def _paths(node: Element, before: str) -> Iterator[str]:
    for child in node.children:
        if child.tag == "Choice":
            path = before + child.attrs.get("value", "")
            yield path
            yield from _paths(child, path + "/")


def _kinds(node: Element, objects: dict[str, Element]) -> list[str]:
    if node.tag == "Choices":
        return ["none"]
    if node.tag != "Labels":
        return _KINDS.get(node.tag, [])
    target = objects.get(node.attrs.get("toName", ""))
    if target is None:
        return []
    return (
        ["track"]
        if target.tag == "Video"
        else [_OBJECT_KINDS[target.tag]]
        if target.tag in _OBJECT_KINDS
        else []
    )


def _default_kinds(medium: str) -> list[str]:
    return {"video": ["track"], "audio": ["interval"], "text": ["span"], "conversation": ["span"]}.get(
        medium, ["box"]
    )


def _colour(label: Element) -> str | None:
    return label.attrs.get("background") or None


def _walk(node: Element) -> Iterator[Element]:
    yield node
    for child in node.children:
        yield from _walk(child)
