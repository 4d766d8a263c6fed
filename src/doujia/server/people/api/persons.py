"""Tenants and people: lists, accounts, roles, qualifications."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from doujia.server.kernel.api import actor_of, cursor_decode, cursor_encode
from doujia.server.people import actions, queries
from doujia.server.people.api import schemas

router = Router()


def _x(action: str) -> dict[str, str]:
    return {"x-action": action}


@router.get("/tenants", operation_id="people_tenants", response=schemas.TenantPage, openapi_extra=_x("self"))
def tenants(
    request: HttpRequest,
    kind: str | None = Query(None, max_length=12),
    cursor: str | None = Query(None, max_length=1000),
    limit: int = Query(200, ge=1, le=1000),
) -> Any:
    """The tenants one has a part in; who gives work away also sees the active bases, a platform admin sees all."""
    after = cursor_decode(cursor, 2)
    rows = queries.tenants_of(
        actor_of(request), kind, after=(str(after[0]), str(after[1])) if after else None, limit=limit + 1
    )
    page = rows[:limit]
    more = cursor_encode(page[-1].name, page[-1].id) if len(rows) > limit else None
    return {"items": [asdict(t) for t in page], "next": more}


@router.post(
    "/tenants",
    operation_id="people_tenant_create",
    response={201: schemas.TenantOut},
    openapi_extra=_x("tenant.create"),
)
def tenant_create(request: HttpRequest, body: schemas.TenantIn) -> Any:
    """Create a base, client or county office."""
    made = actions.create_tenant(actor=actor_of(request), kind=body.kind, name=body.name)
    return Status(201, asdict(queries.tenant(made)))


@router.patch(
    "/tenants/{tenant}",
    operation_id="people_tenant_edit",
    response=schemas.TenantOut,
    openapi_extra=_x("tenant.edit"),
)
def tenant_edit(request: HttpRequest, tenant: str, body: schemas.TenantEdit) -> Any:
    """Rename, close or reopen a tenant."""
    actions.edit_tenant(actor=actor_of(request), tenant=tenant, name=body.name, active=body.active)
    return asdict(queries.tenant(tenant))


@router.get(
    "/persons", operation_id="people_list", response=schemas.PeoplePage, openapi_extra=_x("people.view")
)
def people(
    request: HttpRequest,
    tenant: str | None = Query(None, max_length=36),
    role: str | None = Query(None, max_length=10),
    state: str | None = Query(None, max_length=10),
    search: str = Query("", max_length=80),
    cursor: str | None = Query(None, max_length=600),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """People by name, filtered; identity masked."""
    after = cursor_decode(cursor, 2)
    rows = queries.list_people(
        actor=actor_of(request), tenant=tenant, role=role, state=state, search=search,
        after=(str(after[0]), str(after[1])) if after else None, limit=limit + 1,
    )  # fmt: skip
    page = rows[:limit]
    more = cursor_encode(page[-1].display_name, page[-1].id) if len(rows) > limit else None
    return {"items": [asdict(r) for r in page], "next": more}


@router.post(
    "/persons",
    operation_id="people_create",
    response={201: schemas.CreatedOut},
    openapi_extra=_x("people.create"),
)
def create(request: HttpRequest, body: schemas.PersonIn) -> Any:
    """Create an account; the answer holds the one-time code for the first login."""
    return Status(201, asdict(actions.create_person(actor=actor_of(request), **body.dict())))


@router.get(
    "/persons/{person}",
    operation_id="people_get",
    response=schemas.PersonOut,
    openapi_extra=_x("people.view"),
)
def get(request: HttpRequest, person: str) -> Any:
    """One person, identity masked."""
    return asdict(queries.get_person(actor=actor_of(request), person=person))


@router.patch(
    "/persons/{person}",
    operation_id="people_edit",
    response=schemas.PersonOut,
    openapi_extra=_x("people.edit"),
)
def edit(request: HttpRequest, person: str, body: schemas.PersonEdit) -> Any:
    """Rename somebody, or let a pending newcomer in."""
    actor = actor_of(request)
    actions.edit_person(actor=actor, person=person, display_name=body.display_name, state=body.state)
    return asdict(queries.get_person(actor=actor, person=person))


@router.post(
    "/persons/{person}/close",
    operation_id="people_close",
    response={204: None},
    openapi_extra=_x("people.edit"),
)
def close(request: HttpRequest, person: str) -> Any:
    """Close an account."""
    actions.close_person(actor=actor_of(request), person=person)
    return Status(204, None)


@router.post(
    "/persons/{person}/reset-password", operation_id="people_reset_password", response=schemas.CodeOut,
    openapi_extra=_x("people.reset_password"),
)  # fmt: skip
def reset_password(request: HttpRequest, person: str) -> Any:
    """End the old password and all sessions; returns a one-time code to hand over."""
    return {"code": actions.reset_password(actor=actor_of(request), person=person)}


@router.post(
    "/persons/{person}/roles",
    operation_id="people_grant_role",
    response={204: None},
    openapi_extra=_x("people.grant"),
)
def grant_role(request: HttpRequest, person: str, body: schemas.RoleIn) -> Any:
    """Give a role below one's own."""
    actions.grant_role(actor=actor_of(request), person=person, tenant=body.tenant, role=body.role)
    return Status(204, None)


@router.delete(
    "/persons/{person}/roles/{tenant}/{role}", operation_id="people_revoke_role", response={204: None},
    openapi_extra=_x("people.grant"),
)  # fmt: skip
def revoke_role(request: HttpRequest, person: str, tenant: str, role: str) -> Any:
    """Take a role back."""
    actions.revoke_role(actor=actor_of(request), person=person, tenant=tenant, role=role)
    return Status(204, None)


@router.get(
    "/persons/{person}/qualifications", operation_id="people_qualifications",
    response=list[schemas.QualificationOut], openapi_extra=_x("people.view"),
)  # fmt: skip
def qualifications(request: HttpRequest, person: str) -> Any:
    """What a person has shown to be able to do."""
    return [asdict(q) for q in queries.qualification_list(actor=actor_of(request), person=person)]


@router.post(
    "/persons/{person}/qualifications", operation_id="people_qualify", response={204: None},
    openapi_extra=_x("people.qualify"),
)  # fmt: skip
def qualify(request: HttpRequest, person: str, body: schemas.QualificationIn) -> Any:
    """Record a skill by hand."""
    actions.grant_qualification(
        actor=actor_of(request), person=person, skill=body.skill, level=body.level, source="manual",
        valid_until=body.valid_until,
    )  # fmt: skip
    return Status(204, None)


@router.delete(
    "/persons/{person}/qualifications/{skill}", operation_id="people_unqualify", response={204: None},
    openapi_extra=_x("people.qualify"),
)  # fmt: skip
def unqualify(request: HttpRequest, person: str, skill: str) -> Any:
    """Take a skill back."""
    actions.revoke_qualification(actor=actor_of(request), person=person, skill=skill)
    return Status(204, None)
