"""Doujia from Python: create projects, upload, push predictions, fetch marks, wait for jobs, export.

    from doujia.sdk import Client

    with Client("https://doujia.example.org", token="…") as doujia:
        dataset = doujia.create_dataset("street", tenant)
        doujia.upload(dataset, "pictures/")
        marks = doujia.marks(doujia.release(project))      # a pandas DataFrame

Names are imported when they are first used.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ApiError", "Client", "JobFailed"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from doujia.sdk import client

        return getattr(client, name)
    raise AttributeError(f"module 'doujia.sdk' has no attribute {name!r}")
