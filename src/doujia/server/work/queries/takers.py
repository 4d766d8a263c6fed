"""Who may be given the work of a project, whether they have begun or not."""

from __future__ import annotations

from dataclasses import dataclass

from doujia.server.kernel.authz import Actor, require
from doujia.server.work import neighbours

__all__ = ["Taker", "takers"]


@dataclass(frozen=True)
class Taker:
    """Somebody of the project's places who may take tasks; ``qualified``: she has every skill that it asks for."""

    person: str
    name: str
    qualified: bool


def takers(*, actor: Actor, project: str) -> list[Taker]:
    """Return everybody who may work in the project, by name."""
    thing = neighbours.thing(project)
    require(actor, "work.board", thing)
    found = neighbours.takers(project)
    names = neighbours.names_for(actor, thing, found)
    rows = [Taker(person, names.get(person, ""), skilled) for person, skilled in found.items()]
    return sorted(rows, key=lambda t: (not t.qualified, t.name, t.person))
