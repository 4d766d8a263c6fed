"""CVAT's labels and attributes ↔ our schema: the ``<meta>`` of a file and the JSON of the label constructor."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import msgspec

from doujia.formats.output import class_names
from doujia.formats.xml_stream import Element, element, text
from doujia.marks import Attribute, LabelClass, Schema, Skeleton
from doujia.marks.geometry import AttributeValue

__all__ = [
    "AttributeDefinition",
    "Definition",
    "Labels",
    "labels_xml",
    "schema_from_definitions",
    "schema_from_meta",
]

UNBOUNDED = 9007199254740991
"""2^53 - 1 stands for "no bound", because CVAT's number input must have one."""

_KINDS = {
    "rectangle": "box",
    "bbox": "box",
    "polygon": "polygon",
    "polyline": "polyline",
    "points": "points",
    "ellipse": "ellipse",
    "cuboid": "cuboid2",
    "skeleton": "keypoints",
    "mask": "mask",
    "tag": "none",
}
_TYPES = {
    "box": "rectangle",
    "polygon": "polygon",
    "polyline": "polyline",
    "points": "points",
    "ellipse": "ellipse",
    "cuboid2": "cuboid",
    "keypoints": "skeleton",
    "mask": "mask",
    "none": "tag",
}
_NODE = re.compile(r"<circle\b([^>]*)>")
_EDGE = re.compile(r"<line\b([^>]*)>")
_ATTR = re.compile(r"""([\w-]+)\s*=\s*["']([^"']*)["']""")


class AttributeDefinition(msgspec.Struct):
    """One attribute in CVAT's label constructor; ``values`` holds low, high and step of a ``number``."""

    name: str
    mutable: bool = False
    input_type: str | None = "text"
    default_value: str | float | bool | None = None
    values: list[str | float | bool] | None = None


class Definition(msgspec.Struct):
    """One label in CVAT's label constructor; a skeleton's points are its ``sublabels``, or name it as ``parent``."""

    name: str
    color: str | None = None
    type: str | None = "any"
    svg: str | None = None
    parent: str | None = None
    attributes: list[AttributeDefinition] | None = None
    sublabels: list[Definition] | None = None


class Labels:
    """Looks up CVAT names in a schema and turns attribute texts into typed values and back."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.names = class_names(schema)
        self.ids = {name: class_id for class_id, name in self.names.items()}
        self.skeletons = {s.id: s for s in schema.skeletons}
        self._by_class: dict[tuple[str | None, str], Attribute] = {}
        self._general: dict[str, Attribute] = {}
        for a in schema.attributes:
            name = a.name or a.id
            if not a.classes:
                self._general.setdefault(name, a)
            for class_id in a.classes:
                self._by_class[class_id, name] = a
        self._by_id = {a.id: a for a in schema.attributes}

    def attribute(self, class_id: str | None, name: str) -> Attribute | None:
        """Return the attribute called ``name`` for marks of a class, or None."""
        return self._by_class.get((class_id, name)) or self._general.get(name)

    def by_id(self, attribute_id: str) -> Attribute | None:
        """Return the attribute with our id, or None."""
        return self._by_id.get(attribute_id)

    def skeleton_of(self, class_id: str | None) -> Skeleton | None:
        """Return the skeleton of a class, or None."""
        found = self.schema.class_by_id(class_id) if class_id is not None else None
        return self.skeletons.get(found.skeleton) if found is not None and found.skeleton else None


def schema_from_meta(meta: Element | None) -> Schema:
    """Read the classes, attributes and skeletons out of ``<meta>``."""
    if meta is None:
        return Schema()
    return schema_from_definitions(list(_definitions(meta)))


def schema_from_definitions(labels: list[Definition]) -> Schema:
    """Make a schema of CVAT's labels.

    Attributes of equal name and definition on several labels become one attribute; others get the class as a prefix.
    """
    classes: list[LabelClass] = []
    attributes: dict[tuple[str, str], Attribute] = {}
    skeletons: list[Skeleton] = []
    children: dict[str, list[str]] = {}
    for label in labels:
        if label.parent:
            children.setdefault(label.parent, []).append(label.name)
    for label in labels:
        name = label.name
        if label.parent:
            continue
        kind = _KINDS.get(label.type or "any")
        skeleton = None
        if kind == "keypoints" or label.svg or label.sublabels:
            names = [point.name for point in label.sublabels or []] or children.get(name, [])
            skeletons.append(_skeleton(name, names, label.svg or ""))
            skeleton, kind = name, "keypoints"
        classes.append(
            LabelClass(
                id=name,
                name=name,
                colour=label.color or None,
                kinds=[kind] if kind else [],
                skeleton=skeleton,
            )
        )
        for defined in label.attributes or []:
            one = _attribute(defined)
            known = attributes.get((one.name, _shape(one)))
            if known is not None:
                known.classes.append(name)
                continue
            if any(other == one.name for other, _ in attributes):
                one.id = f"{name}.{one.name}"
            one.classes = [name]
            attributes[one.name, _shape(one)] = one
    every = [c.id for c in classes]
    for a in attributes.values():
        if a.classes == every:
            a.classes = []
    return Schema(classes=classes, attributes=list(attributes.values()), skeletons=skeletons)


def labels_xml(schema: Schema, indent: str) -> str:
    """Return ``<labels>`` with one line each."""
    names = class_names(schema)
    skeletons = {s.id: s for s in schema.skeletons}
    out = [f"{indent}<labels>\n"]
    for c in schema.classes:
        skeleton = skeletons.get(c.skeleton or "")
        kinds = [k for k in c.kinds if k != "track"]
        kind = _TYPES.get(kinds[0], "any") if len(kinds) == 1 else "any"
        if skeleton is not None and kinds == ["keypoints"]:
            kind = "skeleton"
        attributes = [
            a for a in schema.attributes if a.scope == "mark" and (not a.classes or c.id in a.classes)
        ]
        inner = element("name", {}, text(names[c.id]))
        inner += element("color", {}, text(c.colour or ""))
        inner += element("type", {}, kind)
        inner += "<attributes>" + "".join(_attribute_xml(a) for a in attributes) + "</attributes>\n"
        if skeleton is not None:
            inner += element("svg", {}, text(_svg(skeleton)))
        out.append(f"{indent}  <label>\n{inner}{indent}  </label>\n")
        for point in skeleton.names if skeleton is not None else []:
            inner = (
                element("name", {}, text(point))
                + element("type", {}, "points")
                + "<attributes></attributes>\n"
            )
            inner += element("parent", {}, text(names[c.id]))
            out.append(f"{indent}  <label>\n{inner}{indent}  </label>\n")
    out.append(f"{indent}</labels>\n")
    return "".join(out)


def typed(attribute: Attribute | None, value: str) -> AttributeValue:
    """Return an attribute's text as a value of its type; text that does not fit stays text."""
    if attribute is None or attribute.type in ("text", "choice", "choices"):
        return value
    if attribute.type == "bool":
        return value.strip().lower() in ("true", "1")
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if attribute.type == "int" and number.is_integer() else number


def written(value: AttributeValue) -> str | None:
    """Return the text of a value, None for one that CVAT has no form for (several choices)."""
    if value is None or isinstance(value, list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _definitions(meta: Element) -> Iterator[Definition]:
    for node in _descendants(meta, "label"):
        attributes = node.child("attributes")
        yield Definition(
            name=node.value("name"),
            color=node.value("color"),
            type=node.value("type", "any"),
            svg=node.value("svg"),
            parent=node.value("parent"),
            attributes=[
                AttributeDefinition(
                    name=a.value("name"),
                    mutable=a.value("mutable").lower() == "true",
                    input_type=a.value("input_type", "text"),
                    default_value=a.value("default_value"),
                    values=list(_values(a.value("values"))),
                )
                for a in (attributes.all("attribute") if attributes is not None else [])
            ],
        )


def _descendants(node: Element, tag: str) -> Iterator[Element]:
    for child in node.children:
        if child.tag == tag:
            yield child
        else:
            yield from _descendants(child, tag)


def _values(content: str) -> list[str]:
    """Values stand one a line; old files have them in one line, set apart by spaces."""
    split = content.splitlines() if "\n" in content else content.split(" ")
    return [v.strip() for v in split if v.strip()]


def _attribute(defined: AttributeDefinition) -> Attribute:
    name, values = defined.name, [str(v) for v in defined.values or []]
    default = str(defined.default_value or "")
    made = Attribute(id=name, name=name, type="text", mutable=defined.mutable, classes=[])
    match defined.input_type or "text":
        case "checkbox":
            made.type = "bool"
        case "number":
            _bounds(made, values)
        case "select" | "radio":
            made.type, made.values = "choice", values
    made.default = typed(made, default) if default else None
    return made


def _bounds(made: Attribute, values: list[str]) -> None:
    made.type = "float" if any("." in v or "e" in v for v in values) or not values else "int"
    try:
        low, high = float(values[0]), float(values[1])
    except (IndexError, ValueError):
        return
    if low <= high:
        made.min = low if low > -UNBOUNDED else None
        made.max = high if high < UNBOUNDED else None


def _attribute_xml(a: Attribute) -> str:
    values: list[str] = []
    kind = "text"
    if a.type == "bool":
        kind, values = "checkbox", ["false", "true"]
    elif a.type == "choice":
        kind, values = "select", a.values
    elif a.type in ("int", "float"):
        low = -UNBOUNDED if a.min is None else a.min
        high = UNBOUNDED if a.max is None else a.max
        kind, values = "number", [_plain(low), _plain(high), "1" if a.type == "int" else "0.01"]
    return (
        "<attribute>"
        + element("name", {}, text(a.name or a.id))
        + element("mutable", {}, str(a.mutable))
        + element("input_type", {}, kind)
        + element("default_value", {}, text(written(a.default) or ""))
        + element("values", {}, text("\n".join(values)))
        + "</attribute>\n"
    )


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _shape(a: Attribute) -> str:
    return f"{a.type}|{a.mutable}|{a.values}|{a.default}|{a.min}|{a.max}"


def _skeleton(class_name: str, names: list[str], svg: str) -> Skeleton:
    nodes: dict[str, int] = {}
    template: list[float] = []
    found: list[str] = []
    for match in _NODE.finditer(svg):
        attrs = dict(_ATTR.findall(match.group(1)))
        nodes[attrs.get("data-node-id", str(len(nodes) + 1))] = len(nodes)
        found.append(attrs.get("data-label-name", ""))
        template += [_hundredths(attrs.get("cx", "0")), _hundredths(attrs.get("cy", "0"))]
    order = found if all(found) and found and set(found) >= set(names) else names
    edges = []
    for match in _EDGE.finditer(svg):
        attrs = dict(_ATTR.findall(match.group(1)))
        ends = nodes.get(attrs.get("data-node-from", "")), nodes.get(attrs.get("data-node-to", ""))
        if ends[0] is not None and ends[1] is not None:
            edges.append((ends[0], ends[1]))
    # A drawing that does not place every point is no help in placing the skeleton; its points and edges are kept.
    whole = len(template) == 2 * len(order) and all(map(math.isfinite, template))
    return Skeleton(id=class_name, names=list(order), edges=edges, template=template if whole else [])


def _hundredths(position: str) -> float:
    try:
        return float(position) / 100
    except ValueError:
        return math.nan


def _svg(skeleton: Skeleton) -> str:
    n = len(skeleton.names)
    template = skeleton.template or [c for i in range(n) for c in ((i + 1) / (n + 1), 0.5)]
    spots = [(100 * template[2 * i], 100 * template[2 * i + 1]) for i in range(n)]
    lines = "".join(
        f'<line x1="{spots[a][0]:g}" y1="{spots[a][1]:g}" x2="{spots[b][0]:g}" y2="{spots[b][1]:g}" '
        f'data-type="edge" data-node-from="{a + 1}" data-node-to="{b + 1}"></line>'
        for a, b in skeleton.edges
    )
    circles = "".join(
        f'<circle r="0.75" cx="{x:g}" cy="{y:g}" data-type="element node" data-element-id="{i + 1}" '
        f'data-node-id="{i + 1}" data-label-name="{text(name)}"></circle>'
        for i, (name, (x, y)) in enumerate(zip(skeleton.names, spots, strict=True))
    )
    return lines + circles
