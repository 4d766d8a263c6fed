"""One person's work in one project: what she does well, where it goes, what to practise next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, Thing, can, require
from doujia.server.kernel.errors import NotFound
from doujia.server.people import queries as people
from doujia.server.projects import queries as projects
from doujia.server.quality.actions.records import policy_of
from doujia.server.quality.models import Check, CheckFinding, PersonShare
from doujia.server.quality.queries.reports import figures
from doujia.server.quality.queries.reports.gallery import FindingRow, rows_of, under_appeal
from doujia.server.quality.queries.reports.known import KnownFigures, drifted, known
from doujia.server.work import queries as work
from doujia.server.work.queries import Rate

__all__ = ["Lesson", "PersonReport", "admit", "person"]

STRENGTHS = 3
LEAST_MARKS = 10
RECENT = 8


@dataclass(frozen=True)
class Lesson:
    """What to practise next: her most frequent error, in which class, under which paragraph, how often."""

    error_class: str
    label: str
    rule: str
    n: int


@dataclass(frozen=True)
class PersonReport:
    """A person's figures of ``days`` days up to ``at``.

    Attributes:
        passed: answers accepted as they were at the first try; ``before`` in the window before; ``team`` everybody's.
        strengths: up to three classes of which at least ten marks were checked, the best first.
        lesson: None while too little went wrong to say.
        recent: the last errors, newest first.
        known: what known tasks say, to those who lead only; ``drifted`` whether they ask for practice.
        checked: the share of her answers that is checked, where it goes by her record.
    """

    at: datetime
    project: str
    person: str
    name: str
    days: int
    line: float
    passed: Rate
    before: Rate
    team: Rate
    right: Rate
    classes: list[figures.ClassRow]
    strengths: list[str]
    errors: list[figures.ErrorRow]
    rules: list[figures.RuleRow]
    pairs: list[figures.PairRow]
    series: list[figures.DayRow]
    lesson: Lesson | None
    recent: list[FindingRow]
    known: KnownFigures | None
    drifted: bool
    checked: float | None


def admit(actor: Actor, project: str, person: str) -> Thing:
    """Return whose project it is when ``actor`` may see this person's figures in it: who leads, and she herself.

    Raises:
        NotFound, Forbidden
    """
    thing = projects.thing(project)
    own = bool(actor.tenants() & thing.tenants) and can(actor, "quality.own", Thing(thing.tenants, person))
    if not own:
        require(actor, "quality.view", thing)
        if not _belongs(person, project, thing):
            raise NotFound(
                "person_not_found", zh="这个项目里没有这个人。", en="Nobody of that name works here."
            )
    return thing


def _belongs(person: str, project: str, thing: Thing) -> bool:
    """Whether she works for one of the project's tenants, or has worked in it: nobody else's name is shown here."""
    if Check.objects.filter(project=project, person=person).exists():
        return True
    try:
        return bool(people.actor_for(person).tenants() & thing.tenants)
    except NotFound:
        return False


def person(*, actor: Actor, project: str, person: str, days: int) -> PersonReport:
    """Return what was counted of a person; she herself may always see it.

    Raises:
        NotFound, Forbidden
    """
    thing = admit(actor, project, person)
    w, line = figures.window(days), policy_of(project).line
    found = CheckFinding.objects.filter(
        project=project, person=person, day__gte=w.first, day__lte=w.last, of__void=False
    )
    if actor.person != person:
        found = found.exclude(of__submission__in=under_appeal(project))
    classes = figures.classes(project, w, person)
    errors, rules = figures.errors(project, w, person), figures.rules(project, w, person)
    good = sorted(
        (c for c in classes if c.right.of >= LEAST_MARKS and c.right.value is not None and c.right.value >= line),
        key=lambda c: (-(c.right.low or 0.0), c.label),
    )  # fmt: skip
    leads = can(actor, "quality.view", thing) and actor.person != person
    share = PersonShare.objects.filter(project=project, person=person).first()
    return PersonReport(
        at=clock.now(), project=project, person=person, name=work.names_for(actor, thing, {person}).get(person, ""), days=days,
        line=line, passed=figures.passed(project, (w.first, w.last), person), before=figures.passed(project, w.before, person),
        team=figures.passed(project, (w.first, w.last)), right=figures.right(project, (w.first, w.last), person), classes=classes,
        strengths=[c.label for c in good[:STRENGTHS]], errors=errors, rules=rules, pairs=figures.pairs(project, w, person),
        series=figures.days(project, w, person), lesson=_lesson(errors, rules),
        recent=rows_of(list(found.select_related("of").order_by("-day", "-id")[:RECENT]), actor, thing),
        known=known(project, w, person) if leads else None, drifted=leads and person in drifted(project),
        checked=share.share if share is not None and policy_of(project).by_record else None,
    )  # fmt: skip


def _lesson(errors: list[figures.ErrorRow], rules: list[figures.RuleRow]) -> Lesson | None:
    if not errors or errors[0].n < 2:
        return None
    first = errors[0]
    rule = next((r.rule for r in rules if r.error_class == first.error_class), "")
    return Lesson(first.error_class, first.label, rule, first.n)
