"""The work room at /api/v1/work."""

from ninja import Router

from doujia.server.work.api.bench import router as bench
from doujia.server.work.api.imports import router as imports
from doujia.server.work.api.leading import router as leading
from doujia.server.work.api.setups import router as setups

router = Router()
router.add_router("", bench)
router.add_router("", setups)
router.add_router("", leading)
router.add_router("", imports)

__all__ = ["router"]
