"""What the answers say about the people who gave them, fairly: skill, change, copying, time."""

from doujia.consensus.people.copying import CopyingPair, find_copying
from doujia.consensus.people.cusum import Cusum, CusumCurve, ScoreCusum
from doujia.consensus.people.skill import LineCheck, Skill, check_line, estimate_skills
from doujia.consensus.people.timing import TimingHint, timing_hints

__all__ = [
    "CopyingPair", "Cusum", "CusumCurve", "LineCheck", "ScoreCusum", "Skill", "TimingHint", "check_line",
    "estimate_skills", "find_copying", "timing_hints",
]  # fmt: skip
