"""Copying SQLite's write-ahead log into the database beside the work instead of within somebody's commit.

By default the commit that fills the log copies it, and whoever made that commit waits for a thousand pages in random
places. Here a thread of the web process copies every other second; a page that was written many times meanwhile is
copied once. The commits' own copying (``wal_autocheckpoint``) stays as a bound on the log should the thread be gone.
"""

from __future__ import annotations

import logging
import sqlite3
import threading

from django.db import connection

from doujia.server.kernel import db

__all__ = ["Checkpointer", "start"]

log = logging.getLogger("doujia.checkpoints")
EVERY_SECONDS = 2.0
LONG = 4000
"""Frames (pages) in the log from which on writers wait a moment for its rest to be copied, so that it begins anew."""


class Checkpointer:
    """Copies the log of one database file; has a connection of its own."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)

    def step(self) -> int:
        """Copy what is in the log; returns how many frames of it are not copied yet.

        Readers and writers go on meanwhile, hence the log of a busy server never becomes empty by this alone; a long
        one is finished while no writer may begin.
        """
        frames, copied = self._copy()
        if frames > LONG and copied < frames:
            with db.writers_held():
                frames, copied = self._copy()
        return frames - copied

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _copy(self) -> tuple[int, int]:
        _, frames, copied = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return frames, copied


def start() -> threading.Thread | None:
    """Copy on in a thread of this process until it ends; None where the database is not SQLite."""
    if not db.is_sqlite():
        return None
    thread = threading.Thread(
        target=_run, args=(str(connection.settings_dict["NAME"]),), name="checkpoints", daemon=True
    )
    thread.start()
    return thread


def _run(path: str) -> None:
    pause, seen = threading.Event(), 0
    checkpointer: Checkpointer | None = None
    while not pause.wait(EVERY_SECONDS):
        if (written := db.writes()) == seen:
            continue
        seen = written
        try:
            checkpointer = checkpointer or Checkpointer(path)
            checkpointer.step()
        except sqlite3.Error as error:  # a full disk, say: the commits' own copying tells whoever writes
            log.warning("the log was not copied", extra={"error": str(error)})
