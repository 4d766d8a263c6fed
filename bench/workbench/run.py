"""Measure the image bench in Chromium without GPU, beside konva and plain SVG.

    make web && npm --prefix bench/workbench ci && npm --prefix bench/workbench run bundle
    python bench/workbench/run.py

CPU milliseconds are those of all browser processes together (the DevTools protocol's ``SystemInfo``). Figures of
one machine mean something only beside each other.
"""

from __future__ import annotations

import argparse
import json
import mimetypes
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e/workbench"))
from fake_platform import FakePlatform, box, street  # noqa: E402

FRAMES = 60
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def cpu(session: CDPSession) -> float:
    """Return the CPU seconds of all browser processes so far."""
    return float(sum(p["cpuTime"] for p in session.send("SystemInfo.getProcessInfo")["processInfo"]))


def drawing(browser: Browser, kind: str, count: int, vertices: int = 20) -> dict[str, float]:
    """Return milliseconds of one renderer with ``count`` polygons."""
    session = browser.new_browser_cdp_session()
    page = browser.new_page(viewport={"width": 1100, "height": 560})
    page.goto("about:blank")
    page.add_script_tag(path=str(ROOT / "bench/out/workbench.js"))
    row = {"init": page.evaluate("([k, n, v]) => benchmark.open(k, n, v)", [kind, count, vertices])}
    for gesture in ("pan", "zoom", "drag"):
        page.wait_for_timeout(300)
        before = cpu(session)
        got = page.evaluate("([g, n]) => benchmark.gesture(g, n)", [gesture, FRAMES])
        row[gesture] = (cpu(session) - before) * 1000 / FRAMES
        row[f"{gesture}_frame"] = got["ms"] / FRAMES
        row[f"{gesture}_sharp"] = got["settled"]
    row["hit_us"] = page.evaluate("() => benchmark.hits()")
    page.close()
    return row


class Desk(BaseHTTPRequestHandler):
    """The platform in memory behind a real socket, so that the browser's network throttle applies."""

    fake: FakePlatform
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Serve a file, a picture or an answer."""
        self._serve("GET")

    do_POST = do_PUT = lambda self: self._serve(self.command)

    def _serve(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        path = self.path.split("?")[0]
        headers: dict[str, str] = {}
        status = 200
        if path.startswith("/api/v1/"):
            status, answer = self.fake._api(method, path.removeprefix("/api/v1"), body)
            data, kind = json.dumps(answer).encode(), "application/json"
        elif path.startswith("/media/"):
            data, kind = self.fake.pictures[path.rsplit("/", 1)[1]], "image/jpeg"
        else:
            file = self.fake.dist / path.removeprefix("/static/web/")
            if not path.startswith("/static/web/") or not file.is_file():
                file = self.fake.dist / "index.html"
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            headers["Cache-Control"] = "max-age=31536000" if "assets" in path else "no-cache"
            page = file.name == "index.html"
            packed = file.with_name(file.name + ".br")
            if not page and packed.is_file() and "br" in self.headers.get("Accept-Encoding", ""):
                file, headers["Content-Encoding"] = packed, "br"
            data = file.read_bytes()
            if page:  # who is asking stands in the page, as the platform writes it
                me = json.dumps(self.fake._me()).encode()
                data = data.replace(
                    b"</body>", b'<script type="application/json" id="me">' + me + b"</script></body>"
                )
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


READY = "() => document.querySelector('.wb[data-mode=work],.wb[data-mode=rework]') && document.querySelector('.wb-stage canvas')?.width > 300"


def slow(page: Page, rate: float, kbps: float | None) -> None:
    """Slow the page's CPU, and its line where asked (with 200 ms latency)."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    if kbps:
        session.send("Network.enable")
        bytes_per_second = kbps * 1000 / 8
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 200,
                "downloadThroughput": bytes_per_second,
                "uploadThroughput": bytes_per_second,
            },
        )


def opening(browser: Browser, fake: FakePlatform) -> dict[str, float]:
    """Return milliseconds until a task can be worked on, in the situations of the table."""
    Desk.fake = fake
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/work"
    small = street(960, 540)
    fake.pictures |= {f"p{n}": small for n in range(60)}
    fake.add_tasks(12, width=960, height=540)
    for n, task in enumerate(fake.tasks):
        task["item"]["media"] |= {"width": 960 + n, "height": 540}
    rows: dict[str, float] = {}
    context = browser.new_context(viewport={"width": 1366, "height": 610}, locale="zh-CN")
    for name in (
        "first task, empty cache, 4x CPU, 1 Mbps, 200 ms",
        "first task, warm cache, 4x CPU, 1 Mbps, 200 ms",
    ):
        page = context.new_page()
        slow(page, 4, 1000)
        start = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.wait_for_function(READY, timeout=60_000)
        rows[name] = (time.perf_counter() - start) * 1000
        page.wait_for_timeout(3000)
        if name.startswith("first task, warm"):
            rows["next task, prefetched, 4x CPU"] = switch(page)
        page.close()
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(READY)
    page.wait_for_timeout(1500)
    rows["next task, prefetched"] = switch(page)
    context.close()
    many = [
        box(f"m{i}", "car", (i % 25) * 50, (i // 25) * 34, (i % 25) * 50 + 40, (i // 25) * 34 + 26)
        for i in range(500)
    ]
    fake.tasks.clear()
    fake.submissions.clear()
    fake.add_tasks(
        2,
        mode="rework",
        previous={"id": "s", "revision": 1, "marks": many, "relations": [], "item_attrs": {}},
    )
    context = browser.new_context(viewport={"width": 1366, "height": 610}, locale="zh-CN")
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(READY)
    page.wait_for_timeout(1000)
    slow(page, 4, None)
    page.keyboard.press("f")  # the boxes overlap nowhere: handed in, the second task with 500 boxes opens
    rows["next task with 500 boxes, 4x CPU"] = switch(page, key="f")
    context.close()
    server.shutdown()
    return rows


def switch(page: Page, key: str = "n") -> float:
    """Return milliseconds from the key until the next task's picture is painted (median of up to three)."""
    times = []
    for _ in range(3):
        got = page.evaluate(
            """(key) => new Promise((resolve) => {
              const foot = () => document.querySelector('.wb-foot').textContent.slice(0, 9) + document.querySelector('.wb').dataset.mode;
              const before = foot(), start = performance.now();
              window.dispatchEvent(new KeyboardEvent('keydown', { code: 'Key' + key.toUpperCase(), key, bubbles: true }));
              const look = () => {
                if (foot() !== before) requestAnimationFrame(() => resolve(performance.now() - start));
                else if (performance.now() - start > 5000) resolve(NaN);
                else requestAnimationFrame(look);
              };
              requestAnimationFrame(look);
            })""",
            key,
        )
        if got == got:
            times.append(got)
        page.wait_for_timeout(400)
    return sorted(times)[len(times) // 2] if times else float("nan")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--counts", type=int, nargs="*", default=[2000, 10_000])
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        print(
            f"{'shapes x 20':>12} {'renderer':>8} {'init':>7} {'pan':>6} {'zoom':>6} {'drag':>6} {'sharp pan':>10} {'sharp zoom':>10} {'hit us':>8}"
        )
        for count in options.counts:
            for kind in ("ours", "konva", "svg"):
                r = drawing(browser, kind, count)
                print(
                    f"{count:>12} {kind:>8} {r['init']:7.0f} {r['pan']:6.1f} {r['zoom']:6.1f} {r['drag']:6.1f} "
                    f"{r['pan_sharp']:10.0f} {r['zoom_sharp']:10.0f} {r['hit_us']:8.1f}"
                )
        r = drawing(browser, "ours", 1, 50_000)
        print(
            f"one polygon of 50,000 vertices: init {r['init']:.0f}, pan {r['pan']:.1f}, drag {r['drag']:.1f} CPU ms a frame, {r['drag_frame']:.1f} ms a frame"
        )
        for name, ms in opening(browser, FakePlatform(ROOT / "src/doujia/server/static/web")).items():
            print(f"{name:>60}: {ms:7.0f} ms")
        browser.close()


if __name__ == "__main__":
    main()
