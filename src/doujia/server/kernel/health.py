"""/healthz says the process lives; /readyz says it can do its work; /metrics counts, when it is turned on."""

from __future__ import annotations

import os
import shutil

from django.conf import settings
from django.db import connection
from django.db.utils import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.urls import path

from doujia import __version__
from doujia.server.kernel.metrics import metrics

MIN_FREE_BYTES = 200 * 1024 * 1024


def healthz(request: HttpRequest) -> JsonResponse:
    """Alive."""
    return JsonResponse({"status": "ok", "version": __version__})


def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: database answers, folder is writable, disk has room."""
    checks: dict[str, str] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = "ok"
    except DatabaseError as error:
        checks["database"] = type(error).__name__
    checks["home"] = "ok" if os.access(settings.HOME, os.W_OK) else "not writable"
    checks["disk"] = "ok" if shutil.disk_usage(settings.HOME).free >= MIN_FREE_BYTES else "full"
    ready = all(v == "ok" for v in checks.values())
    return JsonResponse(
        {"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503
    )


urlpatterns = [path("healthz", healthz), path("readyz", readyz), path("metrics", metrics)]
