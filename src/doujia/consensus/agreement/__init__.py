"""How much workers agree, beyond chance: alpha, kappa, pairs, classes, distances."""

from doujia.consensus.agreement.alpha import Alpha, Level, alpha, alpha_from_distance, level_distance
from doujia.consensus.agreement.distances import DistanceView, distance_view
from doujia.consensus.agreement.kappa import cohen_kappa, fleiss_kappa, gwet_ac1, kappa_of_table
from doujia.consensus.agreement.pairwise import (
    ClassConfusion,
    PairwiseAgreement,
    class_confusion,
    pairwise_agreement,
)

__all__ = [
    "Alpha", "ClassConfusion", "DistanceView", "Level", "PairwiseAgreement", "alpha", "alpha_from_distance",
    "class_confusion", "cohen_kappa", "distance_view", "fleiss_kappa", "gwet_ac1", "kappa_of_table", "level_distance",
    "pairwise_agreement",
]  # fmt: skip
