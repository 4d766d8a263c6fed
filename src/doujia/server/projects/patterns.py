"""Whether a regular expression can be made to take very long (ReDoS): looked at as a tree, not tried.

Python's matcher goes back over every way in which a text can be divided. Their number explodes when a repeat stands inside
a repeat, when branches inside a repeat begin alike, or when several open repeats in a row match the same characters.
Such patterns are refused; nothing that a label's text needs is among them. Source: Davis et al., ESEC/FSE 2018.
"""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable
from typing import Any

__all__ = ["is_slow"]

_PROBES = "".join(map(chr, range(9, 256))) + "一豆荚车ぁア가Ж‰ 0A"
_ALL = frozenset(_PROBES)
WIDE = 20
"""From this many repetitions on a bounded repeat counts as an open one: {1,200} goes back as often as +."""


def is_slow(pattern: str) -> bool:
    """Return whether the pattern may take more than a low power of the text's length.

    >>> [is_slow(p) for p in ("(a+)+", "(a|a)*b", "a*a*a*b", "(a?){40}a{40}", r"(x)\\1")]
    [True, True, True, True, True]
    >>> [is_slow(p) for p in ("[A-Z]{3}-[0-9]+", r"\\d+(\\.\\d+)?", "(京|沪|粤)[A-Z][A-Z0-9]{5}", r"\\w+@\\w+")]
    [False, False, False, False]
    """
    return _slow(parser.parse(pattern))


def _is_repeat(op: Any) -> bool:
    return op in (sre.MAX_REPEAT, sre.MIN_REPEAT)


def _open(argument: Any) -> bool:
    low, high, _ = argument
    return high - low >= WIDE or high >= WIDE


def _bodies(op: Any, argument: Any) -> list[Any]:
    """Return the sequences inside a node."""
    if _is_repeat(op) or op is sre.POSSESSIVE_REPEAT:
        return [argument[2]]
    if op is sre.SUBPATTERN:
        return [argument[3]]
    if op is sre.BRANCH:
        return list(argument[1])
    return [argument] if op is sre.ATOMIC_GROUP else []


def _slow(sequence: Any, inside: bool = False) -> bool:
    before: list[frozenset[str]] = []  # what the open repeats since the last separator match
    for op, argument in sequence:
        if op in (sre.GROUPREF, sre.GROUPREF_EXISTS, sre.ASSERT, sre.ASSERT_NOT):
            return True
        if op is sre.BRANCH and inside and _alike(argument[1]):
            return True
        repeat = _is_repeat(op)
        if repeat and inside and argument[0] != argument[1]:
            return True
        if any(_slow(body, inside or (repeat and _open(argument))) for body in _bodies(op, argument)):
            return True
        shown = _characters([(op, argument)])
        if _holds_open(op, argument):
            if sum(bool(shown & other) for other in before) >= 2:
                return True
            before.append(shown)
        elif not _may_be_empty(op, argument):
            before = [other for other in before if other & shown]
    return False


def _holds_open(op: Any, argument: Any) -> bool:
    if _is_repeat(op) and _open(argument):
        return True
    return any(_holds_open(o, a) for body in _bodies(op, argument) for o, a in body)


def _may_be_empty(op: Any, argument: Any) -> bool:
    if op is sre.AT:
        return True
    if _is_repeat(op) or op is sre.POSSESSIVE_REPEAT:
        return argument[0] == 0 or all(_may_be_empty(o, a) for o, a in argument[2])
    bodies = _bodies(op, argument)
    return bool(bodies) and any(all(_may_be_empty(o, a) for o, a in body) for body in bodies)


def _alike(branches: Iterable[Any]) -> bool:
    """Return whether two branches may begin with the same character, or one is empty."""
    seen: frozenset[str] = frozenset()
    for branch in branches:
        first: frozenset[str] = frozenset()
        for op, argument in branch:
            first |= _characters([(op, argument)])
            if not _may_be_empty(op, argument):
                break
        else:
            return True
        if first & seen:
            return True
        seen |= first
    return False


def _characters(sequence: Iterable[Any]) -> frozenset[str]:
    """Return which of the probes may be matched anywhere in the sequence."""
    found: set[str] = set()
    for op, argument in sequence:
        if op is sre.LITERAL:
            found.add(chr(argument))
        elif op in (sre.ANY, sre.NOT_LITERAL):
            found |= _ALL
        elif op is sre.IN:
            found |= _set(argument)
        else:
            for body in _bodies(op, argument):
                found |= _characters(body)
    return frozenset(found)


def _set(items: Any) -> frozenset[str]:
    classes = {
        sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_NOT_SPACE: r"\S",
        sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
    }  # fmt: skip
    found: set[str] = set()
    negated = False
    for op, argument in items:
        if op is sre.NEGATE:
            negated = True
        elif op is sre.LITERAL:
            found.add(chr(argument))
        elif op is sre.RANGE:
            low, high = argument
            found |= {c for c in _PROBES if low <= ord(c) <= high} | {chr(low), chr(high)}
        elif op is sre.CATEGORY:
            found |= set(re.findall(classes[argument], _PROBES))
    return frozenset(_ALL - found) if negated else frozenset(found)
