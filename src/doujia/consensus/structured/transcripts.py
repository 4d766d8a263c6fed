"""Transcripts: ROVER over characters or words, with a cost that knows homophones."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec
import numpy as np

from doujia.consensus.structured.robust import Floats
from doujia.errors import InputError

__all__ = ["FusedText", "Rover", "error_rate", "homophone_cost", "normalise_text", "tokens_of"]

Cost = Callable[[str, str], float]


def normalise_text(text: str) -> str:
    """Text for comparison: NFKC, lower case, without punctuation; runs of spaces become one."""
    kept = [c for c in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(c)[0] not in "PS"]
    return " ".join("".join(kept).split())


def tokens_of(text: str) -> list[str]:
    """Han characters and kana one by one, other scripts by words."""
    tokens: list[str] = []
    word = ""
    for c in text:
        alone = "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\U00020000" <= c <= "\U0003ffff"
        if alone or c.isspace():
            if word:
                tokens.append(word)
            word = ""
            if alone:
                tokens.append(c)
        else:
            word += c
    return [*tokens, word] if word else tokens


def exact_cost(a: str, b: str) -> float:
    """0 for the same token, else 1."""
    return 0.0 if a == b else 1.0


@lru_cache(maxsize=65_536)
def _readings(character: str) -> frozenset[str]:
    """Every reading of a character with its tone number; none for what is not a Han character."""
    from pypinyin import Style, pinyin

    if len(character) != 1:
        return frozenset()
    found = pinyin(character, style=Style.TONE3, heteronym=True, errors="ignore")
    return frozenset(found[0]) if found else frozenset()


def homophone_cost(a: str, b: str) -> float:
    """0 for the same token, .25 where a reading agrees with its tone, .5 without it, else 1.

    Needs ``pip install doujia[zh]`` (pypinyin, MIT licence).

    Raises:
        InputError: pypinyin is not installed.
    """
    if a == b:
        return 0.0
    try:
        first, second = _readings(a), _readings(b)
    except ImportError as error:
        raise InputError(
            "Homophone costs need pypinyin: pip install doujia[zh].",
            zh="同音字代价需要 pypinyin:pip install doujia[zh]。",
            code="extra_missing",
        ) from error
    if first & second:
        return 0.25
    return 0.5 if {r.rstrip("12345") for r in first} & {r.rstrip("12345") for r in second} else 1.0


def error_rate(reference: Sequence[str], hypothesis: Sequence[str], cost: Cost = exact_cost) -> float:
    """Edits over the length of the reference (CER over characters, WER over words); an empty reference: 0 or 1."""
    if not reference:
        return float(bool(hypothesis))
    row = np.arange(len(hypothesis) + 1, dtype=np.float64)
    for i, token in enumerate(reference, 1):
        before, row = row, np.empty_like(row)
        row[0] = i
        for j, other in enumerate(hypothesis, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + cost(token, other))
    return float(row[-1] / len(reference))


class FusedText(msgspec.Struct, frozen=True):
    """The fused transcript.

    Attributes:
        text: tokens joined as they were written. tokens: its tokens.
        margins: per slot, weight of the winner less that of the runner-up, over all weight; small ones want a look.
        rates: each transcript's error rate against the fused one.
    """

    text: str
    tokens: list[str]
    margins: list[float]
    rates: list[float]


class Rover:
    """Align all transcripts slot by slot, vote in each slot.

    Starts from the transcript nearest to all others, not from the first that arrived; the others are aligned by falling
    nearness. A transcript weighs max(.05, 1 - its mean error rate against the others), times its skill. The empty slot
    is a candidate like any other; ties go to the token of the heavier transcripts.

    Source: J. Fiscus, *A post-processing system to yield reduced word error rates: ROVER*, ASRU 1997.

    Args:
        cost: of substituting one token for another, 0..1 (``homophone_cost`` for Chinese).
        normalise: compare and return normalised text (NFKC, no punctuation); False keeps everything.
    """

    def __init__(self, *, cost: Cost = exact_cost, normalise: bool = False) -> None:
        self.cost, self.normalise = cost, normalise

    def fuse(self, texts: Sequence[str], skills: Sequence[float] | None = None) -> FusedText:
        """Fuse transcripts of one utterance.

        Raises:
            InputError: there is none, one is no text, or there is not one finite skill for each.
        """
        fits = skills is None or (len(skills) == len(texts) and all(map(math.isfinite, skills)))
        if not texts or not fits or not all(isinstance(t, str) for t in texts):
            raise InputError("ROVER needs transcripts, and one skill each.", zh="ROVER 需要转写文本,且每份对应一个技能值。",
                             code="texts_missing")  # fmt: skip
        split = [tokens_of(normalise_text(t) if self.normalise else t) for t in texts]
        n = len(split)
        rates = np.array([[error_rate(a, b, self.cost) for b in split] for a in split])
        distance = (rates + rates.T) / 2
        skill = np.ones(n) if skills is None else np.maximum(np.asarray(skills, dtype=np.float64), 1e-3)
        others = (
            (distance @ skill - np.diag(distance) * skill) / max(skill.sum() - skill.min(), 1e-9)
            if n > 1
            else np.zeros(1)
        )
        weights = np.maximum(0.05, 1 - others) * skill
        ahead = np.round(distance @ weights, 12).tolist()
        order = sorted(range(n), key=lambda i: (ahead[i], texts[i]))
        slots: list[dict[str, float]] = [{token: float(weights[order[0]])} for token in split[order[0]]]
        total = float(weights[order[0]])
        for k in order[1:]:
            slots = self._aligned(slots, split[k], float(weights[k]), total)
            total += float(weights[k])
        return self._elect(slots, split, texts, total)

    def _aligned(
        self, slots: list[dict[str, float]], tokens: list[str], weight: float, total: float
    ) -> list[dict[str, float]]:
        _, moves = self._edit_table(slots, tokens, total)
        i, j = len(slots), len(tokens)
        path = []
        while i or j:
            move = int(moves[i, j])
            path.append((move, i, j))
            i, j = i - (move != 2), j - (move != 1)
        merged: list[dict[str, float]] = []
        for move, i, j in reversed(path):
            slot = dict(slots[i - 1]) if move != 2 else {"": total}
            token = tokens[j - 1] if move != 1 else ""
            slot[token] = slot.get(token, 0.0) + weight
            merged.append(slot)
        return merged

    def _edit_table(
        self, slots: list[dict[str, float]], tokens: list[str], total: float
    ) -> tuple[Floats, Floats]:
        """Costs and moves (0 match, 1 skip a slot, 2 insert a slot) of aligning tokens with the slots."""
        table = np.zeros((len(slots) + 1, len(tokens) + 1))
        moves = np.zeros(table.shape)
        skip = [1 - slot.get("", 0.0) / total for slot in slots]
        table[1:, 0], moves[1:, 0] = np.cumsum(skip), 1
        table[0, 1:], moves[0, 1:] = np.arange(1, len(tokens) + 1), 2
        for i, slot in enumerate(slots, 1):
            for j, token in enumerate(tokens, 1):
                choices = (
                    table[i - 1, j - 1] + self._slot_cost(slot, token, total),
                    table[i - 1, j] + skip[i - 1],
                    table[i, j - 1] + 1,
                )
                move = int(np.argmin(choices))
                table[i, j], moves[i, j] = choices[move], move
        return table, moves

    def _slot_cost(self, slot: dict[str, float], token: str, total: float) -> float:
        return min((0.0 if t == token else self.cost(t, token)) + 0.1 * (1 - w / total) for t, w in slot.items() if t) \
            if any(slot) else 1.0  # fmt: skip

    def _elect(
        self, slots: list[dict[str, float]], split: list[list[str]], texts: Sequence[str], total: float
    ) -> FusedText:
        chosen, margins = [], []
        for slot in slots:
            ranked = sorted(slot.items(), key=lambda pair: (-round(pair[1], 9), pair[0] == "", pair[0]))
            second = ranked[1][1] if len(ranked) > 1 else 0.0
            margins.append((ranked[0][1] - second) / total)
            if ranked[0][0]:
                chosen.append(ranked[0][0])
        spaced = sum(" " in text for text in texts) * 2 > len(texts)
        rates = [error_rate(chosen, own, self.cost) for own in split]
        return FusedText(_joined(chosen, spaced), chosen, margins, rates)


def _joined(tokens: list[str], spaced: bool) -> str:
    text = ""
    for before, token in zip(["", *tokens], tokens, strict=False):
        wide = any(len(t) == 1 and not t.isascii() for t in (token, before))
        text += ("" if not text or (wide and not spaced) else " ") + token
    return text
