"""Majority vote."""

from __future__ import annotations

from typing import Any

import numpy as np

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.votes import Votes

__all__ = ["MajorityVote"]


class MajorityVote(Aggregator):
    r"""Each answer is one vote (or its weight).

    .. math:: z_{ik} = \frac{\sum_{w} \omega_{wi}\, [l_{wi} = k]}{\sum_w \omega_{wi}}

    ``skills_`` is each worker's mean agreement with the vote. Ties: see ``Aggregator.labels_``; compare figures of
    other tools only with their tie rule at hand.
    """

    name = "mv"

    def _fit(self, votes: Votes) -> Any:
        agreement = votes.sum_by_worker(votes.weight * votes.shares[votes.answer_pair])
        total = votes.answers_of_worker
        self.skills_ = np.divide(agreement, total, out=np.zeros(votes.W), where=total > 0)
        return votes.spread(votes.shares, np.zeros(votes.T))
