"""The area that may be driven on, and the lines on it."""

from doujia.marks import Attribute, LabelClass, Schema

SCHEMA = Schema(
    classes=[
        LabelClass(
            id="road",
            name="road",
            names={"zh": "可行驶路面", "en": "drivable road"},
            kinds=["polygon", "mask"],
            key="Digit1",
        ),
        LabelClass(
            id="sidewalk",
            name="sidewalk",
            names={"zh": "人行道", "en": "sidewalk"},
            kinds=["polygon", "mask"],
            key="Digit2",
        ),
        LabelClass(
            id="crossing",
            name="crossing",
            names={"zh": "斑马线", "en": "crossing"},
            kinds=["polygon"],
            key="Digit3",
        ),
        LabelClass(
            id="lane",
            name="lane",
            names={"zh": "车道线", "en": "lane line"},
            kinds=["polyline"],
            key="Digit4",
        ),
    ],
    attributes=[
        Attribute(
            id="style",
            type="choice",
            names={"zh": "线型", "en": "Style"},
            classes=["lane"],
            required=True,
            values=["solid", "dashed", "double"],
            value_names={
                "solid": {"zh": "实线", "en": "solid"},
                "dashed": {"zh": "虚线", "en": "dashed"},
                "double": {"zh": "双线", "en": "double"},
            },
        )
    ],
)
_ZH = """# 路面区域

1. 路面描到路缘石,停着的车挡住的地方不描(用洞或分成几块)。
2. 相邻的区域共用一条边,用吸附。
3. 车道线从近处点到看不见为止,虚线也连着点。
"""
_EN = """# Road area

1. Up to the kerb; what parked cars hide is left out (a hole, or several parts).
2. Neighbouring areas share their border: use snapping.
3. Lane lines from near to where they vanish; dashed ones are drawn through.
"""
TEMPLATES = (
    (
        "road-area", {"zh": "路面区域", "en": "Road area"}, {"zh": "描出能走的路面、人行道和车道线", "en": "Outline road, sidewalk and lane lines"},
        SCHEMA, {"zh": _ZH, "en": _EN},
    ),
)  # fmt: skip
