"""What webhooks are told of releases: the moment a client's own pipeline waits for."""

from __future__ import annotations

from doujia.server.kernel import events, webhooks
from doujia.server.projects import queries as projects
from doujia.server.releases.events import ReleaseMade

webhooks.declare("release.made", zh="数据集新版本做好了", en="a new version of the dataset is ready")


@events.subscribe(ReleaseMade)
def _made(event: ReleaseMade) -> None:
    data = {
        "project": event.project, "release": event.release, "number": event.number, "items": event.items,
        "marks": event.marks, "manifest_sha256": event.manifest_sha256,
    }  # fmt: skip
    webhooks.emit("release.made", tenants=projects.thing(event.project).tenants, data=data)
