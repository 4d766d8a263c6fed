"""Who may make and fetch releases."""

from __future__ import annotations

from doujia.server.kernel.authz import ADMIN, CLIENT, LEAD, MANAGER, TRAINER, allow

allow("release.make", roles={CLIENT, MANAGER, TRAINER, ADMIN})
allow("release.export", roles={CLIENT, MANAGER, LEAD, TRAINER, ADMIN})
allow("release.view", roles={CLIENT, MANAGER, LEAD, TRAINER, ADMIN}, scope="read")
