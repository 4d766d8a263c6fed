"""LabelMe and X-AnyLabeling: one JSON file beside each picture.

LabelMe knows polygon, rectangle (two points), circle (centre and a point on it), line, linestrip, point, points and mask.
X-AnyLabeling adds rotation (four corners and a direction), quadrilateral, cuboid, a rectangle of four corners, scores,
``difficult``, attributes and links. ``imageData`` is never written. Coordinates are px on the continuous plane.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import clean_name, files_below, finite, head, load_json
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import (
    Box,
    Cuboid2D,
    Ellipse,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    Mark,
    Mask,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Relation,
    RotatedBox,
    rle,
)
from doujia.marks.geometry import StaticGeometry
from doujia.marks.shapes import corners, rotated_from_corners

__all__ = ["ANYLABELING", "LABELME", "FORMATS", "read"]

SPACE = "labelme"
LABELME = Holds(
    text=True, group=True, ext=frozenset({SPACE}), item_attrs=True, size=True, ids=False, flags=frozenset()
)
ANYLABELING = Holds(
    text=True,
    group=True,
    attrs=True,
    score=True,
    flags=frozenset({"ignore"}),
    ext=frozenset({SPACE}),
    relations=True,
    item_attrs=True,
    size=True,
)
OBB_TOLERANCE = 0.5
_SHAPE_KEYS = frozenset(
    {
        "label",
        "points",
        "shape_type",
        "group_id",
        "description",
        "score",
        "difficult",
        "attributes",
        "direction",
        "mask",
    }
)
_FILE_KEYS = frozenset({"shapes", "imagePath", "imageData", "imageWidth", "imageHeight", "flags", "version"})

Json = dict[str, Any]


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a folder of JSON files, or one file. A file that cannot be read is a problem of its own."""
    root = path if path.is_dir() else path.parent
    files = files_below(path, ".json") if path.is_dir() else [path]

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file in files:
            try:
                bundle = _item(file, root, problems, alone=not path.is_dir())
            except FormatError as error:
                if not path.is_dir():
                    raise
                problems.add(error.problem)
                continue
            if bundle is not None:
                yield bundle

    return StreamedDataset(stream, count=len(files))


def write_labelme(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write LabelMe files below a folder, one for each picture, folders kept."""
    return _write("labelme", LABELME, dataset, destination, options)


def write_anylabeling(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write X-AnyLabeling files below a folder, one for each picture, folders kept."""
    return _write("x-anylabeling", ANYLABELING, dataset, destination, options)


def sniff(path: Path) -> float:
    """Confidence by the keys of the first files."""
    files = files_below(path, ".json")[:3] if path.is_dir() else [path]
    hits = sum(
        ('"shapes"' in (start := head(f)) and '"imagePath"' in start) or '"shape_type"' in start
        for f in files
    )
    return 0.9 * hits / len(files) if files else 0.0


def _item(file: Path, root: Path, problems: Problems, *, alone: bool) -> ItemMarks | None:
    raw = load_json(file, problems)
    if not isinstance(raw, dict) or not isinstance(raw.get("shapes"), list):
        problems.add(
            Problem(
                "shapes_missing",
                "error",
                "没有 shapes 列表",
                "There is no list of shapes",
                file=str(file),
                pointer="/shapes",
            )
        )
        return None
    picture = clean_name(str(raw.get("imagePath") or file.with_suffix("").name), file, pointer="/imagePath")
    folder = "" if alone else file.parent.relative_to(root).as_posix()
    name = picture if folder in ("", ".") or picture.startswith(folder + "/") else f"{folder}/{picture}"
    sizes = [raw.get("imageWidth"), raw.get("imageHeight")]
    width, height = (int(s) if finite(s) and 0 <= s < 1 << 31 else 0 for s in sizes)
    extra = {k: v for k, v in raw.items() if k not in _FILE_KEYS}
    if raw.get("version") is not None:
        extra["version"] = raw["version"]
    flags = raw.get("flags") if isinstance(raw.get("flags"), dict) else {}
    item = Item(
        id=name,
        name=name,
        media=ImageMedia(width=width, height=height),
        attrs=dict(flags or {}),
        ext={SPACE: extra} if extra else {},
    )
    bundle = ItemMarks(item)
    links: list[tuple[Mark, list[Any]]] = []
    for number, shape in enumerate(raw["shapes"]):
        try:
            mark = _mark(shape, str(len(bundle.marks) + 1), (width, height))
        except InputError as error:
            place = f"/shapes/{number}"
            problems.add(
                Problem(
                    error.code,
                    "error",
                    error.message.zh,
                    error.message.en,
                    file=str(file),
                    pointer=place,
                    item=name,
                )
            )
            continue
        bundle.marks.append(mark)
        if isinstance(shape.get("kie_linking"), list):
            links.append((mark, shape["kie_linking"]))
    bundle.relations = _relations(bundle.marks, links)
    return bundle


def _relations(marks: list[Mark], links: list[tuple[Mark, list[Any]]]) -> list[Relation]:
    """``kie_linking`` holds pairs of ``group_id``: question and answer. What is no such pair stays with its mark."""
    ends = _ends(marks)
    found: dict[tuple[str, str], Relation] = {}
    for mark, pairs in links:
        rest = []
        for pair in pairs:
            source, target = (
                (ends.get(str(end)) for end in pair)
                if isinstance(pair, list) and len(pair) == 2
                else (None, None)
            )
            if source is None or target is None:
                rest.append(pair)
            elif (source, target) not in found:
                found[source, target] = Relation(
                    id=f"r{len(found) + 1}", type="linking", source=source, target=target
                )
        if rest:
            mark.ext.setdefault(SPACE, {})["kie_linking"] = rest
    return list(found.values())


def _ends(marks: list[Mark]) -> dict[str, str]:
    """The mark that each group number of a link means: the first of its group."""
    return {m.group: m.id for m in reversed(marks) if m.group is not None}


def _mark(shape: object, mark_id: str, size: tuple[int, int]) -> Mark:
    if not isinstance(shape, dict):
        raise _bad("shape")
    label = shape.get("label")
    attributes = shape.get("attributes")
    own = {k: v for k, v in shape.items() if k not in _SHAPE_KEYS and not (k == "flags" and v == {})}
    if isinstance(shape.get("kie_linking"), list):
        del own["kie_linking"]
    if shape.get("shape_type") == "quadrilateral":
        own["shape_type"] = "quadrilateral"
    score = shape.get("score")
    return Mark(
        id=mark_id,
        geometry=_geometry(shape, size),
        label=str(label) if label not in (None, "") else None,
        text=str(shape["description"]) if shape.get("description") else None,
        attrs=dict(attributes) if isinstance(attributes, dict) else {},
        group=None if shape.get("group_id") is None else str(shape["group_id"]),
        score=float(score) if finite(score) else None,
        flags=["ignore"] if shape.get("difficult") is True else [],
        ext={SPACE: own} if own else {},
    )


def _geometry(shape: Json, size: tuple[int, int]) -> StaticGeometry:
    points = shape.get("points")
    if not isinstance(points, list) or not all(_is_point(p) for p in points):
        raise _bad("points")
    flat = [float(c) for p in points for c in p]
    kind = shape.get("shape_type") or "polygon"
    n = len(points)
    match kind:
        case "rectangle" if n in (2, 4):
            xs, ys = flat[::2], flat[1::2]
            if shape.get("mask"):
                return _mask(shape["mask"], flat, size)
            return Box(min(xs), min(ys), max(xs), max(ys))
        case "mask" if n == 2:
            return _mask(shape.get("mask"), flat, size)
        case "rotation" if n == 4:
            return _rotated(flat, shape.get("direction"))
        case "circle" if n == 2:
            radius = math.hypot(flat[2] - flat[0], flat[3] - flat[1])
            return Ellipse(flat[0], flat[1], radius, radius)
        case "line" | "linestrip" if n >= 2:
            return Polyline(flat)
        case "point" | "points" if n >= 1:
            return Points(flat)
        case "cuboid" if n == 8:
            return Cuboid2D(flat[:8], flat[8:])
        case "polygon" | "quadrilateral" if n >= 3:
            return Polygon([PolygonPart(flat)])
    raise InputError(
        f"A {kind} with {n} points is not known.", zh=f"不认识 {n} 个点的 {kind}。", code="shape_unknown"
    )


def _rotated(flat: list[float], direction: object) -> RotatedBox:
    box, residual = rotated_from_corners(flat)
    if residual > OBB_TOLERANCE:
        raise InputError(
            f"The four corners are {residual:.1f} px away from a rectangle.",
            zh=f"四个角离矩形差 {residual:.1f} 像素。",
            code="obb_not_rectangle",
        )
    if finite(direction):
        turn = (float(direction) + math.pi) % math.tau - math.pi
        if abs((turn - box.angle + math.pi) % math.tau - math.pi) < 0.05:
            return msgspec.structs.replace(box, angle=turn)
    return box


def _mask(data: object, flat: list[float], size: tuple[int, int]) -> Mask:
    from PIL import Image, UnidentifiedImageError

    if not isinstance(data, str):
        raise _bad("mask")
    try:
        with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as picture:
            pixels = np.asarray(picture.convert("L")) > 0
    except (binascii.Error, UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise _bad("mask") from error
    x0, y0 = round(min(flat[::2])), round(min(flat[1::2]))
    height, width = pixels.shape
    if x0 < 0 or y0 < 0 or x0 + width > size[0] or y0 + height > size[1]:
        raise InputError("A mask reaches beyond the picture.", zh="掩膜超出图片。", code="mask_outside")
    whole = np.zeros((size[1], size[0]), dtype=bool)
    whole[y0 : y0 + height, x0 : x0 + width] = pixels
    return rle.encode(whole)


def _is_point(point: object) -> bool:
    return isinstance(point, list) and len(point) == 2 and all(finite(c) for c in point)


def _bad(what: str) -> InputError:
    return InputError(f"A shape is broken: {what}.", zh=f"图形写坏了:{what}。", code="shape_bad")


def _write(name: str, holds: Holds, dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    with Export(name, dataset, destination, options, holds) as out:
        folder = out.folder()
        names = class_names(dataset.schema)
        taken: dict[str, int] = {}
        for bundle in out.items():
            item = bundle.item
            if not isinstance(item.media, ImageMedia):
                out.not_this_medium(bundle)
                continue
            picture = clean_name(item.name or item.id, destination)
            stem = str(Path(picture).with_suffix("")) if Path(picture).suffix else picture
            taken[stem] = taken.get(stem, 0) + 1
            if taken[stem] > 1:  # a.jpg and a.png in one folder
                stem = f"{picture}"
            own = item.ext.get(SPACE, {})
            made = [_shapes(out, bundle, m, names) for m in bundle.marks]
            if name == "x-anylabeling":
                _link(out, bundle, made)
            shapes = [s for of_mark in made for s in of_mark]
            body: Json = {
                "version": own.get("version", "5.5.0" if name == "labelme" else "2.4.0"),
                "flags": item.attrs,
                "shapes": shapes,
                "imagePath": picture.rsplit("/", 1)[-1],
                "imageData": None,
                "imageHeight": item.media.height,
                "imageWidth": item.media.width,
                **{k: v for k, v in own.items() if k != "version"},
            }
            with out.file_in(folder, f"{stem}.json") as sink:
                sink.write(json.dumps(body, ensure_ascii=False, allow_nan=False, indent=2).encode())
    return out.report


def _link(out: Export, bundle: ItemMarks, made: list[list[Json]]) -> None:
    """Write relations as ``kie_linking`` of both their ends, a pair of group numbers each time.

    Only the first mark of a numbered group can be an end. Groups are not numbered for the sake of a link.
    """
    shape_of = {m.id: shapes[0] for m, shapes in zip(bundle.marks, made, strict=True) if shapes}
    ends = {m: shape_of[m] for m in _ends(bundle.marks).values() if m in shape_of}
    for shapes in made:
        for shape in shapes:
            shape["kie_linking"] = list(shape.get("kie_linking") or [])
    written: dict[tuple[int, int], Relation] = {}
    for r in bundle.relations:
        pair = tuple(ends[e]["group_id"] for e in (r.source, r.target) if e in ends)
        if len(pair) < 2 or None in pair or pair in written:
            out.report.add("relation_dropped", example=f"{bundle.item.name or bundle.item.id}#{r.id}")
            continue
        written[pair] = r
        for end in dict.fromkeys((r.source, r.target)):
            ends[end]["kie_linking"].append(list(pair))
    pairs = [tuple(p) for shapes in made for s in shapes for p in s["kie_linking"] if isinstance(p, list)]
    for number, pair in enumerate((p for p in dict.fromkeys(pairs) if p in written), 1):
        out.losses.relation(bundle.item, written[pair], number=number, kind="linking")


def _shapes(out: Export, bundle: ItemMarks, mark: Mark, names: dict[str, str]) -> list[Json]:
    made = _points_of(out, bundle, mark)
    if made is None:
        out.dropped(bundle, mark)
        return []
    where = place_of(bundle, mark)
    group: int | None = None
    if mark.group is not None:
        if mark.group.isdigit() and str(int(mark.group)) == mark.group:
            group = int(mark.group)
        else:
            out.report.add("group_dropped", example=where)
    out.kept(bundle, mark if group is not None else msgspec.structs.replace(mark, group=None))
    own = dict(mark.ext.get(SPACE, {}))
    if "shape_type" in own and made[0][0] != "polygon":
        own.pop("shape_type")
    shapes = []
    for kind, points, extra in made:
        shape: Json = {
            "label": names.get(mark.label, mark.label) if mark.label is not None else "",
            "points": points,
            "group_id": group,
            "description": mark.text or "",
            "shape_type": own.get("shape_type", kind),
            "flags": own.get("flags", {}),
            **extra,
        }
        if out.report.format == "x-anylabeling":
            shape["difficult"] = "ignore" in mark.flags
            shape["attributes"] = mark.attrs
            if mark.score is not None:
                shape["score"] = mark.score
        shapes.append({**shape, **{k: v for k, v in own.items() if k not in ("shape_type", "flags")}})
    return shapes


Shape = tuple[str, list[list[float]], Json]


def _points_of(out: Export, bundle: ItemMarks, mark: Mark) -> list[Shape] | None:
    """Return (shape type, points, further keys) for each shape that a mark becomes, None for no form."""
    full = out.report.format == "x-anylabeling"
    where = place_of(bundle, mark)
    match mark.geometry:
        case Box(x0=x0, y0=y0, x1=x1, y1=y1):
            ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
            return [("rectangle", ring if full else [[x0, y0], [x1, y1]], {})]
        case RotatedBox() if full:
            ring = _pairs(corners(mark.geometry))
            return [("rotation", ring, {"direction": mark.geometry.angle % math.tau})]
        case RotatedBox():
            out.report.add("geometry_changed", source="obox", target="polygon", example=where)
            return [("polygon", _pairs(corners(mark.geometry)), {})]
        case Ellipse(cx=cx, cy=cy, rx=rx, ry=ry) if rx == ry:
            return [("circle", [[cx, cy], [cx + rx, cy]], {})]
        case Polyline(xy=xy):
            return [("line" if len(xy) == 4 else "linestrip", _pairs(xy), {})]
        case Points(xy=xy):
            return [("point" if len(xy) == 2 else "points", _pairs(xy), {})]
        case Cuboid2D(front=front, back=back) if full:
            return [("cuboid", _pairs(front) + _pairs(back), {})]
        case Polygon(parts=parts):
            holes = sum(len(p.holes) for p in parts)
            if holes:
                out.report.add("holes_dropped", count=holes, example=where)
            if len(parts) > 1:
                out.report.add("parts_split", example=where)
            return [("polygon", _pairs(p.outer), {}) for p in parts]
        case Mask():
            return _mask_shape(mark.geometry)
        case Keypoints(xy=xy, v=v):
            out.report.add("geometry_reduced", source="keypoints", target="point", example=where)
            return [("point", [xy[2 * i : 2 * i + 2]], {}) for i, seen in enumerate(v) if seen]
    return None


def _mask_shape(mask: Mask) -> list[Shape]:
    from PIL import Image

    x0, y0, x1, y1 = rle.bounds(mask) or (0, 0, 1, 1)
    pixels = rle.decode(mask)[y0:y1, x0:x1]
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8) * 255).save(out, "PNG")
    data = base64.b64encode(out.getvalue()).decode()
    return [("mask", [[x0, y0], [x1 - 1, y1 - 1]], {"mask": data})]


def _pairs(flat: list[float]) -> list[list[float]]:
    return [[flat[i], flat[i + 1]] for i in range(0, len(flat), 2)]


_SHARED = frozenset({"box", "polygon", "polyline", "points", "mask"})

FORMATS = (
    Format(
        name="labelme",
        title=("LabelMe JSON", "LabelMe JSON"),
        extensions=(".json",),
        sniff=sniff,
        read=read,
        write=write_labelme,
        holds=_SHARED,
    ),
    Format(
        name="x-anylabeling",
        title=("X-AnyLabeling JSON", "X-AnyLabeling JSON"),
        extensions=(".json",),
        sniff=lambda path: 0.9 * sniff(path),
        read=read,
        write=write_anylabeling,
        holds=_SHARED | {"obox", "cuboid2"},
    ),
)
