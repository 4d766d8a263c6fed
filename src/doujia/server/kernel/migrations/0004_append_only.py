"""The database itself refuses to change or delete audit rows and seals."""

from django.db import migrations

from doujia.server.kernel import guards


def forwards(apps, schema_editor):
    guards.install(schema_editor.connection)


def backwards(apps, schema_editor):
    guards.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_trail_and_webhooks")]
    operations = [migrations.RunPython(forwards, backwards)]
