"""How gunicorn runs the platform: every line it and the platform write is one JSON object (``--config python:…``)."""

from __future__ import annotations

import os
import selectors
from typing import Any

from gunicorn.glogging import Logger

from doujia.server.config.logs import JsonFormatter, install

__all__ = ["JsonLogger", "logger_class", "post_worker_init"]


class JsonLogger(Logger):
    """Gunicorn's own log in our form."""

    def setup(self, cfg: Any) -> None:
        """Set gunicorn's handlers up, then their form."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())


logger_class = JsonLogger


def post_worker_init(worker: Any) -> None:
    """Make the process ready to answer: its log, its addresses; then wait until the database is ready, too.

    Without ``install``, requests that fail or are slow would leave no line. ``DOUJIA_GATE`` is a pipe whose other end the
    supervisor closes when everything is prepared; requests that come before wait in the queue of the port.
    """
    install()
    from django.urls import get_resolver

    assert get_resolver().url_patterns
    gate = os.environ.get("DOUJIA_GATE")
    if gate is None:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(int(gate), selectors.EVENT_READ)
        while worker.alive and not selector.select(1.0):
            worker.notify()  # a first start takes its time: gunicorn must not take this for a hang
            if os.getppid() != worker.ppid:
                raise SystemExit(0)
