"""From what people say of objects to alpha, confusion, pairs, skills and things to look at: the library's work, row by row.

Nothing here decides about a person. Skills feed the number of answers asked for; what looks odd becomes a case for a human.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doujia.marks import Mark, Nothing, Span, Spans
from doujia.server.quality.votes import ABSENT, Arm, ObjectVotes, Votes

if TYPE_CHECKING:
    from doujia.consensus import Answers
    from doujia.consensus.people.skill import Skill

__all__ = [
    "AlphaRow",
    "CaseRow",
    "GoldCount",
    "PairRow",
    "agreement",
    "cases",
    "confusion",
    "pairs",
    "skills",
]

ARMS: tuple[Arm | str, ...] = ("all", "blind", "assisted")
LEAST_SHARED = 10
MOST_PEOPLE = 1_000
MOST_SHAPES = 3_000
SAME_SHAPES = 3
"""Shapes of two people equal to the last digit, beyond what the machine suggested, from which somebody should look."""
EXAMPLES = 10


@dataclass(frozen=True)
class AlphaRow:
    """Alpha of one measure among the answers of one arm."""

    measure: str
    arm: str
    value: float | None
    low: float | None
    high: float | None
    observed: float | None
    objects: int
    tasks: int
    people: int


@dataclass(frozen=True)
class PairRow:
    """Two people and the objects both judged: how many, the share with the same answer, Cohen's kappa."""

    first: str
    second: str
    shared: int
    equal: float
    kappa: float | None


@dataclass(frozen=True)
class GoldCount:
    """What a graded answer to a known task says of one class: how many were right, missed, or marked though not there."""

    person: str
    label: str
    right: int
    missed: int
    extra: int


@dataclass(frozen=True)
class CaseRow:
    """Something to look at; ``weight`` grows with the evidence."""

    kind: str
    first: str
    second: str
    weight: int
    evidence: dict[str, Any]
    zh: str
    en: str


def _answers(objects: Iterable[ObjectVotes], people: Mapping[str, set[str]] | None = None) -> Answers | None:
    from doujia.consensus import Answers

    rows = [
        (o.key, person, label)
        for o in objects
        for person, label in o.said.items()
        if people is None or person in people.get(o.task, ())
    ]
    return Answers.from_rows(rows) if rows else None


def agreement(votes: Votes, *, seed: int = 0) -> list[AlphaRow]:
    """Return alpha of labels and of shapes, among all answers, those that saw no pre-label, and those that saw one."""
    rows = []
    for arm in ARMS:
        people = {
            task: {p for p, a in by_person.items() if arm in ("all", a)}
            for task, by_person in votes.arms.items()
        }
        shared = [o for o in votes.objects if len(people[o.task] & o.said.keys()) >= 2]
        if not shared:
            continue
        rows += [_class_alpha(shared, people, str(arm), seed), _shape_alpha(shared, people, str(arm), seed)]
    return [r for r in rows if r is not None]


def _class_alpha(
    objects: Sequence[ObjectVotes], people: Mapping[str, set[str]], arm: str, seed: int
) -> AlphaRow | None:
    from doujia.consensus.agreement import alpha

    answers = _answers(objects, people)
    if answers is None:
        return None
    found = alpha(answers, clusters={o.key: o.task for o in objects}, seed=seed)
    return AlphaRow(
        "class", arm, found.value, found.low, found.high, found.agreement, found.units,
        len({o.task for o in objects}), len(answers.workers),
    )  # fmt: skip


def _shape_alpha(
    objects: Sequence[ObjectVotes], people: Mapping[str, set[str]], arm: str, seed: int
) -> AlphaRow | None:
    from doujia.consensus.agreement import alpha_from_distance
    from doujia.metrics import similarity

    groups, tasks, workers = [], set[str](), set[str]()
    for one in objects:
        drawn = {p: m.geometry for p, m in one.shapes.items() if p in people[one.task]}
        if len(drawn) >= 2 and not any(isinstance(g, Nothing) for g in drawn.values()):
            groups.append(list(drawn.values()))
            tasks.add(one.task)
            workers |= drawn.keys()
        if len(groups) == MOST_SHAPES:
            break
    if not groups:
        return None
    found = alpha_from_distance(groups, lambda a, b: 1 - similarity(a, b), expected_pairs=2_000, seed=seed)
    return AlphaRow(
        "shape",
        arm,
        found.value,
        found.low,
        found.high,
        1 - found.observed,
        found.units,
        len(tasks),
        len(workers),
    )


def confusion(votes: Votes) -> list[tuple[str, str, float]]:
    """Return how often two answers about one object say (a, b), unordered, the most frequent first; ABSENT is nothing."""
    from doujia.consensus.agreement import class_confusion

    answers = _answers(votes.objects)
    if answers is None:
        return []
    found = class_confusion(answers)
    rows = []
    for i, first in enumerate(found.labels):
        for j in range(i, len(found.labels)):
            n = float(found.table[i, j]) * (1 if i == j else 2) / 2
            if n > 0:
                a, b = sorted((str(first), str(found.labels[j])))
                rows.append((a, b, round(n, 3)))
    return sorted(rows, key=lambda r: (-r[2], r[0], r[1]))


def pairs(votes: Votes) -> list[PairRow]:
    """Return how alike two people judge, for everybody who shares at least ten objects."""
    import numpy as np

    from doujia.consensus.agreement import pairwise_agreement

    answers = _answers(votes.objects)
    if answers is None or not 2 <= len(answers.workers) <= MOST_PEOPLE:
        return []
    found = pairwise_agreement(answers)
    rows = []
    for i, j in zip(*np.nonzero(np.triu(found.shared >= LEAST_SHARED, 1)), strict=True):
        first, second = sorted((str(found.workers[i]), str(found.workers[j])))
        kappa = float(found.kappa[i, j])
        rows.append(
            PairRow(first, second, int(found.shared[i, j]), float(found.equal[i, j]), None if np.isnan(kappa) else kappa)
        )  # fmt: skip
    return rows


def skills(votes: Votes, gold: Sequence[GoldCount] = ()) -> list[Skill]:
    """Return everybody's accuracy, over all and by class, from known objects and from the others' answers.

    A known task counts as its graded objects: right ones, missed ones, and marks where nothing is.
    """
    from doujia.consensus import Answers
    from doujia.consensus.people import estimate_skills

    rows: list[tuple[str, str, str]] = [(o.key, p, said) for o in votes.objects for p, said in o.said.items()]
    truth = {o.key: o.truth for o in votes.objects if o.truth is not None}
    for n, one in enumerate(gold):
        graded = (
            [(one.label, one.label)] * one.right
            + [(ABSENT, one.label)] * one.missed
            + [(one.label, ABSENT)] * one.extra
        )
        for k, (said, true) in enumerate(graded):
            rows.append((f"gold:{n}:{k}", one.person, said))
            truth[f"gold:{n}:{k}"] = true
    if not rows or len({said for *_, said in rows} | set(truth.values())) < 2:
        return []
    answers = Answers.from_rows(rows)
    return [
        *estimate_skills(answers, truth or None),
        *(s for s in estimate_skills(answers, truth or None, by="class") if s.label != ABSENT),
    ]


def cases(votes: Votes) -> list[CaseRow]:
    """Return what a human should look at: pairs that err alike or draw the same shapes, times that are odd."""
    return [*_copying(votes), *_same_shapes(votes), *_timing(votes)]


def _copying(votes: Votes) -> list[CaseRow]:
    from doujia.consensus.people import find_copying

    # Who saw the same suggestion and kept it errs alike by the machine's fault: only blind answers are evidence.
    blind = {t: {p for p, a in by.items() if a != "assisted"} for t, by in votes.arms.items()}
    answers = _answers((o for o in votes.objects if len(o.said) >= 2), blind)
    if answers is None:
        return []
    truth = {o.key: o.truth for o in votes.objects if o.truth is not None}
    task_of = {o.key: o.task for o in votes.objects}
    found = []
    for pair in find_copying(answers, truth or None):
        first, second = sorted((str(pair.first), str(pair.second)))
        tasks = list(dict.fromkeys(task_of[key] for key in pair.items))
        evidence = {
            "shared": pair.shared, "equal_wrong": pair.equal_wrong, "expected": round(pair.expected, 2),
            "p": pair.p, "q": pair.q, "tasks": tasks[:EXAMPLES],
        }  # fmt: skip
        zh = (
            f"两人共同做过的 {pair.shared} 个对象里,有 {pair.equal_wrong} 个错得一样(按各自习惯只该有约 {pair.expected:.1f} 个)。"
            "也可能是题目本身容易看错,或者一起学的做法。请先看题,再和本人聊。"
        )
        en = (
            f"Of {pair.shared} objects both judged, {pair.equal_wrong} are wrong in the same way (their own habits would give about "
            f"{pair.expected:.1f}). Hard items or a habit learnt together may explain it: look at them, then ask both."
        )
        found.append(CaseRow("copying", first, second, pair.equal_wrong, evidence, zh, en))
    return found


def _same_shapes(votes: Votes) -> list[CaseRow]:
    equal: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in votes.objects:
        suggested = {repr(m.geometry) for m in votes.suggested[one.task]}
        by_shape: dict[str, list[str]] = defaultdict(list)
        for person, mark in one.shapes.items():
            if _drawn_by_hand(mark) and repr(mark.geometry) not in suggested:
                by_shape[repr(mark.geometry)].append(person)
        for people in by_shape.values():
            ordered = sorted(people)
            for i, first in enumerate(ordered):
                for second in ordered[i + 1 :]:
                    equal[first, second].append(one.task)
    found = []
    for (first, second), tasks in sorted(equal.items()):
        if len(tasks) < SAME_SHAPES:
            continue
        evidence = {"shapes": len(tasks), "tasks": list(dict.fromkeys(tasks))[:EXAMPLES]}
        zh = f"两人有 {len(tasks)} 个标注的坐标完全一样,又不是机器提示给的。也可能是同一张图复制的标注。请先看题,再和本人聊。"
        en = (
            f"{len(tasks)} shapes of both are equal to the last digit and were not suggested by the machine. Marks copied between "
            "alike pictures may explain it: look at them, then ask both."
        )
        found.append(CaseRow("same_shape", first, second, len(tasks), evidence, zh, en))
    return found


def _drawn_by_hand(mark: Mark) -> bool:
    """Words and whole items leave no room for a hand's last digit."""
    return not isinstance(mark.geometry, Nothing | Span | Spans)


def _timing(votes: Votes) -> list[CaseRow]:
    """Look at whole answers: what somebody says of an item agrees with what most say of its objects, or it differs."""
    from doujia.consensus import Answers
    from doujia.consensus.people import timing_hints

    said: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in votes.objects:
        most = one.truth or Counter(one.said.values()).most_common(1)[0][0]
        for person, label in one.said.items():
            said[one.task, person].append(label == most)
    rows = [
        (task, person, "agrees" if sum(own) >= 0.8 * len(own) else "differs", votes.active_ms[task, person])
        for (task, person), own in said.items()
        if votes.active_ms.get((task, person), 0) > 0
    ]
    if len({r[2] for r in rows}) < 2 and len(rows) < 20:
        return []
    answers = Answers.from_arrays(
        [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], active_ms=[r[3] for r in rows],
        labels=["agrees", "differs"],
    )  # fmt: skip
    found = []
    for hint in timing_hints(answers):
        evidence = {
            "answers": hint.answers, "share": round(hint.share, 3), "right_when_fast": hint.right_when_fast,
            "right_otherwise": hint.right_otherwise,
        }  # fmt: skip
        found.append(
            CaseRow(hint.kind, str(hint.worker), "", round(hint.share * hint.answers), evidence, hint.note.zh, hint.note.en)
        )  # fmt: skip
    return found
