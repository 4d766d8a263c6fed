"""A person at a PC, for the bench's browser tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fake_platform import ORIGIN, FakePlatform
from playwright.sync_api import BrowserContext, Page, expect


@dataclass
class Seat:
    """A person at a PC: her browser context, the page, and the platform that she talks to."""

    fake: FakePlatform
    context: BrowserContext
    page: Page

    def open(self, path: str = "/work") -> Page:
        """Open the bench and wait until a task is on screen."""
        self.page.goto(ORIGIN + path)
        expect(self.page.locator(".wb[data-mode]:not([data-mode=none])")).to_be_visible(timeout=15_000)
        self.page.wait_for_function("document.querySelector('.wb-stage canvas').width > 300")
        return self.page

    def drag(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Drag on the stage, with steps between as a hand makes them."""
        mouse = self.page.mouse
        mouse.move(x0, y0)
        mouse.down()
        mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
        mouse.move(x1, y1)
        mouse.up()

    def marked(self, count: int) -> None:
        """Wait until the panel says how many are marked."""
        expect(self.page.get_by_role("heading", name=f"已标 {count} 个")).to_be_visible()

    def saved(self) -> None:
        """Wait until the page says that everything is on this PC or at the server."""
        expect(self.page.locator(".wb-saved", has_text="已")).to_be_visible()

    def item(self, name: str) -> None:
        """Wait for a count of the day in the bar (it changes with each acknowledged answer)."""
        expect(self.page.get_by_text(name)).to_be_visible()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until the platform has got what the page sends behind the person's back.

        Playwright serves its routes only while a call of it runs, so the waiting is one of its own.
        """
        for _ in range(300):
            if true():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("the platform was not told within 15 s")
