"""Every write of people's room, one function per thing a person can do."""

from doujia.server.people.actions.login import change_password, login, logout, revoke_session
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
from doujia.server.people.actions.tenants import create_tenant, edit_tenant

__all__ = [
    "Created",
    "change_password",
    "close_person",
    "create_person",
    "create_tenant",
    "edit_person",
    "edit_tenant",
    "grant_qualification",
    "grant_role",
    "login",
    "logout",
    "reset_password",
    "revoke_qualification",
    "revoke_role",
    "revoke_session",
    "set_language",
]
