"""What the bench and the queue need to know of a project: schema, guideline version, settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from doujia.errors import InputError
from doujia.marks import Schema
from doujia.server.kernel.errors import Unprocessable

__all__ = [
    "BESIDE_OTHERS",
    "ERROR_CLASSES",
    "SKIP_REASONS",
    "ProjectSettings",
    "ProjectSetup",
    "settings_from",
]

ERROR_CLASSES: list[dict[str, str]] = [
    {"id": "missed", "zh": "漏标", "en": "Missed an object"},
    {"id": "extra", "zh": "多标", "en": "Marked what is not there"},
    {"id": "class", "zh": "类别错了", "en": "Wrong class"},
    {"id": "place", "zh": "位置或大小不准", "en": "Place or size is off"},
    {"id": "attribute", "zh": "属性错了", "en": "Wrong attribute"},
    {"id": "rule", "zh": "没按要求做", "en": "Against the guideline"},
]
BESIDE_OTHERS = 0.1
"""Share of answers that are checked where the others' answers check them already and an arbiter sees what differs."""
LONGEST_REASON = 40
SENSITIVE_SKILL = "sensitive-content"
"""Qualification of people who have agreed to see upsetting content; given and taken back on their own word."""
SKIP_REASONS = ["broken", "unclear", "not_in_scope", "sensitive", "other"]


class ProjectSettings(msgspec.Struct, kw_only=True, omit_defaults=False):
    """Settings of a project.

    Attributes:
        overlap: how many people do each item.
        review_share: share of submissions that a reviewer looks at, 0..1. Where nobody says: all, or a tenth
            (``BESIDE_OTHERS``) where several answers become one.
        lease_minutes: how long a task is held without a draft being saved.
        skills: ``[{"skill": code, "level": n}]`` a person must have.
        prelabel_share: share of tasks that show the machine's suggestion, 0..1.
        price_fen: what an accepted item pays, in fen; None while not agreed.
        min_size_px: marks smaller than this are pointed out before submitting.
        rework_hours: how long a returned item waits for its author before anybody may take it.
        skip_reasons: what a worker may choose when she skips a task: the codes of ``SKIP_REASONS``, or words of the project's own.
        consensus: whether the answers of several people to one item become one (False: each stands for itself).
        confidence: stop asking for answers once the least certain object is this probable; None: always ``overlap``.
        overlap_min: answers to start with when ``confidence`` is given.
        pass_lines: what an answer to a known task must reach, by group of mark kinds, where it differs from the defaults of
            ``doujia.metrics.grading``: ``{"box": {"quality": 0.8}}``.
        gold_exposure: how many people a known task is shown to before it has served.
        gold_rate: share of a person's answers after which one whose right answer is known is slipped in, 0..0.5.
        sensitive: whether items may be upsetting (wounds, nudity): only people who have agreed to see such get them (the
            qualification ``SENSITIVE_SKILL``), and the bench shows each blurred first.
        extra_answers: whether late answers are kept beside the one that filled the slot.
    """

    overlap: int = 1
    consensus: bool = True
    confidence: float | None = None
    overlap_min: int = 2
    review_share: float = 1.0
    lease_minutes: int = 30
    skills: list[dict[str, Any]] = []
    prelabel_share: float = 1.0
    price_fen: int | None = None
    min_size_px: float = 3.0
    rework_hours: int = 24
    skip_reasons: list[str] = msgspec.field(default_factory=lambda: list(SKIP_REASONS))
    error_classes: list[dict[str, str]] = msgspec.field(
        default_factory=lambda: [dict(c) for c in ERROR_CLASSES]
    )
    answer: Literal["any", "marks"] = "any"
    gold_rate: float = 0.05
    gold_exposure: int = 50
    pass_lines: dict[str, dict[str, float]] = {}
    sensitive: bool = False


_BOUNDS: dict[str, tuple[float, float]] = {
    "overlap": (1, 20),
    "overlap_min": (1, 20),
    "confidence": (0.5, 0.999),
    "review_share": (0, 1),
    "lease_minutes": (1, 24 * 60),
    "prelabel_share": (0, 1),
    "price_fen": (0, 10_000_000),
    "min_size_px": (0, 1000),
    "rework_hours": (1, 24 * 30),
    "gold_rate": (0, 0.5),
    "gold_exposure": (1, 10_000),
}


def settings_from(raw: dict[str, Any]) -> ProjectSettings:
    """Read and check settings.

    Raises:
        Unprocessable: a field has the wrong type or lies outside its bounds; ``fields`` names each.
    """
    try:
        settings = msgspec.convert(raw, ProjectSettings)
    except msgspec.ValidationError as error:
        raise Unprocessable(
            "settings_invalid", zh=f"设置里有一项不对:{error}。", en=f"A setting is wrong: {error}."
        ) from error
    if "review_share" not in raw and settings.overlap > 1 and settings.consensus:
        settings.review_share = BESIDE_OTHERS
    fields = []
    for name, (low, high) in _BOUNDS.items():
        value = getattr(settings, name)
        if value is not None and not low <= value <= high:
            fields.append(
                {
                    "field": name,
                    "code": "out_of_range",
                    "zh": f"要在 {low:g} 到 {high:g} 之间。",
                    "en": f"Must lie between {low:g} and {high:g}.",
                }
            )
    for index, error_class in enumerate(settings.error_classes):
        if not all(isinstance(error_class.get(k), str) and error_class[k] for k in ("id", "zh", "en")):
            fields.append(
                {
                    "field": f"error_classes.{index}",
                    "code": "incomplete",
                    "zh": "要有 id、中文和英文。",
                    "en": "Needs id, zh and en.",
                }
            )
    if not settings.skip_reasons or any(
        not 0 < len(r.strip()) <= LONGEST_REASON for r in settings.skip_reasons
    ):
        fields.append(
            {
                "field": "skip_reasons",
                "code": "incomplete",
                "zh": f"至少留一条理由,每条 1 到 {LONGEST_REASON} 个字。",
                "en": f"At least one reason, each of 1 to {LONGEST_REASON} characters.",
            }
        )
    for index, skill in enumerate(settings.skills):
        if not isinstance(skill.get("skill"), str) or not isinstance(skill.get("level", 0), int):
            fields.append(
                {
                    "field": f"skills.{index}",
                    "code": "incomplete",
                    "zh": "要有技能代码和等级。",
                    "en": "Needs a skill code and a level.",
                }
            )
    if settings.pass_lines:
        fields += _pass_lines(settings.pass_lines)
    if fields:
        raise Unprocessable(
            "settings_invalid", zh="有几项设置超出范围。", en="Some settings are out of range.", fields=fields
        )
    return settings


def _pass_lines(raw: dict[str, dict[str, float]]) -> list[dict[str, str]]:
    from doujia.metrics.grading import lines_from  # numpy: only where somebody changes the defaults

    try:
        lines_from(raw)
    except InputError as error:
        return [
            {
                "field": "pass_lines",
                "code": "incomplete",
                "zh": error.message.zh,
                "en": error.message.en,
            }
        ]
    return []


@dataclass(frozen=True)
class ProjectSetup:
    """A project as the queue and the bench see it."""

    id: str
    name: str
    client: str
    bases: tuple[str, ...]
    medium: str
    state: str
    priority: int
    schema: Schema
    schema_version: int
    guideline_version: int
    settings: ProjectSettings

    @property
    def tenants(self) -> frozenset[str]:
        """Client and bases."""
        return frozenset({self.client, *self.bases})
