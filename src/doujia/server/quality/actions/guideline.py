"""What is asked again and again becomes part of the guideline, and everybody who asked is answered by it."""

from __future__ import annotations

from doujia.server.kernel import audit, clock, db
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import NotFound, Unprocessable
from doujia.server.projects import actions as project_actions
from doujia.server.projects import queries as projects
from doujia.server.quality.models import GuidelineChange
from doujia.server.quality.queries.guideline import recent_questions
from doujia.server.quality.repeated import insert_paragraph
from doujia.server.work import actions as work

__all__ = ["make_guideline_change"]

LONGEST = 4000


def make_guideline_change(
    *, actor: Actor, project: str, questions: list[str], paragraph: str, changed: str, heading: str | None, version: int
) -> int:  # fmt: skip
    """Write a paragraph into the guideline and answer the open ones of these questions with it; returns the version.

    Args:
        changed: what is new, in a sentence: people read it before they go on.
        heading: of the section it goes into; None: the end.
        version: of the guideline that was looked at.

    Raises:
        Conflict: somebody else has saved the guideline meanwhile.
        NotFound: a question is not of this project, or older than 90 days.
        Unprocessable: ``text_invalid``.
    """
    require(actor, "work.answer", projects.thing(project))
    if not 0 < len(paragraph.strip()) <= LONGEST or not 0 < len(changed.strip()) <= 500:
        raise Unprocessable(
            "text_invalid",
            zh=f"写清楚加什么(最多 {LONGEST} 字)、改了什么(一句话)。",
            en=f"Write what is added (at most {LONGEST} characters) and a sentence about what is new.",
        )
    known = {q.id: q for q in recent_questions(actor, project)}
    if not questions or any(q not in known for q in questions):
        raise NotFound("question_not_found", zh="没有这个问题。", en="There is no such question.")
    with db.write():
        markdown = insert_paragraph(projects.guideline(project).markdown, heading, paragraph)
        made = project_actions.save_guideline(
            actor=actor, project=project, markdown=markdown, changed=changed.strip(), version=version
        )
        for one in questions:
            if known[one].answer is None:
                said = f"写进要求第 {made} 版了: {paragraph.strip()}"
                work.answer_question(actor=actor, question=one, text=said[:LONGEST])
        people = {known[q].person for q in questions}
        GuidelineChange.objects.create(
            project=project, version=made, questions=sorted(set(questions)), people=len(people), paragraph=paragraph.strip(),
            by=actor.person, at=clock.now(),
        )  # fmt: skip
        audit.record(actor, "guideline.from_questions", f"project:{project}", version=made, questions=len(questions))  # fmt: skip
    return made
