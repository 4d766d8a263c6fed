"""Who may look at the audit trail, at jobs, and set up webhooks."""

from __future__ import annotations

from doujia.server.kernel.authz import ADMIN, CLIENT, LEAD, MANAGER, allow

allow("audit.view", roles={MANAGER, ADMIN}, scope="admin")
allow("job.view", roles={LEAD, MANAGER, CLIENT, ADMIN}, own=True, scope="read")
allow("job.control", roles={MANAGER, CLIENT, ADMIN}, own=True)
allow("webhook.manage", roles={MANAGER, CLIENT, ADMIN}, scope="admin")
allow("platform.view", roles={ADMIN}, scope="admin")
allow("platform.keep", roles={ADMIN}, scope="admin")
