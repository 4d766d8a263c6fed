"""Who may do what to projects."""

from __future__ import annotations

from doujia.server.kernel.authz import ADMIN, ALL_ROLES, CLIENT, LEAD, MANAGER, TRAINER, WORKER, allow

allow("project.templates", anyone=True, scope="read")
allow("project.list", roles=ALL_ROLES, anyone=True, scope="read")
allow("project.view", roles={WORKER, LEAD, MANAGER, CLIENT, TRAINER, ADMIN}, scope="read")
allow("project.create", roles={MANAGER, CLIENT, ADMIN})
allow("project.edit", roles={MANAGER, CLIENT, ADMIN})
allow("project.guide", roles={LEAD, MANAGER, CLIENT, TRAINER, ADMIN})
