"""Choose among the models by gold, else by predictive evidence, and say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from doujia.consensus.aggregator import Aggregator, class_totals, collapsed_classes
from doujia.consensus.answers import Floats, Ints
from doujia.consensus.bwa import Bwa
from doujia.consensus.calibration import Temperature
from doujia.consensus.canonical import canonical_ranks
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.ebcc import Ebcc
from doujia.consensus.glad import Glad
from doujia.consensus.ibcc import Ibcc
from doujia.consensus.mace import Mace
from doujia.consensus.majority_vote import MajorityVote
from doujia.consensus.one_coin import OneCoin
from doujia.consensus.votes import DENSE_LIMIT, Votes
from doujia.errors import InputError, Message

__all__ = ["Auto", "Choice"]

_EBCC_LIMIT = 3_000_000
"""Numbers in EBCC's largest array beyond which it would take minutes."""

_MODELS: dict[str, Callable[..., Aggregator]] = {
    "mv": MajorityVote, "ds": DawidSkene, "one_coin": OneCoin, "ibcc": Ibcc, "bwa": Bwa, "glad": Glad, "mace": Mace,
    "ebcc": lambda **options: Ebcc(starts=2, **options),
}  # fmt: skip


class Choice(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one candidate model.

    Attributes:
        model: its name. weight: its share in the result, 0 if it was left out.
        why: empty, ``too_large``, ``collapsed``, ``poor_evidence`` or ``gold_prefers_votes``.
        gold_accuracy: accuracy on gold items that were hidden from the fit.
        evidence: mean log probability of hidden answers, and ``evidence_gap`` that minus the majority vote's.
        temperature: exponent that calibrates it.
    """

    model: str
    weight: float
    why: str = ""
    gold_accuracy: float | None = None
    evidence: float | None = None
    evidence_gap: float | None = None
    temperature: float | None = None


class Auto(Aggregator):
    r"""Blend the models that hold up on this data set; no single model is safe on all.

    With at least ``enough_gold`` gold items every model is fitted twice with half of the gold hidden. On the hidden
    half each gets a temperature, an accuracy a and a mean log score s, and its calibrated posterior a weight

    .. math:: \tfrac12 \frac{e_m}{\sum e} + \tfrac12 \frac1M, \quad
        e_m = \exp\{ g\,(0.4\,(a - a_{max}) + 0.2\,(s - s_{max})) \}

    for g gold items and M models. If the plain majority vote beats the blend on hidden gold by more than one standard error of the
    paired difference, the vote is taken. Without enough gold one answer of 30 % of the items is hidden; models that
    predict the hidden answers worse than the vote does by more than two standard errors are left out and the others
    get equal weight. In either case a model that lets a class vanish is left out, and gold is clamped in the end.

    Args:
        models: names of the candidates (mv is always one). enough_gold: gold items needed to choose by gold.
        seed: draws which answers are hidden.

    Attributes:
        members_: the fitted candidates by name. choices_: one ``Choice`` per candidate. reason_: the decision in words.
        calibrated_: whether the posteriors were calibrated on gold; otherwise they are not to be shown as
            probabilities.
        temperature_: exponent of the blend, or None.
    """

    name = "auto"

    def __init__(
        self,
        *,
        models: Sequence[str] | None = None,
        enough_gold: int = 10,
        seed: int = 0,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        super().__init__(priors=priors)
        names = list(dict.fromkeys(["mv", *(_MODELS if models is None else models)]))
        unknown = [name for name in names if name not in _MODELS]
        if unknown:
            raise InputError(
                f"There is no model {unknown[0]!r}; choose among {', '.join(_MODELS)}.",
                zh=f"没有名为 {unknown[0]!r} 的方法,可选:{'、'.join(_MODELS)}。",
                code="method_unknown",
            )
        self.models, self.enough_gold, self.seed = names, enough_gold, seed

    def _fit(self, votes: Votes) -> Any:
        small = [name for name in self.models if _fits(name, votes)]
        left_out = {name: "too_large" for name in self.models if name not in small}
        fitted = {name: _MODELS[name]().fit_votes(votes) for name in small}
        for name in small[1:]:
            if len(collapsed_classes(class_totals(fitted[name].probas_), votes.class_mass, votes.T)):
                left_out[name] = "collapsed"
        self.members_ = fitted
        able = [name for name in small if name not in left_out]
        self.temperature_, self.calibrated_ = None, False
        if len(votes.gold_item) >= self.enough_gold:
            blend = self._by_gold(votes, fitted, able, left_out)
        else:
            blend = self._by_evidence(votes, fitted, able, left_out)
        weights = {choice.model: choice.weight for choice in self.choices_}
        self.skills_ = np.zeros(votes.W)
        for name, weight in weights.items():
            if weight > 0:
                self.skills_ += weight * np.asarray(fitted[name].skills_)
        self.rounds_ = max(model.rounds_ for model in fitted.values())
        self.converged_ = all(fitted[name].converged_ for name in able)
        return blend

    # ---- with gold
    def _by_gold(
        self, votes: Votes, fitted: dict[str, Aggregator], able: list[str], left_out: dict[str, str]
    ) -> Any:
        hidden = self._on_hidden_gold(votes, able)
        labels, g = votes.gold_label, len(votes.gold_item)
        scales = {name: Temperature().fit(hidden[name], labels) for name in able}
        tempered = {name: scales[name].transform(hidden[name]) for name in able}
        rows = np.arange(g)
        accuracy = np.array([_credit(tempered[name], labels).mean() for name in able])
        score = np.array([np.log(np.maximum(tempered[name][rows, labels], 1e-6)).mean() for name in able])
        worth = np.exp(g * (0.4 * (accuracy - accuracy.max()) + 0.2 * (score - score.max())))
        weight = 0.5 * worth / worth.sum() + 0.5 / len(able)  # half stays equal: gold is a small sample
        blend = sum(w * tempered[name] for w, name in zip(weight, able, strict=True))
        gain = _credit(tempered["mv"], labels) - _credit(blend, labels)
        votes_win = bool(gain.sum() > np.sqrt((gain**2).sum()) and gain.sum() > 0)
        if votes_win:
            weight = np.array([1.0 if name == "mv" else 0.0 for name in able])
            blend = tempered["mv"]
            left_out.update({name: "gold_prefers_votes" for name in able if name != "mv"})
        final = Temperature().fit(blend, labels)
        self.temperature_, self.calibrated_ = final.temperature_, True
        self._report(able, left_out, weight, accuracy=accuracy, scales=scales)
        self.reason_ = _gold_reason(able, weight, accuracy, g, votes_win)
        mixed = sum(
            w * scales[name].transform(_open_minded(name, fitted[name].probas_, votes))
            for w, name in zip(weight, able, strict=True)
            if w > 1e-6 or name == "mv"
        )
        return final.transform(
            mixed / weight[[w > 1e-6 or n == "mv" for w, n in zip(weight, able, strict=True)]].sum()
        )

    def _on_hidden_gold(self, votes: Votes, able: list[str]) -> dict[str, Floats]:
        """Posteriors ``(g, K)`` of the gold items by fits that did not know their gold."""
        ranks, _ = canonical_ranks(votes)
        fold = np.argsort(np.argsort(ranks[votes.gold_item])) % 2
        hidden = {name: np.zeros((len(votes.gold_item), votes.K)) for name in able}
        for side in (0, 1):
            part = votes.with_gold(fold != side)
            rows = votes.gold_item[fold == side]
            for name in able:
                probas = _open_minded(name, _MODELS[name]().fit_votes(part).probas_, votes)[rows]
                hidden[name][fold == side] = probas.toarray() if hasattr(probas, "toarray") else probas
        return hidden

    # ---- without
    def _by_evidence(
        self, votes: Votes, fitted: dict[str, Aggregator], able: list[str], left_out: dict[str, str]
    ) -> Any:
        evidence = self._evidence(votes, able) if votes.K <= 200 else None
        gaps = np.zeros(len(able))
        if evidence is not None:
            for place, name in enumerate(able):
                gap = evidence[name] - evidence["mv"]
                gaps[place] = gap.mean()
                if gap.mean() < -2 * gap.std() / np.sqrt(len(gap)):
                    left_out[name] = "poor_evidence"
        weight = np.array([0.0 if name in left_out else 1.0 for name in able])
        weight /= weight.sum()
        means = None if evidence is None else np.array([evidence[name].mean() for name in able])
        self._report(able, left_out, weight, evidence=means, gaps=gaps)
        self.reason_ = _evidence_reason(able, weight, left_out, evidence is not None)
        return sum(w * fitted[name].probas_ for w, name in zip(weight, able, strict=True) if w > 0)

    def _evidence(self, votes: Votes, able: list[str]) -> dict[str, Floats] | None:
        """Log probability of hidden answers under each model's posterior and one common confusion matrix."""
        hidden = self._hide(votes)
        if len(hidden) < 10:
            return None
        rest = votes.without(hidden)
        posteriors = {name: _MODELS[name]().fit_votes(rest).probas_ for name in able}
        mean = sum(posteriors.values()) / len(able)
        confusion = 0.5 + np.eye(votes.K)
        np.add.at(confusion.T, rest.label, mean[rest.item])
        confusion /= confusion.sum(axis=1, keepdims=True)
        item, said = votes.item[hidden], confusion[:, votes.label[hidden]].T
        return {name: np.log((z[item] * said).sum(axis=1)) for name, z in posteriors.items()}

    def _hide(self, votes: Votes) -> Ints:
        """One answer of 30 % of the items that have at least three, drawn without regard to names."""
        items, workers = canonical_ranks(votes)
        rng = np.random.default_rng(self.seed)
        chance = rng.random(votes.T)[items]
        turn = (workers[votes.worker] + items[votes.item]) % votes.W
        order = np.lexsort((turn, votes.item))
        first = order[np.r_[True, np.diff(votes.item[order]) > 0]]
        enough = np.bincount(votes.item, minlength=votes.T) >= 3
        return np.asarray(first[(enough & (chance < 0.3))[votes.item[first]]])

    def _report(
        self,
        able: list[str],
        left_out: dict[str, str],
        weight: Floats,
        *,
        accuracy: Floats | None = None,
        scales: dict[str, Temperature] | None = None,
        evidence: Floats | None = None,
        gaps: Floats | None = None,
    ) -> None:
        self.choices_ = [
            Choice(
                name,
                round(float(weight[able.index(name)]), 4) if name in able else 0.0,
                left_out.get(name, ""),
                gold_accuracy=None
                if accuracy is None or name not in able
                else float(accuracy[able.index(name)]),
                evidence=None if evidence is None or name not in able else float(evidence[able.index(name)]),
                evidence_gap=None
                if evidence is None or gaps is None or name not in able
                else float(gaps[able.index(name)]),
                temperature=None if scales is None or name not in scales else scales[name].temperature_,
            )
            for name in self.models
        ]


def _fits(name: str, votes: Votes) -> bool:
    need = {
        "ds": max(votes.W * votes.K**2, votes.T * votes.K),
        "ibcc": max(votes.W * votes.K**2, votes.T * votes.K),
        "bwa": max(votes.W, votes.T) * votes.K,
        "mace": votes.W * votes.K,
    }
    if name == "ebcc":
        return Ebcc.size(votes) <= _EBCC_LIMIT
    return need.get(name, 0) <= DENSE_LIMIT


def _open_minded(name: str, probas: Any, votes: Votes) -> Any:
    """Shares of votes with half a vote more for every class: no temperature could soften a unanimous vote of three."""
    if name != "mv" or hasattr(probas, "toarray"):
        return probas
    n = np.bincount(votes.item, votes.weight, votes.T)[:, None]
    return (probas * n + 0.5) / (n + 0.5 * votes.K)


def _credit(probas: Floats, labels: Ints) -> Floats:
    """1 for a right answer, a fraction for a tie that holds the right one, else 0; ``(g,)``."""
    near = probas >= probas.max(axis=1, keepdims=True) - 1e-9
    return np.asarray(near[np.arange(len(labels)), labels] / near.sum(axis=1))


def _gold_reason(able: list[str], weight: Floats, accuracy: Floats, g: int, votes_win: bool) -> Message:
    mv = accuracy[able.index("mv")]
    if votes_win:
        return Message(
            zh=f"在 {g} 道隐藏的考核题上,多数投票({mv:.1%})优于各模型的组合,因此采用多数投票。",
            en=f"On {g} hidden gold items the majority vote ({mv:.1%}) beats the blend of models, so it was taken.",
        )
    order = np.argsort(-weight)[:3]
    parts = ", ".join(
        f"{able[i]} {weight[i]:.0%} (gold {accuracy[i]:.1%})" for i in order if weight[i] > 0.005
    )
    return Message(
        zh=f"按 {g} 道隐藏的考核题加权:{parts};多数投票 {mv:.1%}。",
        en=f"Weighted by {g} hidden gold items: {parts}; majority vote {mv:.1%}.",
    )


def _evidence_reason(able: list[str], weight: Floats, left_out: dict[str, str], tested: bool) -> Message:
    used = ", ".join(name for name, w in zip(able, weight, strict=True) if w > 0)
    dropped = ", ".join(f"{name} ({why})" for name, why in left_out.items())
    how_en = "predictive evidence" if tested else "no evidence (too few answers to hide some)"
    how_zh = "预测证据" if tested else "无证据(作答太少,无法隐藏检验)"
    return Message(
        zh=f"考核题不足,依据{how_zh}:对 {used} 的后验取等权平均"
        + (f";未用 {dropped}。" if dropped else "。"),
        en=f"Too little gold; by {how_en}: equal mean of {used}"
        + (f"; left out {dropped}." if dropped else "."),
    )
