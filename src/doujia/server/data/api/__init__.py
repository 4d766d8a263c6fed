"""Data over HTTP: one router from its parts."""

from __future__ import annotations

from ninja import Router

from doujia.server.data.api.datasets import router as datasets
from doujia.server.data.api.imports import router as imports
from doujia.server.data.api.items import router as items

router = Router()
router.add_router("", datasets)
router.add_router("", items)
router.add_router("", imports)
