"""Whether the platform of this home answers just now: what must not happen beneath it asks first."""

from __future__ import annotations

import ipaddress
import json
import urllib.error
import urllib.request

__all__ = ["is_running"]

PATIENCE = 2.0


def is_running(host: str, port: int) -> bool:
    """Return whether a Doujia answers at the address; another program there does not count."""
    try:
        anywhere = ipaddress.ip_address(host or "::").is_unspecified
    except ValueError:
        anywhere = False
    shown = "127.0.0.1" if anywhere else host
    try:
        with urllib.request.urlopen(f"http://{shown}:{port}/healthz", timeout=PATIENCE) as answer:
            return "version" in json.loads(answer.read(1000))
    except (OSError, urllib.error.URLError, ValueError):
        return False
