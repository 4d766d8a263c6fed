"""Plans: how many items to inspect, how many answers to ask for, how much gold to hide."""

from doujia.consensus.plans.acceptance import (
    AQLS,
    CurvePoint,
    DoublePlan,
    Plan,
    ProofPlan,
    SequentialPlan,
    SinglePlan,
    aql_plan,
    code_letter,
    operating_curve,
    prove,
)
from doujia.consensus.plans.gold import GoldPlan, gold_needed, gold_plan, item_looks_known
from doujia.consensus.plans.overlap import OverlapRule, Replay, one_coin_posterior, replay
from doujia.consensus.plans.sampling import design_effect, draw_sample, effective_size

__all__ = [
    "AQLS", "CurvePoint", "DoublePlan", "GoldPlan", "OverlapRule", "Plan", "ProofPlan", "Replay", "SequentialPlan",
    "SinglePlan", "aql_plan", "code_letter", "design_effect", "draw_sample", "effective_size", "gold_needed",
    "gold_plan", "item_looks_known", "one_coin_posterior", "operating_curve", "prove", "replay",
]  # fmt: skip
