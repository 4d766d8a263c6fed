"""What webhooks are told of work: questions only. A message for each answer would cost every submit a query."""

from __future__ import annotations

from doujia.server.kernel import events, webhooks
from doujia.server.work import neighbours
from doujia.server.work.events import QuestionAsked

webhooks.declare("question.asked", zh="有人提问", en="somebody asks the lead")


@events.subscribe(QuestionAsked)
def _asked(event: QuestionAsked) -> None:
    data = {"project": event.project, "question": event.question}
    webhooks.emit("question.asked", tenants=neighbours.thing(event.project).tenants, data=data)
