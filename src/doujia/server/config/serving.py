"""How gunicorn runs the platform: every line it and the platform write is one JSON object (``--config python:…``)."""

from __future__ import annotations

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
    """Send the platform's own log lines the same way; without this, requests that fail or are slow leave no line."""
    install()
