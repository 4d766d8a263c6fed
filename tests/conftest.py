"""Shared by all tests: a private home folder, so that no test touches a real installation."""

import os
import tempfile

_home = tempfile.mkdtemp(prefix="doujia-test-")
os.environ["DOUJIA_HOME"] = _home
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doujia.server.config.settings")
os.environ.setdefault("DATABASE_URL", f"sqlite://{_home}/doujia.sqlite3")
