"""Transcripts and segments: character and word error rate under declared folding, segment F1."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from doujia.marks import Interval
from doujia.metrics.overlap import interval_iou
from doujia.metrics.spans import PRF

__all__ = ["ErrorRate", "Folding", "cer", "edit_path", "segment_f1", "wer"]

_DIGITS = dict(zip("〇零一二三四五六七八九幺两", "0012345678912", strict=True))
_LATIN = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")


@dataclass(frozen=True)
class Folding:
    """What is treated as the same before counting; every rule is declared, none is silent.

    Attributes:
        width: full-width letters and digits become half-width (NFKC).
        case: letters become lower case.
        punctuation: punctuation and symbols are dropped.
        spaces: spaces are dropped between CJK characters.
        digits: spoken Chinese digits become Arabic ones, one by one (一二三 → 123); 十 and 百 stay.
        erhua: 儿 after a CJK character is dropped (花儿 → 花).
    """

    width: bool = True
    case: bool = True
    punctuation: bool = True
    spaces: bool = True
    digits: bool = False
    erhua: bool = False

    def apply(self, text: str) -> str:
        """Return the folded text."""
        if self.width:
            text = unicodedata.normalize("NFKC", text)
        if self.case:
            text = text.casefold()
        if self.digits:
            text = "".join(_DIGITS.get(c, c) for c in text)
        if self.punctuation:
            text = "".join(" " if unicodedata.category(c)[0] in "PS" and c not in "'’-" else c for c in text)
        if self.erhua:
            text = re.sub(r"(?<=[\u4e00-\u9fff])儿", "", text)
        return " ".join(text.split())


@dataclass(frozen=True)
class ErrorRate:
    """Substitutions, deletions and insertions against ``length`` tokens of the truth."""

    substitutions: int
    deletions: int
    insertions: int
    length: int

    @property
    def errors(self) -> int:
        """All three together."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """errors / length; 0 for two empty texts, and for an empty truth the number of insertions."""
        return self.errors / self.length if self.length else float(self.insertions)

    def __add__(self, other: ErrorRate) -> ErrorRate:
        return ErrorRate(
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            self.length + other.length,
        )


def edit_path(truth: Sequence[str], guess: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return the cheapest edits from truth to guess: ``(same|sub|del|ins, index in truth, index in guess)``.

    Of equally cheap paths the one with the most matches is taken, then substitutions before deletions.
    """
    n, m = len(truth), len(guess)
    rows = [list(range(m + 1))]
    for i in range(1, n + 1):
        row = [i]
        before = rows[i - 1]
        for j in range(1, m + 1):
            row.append(min(before[j - 1] + (truth[i - 1] != guess[j - 1]), before[j] + 1, row[j - 1] + 1))
        rows.append(row)
    path: list[tuple[str, int, int]] = []
    i, j = n, m
    while i or j:
        if i and j and rows[i][j] == rows[i - 1][j - 1] + (truth[i - 1] != guess[j - 1]):
            i, j = i - 1, j - 1
            path.append(("same" if truth[i] == guess[j] else "sub", i, j))
        elif i and rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
            path.append(("del", i, j))
        else:
            j -= 1
            path.append(("ins", i, j))
    return path[::-1]


def _rate(truth: Sequence[str], guess: Sequence[str]) -> ErrorRate:
    kinds = [kind for kind, _, _ in edit_path(truth, guess)]
    return ErrorRate(kinds.count("sub"), kinds.count("del"), kinds.count("ins"), len(truth))


def tokens(text: str) -> list[str]:
    """Split for Chinese CER: each CJK character is a token, a Latin word or number is one token."""
    out: list[str] = []
    at = 0
    while at < len(text):
        word = _LATIN.match(text, at)
        if word:
            out.append(word.group())
            at = word.end()
        else:
            if not text[at].isspace():
                out.append(text[at])
            at += 1
    return out


def cer(truth: str, guess: str, *, folding: Folding | None = None, latin_words: bool = True) -> ErrorRate:
    """Return the character error rate.

    Args:
        folding: the declared rules; the defaults of ``Folding`` when None.
        latin_words: a Latin word counts as one token (the usual rule for Chinese with English words in it).
    """
    rules = folding or Folding()
    a, b = rules.apply(truth), rules.apply(guess)
    if latin_words:
        return _rate(tokens(a), tokens(b))
    if rules.spaces:
        a, b = a.replace(" ", ""), b.replace(" ", "")
    return _rate(list(a), list(b))


def wer(truth: str, guess: str, *, folding: Folding | None = None) -> ErrorRate:
    """Return the word error rate; words are what spaces separate after folding."""
    rules = folding or Folding()
    return _rate(rules.apply(truth).split(), rules.apply(guess).split())


def segment_f1(truth: Sequence[Interval], guess: Sequence[Interval], *, threshold: float = 0.5) -> PRF:
    """Return F1 of time segments, matched one to one at an IoU of at least ``threshold``."""
    import numpy as np

    from doujia.metrics.matching import assign

    table = np.array([[interval_iou(t, g) for g in guess] for t in truth]).reshape(len(truth), len(guess))
    return PRF(len(assign(table, threshold)), len(guess), len(truth))
