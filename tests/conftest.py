"""Shared by all tests: a private home folder, so that no test touches a real installation.

The settings are named here and not in pyproject.toml: pytest-django would load them, and make ``./var``, before this file.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

_home = tempfile.mkdtemp(prefix="doujia-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["DOUJIA_HOME"] = _home
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doujia.server.config.settings")
os.environ.setdefault("DATABASE_URL", f"sqlite://{_home}/doujia.sqlite3")

import django  # noqa: E402

django.setup()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let tests empty the audit tables between them; who tests the triggers asks for ``audit_guards``."""
    from django.db import connection

    from doujia.server.kernel import guards

    with django_db_blocker.unblock():
        guards.remove(connection)


@pytest.fixture
def audit_guards(transactional_db: None) -> Iterator[None]:
    """The triggers that refuse to change audit rows, as in production."""
    from django.db import connection

    from doujia.server.kernel import guards

    guards.install(connection)
    yield
    guards.remove(connection)


from hypothesis import HealthCheck, settings  # noqa: E402 - the home must be set before anything of ours is imported

# The machines are shared: how long an example takes says nothing about the code under test.
# A change is judged by the same examples each time; `make fuzz` looks for new ones.
settings.register_profile(
    "shared",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="DOUJIA_FUZZ" not in os.environ,
)
settings.load_profile("shared")
