"""Reads of the work room: rows that its actions and other rooms may show."""

from doujia.server.work.neighbours import names_for
from doujia.server.work.queries.board import Board, Rate, board, wilson
from doujia.server.work.queries.detail import TaskDetail, task_detail
from doujia.server.work.queries.extras import ExtraDetail, ExtraPage, extra, extras
from doujia.server.work.queries.history import (
    Difference,
    MinePage,
    RevisionView,
    difference,
    mine,
    revisions,
)
from doujia.server.work.queries.known import (
    Adjudicated,
    KnownSaid,
    adjudicated,
    adjudicated_tasks,
    answered_by,
    known_said,
    pace,
    task_items,
)
from doujia.server.work.queries.packs import describe, describe_with_day
from doujia.server.work.queries.results import (
    AcceptedRow,
    AnswerView,
    accepted,
    answers_of,
    checks_of,
    done_tasks,
    gold_answer,
)
from doujia.server.work.queries.several import (
    Standing,
    StandingAnswer,
    SuggestedAnswer,
    answered,
    answered_before,
    standing,
    suggested_answers,
    worked_since,
)
from doujia.server.work.queries.takers import Taker, takers
from doujia.server.work.queries.talk import (
    CommentView,
    FilterView,
    QuestionPage,
    comments,
    filters,
    questions,
)
from doujia.server.work.queries.tasks import (
    ContentFilter,
    TaskFilter,
    TaskIds,
    TaskPage,
    task_ids,
    tasks,
)
from doujia.server.work.queries.verdicts import (
    VerdictRow,
    judged_between,
    projects_judged,
    recent_tasks,
    rejections_by,
    rejections_of,
    verdicts,
    verdicts_on,
    worked_on,
)

__all__ = [
    "AcceptedRow", "Adjudicated", "AnswerView", "Board", "CommentView", "ContentFilter", "Difference", "ExtraDetail", "ExtraPage", "FilterView", "KnownSaid", "MinePage", "QuestionPage",
    "Rate", "RevisionView", "Standing", "StandingAnswer", "SuggestedAnswer", "Taker", "TaskDetail", "TaskFilter", "TaskIds", "TaskPage", "VerdictRow", "accepted", "adjudicated", "adjudicated_tasks", "answered", "answered_before", "answered_by", "answers_of", "board", "checks_of",
    "comments", "describe", "describe_with_day", "difference", "done_tasks", "extra", "extras", "filters", "gold_answer", "judged_between", "known_said", "mine", "names_for", "pace", "questions", "projects_judged", "recent_tasks", "rejections_by", "rejections_of", "revisions", "standing", "suggested_answers",
    "takers", "task_detail", "task_ids", "task_items", "tasks", "verdicts", "verdicts_on", "wilson", "worked_on", "worked_since",
]  # fmt: skip
