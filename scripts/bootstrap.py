"""Make the virtual environment and check what the machine has. Standard library only; one clear sentence per fault."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
NEEDED_BYTES = 1_500_000_000


def stop(zh: str, en: str) -> None:
    """End with one sentence in both languages."""
    sys.exit(f"{zh}\n{en}")


def python() -> str:
    """Return a Python of a version we lock for."""
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        path = shutil.which(name)
        if path is None:
            continue
        found = subprocess.run(
            [
                path,
                "-c",
                "import sys; print(sys.version_info[:2] >= (3, 11) and sys.version_info[:2] < (3, 14))",
            ],
            capture_output=True,
            text=True,
        )
        if found.stdout.strip() == "True":
            return path
    stop(
        "需要 Python 3.11、3.12 或 3.13:sudo apt-get install python3 python3-venv",
        "Python 3.11, 3.12 or 3.13 is needed: sudo apt-get install python3 python3-venv",
    )
    return ""


def venv(which: str) -> None:
    """Create .venv and install the locked packages of ``requirements/<which>.txt``."""
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        stop(
            "硬盘剩下的空间不到 1.5 GB,先清一清再来。",
            "Less than 1.5 GB of disk is free; make some room first.",
        )
    if not (VENV / "bin" / "python").exists():
        print("正在准备 Python 环境… / Preparing the Python environment…", flush=True)
        made = subprocess.run([python(), "-m", "venv", str(VENV)], capture_output=True, text=True)
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            stop(
                "建不了虚拟环境:sudo apt-get install python3-venv",
                "The virtual environment cannot be made: sudo apt-get install python3-venv",
            )
    pip = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    if subprocess.run(
        [*pip, "--only-binary", ":all:", "--no-deps", "-r", str(ROOT / "requirements" / f"{which}.txt")]
    ).returncode:
        stop(
            "装不上需要的包,看看上面的原因(多半是网络)。",
            "The packages could not be installed; see above (most often the network).",
        )
    # A path file instead of an editable install: nothing to build, nothing to download.
    site = subprocess.run(
        [str(VENV / "bin" / "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    (Path(site.stdout.strip()) / "doujia.pth").write_text(str(ROOT / "src") + "\n")
    command = VENV / "bin" / "doujia"
    command.write_text(
        f"#!{VENV / 'bin' / 'python'}\nimport sys\n\nfrom doujia.cli import main\n\nsys.exit(main())\n"
    )
    command.chmod(0o755)


def node() -> None:
    """Check node and npm."""
    path = shutil.which("node")
    version = (
        subprocess.run([path, "--version"], capture_output=True, text=True).stdout.strip() if path else ""
    )
    if not path or not shutil.which("npm") or int(version.lstrip("v").split(".")[0]) < 20:
        stop(
            f"网页要用 node 20 或更新的版本来构建(现在:{version or '没有'})。装好再来,或者直接装 wheel,那里面已经有网页。",
            f"node 20 or newer is needed to build the web app (found: {version or 'none'}). Install it, or install the wheel, which contains the web app.",
        )


if __name__ == "__main__":
    os.chdir(ROOT)
    if sys.argv[1] == "venv":
        venv(sys.argv[2])
    else:
        node()
