"""The API under generated requests: never a crash, every error a problem in both languages, every answer as described."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from doujia.server.kernel import db
from doujia.server.people import actions, sessions
from doujia.server.people.models import Person
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
# A made-up login in place of ours would make every answer a 401, and the rest of the API would never be reached.
schema.config.generation.update(with_security_parameters=False)
# Logging the fuzzer's own browser out would make all that follows a test of 401.
calls = schema.exclude(operation_id=["people_logout", "people_session_revoke"])


@pytest.fixture
def login(db: None) -> dict[str, dict[str, str]]:
    """A browser of somebody who is admin of the platform, manager of a base and client at once."""
    made = {}
    for kind, role in (("platform", "admin"), ("base", "manager"), ("client", "client")):
        tenant = actions.create_tenant(actor=SYSTEM, kind=kind, name=kind)
        if not made:
            person = actions.create_person(actor=SYSTEM, tenant=tenant, role=role, display_name="fuzz").person
            made["person"] = person
        else:
            actions.grant_role(actor=SYSTEM, person=made["person"], tenant=tenant, role=role)
    Person.objects.update(must_change_password=False)
    with db_write():
        secret = sessions.open_session(Person.objects.get(), address="127.0.0.1", browser="fuzz")
    # As cookies, not as a header: the test client of werkzeug takes a Cookie header away.
    return {
        "cookies": {sessions.COOKIE: secret},
        "headers": {"X-CSRFToken": sessions.csrf_of(sessions.digest_of(secret))},
    }


db_write = db.write


@calls.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_generated_requests(case: Any, login: dict[str, dict[str, str]]) -> None:
    response = case.call(**login)
    case.validate_response(
        response, checks=(not_a_server_error, content_type_conformance, response_schema_conformance)
    )
    assert response.status_code != 401 or case.operation.path.endswith("/login"), (
        "the fuzzer is not logged in"
    )
    if response.status_code >= 400:
        body = response.json()
        assert response.headers["content-type"][0].startswith("application/problem+json")
        assert body["status"] == response.status_code and body["code"]
        assert body["detail"]["zh"] and body["detail"]["en"]
