"""One annotation from several whole annotations of an item: marks, relations between them, attributes of the item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import msgspec
import numpy as np

from doujia.consensus.answers import Answers
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.majority_vote import MajorityVote
from doujia.consensus.plans.overlap import one_coin_posterior
from doujia.consensus.structured.engine import FusedMark, MarkConsensus
from doujia.consensus.structured.robust import weighted_median
from doujia.consensus.structured.transcripts import Rover
from doujia.marks import Attribute, Mark, Relation

__all__ = ["Annotation", "AnnotationConsensus", "FusedAnnotation", "FusedValue"]

_LOW, _HIGH = 0.2, 0.8


class Annotation(msgspec.Struct):
    """What one person says of one item."""

    marks: list[Mark] = []
    relations: list[Relation] = []
    item_attrs: dict[str, Any] = {}


class FusedValue(msgspec.Struct, frozen=True):
    """An attribute of the item. ``probability`` of the value; ``said``: ``{worker: value}``, None where she gave none."""

    name: str
    value: Any
    probability: float
    said: dict[Any, Any]
    state: Literal["sure", "review"]


class FusedAnnotation(msgspec.Struct, frozen=True):
    """What several people say of an item together.

    Attributes:
        marks: objects that are there (existence at least .5), with relations and values of the item's attributes.
        dropped: objects that some drew and that are not there, as far as the others go.
        agreement: mean agreement of pairs of people over all objects and values, 0..1: similarity of their shapes where
            both drew the object with the same label, 0 where one did not; 1 when nobody drew anything. None with one person.
        unsure: how many objects, relations and values somebody should look at.
    """

    marks: list[FusedMark]
    dropped: list[FusedMark]
    relations: list[Relation]
    values: list[FusedValue]
    agreement: float | None
    unsure: int

    @property
    def annotation(self) -> Annotation:
        """The result itself."""
        attrs = {v.name: v.value for v in self.values if v.value is not None}
        return Annotation([m.mark for m in self.marks], self.relations, attrs)


class AnnotationConsensus:
    """``MarkConsensus`` for the marks, votes for relations, ``DawidSkene`` (or votes where items are few) for values.

    A choice or a truth value is a class; several choices are one yes/no question each; numbers are fused by weighted
    median and text by ``Rover``. Fit many items of the same people together: their errors are learnt from all of them.

    Args:
        attributes: the schema's attributes of items, for their types; unknown ones are taken by the type of their values.
        enough: objects, or items with a value, needed to learn from how people differ.
        skills: as for ``MarkConsensus``; values are judged by them too.
    """

    results_: dict[Any, FusedAnnotation]
    engine_: MarkConsensus

    def __init__(
        self,
        *,
        attributes: Sequence[Attribute] = (),
        enough: int = 30,
        skills: Mapping[Any, float] | None = None,
    ) -> None:
        self.enough, self.skills = enough, skills
        self._types = {a.id: a.type for a in attributes if a.scope == "item"}

    def fit_predict(self, annotations: Mapping[Any, Mapping[Any, Annotation]]) -> dict[Any, FusedAnnotation]:
        """Fuse ``{item: {worker: annotation}}``.

        Raises:
            InputError: a mark's geometry has no fusing rule.
        """
        return self.fit(annotations).results_

    def fit(self, annotations: Mapping[Any, Mapping[Any, Annotation]]) -> Self:
        """As ``fit_predict``, returning self."""
        self.engine_ = MarkConsensus(keep=0.0, enough=self.enough, skills=self.skills)
        marks = {item: {w: a.marks for w, a in own.items()} for item, own in annotations.items()}
        fused = self.engine_.fit_predict(marks)
        values = self._values(annotations)
        self.results_ = {
            item: _joined(own, fused[item], values.get(item, [])) for item, own in annotations.items()
        }
        return self

    # ---- values of the item
    def _values(self, annotations: Mapping[Any, Mapping[Any, Annotation]]) -> dict[Any, list[FusedValue]]:
        names = sorted({n for own in annotations.values() for a in own.values() for n in a.item_attrs})
        found: dict[Any, list[FusedValue]] = {}
        for name in names:
            said = {
                item: {w: a.item_attrs.get(name) for w, a in own.items()}
                for item, own in annotations.items()
                if any(name in a.item_attrs for a in own.values())
            }
            kind = self._types.get(name) or _type_of(v for own in said.values() for v in own.values())
            fused = {"float": _numbers, "text": _texts, "choices": self._choices}.get(kind, self._votes)(said)
            for item, (value, chance) in fused.items():
                state: Literal["sure", "review"] = "sure" if chance >= _HIGH else "review"
                found.setdefault(item, []).append(FusedValue(name, value, chance, said[item], state))
        return found

    def _votes(self, said: Mapping[Any, Mapping[Any, Any]]) -> dict[Any, tuple[Any, float]]:
        values: dict[str, Any] = {}
        rows = []
        items = list(said)
        for number, item in enumerate(items):
            for worker, value in said[item].items():
                key = "=" + msgspec.json.encode(value).decode()
                values[key] = value
                rows.append((number, worker, key))
        if self.skills is not None:
            return {item: _by_skill(said[item], self.skills) for item in items}
        answers = Answers.from_rows(rows)
        if len(answers.labels) < 2:
            return {item: (next(iter(values.values())), 1.0) for item in items}
        model = DawidSkene() if len(items) >= self.enough else MajorityVote()
        model.fit(answers)
        chosen = zip(model.items_, model.labels_, model.confidence_.tolist(), strict=True)
        return {items[n]: (values[label], float(chance)) for n, label, chance in chosen}

    def _choices(self, said: Mapping[Any, Mapping[Any, Any]]) -> dict[Any, tuple[Any, float]]:
        options = sorted(
            {v for own in said.values() for values in own.values() for v in values or []}, key=str
        )
        out: dict[Any, tuple[list[Any], float]] = {item: ([], 1.0) for item in said}
        for option in options:
            yes = {i: {w: option in (values or []) for w, values in own.items()} for i, own in said.items()}
            for item, (chosen, chance) in self._votes(yes).items():
                kept, least = out[item]
                out[item] = ([*kept, option] if chosen else kept, min(least, chance))
        return dict(out)


def _by_skill(own: Mapping[Any, Any], skills: Mapping[Any, float]) -> tuple[Any, float]:
    keys = {w: msgspec.json.encode(v).decode() for w, v in own.items()}
    classes = [*dict.fromkeys(keys.values())]
    # Something else than all of them said stays possible, or one person alone would be sure.
    chances = one_coin_posterior(list(keys.values()), [skills[w] for w in keys], [*classes, "\x00other"])
    best = max(classes, key=lambda key: chances[key])
    return next(own[w] for w, key in keys.items() if key == best), chances[best]


def _numbers(said: Mapping[Any, Mapping[Any, Any]]) -> dict[Any, tuple[Any, float]]:
    """Median; the share of people within a tenth of it (of the spread of all answers) is how sure it is."""
    every = [float(v) for own in said.values() for v in own.values() if v is not None]
    near = 0.1 * (max(every) - min(every)) if every else 0.0
    out: dict[Any, tuple[Any, float]] = {}
    for item, own in said.items():
        given = np.array([[float(v)] for v in own.values() if v is not None])
        middle = float(weighted_median(given, np.ones(len(given)))[0])
        out[item] = (middle, float((np.abs(given - middle) <= near).sum()) / len(own))
    return out


def _texts(said: Mapping[Any, Mapping[Any, Any]]) -> dict[Any, tuple[Any, float]]:
    out: dict[Any, tuple[Any, float]] = {}
    for item, own in said.items():
        texts = [str(v) for v in own.values() if v]
        fused = Rover().fuse(texts).text if texts else None
        out[item] = (fused, sum(t == fused for t in texts) / len(own) if texts else 1.0)
    return out


def _type_of(values: Any) -> str:
    kinds = {type(v) for v in values if v is not None}
    if list in kinds:
        return "choices"
    return "float" if float in kinds else "choice"


def _joined(
    own: Mapping[Any, Annotation], objects: list[FusedMark], values: list[FusedValue]
) -> FusedAnnotation:
    kept = [o for o in objects if o.existence >= 0.5]
    dropped = [o for o in objects if o.existence < 0.5]
    kept = [
        msgspec.structs.replace(o, mark=msgspec.structs.replace(o.mark, id=f"c{n + 1}"))
        for n, o in enumerate(kept)
    ]
    relations, doubtful = _relations(own, kept)
    pairs = sum(o.pairs for o in objects)
    agreeing = sum(o.agreeing for o in objects)
    for value in values:
        given = Counter(msgspec.json.encode(v) for v in value.said.values())
        pairs += len(own) * (len(own) - 1) // 2
        agreeing += sum(n * (n - 1) // 2 for n in given.values())
    agreement = None if len(own) < 2 else agreeing / pairs if pairs else 1.0
    unsure = doubtful + sum(o.state == "review" for o in objects) + sum(v.state == "review" for v in values)
    return FusedAnnotation(kept, dropped, relations, values, agreement, unsure)


def _relations(own: Mapping[Any, Annotation], kept: Sequence[FusedMark]) -> tuple[list[Relation], int]:
    """Relations between kept objects that at least half of those who drew both ends have, and how many are in doubt."""
    place = {(worker, mark): n for n, o in enumerate(kept) for worker, mark in o.sources.items()}
    votes: dict[tuple[str, int, int], list[Relation]] = {}
    for worker, annotation in own.items():
        for relation in annotation.relations:
            ends = place.get((worker, relation.source)), place.get((worker, relation.target))
            if ends[0] is not None and ends[1] is not None:
                votes.setdefault((relation.type, ends[0], ends[1]), []).append(relation)
    found, doubtful = list[Relation](), 0
    for (kind, a, b), given in sorted(votes.items(), key=lambda v: v[0]):
        both = len(kept[a].sources.keys() & kept[b].sources.keys())
        share = len(given) / max(both, 1)
        doubtful += _LOW < share < _HIGH
        if share >= 0.5:
            found.append(
                Relation(
                    id=f"r{len(found) + 1}", type=kind, source=kept[a].mark.id, target=kept[b].mark.id, attrs=dict(given[0].attrs)
                )
            )  # fmt: skip
    return found, doubtful
