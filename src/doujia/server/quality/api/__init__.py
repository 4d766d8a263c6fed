"""The quality room at /api/v1/quality."""

from ninja import Router

router = Router()

__all__ = ["router"]
