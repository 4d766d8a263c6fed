"""Background work of the data room."""

from __future__ import annotations

from typing import Any

from doujia.server.data.actions.uploads import sweep_uploads
from doujia.server.kernel import jobs, schedule

__all__ = ["import_job", "sweep"]


@jobs.handler("data.import")
def import_job(context: jobs.Context) -> dict[str, Any]:
    """Bring files in; heavy parts are loaded only now."""
    from doujia.server.data.importing import run_import

    return run_import(context)


@schedule.every(3600, "data.sweep_uploads")
def sweep() -> int:
    """Drop uploads that nobody touched for a week."""
    return sweep_uploads()
