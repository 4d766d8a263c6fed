"""Who may do what in the quality room.

``quality.own`` is a person's look at what was counted of her, and her right to say that a verdict is wrong.
"""

from __future__ import annotations

from doujia.server.kernel.authz import ADMIN, ALL_ROLES, CLIENT, LEAD, MANAGER, TRAINER, allow

allow("quality.view", roles={LEAD, MANAGER, CLIENT, TRAINER, ADMIN}, scope="read")
allow("quality.manage", roles={LEAD, MANAGER, TRAINER, ADMIN})
allow("quality.judge", roles={LEAD, MANAGER, CLIENT, TRAINER})
allow("quality.own", own=True)
allow("quality.calendar", roles=ALL_ROLES, scope="read")
allow("quality.calendar.edit", roles={MANAGER, CLIENT, ADMIN})
