"""Everything a person can do to a project."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from doujia.marks import Schema
from doujia.server.data import queries as data
from doujia.server.data.actions import share
from doujia.server.kernel import audit, clock, db, events, jobs, storage
from doujia.server.kernel.authz import CLIENT, MANAGER, Actor, Thing, can, require
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable
from doujia.server.kernel.ids import opaque
from doujia.server.projects import queries, schema_rules
from doujia.server.projects.events import GuidelineChanged, ItemsAdded, ProjectStateChanged, SchemaChanged
from doujia.server.projects.models import (
    GuidelineAsset,
    GuidelineVersion,
    Project,
    ProjectTenant,
    SchemaVersion,
)
from doujia.server.projects.partners import require_partners
from doujia.server.projects.setup import settings_from

__all__ = [
    "add_asset",
    "add_items",
    "create_project",
    "edit_project",
    "offer",
    "save_guideline",
    "save_schema",
    "set_state",
    "start_adding",
]

LONGEST_NAME, LONGEST_GUIDELINE = 120, 200_000
MOVES = {
    "draft": {"running"},
    "running": {"paused", "done"},
    "paused": {"running", "done"},
    "done": {"running"},
}
_STATES = {"draft": "准备中", "running": "进行中", "paused": "暂停", "done": "做完了"}
ADD_AT_ONCE = 2000
SHARED_AT_ONCE = 1000


def create_project(
    *,
    actor: Actor,
    client: str,
    bases: Iterable[str],
    name: str,
    schema: Schema,
    guideline: str = "",
    settings: dict[str, Any] | None = None,
    datasets: Iterable[str] = (),
    medium: str = "image",
    template: str = "",
    priority: int = 0,
) -> str:
    """Create a project in state ``draft`` and return its id.

    Raises:
        ValidationError: the schema cannot be used; every problem is named.
        Unprocessable: name, settings or guideline cannot be used, or a tenant may not be named.
    """
    base_ids = list(dict.fromkeys(bases))
    require(actor, "project.create", Thing(frozenset({client, *base_ids})))
    require_partners(actor, client=client, bases=base_ids)
    schema_rules.check(schema)
    checked = settings_from(settings or {})
    chosen = _usable(actor, datasets, {client, *base_ids})
    now = clock.now()
    with db.write():
        project = Project.objects.create(
            id=opaque(), name=_name(name), client=client, bases=base_ids, datasets=chosen, medium=medium, template=template,
            priority=priority, settings=msgspec.to_builtins(checked), created_by=actor.person, created_at=now, changed_at=now,
        )  # fmt: skip
        ProjectTenant.objects.bulk_create(
            [ProjectTenant(project=project, tenant=t) for t in {client, *base_ids}]
        )
        _write_schema(project, schema, actor)
        _write_guideline(project, guideline, "", actor)
        audit.record(actor, "project.created", f"project:{project.id}", tenant=client, name=project.name)
    return project.id


def edit_project(
    *,
    actor: Actor,
    project: str,
    revision: int | None,
    name: str | None = None,
    bases: list[str] | None = None,
    datasets: list[str] | None = None,
    priority: int | None = None,
    settings: dict[str, Any] | None = None,
) -> int:
    """Change a project and return its new revision; ``revision`` is the one the editor saw.

    Raises:
        Conflict: somebody else changed it meanwhile.
        Unprocessable: a setting cannot be used, or a base may not be named or taken out by the actor.
    """
    require(actor, "project.edit", queries.thing(project))
    with db.write():
        row = _locked(project, revision)
        if name is not None:
            row.name = _name(name)
        if priority is not None:
            row.priority = max(-1000, min(1000, priority))
        if datasets is not None:
            row.datasets = _usable(actor, datasets, {row.client, *row.bases})
        if settings is not None:
            row.settings = msgspec.to_builtins(settings_from({**row.settings, **settings}))
        if bases is not None:
            row.bases = _changed_bases(actor, row, list(dict.fromkeys(bases)))
            wanted = {row.client, *row.bases}
            ProjectTenant.objects.filter(project=row).exclude(tenant__in=wanted).delete()
            have = set(ProjectTenant.objects.filter(project=row).values_list("tenant", flat=True))
            ProjectTenant.objects.bulk_create([ProjectTenant(project=row, tenant=t) for t in wanted - have])
        _touch(row)
        audit.record(actor, "project.edited", f"project:{project}", tenant=row.client, fields=[
            n for n, v in (("name", name), ("bases", bases), ("datasets", datasets), ("priority", priority), ("settings", settings)) if v is not None
        ])  # fmt: skip
    if bases is not None:
        for dataset in data.datasets(actor=actor, limit=SHARED_AT_ONCE):
            if dataset.id in row.datasets and can(actor, "dataset.edit", data.owner_thing(dataset)):
                share(actor=actor, dataset=dataset.id, tenants=row.bases)
    return row.revision


def _changed_bases(actor: Actor, row: Project, wanted: list[str]) -> list[str]:
    """Check a change of the bases: who owns the project chooses them; the manager of one may take her own out."""
    require_partners(actor, client=None, bases=[b for b in wanted if b not in row.bases])
    if not actor.is_admin() and row.client not in actor.tenants(CLIENT, MANAGER):
        own = actor.tenants(MANAGER)
        if set(row.bases) - set(wanted) - own or set(wanted) - set(row.bases) - own:
            raise Forbidden(
                "bases_of_the_owner",
                zh="哪些基地来做,由甲方定;你只能加上或退出自己的基地。",
                en="The client chooses the bases; you may only add or take out your own.",
            )
    return wanted


def set_state(*, actor: Actor, project: str, state: str) -> None:
    """Start, pause, finish or reopen a project.

    Raises:
        Conflict: it cannot go from its state to this one.
    """
    require(actor, "project.edit", queries.thing(project))
    with db.write():
        row = _locked(project, None)
        if row.state == state:
            return
        if state not in MOVES[row.state]:
            raise Conflict(
                "state_move",
                zh=f"现在是“{_STATES[row.state]}”,不能直接变成“{_STATES.get(state, state[:20])}”。",
                en=f"A project that is {row.state} cannot become {state}.",
            )
        row.state = state
        _touch(row)
        audit.record(actor, f"project.{state}", f"project:{project}", tenant=row.client)
        events.publish(ProjectStateChanged(project, state))


def save_schema(*, actor: Actor, project: str, schema: Schema, version: int | None) -> int:
    """Put a new version of the schema in force and return its number; an unchanged schema stays the same version.

    Args:
        version: the version the editor started from; None does not check.

    Raises:
        Conflict: somebody else saved meanwhile.
        ValidationError: the schema cannot be used.
    """
    require(actor, "project.edit", queries.thing(project))
    schema_rules.check(schema)
    with db.write():
        row = _locked(project, None)
        _same_version(version, row.schema_version)
        current = SchemaVersion.objects.get(project=row, version=row.schema_version).document
        if current == msgspec.to_builtins(schema_rules.with_defaults(schema)):
            return row.schema_version
        row.schema_version += 1
        _write_schema(row, schema, actor)
        _touch(row)
        audit.record(
            actor, "schema.saved", f"project:{project}", tenant=row.client, version=row.schema_version
        )
        events.publish(SchemaChanged(project, row.schema_version))
    return row.schema_version


def save_guideline(*, actor: Actor, project: str, markdown: str, changed: str, version: int | None) -> int:
    """Put a new version of the guideline in force; ``changed`` tells people in a sentence what is new.

    Raises:
        Conflict: somebody else saved meanwhile.
    """
    require(actor, "project.guide", queries.thing(project))
    with db.write():
        row = _locked(project, None)
        _same_version(version, row.guideline_version)
        if GuidelineVersion.objects.get(project=row, version=row.guideline_version).markdown == markdown:
            return row.guideline_version
        row.guideline_version += 1
        _write_guideline(row, markdown, changed, actor)
        _touch(row)
        audit.record(
            actor, "guideline.saved", f"project:{project}", tenant=row.client, version=row.guideline_version
        )
        events.publish(GuidelineChanged(project, row.guideline_version, changed))
    return row.guideline_version


def add_asset(*, actor: Actor, project: str, name: str, data: bytes) -> str:
    """Keep a picture for the guideline and return its id. It is decoded and written anew, so nothing else can hide in it.

    Raises:
        Unprocessable: not a picture, or too large.
    """
    require(actor, "project.guide", queries.thing(project))
    clean, mime = _clean_picture(data)
    sha256 = storage.put_bytes(clean, mime)
    with db.write():
        made = GuidelineAsset.objects.create(
            id=opaque(), project_id=project, sha256=sha256, mime=mime, name=name[:200], made_at=clock.now()
        )
        audit.record(
            actor,
            "guideline.asset_added",
            f"project:{project}",
            tenant=queries.setup(project).client,
            asset=made.id,
        )
    return made.id


def add_items(
    *,
    actor: Actor,
    project: str,
    dataset: str,
    items: list[str] | None = None,
    priority: int = 0,
    which: data.ItemFilter = data.ItemFilter(),
) -> int:
    """Put items of a dataset into the project: those listed, or all that ``which`` admits; returns how many were offered.

    Items that are in already are left alone. Each step of 500 is a transaction of its own; repeating the call is safe. The
    project's bases may look at the dataset from then on, if the actor may share it.

    Raises:
        Unprocessable: ``dataset_of_others``, the dataset belongs to nobody in this project.
    """
    _admit(actor, project, dataset)
    if items is not None:
        known = data.get_items(items)
        chosen = [i for i in items if i in known and known[i].dataset == dataset]
        for start in range(0, len(chosen), ADD_AT_ONCE):
            with db.write():
                offer(project, chosen[start : start + ADD_AT_ONCE], priority)
        return len(chosen)
    count, after = 0, None
    while ids := data.item_ids(dataset, after=after, limit=ADD_AT_ONCE, which=which):
        with db.write():
            offer(project, ids, priority)
        count, after = count + len(ids), ids[-1]
    return count


def start_adding(
    *, actor: Actor, project: str, dataset: str, priority: int = 0, which: data.ItemFilter = data.ItemFilter()
) -> str:
    """Put all items of a dataset that ``which`` admits into the project as a job, for more than a request should do.

    Returns:
        The job's id; it can be stopped and goes on behind the last step.
    """
    row = _admit(actor, project, dataset)
    payload = {
        "project": project, "dataset": dataset, "priority": priority,
        "which": {"name": which.name, "duplicates": which.duplicates, "doubtful": which.doubtful},
    }  # fmt: skip
    return jobs.enqueue("projects.items", payload, actor=actor, tenant=row.client, thing=f"project:{project}")


def offer(project: str, ids: list[str], priority: int) -> None:
    """Tell the rooms above of items that belong to the project now, in the caller's transaction."""
    events.publish(ItemsAdded(project, tuple(ids), priority))


def _admit(actor: Actor, project: str, dataset: str) -> Project:
    """Check that the dataset may be used here, remember it, and let the project's bases look at it."""
    require(actor, "project.edit", queries.thing(project))
    require(actor, "dataset.view", data.dataset_thing(dataset))
    view = data.dataset(dataset)
    with db.write():
        row = _locked(project, None)
        _check_owner(view, {row.client, *row.bases})
        if dataset not in row.datasets:
            row.datasets = [*row.datasets, dataset]
            _touch(row)
        audit.record(actor, "project.items_added", f"project:{project}", tenant=row.client, dataset=dataset)
    if can(actor, "dataset.edit", data.owner_thing(view)):
        share(actor=actor, dataset=dataset, tenants=row.bases)
    return row


def _usable(actor: Actor, datasets: Iterable[str], tenants: set[str]) -> list[str]:
    """Return the datasets, each once, if the actor may see them and they belong to the project's tenants."""
    chosen = list(dict.fromkeys(datasets))
    for dataset in chosen:
        require(actor, "dataset.view", data.dataset_thing(dataset))
        _check_owner(data.dataset(dataset), tenants)
    return chosen


def _check_owner(view: data.DatasetView, tenants: set[str]) -> None:
    """Keep one client's pictures out of another client's project, though one base works for both."""
    if view.tenant not in tenants:
        raise Unprocessable(
            "dataset_of_others",
            zh="这份数据是别家的,不能放进这个项目。",
            en="This dataset belongs to somebody who has no part in the project.",
        )


def _locked(project: str, revision: int | None) -> Project:
    rows = Project.objects.all() if db.is_sqlite() else Project.objects.select_for_update()
    row = rows.filter(id=project).first()
    if row is None:
        raise NotFound("project_not_found")
    _same_version(revision, row.revision)
    return row


def _same_version(seen: int | None, now: int) -> None:
    if seen is not None and seen != now:
        raise Conflict(
            "changed_meanwhile",
            zh="别人刚改过。先看看新的内容,再改一次。",
            en="Somebody else has just changed it. Look at what is new, then change it again.",
            current=now,
        )


def _touch(row: Project) -> None:
    row.revision, row.changed_at = row.revision + 1, clock.now()
    row.save()
    queries.forget(row.id)
    db.after_commit(lambda: queries.forget(row.id))


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME:
        problem = {
            "field": "name",
            "code": "name",
            "zh": f"名字要有 1 到 {LONGEST_NAME} 个字。",
            "en": f"A name has 1 to {LONGEST_NAME} characters.",
        }
        raise Unprocessable("name_invalid", zh=problem["zh"], en=problem["en"], fields=[problem])
    return clean


def _write_schema(row: Project, schema: Schema, actor: Actor) -> None:
    document = msgspec.to_builtins(schema_rules.with_defaults(schema))
    SchemaVersion.objects.create(
        project=row, version=row.schema_version, document=document, made_by=actor.person, made_at=clock.now()
    )


def _write_guideline(row: Project, markdown: str, changed: str, actor: Actor) -> None:
    if len(markdown) > LONGEST_GUIDELINE:
        raise Unprocessable(
            "guideline_too_long",
            zh=f"要求太长,最多 {LONGEST_GUIDELINE} 个字。",
            en=f"The guideline is too long (at most {LONGEST_GUIDELINE} characters).",
        )
    GuidelineVersion.objects.create(
        project=row,
        version=row.guideline_version,
        markdown=markdown,
        changed=changed[:2000],
        made_by=actor.person,
        made_at=clock.now(),
    )


def _clean_picture(data: bytes) -> tuple[bytes, str]:
    import io

    from PIL import Image, UnidentifiedImageError

    limit = 8 * 1024 * 1024
    try:
        if len(data) > limit:
            raise ValueError("size")
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > 40_000_000:
                raise ValueError("pixels")
            picture.thumbnail((1600, 1600))
            out = io.BytesIO()
            picture.convert("RGBA" if "A" in picture.getbands() else "RGB").save(
                out, "PNG" if "A" in picture.getbands() else "JPEG", quality=88
            )
            return out.getvalue(), "image/png" if "A" in picture.getbands() else "image/jpeg"
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise Unprocessable(
            "not_a_picture",
            zh="这不是能用的图片(PNG、JPEG、WebP,8 MB 以内)。",
            en="This is no picture we can use (PNG, JPEG or WebP, up to 8 MB).",
        ) from error
