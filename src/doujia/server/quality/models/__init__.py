"""Tables of the quality room. Private: other rooms use ``actions`` and ``queries``."""
