"""Repeated questions become guideline changes."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from doujia.server.kernel.api import actor_of
from doujia.server.quality.actions.guideline import make_guideline_change
from doujia.server.quality.queries import guideline as queries
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class ChangeBody(msgspec.Struct, kw_only=True):
    """The questions, the paragraph and where it goes, what is new in a sentence, and the guideline version looked at."""

    questions: list[str]
    paragraph: str
    changed: str
    version: int
    heading: str | None = None


class ChangeMade(msgspec.Struct, kw_only=True):
    """The guideline's new version."""

    version: int


@router.get(
    "/projects/{project}/repeated-questions",
    operation_id="quality_repeated_questions",
    openapi_extra=described("work.view", None, queries.RepeatedQuestions),
)
def repeated(request: HttpRequest, project: str) -> HttpResponse:
    """Questions that are worded alike, and changes of the guideline that questions led to."""
    return answer(queries.repeated(actor=actor_of(request), project=project))


@router.post(
    "/projects/{project}/guideline-changes",
    operation_id="quality_guideline_change",
    openapi_extra=described("work.answer", ChangeBody, ChangeMade, 201),
)
def change(request: HttpRequest, project: str) -> HttpResponse:
    """Write a paragraph into the guideline and answer these questions with it."""
    actor, body = actor_of(request), read(request, ChangeBody)
    made = make_guideline_change(
        actor=actor, project=project, questions=body.questions, paragraph=body.paragraph, changed=body.changed, heading=body.heading,
        version=body.version,
    )  # fmt: skip
    return answer({"version": made}, 201)
