"""From the answers that stand at tasks to one annotation each, and what to do with it: pure of the database.

The work is the library's (``doujia.consensus``); it is imported when the first task is fused, so that a web process never
loads numpy for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from doujia.marks import Schema
from doujia.server.work.queries import Standing

if TYPE_CHECKING:
    from doujia.consensus.structured import Annotation, FusedAnnotation

__all__ = ["NEAR", "Fused", "Rule", "Verdict", "document_of", "fuse", "judge"]

NEAR = 0.7
"""Mean similarity of the shapes with the fused one from which a place is agreed on."""
SURE = 0.8
"""Probability from which a fixed number of answers is sure of an object (existence .2–.8 is disagreement)."""
Reason = Literal["existence", "label", "place", "value", "relation", "newcomer", "confidence", "schema"]


@dataclass(frozen=True)
class Rule:
    """How many answers a task gets. ``confidence`` None: always ``most``."""

    least: int
    most: int
    confidence: float | None


@dataclass(frozen=True)
class Verdict:
    """What to do with a task: accept the result, ask one more person, or let an arbiter decide, and why."""

    do: Literal["accept", "ask", "arbitrate"]
    reasons: dict[Reason, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Fused:
    """One task's answers put together.

    Attributes:
        confidence: of the least certain object or value, 1 where there is none.
        people: ``[{"person", "submission", "weight", "skill", "objects"}]``, weights sum to 1.
        sources: ``{fused mark: {submission: mark}}``.
    """

    task: str
    annotation: FusedAnnotation
    document: str
    confidence: float
    people: list[dict[str, Any]]
    sources: dict[str, dict[str, str]]


def document_of(text: str) -> Annotation:
    """Return a kept answer as the library's annotation."""
    from doujia.consensus.structured import Annotation

    return msgspec.json.decode(text, type=Annotation)


def fuse(
    tasks: Sequence[Standing],
    schema: Schema,
    *,
    context: Sequence[Standing] = (),
    skills: Mapping[str, float] | None = None,
) -> dict[str, Fused]:
    """Put the answers of each task together.

    Args:
        context: other tasks of the same people, to learn from how they differ; fused along and left out of the result.
        skills: accuracies of all the people, where each is known.

    Raises:
        InputError: a mark cannot be read or fused.
    """
    from doujia.consensus.structured import AnnotationConsensus

    given = {s.task: {a.submission: document_of(a.document) for a in s.answers} for s in (*context, *tasks)}
    by_person = {
        s.task: {a.person: given[s.task][a.submission] for a in s.answers} for s in (*context, *tasks)
    }
    attributes = [a for a in schema.attributes if a.scope == "item"]
    found = AnnotationConsensus(attributes=attributes, skills=skills).fit_predict(by_person)
    return {s.task: _fused(s, found[s.task], skills or {}) for s in tasks}


def _fused(task: Standing, found: FusedAnnotation, skills: Mapping[str, float]) -> Fused:
    submission = {a.person: a.submission for a in task.answers}
    certain = [o.confidence for o in (*found.marks, *found.dropped)] + [v.probability for v in found.values]
    shares = Counter[str]()
    for mark in found.marks:
        shares.update(mark.weights)
    total = sum(shares.values())
    people = [
        {
            "person": a.person, "submission": a.submission, "skill": skills.get(a.person),
            "weight": round(shares[a.person] / total if total else 1 / len(task.answers), 4),
            "objects": sum(a.person in m.sources for m in found.marks),
        }
        for a in task.answers
    ]  # fmt: skip
    sources = {m.mark.id: {submission[p]: mark for p, mark in m.sources.items()} for m in found.marks}
    document = msgspec.json.encode(found.annotation).decode()
    return Fused(task.task, found, document, min(certain, default=1.0), people, sources)


def judge(fused: Fused, answers: int, rule: Rule, *, known: bool) -> Verdict:
    """Decide about one task.

    Args:
        answers: how many there are.
        known: whether everybody who answered has a record; who has none gets the full overlap beside her.
    """
    reasons = doubts(fused.annotation)
    if rule.confidence is None or not known:
        if rule.confidence is not None and answers < rule.most:
            return Verdict("ask", {"newcomer": 1, **reasons})
        return Verdict("arbitrate" if reasons else "accept", reasons)
    from doujia.consensus.plans import OverlapRule

    # A place that is not agreed on is as open as a label: nobody is confident of it.
    sure = 0.0 if reasons.get("place") or reasons.get("relation") else fused.confidence
    overlap = OverlapRule(rule.confidence, min(rule.least, rule.most), rule.most)
    do: dict[str, Literal["accept", "ask", "arbitrate"]] = {
        "stop": "accept", "ask": "ask", "arbitrate": "arbitrate",
    }  # fmt: skip
    decided = do[overlap.decide(sure, answers)]
    if decided == "accept":
        return Verdict("accept")
    return Verdict(decided, reasons or {"confidence": 1})


def doubts(found: FusedAnnotation) -> dict[Reason, int]:
    """Count what the answers disagree about, by kind."""
    open_: Counter[Reason] = Counter()
    for thing in (*found.marks, *found.dropped):
        if 1 - SURE < thing.existence < SURE:
            open_["existence"] += 1
        elif thing.existence >= SURE and thing.label_probability < SURE:
            open_["label"] += 1
        if thing.existence >= 0.5 and thing.agreement < NEAR:
            open_["place"] += 1
    open_["value"] = sum(v.state == "review" for v in found.values)
    open_["relation"] = found.unsure - sum(
        o.state == "review" for o in (*found.marks, *found.dropped)
    ) - open_["value"]  # fmt: skip
    return {code: n for code, n in open_.items() if n}
