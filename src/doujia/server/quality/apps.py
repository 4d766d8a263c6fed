from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "doujia.server.quality"
    label = "quality"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doujia.server.quality import (  # noqa: F401 - they register themselves
            consensus_jobs,
            jobs,
            permissions,
            rule_jobs,
            subscriptions,
            telling,
        )
