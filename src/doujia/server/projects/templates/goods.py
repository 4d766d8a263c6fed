"""Goods on a shelf and the hand that takes them."""

from doujia.marks import Attribute, LabelClass, RelationType, Schema

SCHEMA = Schema(
    classes=[
        LabelClass(
            id="goods", name="goods", names={"zh": "商品", "en": "goods"}, kinds=["box", "obox"], key="Digit1"
        ),
        LabelClass(
            id="hand", name="hand", names={"zh": "手", "en": "hand"}, kinds=["box", "polygon"], key="Digit2"
        ),
        LabelClass(
            id="price-tag",
            name="price tag",
            names={"zh": "价签", "en": "price tag"},
            kinds=["box"],
            key="Digit3",
        ),
    ],
    attributes=[
        Attribute(
            id="code",
            type="text",
            names={"zh": "商品编号", "en": "Code"},
            classes=["goods"],
            pattern="[A-Z0-9-]{1,20}",
        ),
        Attribute(
            id="face",
            type="choice",
            names={"zh": "哪一面", "en": "Side"},
            classes=["goods"],
            values=["front", "side", "back"],
            value_names={
                "front": {"zh": "正面", "en": "front"},
                "side": {"zh": "侧面", "en": "side"},
                "back": {"zh": "背面", "en": "back"},
            },
        ),
    ],
    relations=[
        RelationType(
            id="holds", name="holds", names={"zh": "拿着", "en": "holds"}, sources=["hand"], targets=["goods"]
        )
    ],
)
_ZH = """# 货架商品和手

1. 每件看得见正面三分之一以上的商品都要框;斜放的用旋转框。
2. 手碰到或拿着商品时,从手连一条“拿着”的箭头到商品。
3. 价签上的字看得清就框价签。
"""
_EN = """# Shelf goods and hand

1. Every piece of which a third of the front can be seen; a rotated box for tilted ones.
2. Where a hand touches or holds goods, draw the arrow “holds” from hand to goods.
3. Price tags whose text can be read.
"""
TEMPLATES = (
    (
        "shelf-goods", {"zh": "货架商品和手", "en": "Shelf goods and hand"}, {"zh": "无人货柜认商品、认拿取", "en": "Vending shelves: goods and who takes them"},
        SCHEMA, {"zh": _ZH, "en": _EN},
    ),
)  # fmt: skip
