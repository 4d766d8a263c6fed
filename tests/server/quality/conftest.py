"""A running project of a real world whose answers are all checked, and the steps of its people."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from world import World, make_world, span

from doujia.marks import Mark
from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor
from doujia.server.work import actions, opaque
from doujia.server.work.actions import leases
from doujia.server.work.actions.reviews import Finding, Verdict
from doujia.server.work.actions.submissions import Sent

THURSDAY = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)  # noon in Shanghai


@dataclass
class Hall:
    """A world with short words for what its people do."""

    world: World

    @property
    def project(self) -> str:
        return self.world.project

    def person(self, name: str, role: str = "worker") -> Actor:
        return self.world.person(name, role)

    def held(self, who: Actor, kind: str = "work") -> list[Any]:
        return actions.take_next(actor=who, project=self.project, kind=kind).held

    def submit(self, who: Actor, marks: list[Mark] | None = None) -> str:
        """Take a task, answer it, and return the submission's id."""
        [one] = self.held(who)
        made = Sent(
            id=uuid.uuid4(), task=opaque.encode(one.place.task), lease=one.token, marks=[span()] if marks is None else marks,
            guideline_version=1, schema_version=1, active_ms=60_000,
        )  # fmt: skip
        actions.submit(actor=who, sent=made)
        return str(made.id)

    def judge(
        self, who: Actor, word: str, error_class: str = "place", rule: str | None = "2.1", **more: Any
    ) -> Any:
        """Take the next check and give a verdict; returns the receipt."""
        clock.advance(timedelta(seconds=1))  # verdicts have an order
        [one] = self.held(who, "review")
        findings = [Finding(error_class=error_class, rule=rule)] if word == "reject" else []
        return actions.review(
            actor=who,
            sent=Verdict(
                id=uuid.uuid4(), task=opaque.encode(one.place.task), lease=one.token, submission=one.place.subject,
                verdict=word, findings=findings, **more,
            ),
        )  # fmt: skip


@pytest.fixture
def hall(transactional_db: None) -> Iterator[Hall]:
    leases._hints.clear()
    with clock.frozen(THURSDAY):
        yield Hall(make_world(review_share=1.0))
