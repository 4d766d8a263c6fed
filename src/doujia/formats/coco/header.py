"""What every COCO file of a dataset says beside its rows: info, licences, categories, the rest of the schema."""

from __future__ import annotations

from typing import Any

import msgspec

from doujia.formats.contract import Dataset
from doujia.formats.losses import OBSERVED
from doujia.marks import LabelClass, Schema

__all__ = ["Header"]


class Header:
    """What every file of a dataset says: info, licences, other top-level keys, categories."""

    def __init__(self, dataset: Dataset) -> None:
        own = dataset.info.get("coco") or {}
        self.keypoint_shift = 0.5 if own.get("keypoint_origin") == "index" else 0.0
        self.info = own.get("info", {})
        self.licenses = own.get("licenses", [])
        self.rest = {k: v for k, v in own.items() if k not in ("info", "licenses")}
        skeletons = {s.id: s for s in dataset.schema.skeletons}
        self.categories: list[dict[str, Any]] = []
        self.numbers: dict[str | None, Any] = {}
        taken = {c.ext.get("coco", {}).get("id") for c in dataset.schema.classes}
        following = 1
        for label_class in dataset.schema.classes:
            own = dict(label_class.ext.get("coco", {}))
            number = own.pop("id", None)
            if number is None or number in self.numbers.values():
                while following in taken:
                    following += 1
                number = following
                taken.add(number)
            self.numbers[label_class.id] = number
            row: dict[str, Any] = {"id": number, "name": label_class.name or label_class.id}
            if "supercategory" in own or label_class.parent:
                row["supercategory"] = own.pop("supercategory", label_class.parent)
            base = own.pop("skeleton_base", 1)
            skeleton = skeletons.get(label_class.skeleton or "")
            if skeleton is not None:
                row["keypoints"] = skeleton.names
                row["skeleton"] = [[a + base, b + base] for a, b in skeleton.edges]
            self.categories.append({**row, **own})
        if _says_more(dataset.schema):
            self.rest["doujia"] = {"schema": msgspec.to_builtins(_without_coco(dataset.schema))}


def _says_more(schema: Schema) -> bool:
    """Whether a schema holds something that categories cannot say."""
    observed = "attributes" in schema.ext.get("given", {})
    if (schema.attributes and not observed) or schema.relations or not schema.empty_allowed or schema.overlap:
        return True
    own = {"coco", OBSERVED}
    if schema.ext.keys() - own or any(
        v.keys() - {"id"} for c in schema.classes for s, v in c.ext.items() if s not in own
    ):
        return True
    plain = {"id", "name", "ext", "skeleton"}
    blank = LabelClass(id="")
    for c in schema.classes:
        if c.id != (c.name or c.id) or any(
            getattr(c, f) != getattr(blank, f) for f in c.__struct_fields__ if f not in plain
        ):
            return True
        if c.skeleton is not None and c.skeleton != c.id:
            return True
    return any(s.flip or s.sigmas or s.template or s.point_names for s in schema.skeletons)


def _without_coco(schema: Schema) -> Schema:
    classes = [
        msgspec.structs.replace(c, ext={k: v for k, v in c.ext.items() if k != "coco"})
        for c in schema.classes
    ]
    return msgspec.structs.replace(schema, classes=classes)
