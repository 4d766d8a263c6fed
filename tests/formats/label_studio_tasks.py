"""Tasks as Label Studio exports them, for the tests of its format."""

from __future__ import annotations

import json

from doujia import formats
from doujia.formats import ReadOptions

CONFIG = """<View>
 <Image name="img" value="$image"/>
 <RectangleLabels name="box" toName="img"><Label value="Car" background="#ff0000" hotkey="1"/><Label value="车"/></RectangleLabels>
 <BrushLabels name="brush" toName="img"><Label value="Road"/></BrushLabels>
 <Choices name="weather" toName="img" choice="single" required="true"><Choice value="sun"/><Choice value="rain"/></Choices>
 <Choices name="parts" toName="img" choice="multiple" perRegion="true"><Choice value="door"/><Choice value="wheel"/></Choices>
 <Taxonomy name="kind" toName="img"><Choice value="Animal"><Choice value="Dog"/></Choice></Taxonomy>
 <Rating name="quality" toName="img" maxRating="5"/><Number name="count" toName="img" perRegion="true" step="1" min="0" max="9"/>
 <Relations><Relation value="on"/></Relations>
</View>"""


def result(kind, value, id="r1", **more):
    return {
        "id": id,
        "from_name": "box",
        "to_name": "img",
        "type": kind,
        "value": value,
        "original_width": 1280,
        "original_height": 720,
        "image_rotation": 0,
        **more,
    }


def task(*results, data=None, **annotation):
    body = {"id": 5, "completed_by": 1, "was_cancelled": False, "result": list(results), **annotation}
    return {"id": 1, "data": data or {"image": "/data/local-files/?d=相册/a 1.jpg"}, "annotations": [body]}


def opened(tmp_path, tasks, config=None, **extra):
    (tmp_path / "tasks.json").write_text(json.dumps(tasks, ensure_ascii=False), "utf-8")
    if config:
        (tmp_path / "config.xml").write_text(config, "utf-8")
        extra["config"] = str(tmp_path / "config.xml")
    return formats.read(tmp_path / "tasks.json", "label-studio", ReadOptions(extra=extra))


def only(dataset):
    (bundle,) = dataset
    assert not list(dataset.problems), list(dataset.problems)
    return bundle
