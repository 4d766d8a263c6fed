"""The quality room at /api/v1/quality."""

from ninja import Router

from doujia.server.quality.api.appeals import router as appeals

router = Router()
router.add_router("", appeals)

__all__ = ["router"]
