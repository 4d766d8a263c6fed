"""Browser tests: the real platform on a free port, a real Chromium at 1366×610."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("E2E_CHROMIUM") or next(
    (p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=zh-CN",
]  # fmt: skip


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Platform:
    """A running platform: address, home, demo accounts by role, and the power to stop and start it."""

    home: Path
    port: int
    host: str = "127.0.0.1"
    environment: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Start ``doujia up --demo`` and wait until it answers."""
        log = (self.home / "up.log").open("ab")
        environment = {
            **os.environ, "DOUJIA_HOME": str(self.home), "HOST": self.host, "PORT": str(self.port), "PYTHONPATH": str(ROOT / "src"),
            **self.environment,
        }  # fmt: skip
        environment.pop("DATABASE_URL", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "doujia", "up", "--demo"],
            stdout=log,
            stderr=log,
            env=environment,
            cwd=self.home,
        )
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        break
            except (OSError, urllib.error.URLError):
                time.sleep(0.2)
            if self.process.poll() is not None:
                raise RuntimeError((self.home / "up.log").read_text()[-3000:])
        else:
            raise RuntimeError(
                "the platform did not get ready:\n" + (self.home / "up.log").read_text()[-3000:]
            )
        accounts = self.home / "demo-accounts.json"
        if accounts.exists():
            self.accounts = {a["role"]: a for a in json.loads(accounts.read_text())}

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop it (SIGTERM), or kill the supervisor and its children (SIGKILL)."""
        if self.process is None or self.process.poll() is not None:
            return
        if how == signal.SIGKILL:
            # A power cut spares nobody: the supervisor's children go first, so that none of them sees it go.
            for child in psutil.Process(self.process.pid).children(recursive=True):
                child.kill()
        self.process.send_signal(how)
        self.process.wait(30)


@pytest.fixture(scope="session")
def web_built() -> None:
    """The browser tests need the built web app; without it they fail with the command to run."""
    if not (ROOT / "src/doujia/server/static/web/index.html").is_file():
        pytest.fail("the web app is not built: make web")


@pytest.fixture(scope="session")
def platform(web_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One platform with its demo data for all browser tests that do not destroy anything."""
    running = Platform(home=tmp_path_factory.mktemp("home"), port=free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def own_platform(web_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform that one module may stop, kill and change as it likes."""
    running = Platform(home=tmp_path_factory.mktemp("home"), port=free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh person's browser window on a base's PC."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 610}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    window = context.new_page()
    window.set_default_timeout(15_000)
    yield window
    context.close()


@pytest.fixture
def log_in() -> Callable[[Page, Platform, str], None]:
    """Log a demo person in by her role, as she would."""

    def enter(page: Page, platform: Platform, role: str) -> None:
        account = platform.accounts[role]
        page.goto(f"{platform.url}/login")
        page.get_by_label("手机号或用户名").fill(account["login"])
        page.get_by_label("密码", exact=True).fill(account["password"])
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda address: "/login" not in address)

    return enter
