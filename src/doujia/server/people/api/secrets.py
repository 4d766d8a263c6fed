"""Identity in the vault, and API tokens."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from doujia.server.kernel.api import actor_of, cursor_encode, number_in
from doujia.server.people import actions, queries
from doujia.server.people.api import schemas
from doujia.server.people.api.session import person_at_the_web

router = Router()


def _x(action: str) -> dict[str, str]:
    return {"x-action": action}


@router.get(
    "/persons/{person}/identity", operation_id="people_identity", response=schemas.IdentityOut,
    openapi_extra=_x("identity.view"),
)  # fmt: skip
def identity(request: HttpRequest, person: str) -> Any:
    """Identity data, masked."""
    return asdict(actions.masked_identity(actor=actor_of(request), person=person))


@router.patch(
    "/persons/{person}/identity", operation_id="people_identity_edit", response=schemas.IdentityOut,
    openapi_extra=_x("identity.edit"),
)  # fmt: skip
def identity_edit(request: HttpRequest, person: str, body: schemas.IdentityIn) -> Any:
    """Change identity data; ID number and bank card are checked by their check digits."""
    actor = actor_of(request)
    values = {k: v for k, v in body.dict(exclude_unset=True).items() if v is not None}
    actions.set_identity(actor=actor, person=person, values=values)
    return asdict(actions.masked_identity(actor=actor, person=person))


@router.delete(
    "/persons/{person}/identity", operation_id="people_identity_erase", response=schemas.ErasedOut,
    openapi_extra=_x("identity.edit"),
)  # fmt: skip
def identity_erase(request: HttpRequest, person: str) -> Any:
    """Delete identity data; ``stays`` names what is needed to log in."""
    return {"stays": actions.erase_identity(actor=actor_of(request), person=person)}


@router.post(
    "/persons/{person}/identity/reveal", operation_id="people_identity_reveal", response=schemas.RevealOut,
    openapi_extra=_x("identity.reveal"),
)  # fmt: skip
def identity_reveal(request: HttpRequest, person: str, body: schemas.RevealIn) -> Any:
    """Identity data in plain; the look is written into the audit trail with its reason."""
    actor = person_at_the_web(request)
    return actions.reveal_identity(actor=actor, person=person, columns=body.columns, reason=body.reason)


@router.get(
    "/persons/{person}/identity/looks", operation_id="people_identity_looks", response=schemas.LookPage,
    openapi_extra=_x("identity.view"),
)  # fmt: skip
def identity_looks(
    request: HttpRequest,
    person: str,
    cursor: str | None = Query(None, max_length=100),
    limit: int = Query(20, ge=1, le=200),
) -> Any:
    """Who has looked at a person's identity data, and why; newest first."""
    before = number_in(cursor)
    rows = actions.identity_looks(actor=actor_of(request), person=person, before=before, limit=limit + 1)
    more = cursor_encode(rows[limit - 1].id) if len(rows) > limit else None
    return {"items": [asdict(row) for row in rows[:limit]], "next": more}


@router.get(
    "/tokens", operation_id="people_tokens", response=list[schemas.TokenOut], openapi_extra=_x("self")
)
def tokens(request: HttpRequest) -> Any:
    """One's API tokens (not the tokens themselves: those are shown once)."""
    return [asdict(t) for t in queries.tokens_of(person_at_the_web(request).person)]


@router.post(
    "/tokens", operation_id="people_token_create", response={201: schemas.TokenMade}, openapi_extra=_x("self")
)
def token_create(request: HttpRequest, body: schemas.TokenIn) -> Any:
    """Make an API token."""
    return Status(201, asdict(actions.create_token(actor=person_at_the_web(request), **body.dict())))


@router.delete(
    "/tokens/{token}", operation_id="people_token_revoke", response={204: None}, openapi_extra=_x("self")
)
def token_revoke(request: HttpRequest, token: str) -> Any:
    """End an API token, now."""
    actions.revoke_token(actor=person_at_the_web(request), token=token)
    return Status(204, None)
