"""The errors themselves: what was found wrong, with the place in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from doujia.marks import ImageMedia
from doujia.server.data import media
from doujia.server.data import queries as data
from doujia.server.kernel import clock
from doujia.server.kernel.api import cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.projects import queries as projects
from doujia.server.quality.models import Appeal, CheckFinding
from doujia.server.quality.queries.reports.figures import window
from doujia.server.work import queries as work

__all__ = ["FindingFilter", "FindingPage", "FindingRow", "gallery", "rows_of", "under_appeal"]

LOOK = timedelta(minutes=30)


@dataclass(frozen=True)
class FindingFilter:
    """Which errors; empty fields do not filter."""

    error_class: str = ""
    label: str = ""
    person: str = ""
    rule: str = ""


@dataclass(frozen=True)
class FindingRow:
    """One error.

    Attributes:
        label: the class it concerns, empty where nobody said which; ``fixed``: the reviewer changed it without words.
        region: ``[x0, y0, x1, y1]`` px in the picture, None where it has no place.
        width, height: of the picture, 0 for what is not one; ``preview`` and ``full`` are its signed addresses.
    """

    id: str
    at: datetime
    task: str
    submission: str
    item: str
    item_name: str
    person: str
    name: str
    error_class: str
    severity: str
    label: str
    rule: str
    text: str
    mark: str
    fixed: bool
    verdict: str
    region: tuple[float, float, float, float] | None
    width: int
    height: int
    preview: str | None
    full: str | None


@dataclass(frozen=True)
class FindingPage:
    """A page of errors, newest first, and the cursor of the next."""

    items: list[FindingRow]
    next: str | None


def under_appeal(project: str) -> QuerySet[Appeal, UUID]:
    """Return the answers of a project that are being judged a second time."""
    return Appeal.objects.filter(project=project, state="open").values_list("submission", flat=True)


def gallery(
    *, actor: Actor, project: str, where: FindingFilter, days: int, cursor: str | None = None, limit: int = 24
) -> FindingPage:
    """Return errors of a project, newest first; the number of statements is fixed.

    Raises:
        NotFound, Forbidden
    """
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    w = window(days)
    found = CheckFinding.objects.filter(project=project, day__gte=w.first, day__lte=w.last, of__void=False)
    # Whoever looks here may be the one who has to judge an appeal blind.
    found = found.exclude(of__submission__in=under_appeal(project))
    for name in ("error_class", "label", "person", "rule"):
        value = getattr(where, name)
        if value:
            found = found.filter(**{name: value})
    after = cursor_decode(cursor, 2)
    if after is not None:
        day = date.fromisoformat(str(after[0]))
        found = found.filter(Q(day__lt=day) | Q(day=day, id__lt=int(after[1])))
    rows = list(found.select_related("of").order_by("-day", "-id")[: limit + 1])
    more = cursor_encode(rows[limit - 1].day.isoformat(), rows[limit - 1].id) if len(rows) > limit else None
    return FindingPage(rows_of(rows[:limit], actor, thing), more)


def rows_of(rows: Sequence[CheckFinding], actor: Actor, thing: Thing) -> list[FindingRow]:
    """Return findings as a viewer sees them, with signed addresses that are good for half an hour."""
    items = data.get_items({r.of.item for r in rows})
    names = work.names_for(actor, thing, {r.person for r in rows})
    until = clock.now() + LOOK
    out = []
    for r in rows:
        item = items.get(r.of.item)
        urls: dict[str, Any] = (
            media.signed_urls(item, until, f"person:{actor.person}", cacheable=True)
            if item is not None
            else {}
        )
        picture = item.media if item is not None and isinstance(item.media, ImageMedia) else None
        region = (
            (r.x0, r.y0, r.x1, r.y1)
            if r.x0 is not None and r.y0 is not None and r.x1 is not None and r.y1 is not None
            else None
        )
        out.append(
            FindingRow(
                id=str(r.id), at=r.of.at, task=r.of.task, submission=str(r.of.submission), item=r.of.item,
                item_name=item.name if item is not None else "", person=r.person, name=names.get(r.person, ""), error_class=r.error_class,
                severity=r.severity, label=r.label, rule=r.rule, text=r.text, mark=r.mark, fixed=r.fixed, verdict=r.of.verdict, region=region,
                width=picture.width if picture is not None else 0, height=picture.height if picture is not None else 0,
                preview=urls.get("preview") if picture is not None else None, full=urls.get("full") if picture is not None else None,
            )
        )  # fmt: skip
    return out
