"""The bench in a real Chromium against a platform in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_platform import FakePlatform
from playwright.sync_api import Browser, BrowserContext, expect
from seat import Seat

expect.set_options(timeout=20_000)
"""A loaded machine needs more than the usual five seconds; what is there is seen at once all the same."""

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def dist(web_built: None) -> Path:
    """The built web app."""
    return ROOT / "src/doujia/server/static/web"


@pytest.fixture
def fake(dist: Path) -> FakePlatform:
    """An empty platform in memory."""
    return FakePlatform(dist)


@pytest.fixture
def sit(browser: Browser, fake: FakePlatform) -> Iterator[Callable[..., Seat]]:
    """Make seats: each call is another PC (a context of its own)."""
    contexts: list[BrowserContext] = []

    def make(*, scale: float = 1, locale: str = "zh-CN", context: BrowserContext | None = None) -> Seat:
        if context is None:
            context = browser.new_context(
                viewport={"width": 1366, "height": 610},
                locale=locale,
                timezone_id="Asia/Shanghai",
                device_scale_factor=scale,
            )
            fake.attach(context)
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        return Seat(fake, context, page)

    yield make
    fake.online = True
    for context in contexts:
        context.close()
