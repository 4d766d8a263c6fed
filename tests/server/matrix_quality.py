"""What the quality room keeps of a project, for the permission matrix."""

from __future__ import annotations

import uuid
from typing import Any

import matrix_work as work
from matrix_world import World, new_person, thing

from doujia.server.kernel import clock, db
from doujia.server.people import queries as people
from doujia.server.quality.actions import appeals, gold, practice
from doujia.server.quality.models import Case, Firing, GoldTask, PauseProposal, Rule, RuleVersion
from doujia.server.work import actions
from doujia.server.work.actions.reviews import Finding, Verdict
from doujia.server.work.models import Submission

RULE: dict[str, Any] = {
    "name_zh": "规则", "name_en": "Rule", "collect": {"source": "reviews"},
    "when": [{"key": "reviews.returned_count", "op": "gte", "value": 3}], "then": [{"do": "propose_pause"}], "message_zh": "看一下",
}  # fmt: skip


def rule_body(world: World) -> dict[str, Any]:
    """Return the body that keeps or tries a rule."""
    return {"document": RULE}


@thing("rule")
def _rule(world: World) -> str:
    """A rule whose curve is there."""
    made = Rule.objects.create(project=world.get("project"), number=1, made_by="", created_at=clock.now())
    RuleVersion.objects.create(
        rule=made, version=1, document=RULE, curve={}, dry_run={"firings": []}, checked_at=clock.now(), made_by="", made_at=clock.now()
    )  # fmt: skip
    return str(made.id)


@thing("firing")
def _firing(world: World) -> str:
    """A rule that has acted about somebody who is none of those that ask, and proposes a pause."""
    made = Firing.objects.create(
        rule_id=world.get("rule"), version=1, project=world.get("project"), person=new_person("worker", world.base), end="e",
        at=clock.now(), fired_at=clock.now(), inputs={"window": [], "values": {}, "error_class": "", "when": []}, state="open",
    )  # fmt: skip
    PauseProposal.objects.create(firing=made, project=made.project, person=made.person)
    return str(made.id)


@thing("firing in force")
def _firing_in_force(world: World) -> str:
    firing = world.get("firing")
    PauseProposal.objects.filter(firing=firing).update(state="agreed")
    return firing


@thing("rejected answer")
def _rejected(world: World) -> str:
    """An answer of the worker who asks, which a lead who is none of those that ask sent back."""
    world.get("task")
    answer = work.answer_of(world, people.actor_for(world.person("worker")))
    judge = people.actor_for(new_person("lead", world.base))
    [held] = actions.take_next(actor=judge, project=world.get("project"), kind="review").held
    found = [Finding(error_class="place", rule="2.1")]
    sent = Verdict(
        id=uuid.uuid4(), task=world.get("task"), lease=held.token, submission=uuid.UUID(answer), verdict="reject", findings=found
    )  # fmt: skip
    actions.review(actor=judge, sent=sent)
    return answer


@thing("appeal")
def _appeal(world: World) -> str:
    answer = world.get("rejected answer")
    author = people.actor_for(Submission.objects.get(id=uuid.UUID(answer)).person)
    return appeals.appeal(actor=author, submission=answer)


@thing("known task")
def _known(world: World) -> str:
    """A task whose right answer came with a file, in the pool for practice."""
    with db.write():
        gold.known_from_file(
            world.get("project"), world.get("task"), "item-1", b'{"marks":[],"relations":[],"item_attrs":{}}', clock.now()
        )  # fmt: skip
        GoldTask.objects.filter(task=world.get("task")).update(pool="training")
    return str(GoldTask.objects.get(task=world.get("task")).id)


@thing("pool kind")
def _kind(world: World) -> str:
    return "retry"


@thing("practice")
def _practice(world: World) -> str:
    """What the worker who asks is to practise."""
    world.get("known task")
    return practice.assign_practice(world.get("project"), world.person("worker"), "training")


@thing("case")
def _case(world: World) -> str:
    made = Case.objects.create(
        project=world.get("project"), kind="fast", first=world.person("worker"), weight=5, evidence={}, zh="快", en="fast",
        at=clock.now(),
    )  # fmt: skip
    return str(made.id)
