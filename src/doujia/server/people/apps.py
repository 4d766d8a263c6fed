from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "doujia.server.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doujia.server.kernel import audit
        from doujia.server.kernel.api import authenticators
        from doujia.server.people import (  # noqa: F401 - stating the rules is the import
            actions,
            own_data,
            permissions,
            queries,
            sessions,
            telling,
        )

        for authenticate in (sessions.by_session, sessions.by_token):
            if authenticate not in authenticators:
                authenticators.append(authenticate)
        if queries.names not in audit.namers:
            audit.namers.append(queries.names)
