"""Bodies that requests carry and answers that have no view of their own."""

from __future__ import annotations

from typing import Any

import msgspec

from doujia.marks import Mark, Relation
from doujia.marks.deltas import Delta
from doujia.server.work.counts import Today

__all__ = [
    "AskBody", "Changed", "CommentBody", "DraftBody", "ExtendBody", "FilterBody", "LeaseBody", "Made", "NextAnswer", "NextBody",
    "PauseBody", "PriorityBody", "ReassignBody", "ReopenedAnswer", "ReopenedTasks", "SkipBody", "StateAnswer", "TasksBody", "TasksMade", "TextBody",
]  # fmt: skip


class NextBody(msgspec.Struct, kw_only=True):
    """Take the next tasks. ``have``: ids of the tasks this browser still holds.

    ``store``: further ones against a dead line; given only while plenty is left for others.
    """

    project: str | None = None
    want: int = 1
    have: list[str] = []
    kind: str = "work"
    store: bool = False


class TileLevel(msgspec.Struct, kw_only=True):
    """One level of a tile pyramid."""

    w: int
    h: int
    scale: float


class Tiles(msgspec.Struct, kw_only=True):
    """A tile pyramid; ``url`` has ``{level}/{x}_{y}`` to fill in."""

    size: int
    levels: list[TileLevel]
    url: str


class Urls(msgspec.Struct, kw_only=True):
    """Addresses of the media, signed for the lease."""

    preview: str
    full: str
    tiles: Tiles | None = None


class TaskItem(msgspec.Struct, kw_only=True):
    """The item of a task. Its id says nothing about when it came."""

    id: str
    name: str
    media: dict[str, Any]
    attrs: dict[str, Any]
    urls: Urls


class DraftShown(msgspec.Struct, kw_only=True):
    """The latest draft."""

    seq: int
    marks: list[Mark]
    relations: list[Relation]
    item_attrs: dict[str, Any]


class SubmissionShown(msgspec.Struct, kw_only=True):
    """An earlier answer."""

    id: str
    revision: int
    guideline_version: int
    marks: list[Mark]
    relations: list[Relation]
    item_attrs: dict[str, Any]


class CandidateShown(msgspec.Struct, kw_only=True):
    """An anonymous answer to decide about."""

    key: str
    marks: list[Mark]
    relations: list[Relation]
    item_attrs: dict[str, Any]


class FindingShown(msgspec.Struct, kw_only=True):
    """What a check found wrong."""

    error_class: str
    severity: str = "major"
    mark: str | None = None
    place: tuple[float, float] | None = None
    rule: str | None = None
    text: str | None = None


class CommentShown(msgspec.Struct, kw_only=True):
    """A remark at a place."""

    id: str
    by: str
    place: tuple[float, float] | None
    mark: str | None
    text: str
    at: str


class TaskShown(msgspec.Struct, kw_only=True):
    """A leased task with everything the bench needs."""

    id: str
    project: str
    slot: str
    lease: str
    fence: int
    until: str
    mode: str
    item: TaskItem
    schema_version: int
    guideline_version: int
    prelabels: list[Mark]
    draft: DraftShown | None
    previous: SubmissionShown | None
    before_previous: SubmissionShown | None
    candidates: list[CandidateShown]
    fused: dict[str, Any] | None
    findings: list[FindingShown]
    comments: list[CommentShown]
    price_fen: int | None


class Versions(msgspec.Struct, kw_only=True):
    """Which set-up of a project the tasks were given under."""

    schema_version: int
    guideline_version: int


class EmptyShown(msgspec.Struct, kw_only=True):
    """Why there is nothing: done, no_right, paused or all_leased."""

    reason: str
    zh: str
    en: str


class NextAnswer(msgspec.Struct, kw_only=True):
    """The pack."""

    tasks: list[TaskShown]
    setups: dict[str, Versions]
    today: Today
    empty: EmptyShown | None


class DraftBody(msgspec.Struct, kw_only=True):
    """A snapshot (``base`` null, with marks) or the deltas after ``base``."""

    lease: str
    seq: int
    base: int | None = None
    deltas: list[Delta] = []
    marks: list[dict[str, Any]] | None = None
    relations: list[dict[str, Any]] = []
    item_attrs: dict[str, Any] = {}
    active_ms: int = 0


class LeaseBody(msgspec.Struct, kw_only=True):
    """Names a lease."""

    lease: str


class SkipBody(msgspec.Struct, kw_only=True):
    """Refuse a task, with a reason."""

    lease: str
    reason: str
    text: str = ""


class StateAnswer(msgspec.Struct, kw_only=True):
    """What became of it."""

    state: str


class ReopenedAnswer(msgspec.Struct, kw_only=True):
    """The task that is open again."""

    task: str


class Made(msgspec.Struct, kw_only=True):
    """The id of what was made."""

    id: str


class CommentBody(msgspec.Struct, kw_only=True):
    """A remark, pinned to a place (px) or a mark."""

    text: str
    place: tuple[float, float] | None = None
    mark: str | None = None


class AskBody(msgspec.Struct, kw_only=True):
    """A question to the lead."""

    text: str
    task: str | None = None


class TextBody(msgspec.Struct, kw_only=True):
    """Some text."""

    text: str


class TaskWanted(msgspec.Struct, kw_only=True):
    """One task to make."""

    item: str
    priority: int = 0


class TasksBody(msgspec.Struct, kw_only=True):
    """Tasks to make, at most 10,000 at once."""

    tasks: list[TaskWanted]


class TasksMade(msgspec.Struct, kw_only=True):
    """Ids of the new tasks; items that had one already or are not in the project's data are left out."""

    made: int
    tasks: list[str]


class PauseBody(msgspec.Struct, kw_only=True):
    """Pause or go on."""

    paused: bool


class ReassignBody(msgspec.Struct, kw_only=True):
    """Offer tasks to a person (null: to anybody) for some hours."""

    tasks: list[str]
    person: str | None = None
    hours: float = 24.0


class ExtendBody(msgspec.Struct, kw_only=True):
    """Give more time from now."""

    tasks: list[str]
    minutes: int


class PriorityBody(msgspec.Struct, kw_only=True):
    """Higher is served sooner; 0 is usual."""

    tasks: list[str]
    priority: int


class TaskList(msgspec.Struct, kw_only=True):
    """Names tasks."""

    tasks: list[str]


class ReopenedTasks(msgspec.Struct, kw_only=True):
    """How many were opened again, and how many could not be."""

    changed: int
    refused: int


class FilterBody(msgspec.Struct, kw_only=True):
    """A filter to keep under a name."""

    name: str
    query: dict[str, Any]


class Changed(msgspec.Struct, kw_only=True):
    """How many were changed."""

    changed: int
