"""Who is asking: log in and out, oneself, password, language, one's own sessions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from doujia.server.kernel.api import actor_of, address_of
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import Forbidden, NotFound
from doujia.server.people import actions, queries, sessions
from doujia.server.people.api import schemas

router = Router()


def person_at_the_web(request: HttpRequest) -> Actor:
    """Return the actor, who must be a person with a session: a token may not widen or prolong itself.

    Raises:
        Forbidden: ``session_required``.
    """
    actor = actor_of(request)
    if actor.token is not None:
        raise Forbidden(
            "session_required",
            zh="这件事只能登录网页来做,接口令牌不行。",
            en="This is done at the web pages by a person who is logged in, not with an API token.",
        )
    return actor


def _me(request: HttpRequest, person: str, csrf: str) -> dict[str, Any]:
    return asdict(queries.me(person)) | {"csrf": csrf}


def give_cookies(response: HttpResponse, secret: str) -> str:
    """Put the session cookie and the readable CSRF cookie on an answer; return the CSRF token."""
    csrf = sessions.csrf_of(sessions.digest_of(secret))
    secure = bool(settings.SESSION_COOKIE_SECURE)
    age = settings.SESSION_COOKIE_AGE
    response.set_cookie(sessions.COOKIE, secret, max_age=age, httponly=True, secure=secure, samesite="Lax")
    response.set_cookie(settings.CSRF_COOKIE_NAME, csrf, max_age=age, secure=secure, samesite="Lax")
    return csrf


@router.post(
    "/login", operation_id="people_login", response=schemas.MeOut, openapi_extra={"x-action": "anonymous"}
)
def login(request: HttpRequest, body: schemas.LoginIn, response: HttpResponse) -> Any:
    """Log in by phone number or login name, with the password or a one-time code."""
    sessions.check_origin(request)
    person, secret = actions.login(
        login=body.login, password=body.password, address=address_of(request),
        browser=request.headers.get("User-Agent", ""),
    )  # fmt: skip
    return _me(request, person, give_cookies(response, secret))


@router.post(
    "/logout", operation_id="people_logout", response={204: None}, openapi_extra={"x-action": "self"}
)
def logout(request: HttpRequest, response: HttpResponse) -> Any:
    """End this session."""
    actor = person_at_the_web(request)
    actions.logout(actor=actor, session=request.doujia_session)
    response.delete_cookie(sessions.COOKIE, samesite="Lax")
    response.delete_cookie(settings.CSRF_COOKIE_NAME, samesite="Lax")
    return Status(204, None)


@router.get("/me", operation_id="people_me", response=schemas.MeOut, openapi_extra={"x-action": "self"})
def me(request: HttpRequest) -> Any:
    """The one who asks, with roles and the CSRF token."""
    actor = actor_of(request)
    known = sessions.known_session(request) if actor.token is None else None
    return _me(request, actor.person, known.csrf if known else "")


@router.post(
    "/password", operation_id="people_password", response={204: None}, openapi_extra={"x-action": "self"}
)
def password(request: HttpRequest, body: schemas.PasswordIn) -> Any:
    """Set a new password; all other sessions of this person end."""
    actor = person_at_the_web(request)
    actions.change_password(actor=actor, old=body.old, new=body.new, keep=request.doujia_session)
    return Status(204, None)


@router.post(
    "/language", operation_id="people_language", response={204: None}, openapi_extra={"x-action": "self"}
)
def language(request: HttpRequest, body: schemas.LanguageIn) -> Any:
    """Choose the language of the pages."""
    actions.set_language(actor=person_at_the_web(request), language=body.language)
    return Status(204, None)


@router.post(
    "/my-data",
    operation_id="people_my_data",
    openapi_extra={
        "x-action": "self",
        "responses": {200: {"description": "a zip with my-data.json and my-data.xlsx", "content": {"application/zip": {}}}},
    },
)  # fmt: skip
def my_data(request: HttpRequest) -> HttpResponse:
    """A copy of everything that is kept about oneself; written into the audit trail."""
    data = actions.export_own_data(actor=person_at_the_web(request))
    headers = {"Content-Disposition": 'attachment; filename="my-data.zip"', "Cache-Control": "no-store"}
    return HttpResponse(data, content_type="application/zip", headers=headers)


@router.post(
    "/my-account/erase", operation_id="people_erase", response={204: None}, openapi_extra={"x-action": "self"}
)
def erase(request: HttpRequest, body: schemas.EraseIn, response: HttpResponse) -> Any:
    """Close one's own account for good and erase who one is; work stays under the pseudonym."""
    actions.erase_account(actor=person_at_the_web(request), password=body.password)
    response.delete_cookie(sessions.COOKIE, samesite="Lax")
    response.delete_cookie(settings.CSRF_COOKIE_NAME, samesite="Lax")
    return Status(204, None)


@router.get(
    "/sessions",
    operation_id="people_sessions",
    response=list[schemas.SessionOut],
    openapi_extra={"x-action": "self"},
)
def session_list(request: HttpRequest) -> Any:
    """The browsers in which one is logged in."""
    actor = person_at_the_web(request)
    mine = request.doujia_session
    return [asdict(s) | {"current": s.id == mine} for s in queries.sessions_of(actor.person)]


@router.delete(
    "/sessions/{session}",
    operation_id="people_session_revoke",
    response={204: None},
    openapi_extra={"x-action": "self"},
)
def session_revoke(request: HttpRequest, session: str) -> Any:
    """End one of one's own sessions; ``others`` ends all but this one."""
    actor = person_at_the_web(request)
    mine = request.doujia_session
    if session == "others":
        actions.revoke_session(actor=actor, session=None, keep=mine)
    elif not actions.revoke_session(actor=actor, session=session, keep=None):
        raise NotFound
    return Status(204, None)
