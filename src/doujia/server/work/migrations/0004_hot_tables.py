"""PostgreSQL only: the two small tables whose rows come and go all day are vacuumed early."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

HOT = ("work_ready", "work_lease")


def tune(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in HOT:
            schema_editor.execute(
                f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500)"
            )
        schema_editor.execute(
            "ALTER TABLE work_task SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)"
        )


class Migration(migrations.Migration):
    dependencies = [("work", "0003_offers_in_order")]
    operations = [migrations.RunPython(tune, migrations.RunPython.noop)]
