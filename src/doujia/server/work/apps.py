from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "doujia.server.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doujia.server.work import jobs, own_data, permissions, subscriptions, telling  # noqa: F401 - they register themselves
