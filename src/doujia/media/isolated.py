"""Decoding foreign files in processes of their own, with a limit on memory and time.

A file that makes a decoder crash, hang or eat memory costs one child, which is started anew; the caller gets a reason and
goes on. The child is ``python -m doujia.media.isolated``; it reads one JSON line for each file and writes one.
"""

from __future__ import annotations

import json
import os
import queue
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from doujia.media.intake import Intake, Limits, take_in
from doujia.media.reasons import Refused

__all__ = ["Decoders"]

SECONDS = 60.0
MEMORY_BYTES = 2_500_000_000
"""Address space of one child: 120 megapixels are 480 MB decoded, turned upright twice that."""


class _Child:
    """One process and the pipe to it."""

    def __init__(self, memory: int) -> None:
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "doujia.media.isolated", str(memory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip

    def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Return the child's answer.

        Raises:
            Refused: ``takes_too_long``; ``takes_too_much`` when it died.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
        except BrokenPipeError as error:
            raise Refused("takes_too_much") from error
        return json.loads(self._line(time.monotonic() + seconds))  # type: ignore[no-any-return]

    def _line(self, ends: float) -> bytes:
        assert self._process.stdout is not None
        descriptor, line = self._process.stdout.fileno(), b""
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, ends - time.monotonic())):
                    raise Refused("takes_too_long")
                block = os.read(descriptor, 1 << 16)
                if not block:
                    raise Refused("takes_too_much")
                line += block
        return line

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class Decoders:
    """A few children that take files in. Use it as a context; children start when they are first needed.

    >>> with Decoders(workers=2) as decoders:  # doctest: +SKIP
    ...     future = decoders.submit(Path("a.jpg"), "a.jpg", "image", Path("out"), Limits())
    ...     future.result().preview
    """

    def __init__(self, workers: int = 2, *, seconds: float = SECONDS, memory: int = MEMORY_BYTES) -> None:
        self._seconds, self._memory = seconds, memory
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="decode")
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()

    def __enter__(self) -> Decoders:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        while True:
            try:
                self._idle.get_nowait().stop()
            except queue.Empty:
                return

    def submit(self, path: Path, name: str, medium: str, folder: Path, limits: Limits) -> Future[Intake]:
        """Take one file in; arguments as ``take_in``. The future gives the ``Intake``, or raises ``Refused`` (the file's fault) or ``OSError`` (the disk's)."""
        question = {
            "path": str(path), "name": name, "medium": medium, "folder": str(folder), "limits": msgspec.to_builtins(limits),
        }  # fmt: skip
        return self._threads.submit(self._ask, question)

    def _ask(self, question: dict[str, Any]) -> Intake:
        try:
            child = self._idle.get_nowait()
        except queue.Empty:
            child = _Child(self._memory)
        try:
            answer = child.ask(question, self._seconds)
        except BaseException:
            child.stop()
            raise
        self._idle.put(child)
        if "failed" in answer:
            raise OSError(answer["failed"], os.strerror(answer["failed"]))
        if "refused" in answer:
            raise Refused(answer["refused"], **answer["details"])
        return msgspec.convert(answer["intake"], Intake)


def _serve(lines: Any, write: Callable[[bytes], Any]) -> None:
    for line in lines:
        question = json.loads(line)
        try:
            intake = take_in(
                Path(question["path"]), question["name"], question["medium"], Path(question["folder"]),
                msgspec.convert(question["limits"], Limits),
            )  # fmt: skip
            answer: dict[str, Any] = {"intake": msgspec.to_builtins(intake)}
        except Refused as refused:
            answer = {"refused": refused.code, "details": refused.details}
        except OSError as error:
            if error.errno is None:
                raise
            answer = {"failed": error.errno}  # the disk's fault, not the file's
        except MemoryError:
            answer = {"refused": "takes_too_much", "details": {}}
        write(json.dumps(answer).encode() + b"\n")


def _main() -> None:
    import resource

    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a decoder prints must not mix with the answers

    def write(data: bytes) -> None:
        answers.write(data)
        answers.flush()

    _serve(sys.stdin.buffer, write)


if __name__ == "__main__":
    _main()
