from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "doujia.server.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doujia.server.kernel import (  # noqa: F401 - rules, clockwork, job handlers
            nightly,
            permissions,
            trail,
            upkeep,
            webhooks,
        )
