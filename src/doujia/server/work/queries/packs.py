"""A pack of taken tasks with everything the bench needs to show them, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from doujia.server.kernel import clock
from doujia.server.kernel.statements import Statement, together
from doujia.server.work import counts, neighbours, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions.leases import Held
from doujia.server.work.models import KnownAnswer, Review, Submission

__all__ = ["Described", "describe", "describe_with_day"]

MOST_SAID = 8
"""Answers to a known task that an arbiter is shown beside what is held to be right."""


@dataclass(frozen=True)
class Described:
    """Tasks as the contract has them, the versions of the projects they belong to, and the person's day."""

    tasks: list[dict[str, Any]]
    setups: dict[str, dict[str, int]]
    today: counts.Today


def describe(held: Sequence[Held], person: str) -> tuple[list[dict[str, Any]], dict[str, dict[str, int]]]:
    """Return the tasks as the contract has them, and the versions of the projects they belong to."""
    seen = describe_with_day(held, person)
    return seen.tasks, seen.setups


def describe_with_day(held: Sequence[Held], person: str) -> Described:
    """Return what the bench needs to show leased tasks to ``person``, and her day, which comes in the same message."""
    now = clock.now()
    ids = [h.place.task for h in held]
    if not ids:
        return Described([], {}, counts.today(person, now))
    tasks, remarks, day = together([_tasks(ids, person), _remarks(ids), counts.reading(person, now)])
    found = {r[0]: _Kept(*r[1:]) for r in tasks}
    comments = _comments(remarks)
    items = neighbours.items({f.item for f in found.values()})
    earlier = _Earlier(held)
    setups = {h.project: neighbours.setup(h.project) for h in held}
    out = []
    for one in held:
        place, setup = one.place, setups[one.project]
        kept = found[place.task]
        item = items.get(kept.item)
        if item is None:
            continue
        shown = kept.prelabels is not None and _shows_prelabel(one, setup)
        out.append(
            {
                "id": opaque.encode(place.task), "project": one.project, "slot": opaque.encode(place.id), "lease": one.token,
                "fence": place.fence, "until": place.until, "mode": one.mode,
                "item": {
                    "id": opaque.encode(place.task), "name": item.name, "media": item.media, "attrs": item.attrs,
                    "urls": neighbours.signed_urls(item, place.until or now, one.token),
                },
                "schema_version": setup.schema_version, "guideline_version": setup.guideline_version,
                "prelabels": msgspec.Raw((kept.prelabels or "[]").encode()) if shown else [],
                "draft": _draft(kept), "previous": earlier.subject(place), "before_previous": earlier.before(place),
                "candidates": earlier.candidates(place), "fused": earlier.fused(place), "findings": earlier.findings(place),
                "comments": [] if place.kind == "known" else earlier.unprejudiced(place, comments.get(place.task, [])),
                "price_fen": setup.settings.price_fen,
            }
        )  # fmt: skip
    versions = {
        p: {"schema_version": s.schema_version, "guideline_version": s.guideline_version}
        for p, s in setups.items()
    }
    return Described(out, versions, counts.read(day))


@dataclass(frozen=True, slots=True)
class _Kept:
    """What one statement finds about a task."""

    item: str
    prelabels: str | None
    draft_seq: int | None
    draft: str | None


def _tasks(ids: list[int], person: str) -> Statement:
    marks = ", ".join(["%s"] * len(ids))
    return (
        "SELECT t.id, t.item, p.marks, d.seq, d.document FROM work_task t LEFT JOIN work_prelabel p ON p.task_id = t.id"
        f" LEFT JOIN work_draft d ON d.task_id = t.id AND d.person = %s WHERE t.id IN ({marks})",
        (person, *ids),
    )


def _remarks(ids: list[int]) -> Statement:
    marks = ", ".join(["%s"] * len(ids))
    return (
        f"SELECT task_id, id, person, x, y, mark, text, at FROM work_comment WHERE task_id IN ({marks}) ORDER BY id",
        ids,
    )


def _shows_prelabel(held: Held, setup: neighbours.ProjectSetup) -> bool:
    """A share of the tasks comes without, so that we know what pre-labels are worth; reviews show the answer."""
    if held.place.kind not in ("work", "known"):
        return False
    seed = queues.by_id(held.place.queue).seed
    return opaque.fraction(seed, "prelabel", held.place.task) < setup.settings.prelabel_share


def _draft(kept: _Kept) -> dict[str, Any] | None:
    if kept.draft is None:
        return None
    return {"seq": kept.draft_seq, **{k: msgspec.Raw(v) for k, v in _parts(kept.draft).items()}}


def _parts(document: str) -> dict[str, bytes]:
    raw = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    return {k: bytes(v) for k, v in raw.items()}


def _comments(rows: Sequence[tuple[Any, ...]]) -> dict[int, list[dict[str, Any]]]:
    out: dict[int, list[dict[str, Any]]] = {}
    for task, number, person, x, y, mark, text, at in rows:
        place = [x, y] if x is not None else None
        out.setdefault(task, []).append(
            {
                "id": str(number),
                "by": person,
                "place": place,
                "mark": mark,
                "text": text,
                "at": sql.read_time(at),
            }
        )
    return out


class _Earlier:
    """Earlier answers that a review, a rework or an arbitration shows; read at once for the whole pack."""

    def __init__(self, held: Sequence[Held]) -> None:
        wanted = {
            h.place.subject for h in held if h.place.subject is not None and h.mode in ("review", "rework")
        }
        self.by_id: dict[UUID, Submission] = (
            {s.id: s for s in Submission.objects.filter(id__in=wanted)} if wanted else {}
        )
        previous = {s.previous for s in self.by_id.values() if s.previous is not None}
        if previous:
            self.by_id |= {s.id: s for s in Submission.objects.filter(id__in=previous)}
        self.modes = {h.place.id: h.mode for h in held}
        self.verdicts: dict[UUID, list[Any]] = {}
        self.judges: dict[UUID, set[str]] = {}
        if self.by_id:
            for review in Review.objects.filter(submission__in=list(self.by_id)).order_by("at"):
                self.verdicts[review.submission] = msgspec.json.decode(review.findings)
                self.judges.setdefault(review.submission, set()).add(review.reviewer)
        self.answers: dict[int, list[Submission]] = {}
        self.right: dict[int, str] = {}
        deciding = [h.place.task for h in held if h.place.kind == "arbitrate"]
        if deciding:
            for s in (
                Submission.objects.filter(task_id__in=deciding)
                .exclude(state__in=("extra", "aside", "fixed", "reopened", "replaced"))
                .order_by("id")
            ):
                self.answers.setdefault(s.task_id, []).append(s)
            self.right = dict(
                KnownAnswer.objects.filter(task_id__in=deciding).values_list("task_id", "document")
            )

    def subject(self, place: sql.Place) -> dict[str, Any] | None:
        return self._shown(place.subject) if self.modes[place.id] in ("review", "rework") else None

    def before(self, place: sql.Place) -> dict[str, Any] | None:
        subject = self.by_id.get(place.subject) if place.subject else None
        return (
            self._shown(subject.previous)
            if subject is not None and self.modes[place.id] == "review"
            else None
        )

    def findings(self, place: sql.Place) -> list[Any]:
        """What was found wrong: with the answer she redoes, or with the one before the revision to check."""
        subject = self.by_id.get(place.subject) if place.subject else None
        if subject is None:
            return []
        about = subject.id if self.modes[place.id] == "rework" else subject.previous
        return self.verdicts.get(about, []) if about else []

    def unprejudiced(self, place: sql.Place, comments: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Comments without those of whoever judged the very answer that is to be checked: a second check is blind."""
        judges = self.judges.get(place.subject, set()) if place.subject and place.kind == "review" else set()
        return [c for c in comments if c["by"] not in judges] if judges else comments

    def candidates(self, place: sql.Place) -> list[dict[str, Any]]:
        """Anonymous answers, the latest of each slot, in an order that says nothing about who or when.

        Of a known task whose answer is in doubt: what its file says, and some of what people said.
        """
        if place.kind != "arbitrate":
            return []
        latest: dict[int, Submission] = {}
        for s in self.answers.get(place.task, []):
            if s.mode == "consensus":
                continue
            if s.slot not in latest or s.revision > latest[s.slot].revision:
                latest[s.slot] = s
        seed = queues.by_id(place.queue).seed
        found = {str(s.id): s.document for s in latest.values() if s.mode != "known"}
        said = {str(s.id): s.document for s in latest.values() if s.mode == "known"}
        if place.task in self.right:
            found["file"] = self.right[place.task]

        def drawn(key: str) -> float:
            return opaque.fraction(seed, "candidate", place.id, key)

        found |= {key: said[key] for key in sorted(said, key=drawn)[:MOST_SAID]}
        return [
            {
                "key": chr(65 + i),
                **{k: msgspec.Raw(v) for k, v in _parts(found[key]).items()},
            }
            for i, key in enumerate(sorted(found, key=drawn))
        ]

    def fused(self, place: sql.Place) -> dict[str, Any] | None:
        """What the answers together say, as far as they agree; the arbiter may take it."""
        if place.kind != "arbitrate":
            return None
        proposed = [
            s for s in self.answers.get(place.task, []) if s.mode == "consensus" and s.state == "proposed"
        ]
        return {k: msgspec.Raw(v) for k, v in _parts(proposed[-1].document).items()} if proposed else None

    def _shown(self, submission: UUID | None) -> dict[str, Any] | None:
        found = self.by_id.get(submission) if submission else None
        if found is None:
            return None
        return {
            "id": str(found.id), "revision": found.revision, "guideline_version": found.guideline_version,
            **{k: msgspec.Raw(v) for k, v in _parts(found.document).items()},
        }  # fmt: skip
