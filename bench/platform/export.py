"""Make a release of everything accepted and export it to COCO, as the job worker does; prints time and memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import django


def memory() -> float:
    """Return the resident memory in MiB."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main(project: str) -> None:
    """Run both jobs."""
    django.setup()
    from doujia.server.kernel import jobs
    from doujia.server.people.permissions import SYSTEM
    from doujia.server.projects import queries as projects
    from doujia.server.releases import actions, queries
    from doujia.server.releases.models import Release

    thing = projects.thing(project)
    jobs.run_one()
    started = time.perf_counter()
    made = actions.make_release(actor=SYSTEM, project=project)
    if not jobs.run_one():
        raise SystemExit(f"no job ran for {thing}")
    release = time.perf_counter() - started
    items = Release.objects.get(id=made).items
    idle = memory()
    wanted = actions.export_release(actor=SYSTEM, release=made, format="coco", allow_loss=["class_dropped"])
    started = time.perf_counter()
    jobs.run_one()
    seconds = time.perf_counter() - started
    state = queries.export(actor=SYSTEM, export_id=wanted).state
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                f"release of {items:,} items": f"{release:.2f} s",
                f"export of {items:,} items to COCO ({state})": f"{seconds:.2f} s",
                "memory before the export, at its peak": f"{idle:.0f}, {peak:.0f} MiB",
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
