"""Tables of the quality room. Private: other rooms use ``actions`` and ``queries``."""

from doujia.server.quality.models.agreement import Agreement, Assistance, Case, Confusion, PersonPair
from doujia.server.quality.models.appeals import Appeal
from doujia.server.quality.models.consensus import Consensus, ConsensusDue
from doujia.server.quality.models.gold import GoldAnswer, GoldShown, GoldStanding, GoldTask, GradedAnswer
from doujia.server.quality.models.guideline import GuidelineChange
from doujia.server.quality.models.practice import PracticePool, PracticeRun, PracticeStep
from doujia.server.quality.models.records import PersonShare, Policy, Record, Week
from doujia.server.quality.models.reports import Check, CheckCount, CheckFinding, CheckPair, CheckState
from doujia.server.quality.models.rules import Firing, PauseProposal, Rule, RuleCursor, RuleVersion
from doujia.server.quality.models.skills import PersonSkill
from doujia.server.quality.models.workdays import CalendarDay

__all__ = [
    "Agreement", "Appeal", "Assistance", "CalendarDay", "Case", "Check", "CheckCount", "CheckFinding", "CheckPair", "CheckState", "Confusion", "Consensus", "ConsensusDue", "Firing", "GoldAnswer", "GoldShown", "GoldStanding", "GoldTask",
    "GradedAnswer", "GuidelineChange", "PauseProposal", "PersonPair", "PersonShare", "PersonSkill", "Policy", "PracticePool", "PracticeRun", "PracticeStep", "Record", "Rule", "RuleCursor", "RuleVersion", "Week",
]  # fmt: skip
