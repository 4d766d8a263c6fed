"""Numbers for Prometheus at /metrics: off unless ``METRICS`` is set.

With several web processes each writes its counts into ``DOUJIA_HOME/metrics``; any of them adds all up. Read only from
this machine, or with ``METRICS_TOKEN`` as bearer token.
"""

from __future__ import annotations

import hmac
import os
import shutil
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from doujia.server.kernel.models import AuditEvent, AuditSeal, Job

__all__ = ["count", "metrics", "start"]

_making = threading.Lock()
_LOOPBACK = ("127.0.0.1", "::1")


def start() -> None:
    """Empty the shared folder; the supervisor calls it before the web processes start."""
    folder = Path(settings.HOME) / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def _instruments() -> tuple[Any, Any]:
    # Several threads meet here with the first requests; the library registers a name once only.
    with _making:
        return _made()


@cache
def _made() -> tuple[Any, Any]:
    folder = Path(settings.HOME) / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    # Before the import: the library chooses its storage then.
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))
    from prometheus_client import Counter, Histogram

    requests = Counter("doujia_requests_total", "Requests answered.", ("operation", "status"))
    seconds = Histogram(
        "doujia_request_seconds", "Wall time of a request.", ("operation",),
        buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    )  # fmt: skip
    return requests, seconds


def _operation(request: HttpRequest) -> str:
    """Return the route, not the address: ids in labels would make a series for each."""
    match = request.resolver_match
    return f"{request.method} /{match.route}" if match is not None else "none"


def count(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Count one answer."""
    requests, times = _instruments()
    operation = _operation(request)
    requests.labels(operation, str(response.status_code)).inc()
    times.labels(operation).observe(seconds)


class _State:
    """Counts that are read from the database at each scrape."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        jobs = GaugeMetricFamily("doujia_jobs", "Background jobs by state.", labels=["state"])
        rows = (
            Job.objects.filter(state__in=("queued", "running")).values_list("state").annotate(n=Count("id"))
        )
        found = dict(rows.order_by())
        for state in ("queued", "running"):
            jobs.add_metric([state], found.get(state, 0))
        yield jobs
        last = AuditSeal.objects.order_by("-id").values_list("last_event", flat=True).first() or 0
        unsealed = AuditEvent.objects.filter(id__gt=last).count()
        yield GaugeMetricFamily(
            "doujia_audit_unsealed", "Audit rows that are not sealed yet.", value=unsealed
        )


def metrics(request: HttpRequest) -> HttpResponse:
    """Return the numbers in Prometheus' text form; 404 when they are off or the caller may not read them."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    allowed = (
        hmac.compare_digest(given.encode(), token.encode())
        if token
        else request.META.get("REMOTE_ADDR") in _LOOPBACK
    )
    if not settings.METRICS or not allowed:
        return HttpResponse(status=404)
    _instruments()
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(_State())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
