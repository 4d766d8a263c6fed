"""Who may do what to datasets. Workers see items through their tasks only: a dataset's list would betray gold."""

from __future__ import annotations

from doujia.server.kernel.authz import ADMIN, CLIENT, LEAD, MANAGER, TRAINER, allow

allow("dataset.view", roles={LEAD, MANAGER, CLIENT, TRAINER, ADMIN}, scope="read")
allow("dataset.create", roles={MANAGER, CLIENT, ADMIN})
allow("dataset.edit", roles={MANAGER, CLIENT, ADMIN})
allow("dataset.import_folder", roles={MANAGER, CLIENT, ADMIN}, scope="admin")
