"""Many labellers, one answer: consensus, agreement, worker skill, gold statistics and sampling plans."""

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.answers import Answers
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.majority_vote import MajorityVote
from doujia.consensus.one_coin import OneCoin
from doujia.consensus.reading import read_answers, read_gold

__all__ = ["Aggregator", "Answers", "DawidSkene", "MajorityVote", "OneCoin", "read_answers", "read_gold"]
