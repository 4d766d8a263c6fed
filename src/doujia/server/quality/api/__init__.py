"""The quality room at /api/v1/quality."""

from ninja import Router

from doujia.server.quality.api.agreement import router as agreement
from doujia.server.quality.api.appeals import router as appeals
from doujia.server.quality.api.consensus import router as consensus
from doujia.server.quality.api.gold import router as gold
from doujia.server.quality.api.guideline import router as guideline
from doujia.server.quality.api.practice import router as practice
from doujia.server.quality.api.records import router as records
from doujia.server.quality.api.reports import router as reports
from doujia.server.quality.api.rules import router as rules
from doujia.server.quality.api.workdays import router as workdays

router = Router()
router.add_router("", appeals)
router.add_router("", gold)
router.add_router("", practice)
router.add_router("", consensus)
router.add_router("", agreement)
router.add_router("", records)
router.add_router("", guideline)
router.add_router("", reports)
router.add_router("", rules)
router.add_router("", workdays)

__all__ = ["router"]
