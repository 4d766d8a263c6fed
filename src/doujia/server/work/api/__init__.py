"""The work room at /api/v1/work."""

from ninja import Router

from doujia.server.work.api.bench import router as bench

router = Router()
router.add_router("", bench)

__all__ = ["router"]
