"""Streets: lights and signs; vehicles, people and obstacles."""

from doujia.marks import Attribute, LabelClass, Schema

_HIDDEN = Attribute(
    id="hidden",
    type="choice",
    name="hidden",
    names={"zh": "挡住多少", "en": "Hidden"},
    values=["none", "some", "most"],
    default="none",
    value_names={
        "none": {"zh": "没挡住", "en": "not at all"},
        "some": {"zh": "挡一点", "en": "a little"},
        "most": {"zh": "挡一半多", "en": "more than half"},
    },
)


def _box(class_id: str, zh: str, en: str, key: str, **more: str) -> LabelClass:
    return LabelClass(id=class_id, name=en, names={"zh": zh, "en": en}, kinds=["box"], key=key, **more)  # type: ignore[arg-type]


LIGHTS = Schema(
    classes=[
        _box("light", "红绿灯", "traffic light", "Digit1"),
        _box("sign", "交通牌", "traffic sign", "Digit2"),
        _box("countdown", "倒计时牌", "countdown", "Digit3"),
    ],
    attributes=[
        Attribute(
            id="state",
            type="choice",
            names={"zh": "灯色", "en": "State"},
            classes=["light"],
            required=True,
            values=["red", "yellow", "green", "off", "unclear"],
            value_names={
                "red": {"zh": "红", "en": "red"},
                "yellow": {"zh": "黄", "en": "yellow"},
                "green": {"zh": "绿", "en": "green"},
                "off": {"zh": "不亮", "en": "off"},
                "unclear": {"zh": "看不清", "en": "unclear"},
            },
        ),
        Attribute(
            id="limit",
            type="int",
            names={"zh": "限速", "en": "Speed limit"},
            classes=["sign"],
            min=5,
            max=130,
            unit="km/h",
        ),
        _HIDDEN,
    ],
)

VEHICLES = Schema(
    classes=[
        _box("car", "小汽车", "car", "Digit1"),
        _box("truck", "货车", "truck", "Digit2"),
        _box("bus", "公交车", "bus", "Digit3"),
        _box("ebike", "电动车", "e-bike", "Digit4"),
        _box("person", "行人", "person", "Digit5"),
        _box("tricycle", "三轮车", "tricycle", "Digit6"),
        _box("light", "红绿灯", "traffic light", "Digit7"),
        _box("sign", "交通牌", "traffic sign", "Digit8"),
        _box("bicycle", "自行车", "bicycle", "Digit9"),
        _box("obstacle", "路障", "obstacle", "Digit0"),
    ],
    attributes=[
        Attribute(
            id="direction",
            type="choice",
            names={"zh": "方向", "en": "Direction"},
            classes=["car", "truck", "bus", "ebike", "tricycle", "bicycle"],
            values=["away", "towards", "parked"],
            value_names={
                "away": {"zh": "同向", "en": "away"},
                "towards": {"zh": "逆向", "en": "towards us"},
                "parked": {"zh": "停着", "en": "parked"},
            },
        ),
        _HIDDEN,
    ],
)

_LIGHTS_ZH = """# 红绿灯和交通牌

## 1 框什么
1.1 看得清灯色的红绿灯都要框,远处的也要。框到灯壳的边,不带灯杆。
1.2 正面朝我们的交通牌要框;背面不框。

## 2 怎么框
2.1 框贴着边,每边差不超过 2 像素。
2.2 被挡住的,只框看得见的部分,再选“挡住多少”。
2.3 **看得清灯色就要框。** 看不清灯色但看得出是红绿灯,灯色选“看不清”。

## 3 反例
- 车尾灯、店招牌不是红绿灯。
- 一根杆上两个灯,是两个框。
"""
_LIGHTS_EN = """# Traffic lights and signs

## 1 What
1.1 Every traffic light whose colour can be seen, far ones too. Up to the edge of the housing, without the pole.
1.2 Signs that face us; not their backs.

## 2 How
2.1 Tight, within 2 px on each side.
2.2 Where something hides it, only the visible part; then say how much is hidden.
2.3 **If you can see the colour, it is marked.** If you can tell it is a light but not its colour, choose “unclear”.

## 3 Counter-examples
- Tail lights and shop signs are no traffic lights.
- Two lights on one pole are two boxes.
"""
_VEHICLES_ZH = """# 车辆、行人和障碍物

## 1 框什么
1.1 路上和路边的车、人、路障都要框,小于 10×10 像素的不框。
1.2 骑车的人和车一起框成一个框。
1.3 老年代步车算三轮车。

## 2 怎么框
2.1 框贴着边,后视镜算在内,影子不算。
2.2 被挡住的只框看得见的部分,选“挡住多少”;挡住九成以上的不框。

## 3 反例
- 广告牌上的车和人不框。
- 反光镜里、橱窗里的倒影不框。
"""
_VEHICLES_EN = """# Vehicles, people and obstacles

## 1 What
1.1 Vehicles, people and obstacles on and beside the road; nothing smaller than 10×10 px.
1.2 A rider and what is ridden are one box.
1.3 Mobility scooters count as tricycles.

## 2 How
2.1 Tight, mirrors included, shadows not.
2.2 Only the visible part of what is hidden; say how much. Nothing that is hidden by nine tenths.

## 3 Counter-examples
- Cars and people on posters.
- Reflections in mirrors and shop windows.
"""

TEMPLATES = (
    (
        "traffic-lights", {"zh": "红绿灯和交通牌", "en": "Traffic lights and signs"},
        {"zh": "给自动驾驶认灯认牌", "en": "For driving systems that read lights and signs"}, LIGHTS, {"zh": _LIGHTS_ZH, "en": _LIGHTS_EN},
    ),
    (
        "vehicles-people", {"zh": "车辆、行人和障碍物", "en": "Vehicles, people and obstacles"},
        {"zh": "给路上的东西画框", "en": "Boxes around what is on the road"}, VEHICLES, {"zh": _VEHICLES_ZH, "en": _VEHICLES_EN},
    ),
)  # fmt: skip
