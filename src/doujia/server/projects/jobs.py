"""Background work of the projects room."""

from __future__ import annotations

from typing import Any

from doujia.server.data import queries as data
from doujia.server.kernel import crash, db, jobs
from doujia.server.projects import actions

__all__ = ["add_items"]


@jobs.handler("projects.items")
def add_items(context: jobs.Context) -> dict[str, Any]:
    """Put a dataset's items into a project, 2,000 in a transaction together with the checkpoint: killed anywhere, nothing is twice."""
    wanted = context.payload
    which = data.ItemFilter(**wanted["which"])
    total = data.dataset(wanted["dataset"]).items if which == data.ItemFilter() else None
    count, after = int(context.checkpoint.get("count", 0)), context.checkpoint.get("after")
    while ids := data.item_ids(wanted["dataset"], after=after, limit=actions.ADD_AT_ONCE, which=which):
        with db.write():
            actions.offer(wanted["project"], ids, wanted["priority"])
            count, after = count + len(ids), ids[-1]
            context.save({"count": count, "after": after})
            crash.point("items.before_commit")
        crash.point("items.after_commit")
        context.progress(count, total, zh="放进项目", en="Putting in")
    context.progress(count, count, force=True)
    return {"offered": count}
