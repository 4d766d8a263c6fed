"""The few settings that the supervisor needs, read without Django."""

from __future__ import annotations

from typing import Any

__all__ = ["web_settings"]


def web_settings() -> dict[str, Any]:
    """Return processes, threads, certificate, addresses, the home and whether its database is embedded.

    Raises:
        SystemExit: a setting cannot be used; says which in both languages.
    """
    from doujia.server.config import settings

    return {
        "processes": settings.WEB_PROCESSES,
        "threads": settings.WEB_THREADS,
        "tls_cert": settings.TLS_CERT,
        "tls_key": settings.TLS_KEY,
        "public_url": settings.PUBLIC_URL,
        "host": settings.HOST,
        "port": settings.PORT,
        "home": settings.HOME,
        "embedded": settings.EMBEDDED,
    }
