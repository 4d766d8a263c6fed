"""Take the pictures of the user's guide from a running demo: ``python scripts/screenshots.py http://127.0.0.1:8000``.

Start a fresh platform first (``make run``), with its web app built. The pictures go to docs/user/pictures, at the size
of a base's PC (1366×610), with few colours so that each stays below 200 kB.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs/user/pictures"
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
MOST_BYTES = 200_000
WORDS = {
    "zh": {"login": "手机号或用户名", "password": "密码", "enter": "登录"},
    "en": {"login": "Phone number or user name", "password": "Password", "enter": "Log in"},
}


class Camera:
    """One language at one platform."""

    def __init__(
        self, browser: Browser, url: str, accounts: dict[str, dict[str, str]], language: str
    ) -> None:
        self.browser, self.url, self.accounts, self.language = browser, url, accounts, language

    @contextmanager
    def seat(self, role: str | None = None) -> Iterator[Page]:
        """A PC, with a person of a role logged in."""
        locale = "zh-CN" if self.language == "zh" else "en"
        context = self.browser.new_context(
            viewport={"width": 1366, "height": 610}, locale=locale, timezone_id="Asia/Shanghai"
        )
        page = context.new_page()
        if role is not None:
            account = self.accounts[role]
            words = WORDS[self.language]
            page.goto(f"{self.url}/login")
            page.get_by_label(words["login"]).fill(account["login"])
            page.get_by_label(words["password"], exact=True).fill(account["password"])
            page.get_by_role("button", name=words["enter"]).click()
            page.wait_for_url(lambda address: "/login" not in address)
            page.wait_for_load_state("networkidle")
            tag = "zh-CN" if self.language == "zh" else "en"
            page.evaluate(
                """async (language) => {
                    const token = document.cookie.match(/csrf[^=]*=([^;]+)/)?.[1] ?? "";
                    await fetch("/api/v1/people/language", {method: "POST", headers: {"Content-Type": "application/json", "X-CSRFToken": token},
                        body: JSON.stringify({language})});
                }""",
                tag,
            )
        try:
            yield page
        finally:
            context.close()

    def shoot(self, page: Page, name: str) -> None:
        """Keep what is on the screen, with as many colours as the size allows."""
        page.wait_for_load_state("networkidle")
        picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        path = PICTURES / (f"{name}.png" if self.language == "zh" else f"{name}-en.png")
        for colours in (256, 128, 64):
            picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
            if path.stat().st_size < MOST_BYTES:
                break
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")

    def visit(self, role: str, pages: dict[str, str]) -> None:
        """Shoot pages by name and address."""
        with self.seat(role) as page:
            for name, address in pages.items():
                page.goto(f"{self.url}{address}")
                self.shoot(page, name)

    def bench(self, page: Page, address: str, mode: str) -> None:
        """Open the bench and wait until a picture of a mode is on it."""
        page.goto(f"{self.url}{address}")
        expect(page.locator(f".wb[data-mode={mode}]")).to_be_visible(timeout=20_000)
        page.wait_for_function("document.querySelector('.wb-stage canvas').width > 300")


def project_of(camera: Camera) -> str:
    """Return the id of the demo's project."""
    with camera.seat("client") as page:
        rows = page.request.get(f"{camera.url}/api/v1/projects/").json()["projects"]
        return next(str(r["id"]) for r in rows if r["state"] == "running")


def quality(camera: Camera) -> None:
    """The lead's quality pages: of the trial, and of the project in which two people do each picture."""
    with camera.seat("lead") as page:
        rows = page.request.get(f"{camera.url}/api/v1/quality/projects").json()
        trial = next(r["project"] for r in rows if r["name"].startswith("试标"))
        pairs = next(r["project"] for r in rows if r["name"].startswith("两人一张"))
        report = page.request.get(f"{camera.url}/api/v1/quality/projects/{trial}/report").json()
        person = report["people"][0]["person"]
        page.goto(f"{camera.url}/team/quality?project={pairs}&view=agree")
        page.locator("main button.mantine-Button-root").first.click()  # compute now
        figures = f"{camera.url}/api/v1/quality/projects/{pairs}/agreement"
        while page.request.get(figures).json()["at"] is None:
            page.wait_for_timeout(500)
    camera.visit(
        "lead",
        {
            "quality": f"/team/quality?project={trial}", "quality-errors": f"/team/quality?project={trial}&view=errors",
            "quality-person": f"/team/people/{person}?project={trial}", "quality-agree": f"/team/quality?project={pairs}&view=agree",
        },
    )  # fmt: skip


def take(camera: Camera, project: str) -> None:
    """Every picture of one language."""
    with camera.seat() as page:
        page.goto(f"{camera.url}/login")
        camera.shoot(page, "login")
    camera.visit("worker", {"today": "/today"})
    camera.visit("lead", {"board": f"/team?project={project}", "reviews": "/team/reviews"})
    quality(camera)
    camera.visit(
        "client",
        {
            "projects": "/projects", "project": f"/projects/{project}", "schema": f"/projects/{project}?tab=schema",
            "guideline": f"/projects/{project}?tab=guideline", "release": f"/projects/{project}?tab=releases", "datasets": "/datasets",
        },
    )  # fmt: skip
    with camera.seat("worker") as page:
        camera.bench(page, f"/work/{project}", "rework")
        camera.shoot(page, "rework")
    with camera.seat("worker2") as page:
        camera.bench(page, f"/work/{project}", "work")
        page.keyboard.press("Tab")
        camera.shoot(page, "workbench")
    with camera.seat("lead") as page:
        camera.bench(page, f"/review/{project}", "review")
        camera.shoot(page, "review")


def main() -> None:
    """Take the pictures in both languages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    home = Path(os.environ.get("DOUJIA_HOME", ROOT / "var"))
    parser.add_argument("--accounts", type=Path, default=home / "demo-accounts.json")
    wanted = parser.parse_args()
    accounts = {a["role"]: a for a in json.loads(wanted.accounts.read_text())}
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--lang=zh-CN"]
        )
        project = project_of(Camera(browser, wanted.url, accounts, "zh"))
        for language in ("zh", "en"):
            take(Camera(browser, wanted.url, accounts, language), project)
        browser.close()


if __name__ == "__main__":
    main()
