"""Print the OpenAPI document: ``python -m doujia.server.config.openapi``."""

from __future__ import annotations

import json
import os
import sys
import tempfile


def document() -> dict[str, object]:
    """Return the OpenAPI 3.1 document of /api/v1."""
    import django

    django.setup()
    from doujia.server.config.api import api

    return dict(api.get_openapi_schema(path_prefix="/api/v1/"))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doujia.server.config.settings")
    with tempfile.TemporaryDirectory() as home:
        os.environ["DOUJIA_HOME"] = home
        json.dump(document(), sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
