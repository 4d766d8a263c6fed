"""Is there a bird, is there a car: one key for each."""

from doujia.marks import LabelClass, Schema

SCHEMA = Schema(
    classes=[
        LabelClass(
            id="bird",
            name="bird",
            names={"zh": "有鸟", "en": "contains a bird"},
            kinds=["none"],
            key="Digit1",
            max=1,
        ),
        LabelClass(
            id="car",
            name="car",
            names={"zh": "有汽车", "en": "contains a car"},
            kinds=["none"],
            key="Digit2",
            max=1,
        ),
        LabelClass(
            id="neither",
            name="neither",
            names={"zh": "都没有", "en": "neither"},
            kinds=["none"],
            key="Digit3",
            max=1,
        ),
    ],
    empty_allowed=False,
)
_ZH = """# 图里有没有鸟、有没有汽车

1. 看到鸟按 1,看到汽车按 2,两样都有就都按;都没有按 3。然后按 F。
2. 画的鸟、玩具车也算“有”;只有声音、文字不算。
"""
_EN = """# Is there a bird, is there a car

1. Press 1 for a bird, 2 for a car, both if both; 3 if neither. Then F.
2. Drawn birds and toy cars count; words do not.
"""
TEMPLATES = (
    (
        "bird-or-car", {"zh": "有没有鸟、有没有汽车", "en": "Contains bird / car"}, {"zh": "最简单的分类,只用键盘", "en": "The simplest classification, by keyboard only"},
        SCHEMA, {"zh": _ZH, "en": _EN},
    ),
)  # fmt: skip
