"""Doujia 豆荚: one system for the whole chain of teaching machines.

The library wing (``doujia.marks``, ``doujia.formats``, ``doujia.metrics``, ``doujia.consensus``) can be used
without the platform; ``doujia.server`` is the platform and needs ``pip install doujia[server]``.
"""

__version__ = "0.1.0"
