from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("quality", "0010_report_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("tenant", models.CharField(max_length=64)),
                ("day", models.DateField()),
                ("working", models.BooleanField()),
                ("name", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "day"), name="quality_calendar_once")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="firing",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["project"], name="quality_firing_open"
            ),
        ),
    ]
