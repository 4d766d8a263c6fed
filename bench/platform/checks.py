"""After the load: is every slot in one place, did nobody get an item twice, is nothing missing? Run like ``world.py``."""

from __future__ import annotations

import json
import sys

import django


def main(project: str, sent: int) -> None:
    """Print what does not add up: every number should be 0."""
    django.setup()
    from django.db import connection

    def one(sql: str, *values: object) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return int(cursor.fetchone()[0] or 0)

    kept = one("SELECT COUNT(*) FROM work_submission")
    print(
        json.dumps(
            {
                "kept": kept,
                "missing": sent - kept,
                "slot_twice": one(
                    "SELECT COUNT(*) FROM (SELECT slot FROM work_submission WHERE state <> 'extra' GROUP BY slot HAVING COUNT(*) > 1) x"
                ),
                "item_twice": one(
                    "SELECT COUNT(*) FROM (SELECT task_id, person FROM work_submission WHERE mode <> 'consensus' GROUP BY task_id, person HAVING COUNT(*) > 1) x"
                ),
                "beyond_overlap": one(
                    "SELECT COUNT(*) FROM work_task t WHERE (SELECT COUNT(*) FROM work_submission s WHERE s.task_id = t.id AND s.state <> 'extra' AND s.mode <> 'consensus') > t.slots"
                ),
                "slots_lost": one("SELECT SUM(slots) FROM work_task")
                - one("SELECT COUNT(*) FROM work_ready WHERE kind = 'work'")
                - one("SELECT COUNT(*) FROM work_lease WHERE kind = 'work'")
                - one(
                    "SELECT COUNT(DISTINCT slot) FROM work_submission WHERE state <> 'extra' AND mode <> 'consensus'"
                ),
                "counted_wrong": kept - one("SELECT SUM(items) FROM work_daycount"),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
