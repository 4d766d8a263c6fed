"""Questions that are asked again and again, found by their wording; and a paragraph's place in a guideline."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["ALIKE", "alike", "groups", "insert_paragraph"]

ALIKE = 0.45
"""Shared pairs of characters (Dice) from which two questions count as the same."""
_FILLER = re.compile(
    r"[\s\W_]+|请问|老师|组长|一下|怎么办|怎么|这个|这种|那个|应该|是不是|可以|的|了|吗|呢|啊|么"
)
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")


def alike(a: str, b: str) -> float:
    """Return how alike two questions are worded, 0..1: Dice's coefficient of their pairs of characters, fillers left out."""
    x, y = _pairs(a), _pairs(b)
    if not x or not y:
        return float(a.strip() == b.strip())
    return 2 * len(x & y) / (len(x) + len(y))


def _pairs(text: str) -> frozenset[str]:
    core = _FILLER.sub("", text.lower())
    return frozenset(core[i : i + 2] for i in range(len(core) - 1)) or frozenset({core} - {""})


def groups(texts: Sequence[str], *, at_least: float = ALIKE) -> list[list[int]]:
    """Return the places of texts that are alike, each in at most one group of two or more, the largest first.

    A text joins the group whose first text it is most alike, so that a chain of small steps does not join what differs.
    """
    found: list[list[int]] = []
    for place, text in enumerate(texts):
        best = max(((alike(text, texts[g[0]]), g) for g in found), key=lambda one: one[0], default=(0.0, []))
        if best[0] >= at_least:
            best[1].append(place)
        else:
            found.append([place])
    return sorted((g for g in found if len(g) > 1), key=lambda g: -len(g))


def insert_paragraph(markdown: str, heading: str | None, paragraph: str) -> str:
    """Return a guideline with a paragraph at the end of the section under ``heading``, or at its very end.

    A heading that is not there (any more) counts as none; headings within code fences are no headings.
    """
    lines = markdown.rstrip().split("\n")
    end = len(lines)
    level, fenced = 0, False
    for place, line in enumerate(lines):
        fenced ^= line.lstrip().startswith("```")
        found = None if fenced else _HEADING.match(line)
        if found is None:
            continue
        if level and len(found[1]) <= level:
            end = place
            break
        if not level and heading is not None and found[2] == heading:
            level = len(found[1])
    if not level:
        end = len(lines)
    before, after = "\n".join(lines[:end]).rstrip(), "\n".join(lines[end:])
    parts = [p for p in (before, paragraph.strip(), after) if p]
    return "\n\n".join(parts) + "\n"
