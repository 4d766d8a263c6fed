"""Errors of the platform. Each becomes one problem+json answer (RFC 9457) with a stable code and both languages."""

from __future__ import annotations

from typing import Any

__all__ = [
    "BadRequest",
    "Conflict",
    "Forbidden",
    "Gone",
    "NotFound",
    "PayloadTooLarge",
    "PlatformError",
    "StorageFull",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "Unprocessable",
]


class PlatformError(Exception):
    """Base. ``code`` is stable, ``zh`` and ``en`` say what was found and what to do; ``fields`` names the places."""

    status = 500

    def __init__(
        self,
        code: str,
        *,
        zh: str,
        en: str,
        fields: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{en} [{code}]")
        self.code, self.zh, self.en = code, zh, en
        self.fields, self.retry_after, self.extra = fields, retry_after, extra

    def as_problem(self) -> dict[str, Any]:
        """Return the body of the answer."""
        body: dict[str, Any] = {
            "type": f"urn:doujia:{self.code}",
            "title": self.en,
            "status": self.status,
            "code": self.code,
            "detail": {"zh": self.zh, "en": self.en},
        }
        if self.fields is not None:
            body["fields"] = self.fields
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return body | self.extra


class BadRequest(PlatformError):
    """The request cannot be understood."""

    status = 400


class Unauthenticated(PlatformError):
    """Nobody is logged in."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "login_required",
            zh="登录过期了。重新登录,你的活都在。",
            en="Your login has ended. Log in again; your work is all here.",
        )


class Forbidden(PlatformError):
    """The person may see the thing but not do this to it."""

    status = 403

    def __init__(
        self, code: str = "forbidden", *, zh: str | None = None, en: str | None = None, **extra: Any
    ) -> None:
        super().__init__(
            code,
            zh=zh or "你没有做这件事的权限。需要的话找基地管理员。",
            en=en or "You may not do this. Ask the base's manager.",
            **extra,
        )


class NotFound(PlatformError):
    """There is no such thing, or it is none of the person's business: both look the same from outside."""

    status = 404

    def __init__(
        self, code: str = "not_found", *, zh: str = "没有找到。", en: str = "There is no such thing."
    ) -> None:
        super().__init__(code, zh=zh, en=en)


class Conflict(PlatformError):
    """Somebody else was faster, or the thing is in another state."""

    status = 409


class Gone(PlatformError):
    """It was there and has ended (an expired link, a used code)."""

    status = 410


class Unprocessable(PlatformError):
    """Understood, but it breaks a rule; ``fields`` names which."""

    status = 422


class PayloadTooLarge(PlatformError):
    """The body is larger than anything that is read at once."""

    status = 413


class TooMany(PlatformError):
    """Too often; ``retry_after`` seconds."""

    status = 429


class Unavailable(PlatformError):
    """The database is held by another program or does not answer; ``retry_after`` seconds. Nothing of the request was kept."""

    status = 503


class StorageFull(PlatformError):
    """No room: new work is refused, old work is kept."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "disk_full",
            zh="服务器的硬盘满了,新的先不收,已交的都在。请管理员清理后再试,你的活先存在本机。",
            en="The server's disk is full: nothing new is taken, what was handed in is safe. Ask the admin to make room.",
        )
