"""``doujia up``: prepare, then web server and worker together, until Ctrl-C.

The supervisor imports neither Django nor a database: it must stay small and must not be the thing that breaks.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

__all__ = ["up"]

GRACE_SECONDS = 10.0
RESTART_PAUSES = (0.0, 1.0, 5.0, 15.0)


@dataclass
class _Child:
    name: str
    command: list[str]
    gate: int | None = None  # a descriptor to wait at, see config.serving
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    start_at: float = 0.0


def say(zh: str, en: str) -> None:
    """Print one thing in both languages."""
    print(f"{zh}\n{en}", flush=True)


def up(*, demo: bool, host: str, port: int, home: Path) -> int:
    """Run the platform in the foreground; returns the exit code.

    Args:
        demo: make the demo data when the home is new.
        host, port: where to listen.
        home: ``DOUJIA_HOME``.
    """
    from doujia.server.ops.settings_view import web_settings

    view = web_settings()
    why = _cannot_listen(host, port) or _certificate_problem(view)
    if why is not None:
        say(*why)
        return 1
    held = _hold(home) if view["embedded"] else None
    if isinstance(held, tuple):
        say(*held)
        return 1
    # The web server is loaded while the database is looked at, and waits at a gate until that is done: half of a start.
    waits, opens = os.pipe()
    web = _Child("web", _gunicorn(host, port, view), gate=waits)
    supervisor = _Supervisor(
        [web, _Child("worker", [sys.executable, "-m", "doujia.server.ops.worker"])], home
    )
    try:
        supervisor.start(web)
        prepared = _prepare(demo)
        if prepared is None:
            return 1
        os.close(opens)
        return supervisor.run(host, port, view, prepared)
    finally:
        supervisor.end()
        if held is not None:
            held.close()


def _prepare(demo: bool) -> dict[str, Any] | None:
    command = [sys.executable, "-m", "doujia.server.ops.prepare", *(["--demo"] if demo else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        return None
    answer: dict[str, Any] = json.loads(done.stdout.decode().strip().splitlines()[-1])
    return answer


def _gunicorn(host: str, port: int, view: dict[str, Any]) -> list[str]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    command = [
        sys.executable, "-m", "gunicorn", "doujia.server.config.wsgi:application", "--config", "python:doujia.server.config.serving", "--bind", bind,
        "--worker-class", "gthread", "--workers", str(view["processes"]), "--threads", str(view["threads"]), "--timeout", "120",
        "--keep-alive", "75", "--graceful-timeout", str(int(GRACE_SECONDS - 2)), "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip
    if view["tls_cert"]:
        command += [
            "--certfile",
            view["tls_cert"],
            *(["--keyfile", view["tls_key"]] if view["tls_key"] else []),
        ]
    return command


Sentence = tuple[str, str]
"""One thing in Chinese and in English."""


def _cannot_listen(host: str, port: int) -> Sentence | None:
    """Return why nobody can listen there, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return (
                    f"端口 {port} 被别的程序占着。换一个:PORT={port + 1} make run",
                    f"Port {port} is taken by another program. Try: PORT={port + 1} make run",
                )
            if error.errno == errno.EACCES:
                return (
                    f"端口 {port} 只有系统管理员能用,换一个 1024 以上的:PORT=8000 make run",
                    f"Port {port} is for the system's administrator only; use one above 1023: PORT=8000 make run",
                )
            return (
                f"HOST={host} 不是这台电脑的地址。只在本机用写 127.0.0.1,局域网用写 0.0.0.0。",
                f"HOST={host} is not an address of this computer. Use 127.0.0.1 for this PC alone, 0.0.0.0 for its network.",
            )
    return None


def _certificate_problem(view: dict[str, Any]) -> Sentence | None:
    """Return what is wrong with ``TLS_CERT`` and ``TLS_KEY``, or None."""
    if not view["tls_cert"]:
        return None
    try:
        # An empty pass phrase instead of a prompt: nobody may sit at the keyboard.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            view["tls_cert"], view["tls_key"] or None, password=""
        )
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        which = view["tls_cert"] + (f" + {view['tls_key']}" if view["tls_key"] else "")
        said = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        return (
            f"证书用不了:{which}({said})。TLS_CERT 是证书文件,TLS_KEY 是它的私钥(不带密码)。",
            f"The certificate cannot be used: {which} ({said}). TLS_CERT is its file, TLS_KEY its private key without a pass phrase.",
        )
    return None


def _hold(home: Path) -> BinaryIO | Sentence:
    """Take the home for this supervisor alone: two would write one database. The open file holds it until the end."""
    file = (home / "up.lock").open("ab+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        number = file.read(20).decode(errors="replace").strip() or "?"
        file.close()
        return (
            f"{home} 正被另一个豆荚用着(进程 {number})。先停掉它,或者换一个 DOUJIA_HOME。",
            f"{home} is in use by another Doujia (process {number}). Stop that one first, or choose another DOUJIA_HOME.",
        )
    file.truncate(0)
    file.write(str(os.getpid()).encode())
    file.flush()
    return file


def _lan_address() -> str | None:
    """Return the address by which other computers reach this one; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737): only the route is looked up
            return str(probe.getsockname()[0])
        except OSError:
            return None


class _Supervisor:
    """Starts the children, restarts one that dies, stops all when told."""

    def __init__(self, children: list[_Child], home: Path) -> None:
        self._children, self._home, self._stopping = children, home, False

    def run(self, host: str, port: int, view: dict[str, Any], prepared: dict[str, Any]) -> int:
        """Start, announce, watch, stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        for child in self._children:
            if child.process is None:
                self.start(child)
        announced = False
        while not self._stopping:
            for child in self._children:
                self._watch(child)
            if not announced and self._answers(host, port, view):
                announced = True
                _announce(host, port, view, prepared)
            time.sleep(0.1 if not announced else 0.3)
        self.end()
        say("豆荚停了,数据都在。", "Doujia has stopped; everything is kept.")
        return 0

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def start(self, child: _Child) -> None:
        """Start one child."""
        gate = () if child.gate is None else (child.gate,)
        environment = {**os.environ, "DOUJIA_GATE": str(child.gate)} if gate else None
        # A session of its own: Ctrl-C reaches only the supervisor, which then stops everyone in order.
        child.process = subprocess.Popen(
            child.command, start_new_session=True, preexec_fn=_end_with_parent, pass_fds=gate, env=environment
        )

    def _watch(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                self.start(child)
            return
        code = child.process.poll()
        if code is None:
            return
        child.deaths = [t for t in child.deaths if now - t < 120] + [now]
        pause = RESTART_PAUSES[min(len(child.deaths), len(RESTART_PAUSES)) - 1]
        say(
            f"{child.name} 停了(代码 {code}),{pause:.0f} 秒后重启。",
            f"{child.name} ended (code {code}); it restarts in {pause:.0f} s.",
        )
        child.process, child.start_at = None, now + pause

    def _answers(self, host: str, port: int, view: dict[str, Any]) -> bool:
        reach = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        try:
            if view["tls_cert"]:
                with socket.create_connection((reach.strip("[]"), port), timeout=0.5):
                    return True
            with urllib.request.urlopen(f"http://{reach}:{port}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def end(self) -> None:
        """Stop all children; doing it twice changes nothing."""
        alive = [c.process for c in self._children if c.process is not None and c.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """Ask the kernel to end this child when the supervisor is killed: nobody may keep the port or work on unseen."""
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _announce(host: str, port: int, view: dict[str, Any], prepared: dict[str, Any]) -> None:
    url = view["public_url"]
    say(f"\n豆荚开好了:{url}", f"Doujia is running: {url}")
    if host in ("0.0.0.0", "::") and "://127.0.0.1" in url and (address := _lan_address()):  # noqa: S104
        lan = f"{'https' if view['tls_cert'] else 'http'}://{address}:{port}"
        say(
            f"局域网里别的电脑打开:{lan}(报名链接也要用这个地址的话:PUBLIC_URL={lan})",
            f"Other computers of the network open: {lan} (for enrolment links with this address: PUBLIC_URL={lan})",
        )
    if prepared["accounts"]:
        print("\n演示账号(第一次启动时建的) / demo accounts:")
        for account in prepared["accounts"]:
            print(f"  {account['login']:<12} {account['password']:<16} {account['zh']} / {account['en']}")
    elif prepared["first"]:
        say(
            "还没有账号。先建一个平台管理员:doujia admin 登录名",
            "There are no accounts yet. Create a platform admin: doujia admin LOGIN",
        )
    if prepared["key"]:
        say("\n" + prepared["key"]["zh"], prepared["key"]["en"])
    if prepared["warning"]:
        say("\n" + prepared["warning"]["zh"], prepared["warning"]["en"])
    if prepared["backup"]:
        say(
            f"升级数据库前备份在 {prepared['backup']}",
            f"The database was backed up before its upgrade: {prepared['backup']}",
        )
    say("按 Ctrl-C 停止。", "Press Ctrl-C to stop.")
