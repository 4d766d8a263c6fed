"""The work room at /api/v1/work."""

from ninja import Router

from doujia.server.work.api.bench import router as bench
from doujia.server.work.api.leading import router as leading

router = Router()
router.add_router("", bench)
router.add_router("", leading)

__all__ = ["router"]
