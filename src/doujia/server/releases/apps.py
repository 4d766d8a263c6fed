from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "doujia.server.releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doujia.server.releases import jobs, permissions, telling  # noqa: F401 - they register themselves
