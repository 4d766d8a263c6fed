"""Reads of the work room."""

from doujia.server.work.queries.packs import describe

__all__ = ["describe"]
