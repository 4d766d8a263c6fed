"""Every write of people's room, one function per thing a person can do."""

from doujia.server.people.actions.enrolment import (
    Door,
    MadeLink,
    create_link,
    enrol,
    join,
    look,
    revoke_link,
)
from doujia.server.people.actions.identity import (
    Look,
    Masked,
    identity_looks,
    masked_identity,
    reveal_identity,
    set_identity,
    start_reencryption,
)
from doujia.server.people.actions.login import change_password, login, logout, revoke_session
from doujia.server.people.actions.own_data import erase_account, erase_identity, export_own_data
from doujia.server.people.actions.persons import (
    Created,
    close_person,
    create_person,
    edit_person,
    reset_password,
    set_language,
)
from doujia.server.people.actions.roles import (
    grant_qualification,
    grant_role,
    revoke_qualification,
    revoke_role,
)
from doujia.server.people.actions.roster import Roster, import_roster, result_xlsx, template_xlsx
from doujia.server.people.actions.tenants import create_tenant, edit_tenant
from doujia.server.people.actions.tokens import MadeToken, create_token, revoke_token

__all__ = [
    "Created",
    "Door",
    "Look",
    "MadeLink",
    "MadeToken",
    "Masked",
    "Roster",
    "change_password",
    "close_person",
    "create_link",
    "create_person",
    "create_tenant",
    "create_token",
    "edit_person",
    "edit_tenant",
    "enrol",
    "erase_account",
    "erase_identity",
    "export_own_data",
    "grant_qualification",
    "grant_role",
    "identity_looks",
    "import_roster",
    "join",
    "login",
    "logout",
    "look",
    "masked_identity",
    "reset_password",
    "result_xlsx",
    "reveal_identity",
    "revoke_link",
    "revoke_qualification",
    "revoke_role",
    "revoke_session",
    "revoke_token",
    "set_identity",
    "set_language",
    "start_reencryption",
    "template_xlsx",
]
