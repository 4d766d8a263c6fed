"""What a base's webhooks are told of people: by work name, never by identity."""

from __future__ import annotations

from doujia.server.kernel import events, webhooks
from doujia.server.people.events import PersonJoined
from doujia.server.people.models import Person

webhooks.declare("person.joined", zh="有人加入了基地", en="somebody has come to the base")


@events.subscribe(PersonJoined)
def _joined(event: PersonJoined) -> None:
    if webhooks.wanted("person.joined", [event.tenant]):
        pseudonym = Person.objects.values_list("pseudonym", flat=True).get(id=event.person)
        webhooks.emit(
            "person.joined", tenants=[event.tenant], data={"person": event.person, "pseudonym": pseudonym}
        )
