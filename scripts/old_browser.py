"""Run the workbench's browser tests in Chrome 109, the last one for Windows 7: ``python scripts/old_browser.py [pytest arguments]``.

The browser comes from the npm registry (``@sparticuz/chromium``, 58 MB packed) and is kept in ``var/chromium-109``.
Without npm or its registry the reason is said and nothing runs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "chromium-109"
PACKAGE = "@sparticuz/chromium@109.0.6"
SHA256 = "84171b067a588137a242c3dfb70d160c49d055a4227297aefc5eace94e47566c"
UNPACK = (
    'const fs = require("fs"), zlib = require("zlib"); require("stream").pipeline('
    "fs.createReadStream(process.argv[1]), zlib.createBrotliDecompress(), fs.createWriteStream(process.argv[2]), (e) => { if (e) throw e; });"
)
TESTS = ["tests/e2e/workbench", "-m", "e2e and not chaos"]


class OldBrowserMissing(Exception):
    """It cannot be had here; the text says why."""


def fetch() -> Path:
    """Return the browser's path; fetch and unpack it when it is not there yet.

    Raises:
        OldBrowserMissing: there is no npm, no line to the registry, or what came is not what we know.
    """
    browser = HOME / "chromium"
    if browser.is_file():
        return browser
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise OldBrowserMissing("Chrome 109 comes through npm, which is not here")
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            [npm, "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True, timeout=600
        )
        found = list(Path(folder).glob("*.tgz"))
        if packed.returncode or not found:
            raise OldBrowserMissing(f"npm could not get {PACKAGE}: {packed.stderr.strip()[-200:]}")
        if hashlib.sha256(found[0].read_bytes()).hexdigest() != SHA256:
            raise OldBrowserMissing(f"{PACKAGE} is not the file that we know")
        shutil.unpack_archive(found[0], folder, filter="data")
        HOME.mkdir(parents=True, exist_ok=True)
        part = HOME / "chromium.part"
        subprocess.run(
            [node, "-e", UNPACK, str(Path(folder) / "package/bin/chromium.br"), str(part)], check=True
        )
        part.chmod(0o755)
        part.rename(browser)
    return browser


def main() -> int:
    """Fetch the browser and run the tests in it."""
    try:
        browser = fetch()
    except OldBrowserMissing as why:
        print(f"could not run: {why}")
        return 1
    environment = {**os.environ, "E2E_CHROMIUM": str(browser), "PYTHONPATH": str(ROOT / "src")}
    wanted = sys.argv[1:] or TESTS
    return subprocess.run([sys.executable, "-m", "pytest", *wanted], cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
