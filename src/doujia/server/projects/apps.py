from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "doujia.server.projects"
    label = "projects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doujia.server.projects import jobs, permissions, telling  # noqa: F401 - stating the rules is the import
