"""Triggers by which the database itself refuses to change or delete what belongs to the audit trail.

An attacker with the database password can drop a trigger; a bug or a careless query cannot. What the first does, the
seals show.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["TABLES", "install", "remove"]

TABLES = ("kernel_auditevent", "kernel_auditseal")


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place; doing it twice changes nothing."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION doujia_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"
            )
        for table in TABLES:
            if connection.vendor == "postgresql":
                cursor.execute(
                    f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION doujia_append_only()"
                )
                continue
            for verb in ("UPDATE", "DELETE"):
                cursor.execute(
                    f"CREATE TRIGGER {table}_keep_{verb.lower()} BEFORE {verb} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
                )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for tests that empty tables, never in production."""
    with connection.cursor() as cursor:
        for table in TABLES:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_keep ON {table}")
            else:
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_keep_{verb}")
