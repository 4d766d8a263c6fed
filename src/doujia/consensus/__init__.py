"""Many labellers, one answer: consensus, agreement, worker skill, gold statistics and sampling plans."""

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.answers import Answers, gold_from_frame, gold_from_rows
from doujia.consensus.auto import Auto, Choice
from doujia.consensus.bwa import Bwa
from doujia.consensus.calibration import Temperature, calibration_error, calibration_floor
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.ebcc import Ebcc
from doujia.consensus.glad import Glad
from doujia.consensus.ibcc import Ibcc
from doujia.consensus.mace import Mace
from doujia.consensus.majority_vote import MajorityVote
from doujia.consensus.methods import METHODS, make
from doujia.consensus.one_coin import OneCoin
from doujia.consensus.online import OnlineDawidSkene
from doujia.consensus.reading import read_answers, read_gold

__all__ = [
    "Aggregator", "Answers", "Auto", "Bwa", "Choice", "DawidSkene", "Ebcc", "Glad", "Ibcc", "METHODS", "Mace",
    "MajorityVote", "OneCoin", "OnlineDawidSkene", "Temperature", "calibration_error", "calibration_floor", "gold_from_frame",
    "gold_from_rows", "make", "read_answers", "read_gold",
]  # fmt: skip
