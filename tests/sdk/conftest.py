"""The people of the server's tests, for a client that talks to the real application in process."""

from tests.server.conftest import *  # noqa: F403
