"""Tables of the quality room. Private: other rooms use ``actions`` and ``queries``."""

from doujia.server.quality.models.appeals import Appeal

__all__ = ["Appeal"]
