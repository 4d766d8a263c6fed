"""Tables of the quality room. Private: other rooms use ``actions`` and ``queries``."""

from doujia.server.quality.models.appeals import Appeal
from doujia.server.quality.models.consensus import Consensus, ConsensusDue
from doujia.server.quality.models.gold import GoldAnswer, GoldShown, GoldStanding, GoldTask, GradedAnswer
from doujia.server.quality.models.practice import PracticePool, PracticeRun, PracticeStep
from doujia.server.quality.models.records import PersonShare, Policy, Record, Week
from doujia.server.quality.models.reports import Check, CheckCount, CheckFinding, CheckPair, CheckState
from doujia.server.quality.models.skills import PersonSkill

__all__ = [
    "Appeal", "Check", "CheckCount", "CheckFinding", "CheckPair", "CheckState", "Consensus", "ConsensusDue", "GoldAnswer", "GoldShown", "GoldStanding", "GoldTask",
    "GradedAnswer", "PersonShare", "PersonSkill", "Policy", "PracticePool", "PracticeRun", "PracticeStep", "Record", "Week",
]  # fmt: skip
