"""The job worker: one process that does queued jobs and, in a second thread, what is scheduled."""

from __future__ import annotations

import logging
import os
import signal
import threading
from types import FrameType

log = logging.getLogger("doujia.worker")
IDLE_SECONDS = 0.5


def clockwork(stopping: threading.Event) -> None:
    """Run what is scheduled until ``stopping``."""
    from django.db import close_old_connections

    from doujia.server.kernel import schedule

    while not stopping.wait(IDLE_SECONDS):
        # A connection that the database server has cut is never mended by itself: without this nothing would be sealed
        # or swept after the server's restart until this process is restarted, too.
        close_old_connections()
        schedule.tick()


def main() -> None:
    """Run until SIGTERM or SIGINT; a job in hand stops at its next checkpoint and is resumed by the next worker."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doujia.server.config.settings")
    import django

    django.setup()
    from doujia.server.config import logs

    logs.install()
    from django.db import close_old_connections

    from doujia.server.kernel import jobs

    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    threading.Thread(target=clockwork, args=(stopping,), name="schedule", daemon=True).start()
    log.info("worker started")
    parent = os.getppid()
    while not stopping.is_set():
        close_old_connections()
        if not jobs.run_one():
            stopping.wait(IDLE_SECONDS)
        if os.getppid() != parent:
            # The supervisor was killed: a second worker would be started beside this one.
            break
    log.info("worker stopped")


if __name__ == "__main__":
    main()
