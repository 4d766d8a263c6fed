"""Who a request comes from: session cookie or API token, cached in the process.

A hit costs a hash and a dictionary look-up. What is taken away (logout, role, password, account) is forgotten here at
once and, through the one-row table ``AuthRevision``, in every other process within ``FRESH`` seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest

from doujia.server.kernel import clock, db
from doujia.server.kernel.authz import Actor, Grant
from doujia.server.kernel.errors import Forbidden
from doujia.server.people.models import ApiToken, AuthRevision, LoginSession, Person, RoleGrant

__all__ = ["COOKIE", "Known", "by_session", "by_token", "check_origin", "close", "csrf_of", "forget_all", "known_session", "load_actor", "open_session"]  # fmt: skip

COOKIE = "doujia_session"
FRESH = 1.0
KEEP = 60.0
SEEN_EVERY = timedelta(minutes=10)
SCOPES = {
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write"}),
    "admin": frozenset({"read", "write", "admin"}),
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_BEFORE_NEW_PASSWORD = frozenset(
    f"/api/v1/people/{name}" for name in ("me", "logout", "password", "language")
)


@dataclass(frozen=True)
class Known:
    """What the process remembers of one credential."""

    actor: Actor
    session: str
    csrf: str
    must_change_password: bool
    expires_at: datetime
    stale_at: float


_cache: dict[str, Known] = {}
_guard = threading.Lock()
_revision: int | None = None
_looked_at = float("-inf")
_generation = 0


def digest_of(secret: str) -> str:
    """Return what is stored of a cookie or token: they are 256 random bits and need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_of(digest: str) -> str:
    """Return the CSRF token that belongs to a session; bound to it, so that a planted cookie is of no use."""
    return hmac.new(f"csrf:{settings.SECRET_KEY}".encode(), digest.encode(), hashlib.sha256).hexdigest()[:32]


def forget_all() -> None:
    """Forget what was cached, here now and after the commit, elsewhere within a second. Call inside ``db.write()``."""
    AuthRevision.objects.get_or_create(id=1)
    AuthRevision.objects.filter(id=1).update(value=F("value") + 1)
    _clear()
    # Again once it is committed: a request between now and then may have cached the old state.
    db.after_commit(_clear)


def _clear() -> None:
    global _looked_at, _generation
    with _guard:
        _cache.clear()
        _generation += 1
        _looked_at = float("-inf")


def _remembered(key: str) -> Known | None:
    """Return the cached entry unless it is stale or something was revoked by another process."""
    global _revision, _looked_at, _generation
    now = time.monotonic()
    if now - _looked_at > FRESH:
        value = AuthRevision.objects.filter(id=1).values_list("value", flat=True).first()
        with _guard:
            if value != _revision:
                _cache.clear()
                _generation += 1
                _revision = value
            _looked_at = now
    known = _cache.get(key)
    if known is None or known.stale_at < now or known.expires_at <= clock.now():
        return None
    return known


def _remember(key: str, known: Known, generation: int) -> None:
    with _guard:
        if generation != _generation:
            return  # something was taken away while this was being read
        if len(_cache) >= 20_000:
            _cache.clear()
        _cache[key] = known


def load_actor(
    person: Person, *, scopes: frozenset[str] | None = None, token: str | None = None, tenant: str = ""
) -> Actor:
    """Return the actor with all grants in active tenants (or only those in ``tenant``); one query."""
    rows = RoleGrant.objects.filter(person_id=person.id, tenant__active=True).values_list("role", "tenant_id")
    grants = tuple(
        sorted(
            (Grant(role, t) for role, t in rows if not tenant or t == tenant),
            key=lambda g: (g.tenant, g.role),
        )
    )
    return Actor(person.id, person.pseudonym, grants, scopes, person.language, token)


def open_session(person: Person, *, address: str, browser: str) -> str:
    """Start a session and return the cookie's secret; call inside ``db.write()``."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    LoginSession.objects.create(
        digest=digest_of(secret), person=person, created_at=now, last_seen_at=now,
        expires_at=now + timedelta(seconds=settings.SESSION_COOKIE_AGE), address=address[:45], browser=browser[:200],
    )  # fmt: skip
    return secret


def close(person: str, *, session: str | None = None, keep: str | None = None) -> int:
    """End one session of a person, or all but ``keep``; call inside ``db.write()``. Returns how many ended."""
    rows = LoginSession.objects.filter(person_id=person)
    if session is not None:
        rows = rows.filter(id=session)
    if keep is not None:
        rows = rows.exclude(id=keep)
    count, _ = rows.delete()
    forget_all()
    return int(count)


def known_session(request: HttpRequest) -> Known | None:
    """Return what belongs to the request's session cookie, without any check of the request itself."""
    secret = request.COOKIES.get(COOKIE)
    if not secret:
        return None
    digest = digest_of(secret)
    known = _remembered(digest)
    if known is not None:
        return known
    generation, now = _generation, clock.now()
    row = LoginSession.objects.select_related("person").filter(digest=digest, expires_at__gt=now).first()
    if row is None or row.person.state != "active":
        return None
    if now - row.last_seen_at > SEEN_EVERY:
        with db.write():
            LoginSession.objects.filter(digest=digest).update(last_seen_at=now)
    known = Known(
        load_actor(row.person), row.id, csrf_of(digest), row.person.must_change_password, row.expires_at, time.monotonic() + KEEP
    )  # fmt: skip
    _remember(digest, known, generation)
    return known


def check_origin(request: HttpRequest) -> None:
    """Refuse a request that a page of another site has sent.

    Raises:
        Forbidden: the browser names another origin.
    """
    origin = request.headers.get("Origin")
    here = {request.get_host(), urlsplit(settings.PUBLIC_URL).netloc}
    if request.headers.get("Sec-Fetch-Site") == "cross-site" or (
        origin and urlsplit(origin).netloc not in here
    ):
        raise Forbidden(
            "csrf_failed",
            zh="这个请求是从别的网站发来的,没有执行。",
            en="This request came from another site and was not carried out.",
        )


def by_session(request: HttpRequest) -> Actor | None:
    """Authenticate by cookie; a request that changes something must carry the session's CSRF token.

    Raises:
        Forbidden: ``csrf_failed``, or ``must_change_password`` before anything else may be done.
    """
    if "Authorization" in request.headers:
        return None
    known = known_session(request)
    if known is None:
        return None
    if request.method not in _SAFE:
        check_origin(request)
        sent = request.headers.get("X-CSRFToken", "")
        if not hmac.compare_digest(sent.encode(), known.csrf.encode()):
            raise Forbidden(
                "csrf_failed",
                zh="页面过期了,请刷新后再试一次。",
                en="The page is out of date; reload it and try again.",
            )
    if known.must_change_password and request.path not in _BEFORE_NEW_PASSWORD:
        raise Forbidden(
            "must_change_password",
            zh="先设一个自己的新密码,再接着用。",
            en="Set a new password of your own first.",
        )
    request.doujia_session = known.session
    return known.actor


def by_token(request: HttpRequest) -> Actor | None:
    """Authenticate by ``Authorization: Bearer <token>``; needs no CSRF token, since no browser sends it by itself."""
    header = request.headers.get("Authorization", "")
    kind, _, secret = header.partition(" ")
    if kind.lower() != "bearer" or not secret:
        return None
    digest = digest_of(secret.strip())
    known = _remembered(digest)
    if known is not None:
        return known.actor
    generation, now = _generation, clock.now()
    row = (
        ApiToken.objects.select_related("person")
        .filter(digest=digest, revoked_at=None, expires_at__gt=now)
        .first()
    )
    if row is None or row.person.state != "active" or row.person.must_change_password:
        return None
    if row.last_used_at is None or now - row.last_used_at > SEEN_EVERY:
        with db.write():
            ApiToken.objects.filter(id=row.id).update(last_used_at=now)
    actor = load_actor(row.person, scopes=SCOPES[row.scope], token=row.id, tenant=row.tenant)
    _remember(digest, Known(actor, "", "", False, row.expires_at, time.monotonic() + KEEP), generation)
    return actor
