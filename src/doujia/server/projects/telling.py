"""What webhooks of a project's client and bases are told of it."""

from __future__ import annotations

from typing import Any

from doujia.server.kernel import events, webhooks
from doujia.server.projects import queries
from doujia.server.projects.events import GuidelineChanged, ProjectStateChanged, SchemaChanged

webhooks.declare("project.state", zh="项目开始、暂停或结束", en="a project was started, paused or finished")
webhooks.declare("guideline.changed", zh="标注规则有新版本", en="a new version of the guideline is in force")
webhooks.declare("schema.changed", zh="标签定义有新版本", en="a new version of the schema is in force")


def tell(event: str, project: str, **data: Any) -> None:
    """Tell every tenant of ``project``."""
    webhooks.emit(event, tenants=queries.thing(project).tenants, data={"project": project, **data})


@events.subscribe(ProjectStateChanged)
def _state(event: ProjectStateChanged) -> None:
    tell("project.state", event.project, state=event.state)


@events.subscribe(GuidelineChanged)
def _guideline(event: GuidelineChanged) -> None:
    tell("guideline.changed", event.project, version=event.version, changed=event.changed)


@events.subscribe(SchemaChanged)
def _schema(event: SchemaChanged) -> None:
    tell("schema.changed", event.project, version=event.version)
