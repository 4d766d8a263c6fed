from django.apps import AppConfig


class DataConfig(AppConfig):
    name = "doujia.server.data"
    label = "data"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doujia.server.data import jobs, permissions  # noqa: F401 - they register themselves
