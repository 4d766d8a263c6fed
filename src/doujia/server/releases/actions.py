"""Making releases and asking for them in a format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet

from doujia.formats import get as get_format
from doujia.formats.contract import LOSS_CODES
from doujia.server.kernel import audit, clock, db, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, NotFound, Unprocessable
from doujia.server.projects import queries as projects
from doujia.server.releases.models import Export, Release

__all__ = ["export_release", "make_release"]


def make_release(*, actor: Actor, project: str, name: str = "", notes: str = "") -> str:
    """Start the next numbered release of a project and return its id; a job does the work.

    Raises:
        Conflict: one is being made already.
    """
    thing = projects.thing(project)
    require(actor, "release.make", thing)
    if len(name) > 200 or len(notes) > 20_000:
        raise Unprocessable("text_too_long", zh="名字或说明太长了。", en="Name or notes are too long.")
    with db.write():
        mine = Release.objects.filter(project=project)
        _give_up_stopped(mine.filter(state="making"))
        if mine.filter(state="making").exists():
            raise Conflict(
                "release_in_progress",
                zh="已经有一个版本正在生成。",
                en="A release of this project is being made already.",
            )
        number = (mine.aggregate(last=Max("number"))["last"] or 0) + 1
        release = Release.objects.create(
            project=project,
            number=number,
            name=name,
            notes=notes,
            made_by=actor.person,
            created_at=clock.now(),
        )
        tenant = projects.setup(project).client
        release.job = jobs.enqueue(
            "releases.make",
            {"release": str(release.id)},
            actor=actor,
            tenant=tenant,
            thing=f"project:{project}",
        )
        release.save(update_fields=["job"])
        audit.record(
            actor, "release.started", f"release:{release.id}", tenant=tenant, project=project, number=number
        )
    return str(release.id)


def export_release(*, actor: Actor, release: str, format: str, allow_loss: Sequence[str] = ()) -> str:
    """Ask for a release in a format; the same request again gives the same export.

    Args:
        allow_loss: codes of losses that are accepted; without them an export that would lose items, marks, shapes or
            classes is refused with the list of codes.
    """
    row = _release(release)
    require(actor, "release.export", projects.thing(row.project))
    if row.state != "ready":
        raise Conflict("release_not_ready", zh="这个版本还没有生成好。", en="This release is not ready yet.")
    chosen = get_format(format)
    if chosen.write is None:
        raise Unprocessable("format_read_only", zh=f"{format} 只能读入。", en=f"{format} can only be read.")
    unknown = sorted(set(allow_loss) - LOSS_CODES.keys())
    if unknown:
        raise Unprocessable(
            "loss_code_unknown",
            zh=f"没有这种损失:{', '.join(unknown)[:200]}",
            en=f"No such loss: {', '.join(unknown)[:200]}",
        )
    allowed = sorted(set(allow_loss))
    with db.write():
        same = (
            Export.objects.filter(release=row, format=chosen.name, allow_loss=allowed)
            .exclude(state="failed")
            .first()
        )
        if same is not None:
            return str(same.id)
        made = Export.objects.create(
            release=row, format=chosen.name, allow_loss=allowed, made_by=actor.person, created_at=clock.now()
        )
        tenant = projects.setup(row.project).client
        made.job = jobs.enqueue(
            "releases.export",
            {"export": str(made.id)},
            actor=actor,
            tenant=tenant,
            thing=f"project:{row.project}",
        )
        made.save(update_fields=["job"])
        audit.record(
            actor,
            "release.exported",
            f"release:{row.id}",
            tenant=tenant,
            project=row.project,
            format=chosen.name,
        )
    return str(made.id)


def _give_up_stopped(waiting: QuerySet[Any]) -> None:
    """Mark as failed what a cancelled or failed job will not finish; resuming the job finishes it all the same."""
    for row in waiting:
        if row.job and jobs.get(row.job).state in ("failed", "cancelled"):
            row.state = "failed"
            row.save(update_fields=["state"])


def _release(release: str) -> Release:
    try:
        return Release.objects.get(id=UUID(release))
    except (Release.DoesNotExist, ValueError) as error:
        raise NotFound("release_not_found", zh="没有这个版本。", en="There is no such release.") from error
