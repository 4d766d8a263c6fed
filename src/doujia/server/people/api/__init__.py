"""People over HTTP: one router from its parts."""

from __future__ import annotations

from ninja import Router

from doujia.server.people.api.joining import router as joining
from doujia.server.people.api.persons import router as persons
from doujia.server.people.api.secrets import router as secrets
from doujia.server.people.api.session import router as session

router = Router()
router.add_router("", session)
router.add_router("", persons)
router.add_router("", joining)
router.add_router("", secrets)
