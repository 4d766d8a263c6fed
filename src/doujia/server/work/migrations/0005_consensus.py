from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("work", "0004_hot_tables")]
    operations = [
        migrations.AddField("task", "consensus", models.BooleanField(db_default=False, default=False))
    ]
