"""Face, emotion, micro-expression: a hierarchy for one picture."""

from doujia.marks import Attribute, LabelClass, Schema

_EMOTIONS = [
    ("happy", "高兴", "happy"), ("sad", "难过", "sad"), ("angry", "生气", "angry"), ("afraid", "害怕", "afraid"),
    ("surprised", "吃惊", "surprised"), ("disgusted", "厌恶", "disgusted"), ("calm", "平静", "calm"),
]  # fmt: skip
_MICRO = {
    "happy": [
        ("lip-corner-up", "嘴角上扬", "lip corners up"),
        ("cheek-raised", "苹果肌抬起", "cheeks raised"),
    ],
    "sad": [
        ("brow-inner-up", "眉头内侧抬", "inner brows up"),
        ("lip-corner-down", "嘴角下垂", "lip corners down"),
    ],
    "angry": [("brow-lowered", "皱眉", "brows lowered"), ("lips-pressed", "抿嘴", "lips pressed")],
    "afraid": [
        ("lid-raised", "上眼皮抬起", "upper lids raised"),
        ("lips-stretched", "嘴向两边拉", "lips stretched"),
    ],
    "surprised": [("jaw-dropped", "张嘴", "jaw dropped"), ("brow-raised", "抬眉", "brows raised")],
    "disgusted": [
        ("nose-wrinkled", "皱鼻", "nose wrinkled"),
        ("upper-lip-up", "上唇抬起", "upper lip raised"),
    ],
}


def _classes() -> list[LabelClass]:
    made = [
        LabelClass(id="face", name="face", names={"zh": "人脸", "en": "face"}, kinds=["none"], abstract=True)
    ]
    for number, (emotion, zh, en) in enumerate(_EMOTIONS, 1):
        made.append(
            LabelClass(
                id=emotion,
                name=en,
                names={"zh": zh, "en": en},
                parent="face",
                kinds=["none"],
                key=f"Digit{number}",
                max=1,
            )
        )
        for micro, micro_zh, micro_en in _MICRO.get(emotion, []):
            made.append(
                LabelClass(
                    id=f"{emotion}.{micro}",
                    name=micro_en,
                    names={"zh": micro_zh, "en": micro_en},
                    parent=emotion,
                    kinds=["none"],
                    max=1,
                )
            )
    return made


SCHEMA = Schema(
    classes=_classes(),
    attributes=[
        Attribute(
            id="strength",
            type="int",
            names={"zh": "强度", "en": "Strength"},
            min=1,
            max=5,
            required=True,
            default=3,
        ),
    ],
    empty_allowed=False,
)
_ZH = """# 人脸 → 情绪 → 微表情

1. 先按数字选情绪,再选看得见的微表情(可以几个)。
2. 拿不准两种情绪,选更强的那种;都不明显选“平静”。
3. 强度 1 到 5:1 是刚看得出,5 是最强。
"""
_EN = """# Face → emotion → micro-expression

1. Choose the emotion by its number, then the micro-expressions that can be seen (several may be).
2. Between two emotions choose the stronger; if none is clear, “calm”.
3. Strength 1 to 5: 1 just visible, 5 strongest.
"""
TEMPLATES = (
    (
        "emotion", {"zh": "人脸 → 情绪 → 微表情", "en": "Face → emotion → micro-expression"}, {"zh": "分层的分类", "en": "A hierarchical classification"},
        SCHEMA, {"zh": _ZH, "en": _EN},
    ),
)  # fmt: skip
