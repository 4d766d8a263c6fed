"""What a base's webhooks are told of quality: its own people's matters, never the client's business.

People go by id and work name; an academy of the base's own can give the lesson that ``practice.recommended`` asks for.
"""

from __future__ import annotations

from typing import Any

from doujia.server.kernel import events, webhooks
from doujia.server.kernel.errors import NotFound
from doujia.server.people import queries as people
from doujia.server.projects import queries as projects
from doujia.server.quality.events import AppealDecided, AppealFiled, PracticeRecommended, RuleFired

__all__: list[str] = []

webhooks.declare(
    "practice.recommended",
    zh="有人该练一练:哪种错、要求哪一条",
    en="somebody should practise: which error, which paragraph",
)
webhooks.declare("rule.fired", zh="一条质量规则起作用了", en="a rule of quality has acted")
webhooks.declare("appeal.filed", zh="有人申诉", en="somebody contests a rejection")
webhooks.declare("appeal.decided", zh="申诉有结果了", en="an appeal has been decided")


def _tell(event: str, project: str, person: str, data: dict[str, Any]) -> None:
    try:
        bases = projects.setup(project).bases
    except NotFound:
        return  # a project that is gone has nobody to tell
    if webhooks.wanted(event, bases):
        who = {"person": person, "pseudonym": people.pseudonyms([person]).get(person, "")}
        webhooks.emit(event, tenants=bases, data={"project": project, **who, **data})


@events.subscribe(PracticeRecommended)
def _recommended(event: PracticeRecommended) -> None:
    data = {"error_class": event.error_class, "paragraph": event.rule, "source": event.source}
    _tell("practice.recommended", event.project, event.person, data)


@events.subscribe(RuleFired)
def _fired(event: RuleFired) -> None:
    data = {"rule": event.rule, "version": event.version, "firing": event.firing, "actions": event.actions}
    _tell("rule.fired", event.project, event.person, data)


@events.subscribe(AppealFiled)
def _filed(event: AppealFiled) -> None:
    _tell(
        "appeal.filed",
        event.project,
        event.person,
        {"appeal": event.appeal, "due_at": event.due_at.isoformat()},
    )


@events.subscribe(AppealDecided)
def _decided(event: AppealDecided) -> None:
    _tell("appeal.decided", event.project, event.person, {"appeal": event.appeal, "outcome": event.outcome})
