from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "doujia.server.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doujia.server.kernel.api import authenticators
        from doujia.server.people import actions, own_data, permissions, sessions, telling  # noqa: F401 - stating the rules is the import

        for authenticate in (sessions.by_session, sessions.by_token):
            if authenticate not in authenticators:
                authenticators.append(authenticate)
