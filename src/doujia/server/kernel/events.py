"""Facts in the past tense: a lower room publishes, rooms above have subscribed.

``publish`` runs the subscribers within the publisher's transaction, so that a fact and its consequences (pay, gold
statistics) are kept together or not at all. A payload is a frozen dataclass of the publishing domain's ``events.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["publish", "subscribe"]

E = TypeVar("E")
_subscribers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Decorate a function that shall run whenever ``event`` is published. Subscribing twice is once."""

    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        if handler not in _subscribers[event]:
            _subscribers[event].append(handler)
        return handler

    return register


def publish(event: object) -> None:
    """Tell all subscribers, in the order in which they subscribed, inside the current transaction."""
    for handler in _subscribers[type(event)]:
        handler(event)
