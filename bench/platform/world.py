"""Fill a fresh installation for the benchmark: one base, sixteen workers and a lead, one project with N picture tasks.

Run with ``DOUJIA_HOME`` and ``DATABASE_URL`` set; prints JSON with what the load needs.
"""

from __future__ import annotations

import json
import sys

import django
import fill


def main(tasks: int, people: int, review_share: float, labelled: int = 0) -> None:
    """Make the world and print it."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from doujia.marks import LabelClass, Schema
    from doujia.server.data import actions as data
    from doujia.server.kernel import db
    from doujia.server.people import actions as persons
    from doujia.server.people import sessions
    from doujia.server.people.models import Person
    from doujia.server.people.permissions import SYSTEM
    from doujia.server.projects import actions as projects

    base = persons.create_tenant(actor=SYSTEM, kind="base", name="Bench base")
    client = persons.create_tenant(actor=SYSTEM, kind="client", name="Bench client")
    dataset = data.create_dataset(actor=SYSTEM, tenant=client, name="Pictures", medium="image")
    schema = Schema(classes=[LabelClass(id=f"c{n}", name=f"class {n}", kinds=["box"]) for n in range(6)])
    project = projects.create_project(
        actor=SYSTEM, client=client, bases=[base], name="Bench", schema=schema, datasets=[dataset], settings={"review_share": review_share}
    )  # fmt: skip
    projects.set_state(actor=SYSTEM, project=project, state="running")
    seconds = fill.tasks(project, dataset, tasks)
    if labelled:
        fill.answers(project, "somebody", labelled)
    logins = []
    for number in range(people + 1):
        role = "worker" if number < people else "lead"
        made = persons.create_person(
            actor=SYSTEM, tenant=base, role=role, display_name=f"{role} {number}", login_name=f"{role}{number}", phone="", password="blue-Bean-42"
        )  # fmt: skip
        Person.objects.filter(id=made.person).update(must_change_password=False)
        with db.write():
            secret = sessions.open_session(
                Person.objects.get(id=made.person), address="127.0.0.1", browser="bench"
            )
        logins.append(
            {"cookie": f"{sessions.COOKIE}={secret}", "csrf": sessions.csrf_of(sessions.digest_of(secret))}
        )
    print(
        json.dumps(
            {
                "project": project,
                "dataset": dataset,
                "people": logins[:-1],
                "lead": logins[-1],
                "seed_seconds": seconds,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), *map(int, sys.argv[4:5]))
