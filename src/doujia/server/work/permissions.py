"""Who may do what in the work room."""

from __future__ import annotations

from doujia.server.kernel.authz import ADMIN, CLIENT, LEAD, MANAGER, TRAINER, WORKER, allow

allow("work.take", roles={WORKER, LEAD, TRAINER})
allow("work.submit", roles={WORKER, LEAD, TRAINER})
allow("work.review", roles={LEAD, MANAGER, CLIENT, TRAINER})
allow("work.view", roles={WORKER, LEAD, MANAGER, CLIENT, TRAINER, ADMIN}, scope="read")
allow("work.ask", roles={WORKER, LEAD, MANAGER, CLIENT, TRAINER})
allow("work.answer", roles={LEAD, MANAGER, CLIENT, TRAINER})
allow("work.board", roles={LEAD, MANAGER, CLIENT, TRAINER, ADMIN}, scope="read")
allow("work.filter", roles={LEAD, MANAGER, CLIENT, TRAINER, ADMIN})
allow("work.lead", roles={LEAD, MANAGER, TRAINER, ADMIN})
allow("work.import", roles={LEAD, MANAGER, CLIENT, TRAINER, ADMIN})
allow("work.reopen", roles={LEAD, MANAGER, CLIENT, TRAINER}, own=True)
