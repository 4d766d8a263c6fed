"""Rights as a state machine: whatever happens in whatever order, the next request sees the rights of that moment.

The model is a few dictionaries. What is checked is the answer over HTTP, through cookie, token, cache and database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from doujia.server.kernel import clock, db
from doujia.server.people import actions, queries, sessions
from doujia.server.people.models import Person
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db
ROLES = ("worker", "lead", "manager")
START = datetime(2026, 3, 1, tzinfo=UTC)
WEB_LIFE, TOKEN_LIFE = timedelta(days=14), timedelta(days=3)


class Rights(RuleBasedStateMachine):
    """One person, two bases; browsers and tokens come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.held = clock.frozen(START)
        self.held.__enter__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.bases = [actions.create_tenant(actor=SYSTEM, kind="base", name=f"B{i}") for i in range(2)]
        made = actions.create_person(actor=SYSTEM, tenant=self.bases[0], role="worker", display_name="小豆")
        self.person = made.person
        Person.objects.filter(id=self.person).update(must_change_password=False)
        self.grants = {("worker", self.bases[0])}
        self.open_bases = set(self.bases)
        self.closed = False
        self.browsers: list[tuple[Client, datetime]] = []
        self.tokens: list[tuple[str, str, datetime, set[tuple[str, str]] | None]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)
        self.held.__exit__(None, None, None)
        sessions._clear()

    @precondition(lambda self: not self.closed)
    @rule()
    def log_in(self) -> None:
        with db.write():
            secret = sessions.open_session(Person.objects.get(id=self.person), address="", browser="")
        http = Client(headers={"X-CSRFToken": sessions.csrf_of(sessions.digest_of(secret))})
        http.cookies[sessions.COOKIE] = secret
        self.browsers.append((http, clock.now() + WEB_LIFE))

    @precondition(lambda self: not self.closed)
    @rule()
    def make_token(self) -> None:
        actor = queries.actor_for(self.person)
        made = actions.create_token(actor=actor, name="t", scope="read", days=TOKEN_LIFE.days)
        self.tokens.append((made.id, made.token, made.expires_at, None))

    @rule(which=st.integers(0, 5))
    def log_out(self, which: int) -> None:
        if which < len(self.browsers):
            http, ends = self.browsers.pop(which)
            alive = not self.closed and ends > clock.now()
            assert http.post("/api/v1/people/logout").status_code == (204 if alive else 401)

    @rule(which=st.integers(0, 5))
    def revoke_token(self, which: int) -> None:
        if which < len(self.tokens) and not self.closed:
            token, *_ = self.tokens.pop(which)
            actions.revoke_token(actor=queries.actor_for(self.person), token=token)

    @rule(role=st.sampled_from(ROLES), base=st.integers(0, 1))
    def grant(self, role: str, base: int) -> None:
        actions.grant_role(actor=SYSTEM, person=self.person, tenant=self.bases[base], role=role)
        self.grants.add((role, self.bases[base]))

    @rule(role=st.sampled_from(ROLES), base=st.integers(0, 1))
    def revoke(self, role: str, base: int) -> None:
        if (role, self.bases[base]) in self.grants:
            actions.revoke_role(actor=SYSTEM, person=self.person, tenant=self.bases[base], role=role)
            self.grants.remove((role, self.bases[base]))

    @rule(base=st.integers(0, 1), active=st.booleans())
    def close_or_open_a_base(self, base: int, active: bool) -> None:
        actions.edit_tenant(actor=SYSTEM, tenant=self.bases[base], active=active)
        (self.open_bases.add if active else self.open_bases.discard)(self.bases[base])

    @rule()
    def reset_password(self) -> None:
        if not self.closed:
            actions.reset_password(actor=SYSTEM, person=self.person)
            Person.objects.filter(id=self.person).update(must_change_password=False)
            self.browsers.clear()

    @precondition(lambda self: self.browsers or self.tokens)
    @rule()
    def close_account(self) -> None:
        actions.close_person(actor=SYSTEM, person=self.person)
        self.closed = True
        self.browsers.clear()
        self.tokens.clear()

    @rule(hours=st.sampled_from([1, 30, 100, 400]))
    def time_goes_by(self, hours: int) -> None:
        clock.advance(timedelta(hours=hours))

    @invariant()
    def the_next_request_sees_the_rights_of_this_moment(self) -> None:
        looks = {"lead", "manager"}
        for base in self.bases:
            mine = {role for role, where in self.grants if where == base and base in self.open_bases}
            inside = any(where in self.open_bases and where == base for _, where in self.grants)
            expected = 200 if mine & looks else (403 if inside else 404)
            for http, ends in self.browsers:
                answer = http.get(f"/api/v1/people/persons?tenant={base}").status_code
                assert answer == (expected if ends > clock.now() else 401)
            for _, token, ends, _ in self.tokens:
                program = Client(headers={"Authorization": f"Bearer {token}"})
                answer = program.get(f"/api/v1/people/persons?tenant={base}").status_code
                assert answer == (expected if ends > clock.now() else 401)


def test_rights_hold_in_any_order(db: Any) -> None:
    run_state_machine_as_test(
        Rights,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
