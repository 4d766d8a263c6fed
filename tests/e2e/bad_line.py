"""A bad line between a browser and the platform: a TCP proxy that is slow, stalls, drops, loses answers, or is gone."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

CHUNK = 4096
ANSWERS_OF = b"POST /api/v1/work/submissions"


@dataclass
class Weather:
    """How bad the line is now; may be changed while it runs.

    Attributes:
        latency: seconds that each piece of up to 4 kB waits.
        rate: bytes a second in each direction of a connection; None without limit.
        drop: chance that a piece is the last of its connection (both ends see a reset).
        stall: chance that a piece waits for ``stall_for`` seconds.
        stall_for: seconds.
        lose_answers: answers to submissions that are still to be lost: the platform has carried them out, the
            connection is reset before the browser hears of it.
        hang_answers: the same, but the browser hears nothing at all, not even a reset.
        gone: no line: connections are reset and new ones are refused.
    """

    latency: float = 0
    rate: float | None = None
    drop: float = 0
    stall: float = 0
    stall_for: float = 0
    lose_answers: int = 0
    hang_answers: int = 0
    gone: bool = False


@dataclass
class BadLine:
    """The proxy, in a thread with a loop of its own. Its dice are seeded.

    ``seen`` counts what it did: connections, drops, stalls, answers lost, answers hung, refused.
    """

    target: int
    seed: int = 1
    weather: Weather = field(default_factory=Weather)
    seen: Counter[str] = field(default_factory=Counter)
    port: int = 0

    def __enter__(self) -> Self:
        self._dice = random.Random(self.seed)
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(10), "the proxy did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """Address for the browser."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """The line is gone, for what is under way too."""
        self.weather.gone = True
        done = threading.Event()

        def abort() -> None:
            for writer in list(self._open):
                writer.transport.abort()
            done.set()

        self._loop.call_soon_threadsafe(abort)
        assert done.wait(10)

    def mend(self) -> None:
        """The line is back, and good."""
        self.weather = Weather()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.weather.gone:
            self.seen["refused"] += 1
            writer.transport.abort()
            return
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self.seen["connections"] += 1
        pair = (writer, up_writer)
        self._open.update(pair)
        asked = [False]
        try:
            await asyncio.gather(
                self._pump(reader, up_writer, asked, up=True), self._pump(up_reader, writer, asked, up=False)
            )
        except (OSError, _Dropped, asyncio.CancelledError):
            # Broken by the dice or an end of it, or the proxy is stopping: in each case both ends hear of it.
            self.seen["ended"] += 1
        finally:
            self._open.difference_update(pair)
            for one in pair:
                one.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: list[bool], *, up: bool
    ) -> None:
        while piece := await reader.read(CHUNK):
            weather = self.weather
            if up and ANSWERS_OF in piece:
                asked[0] = True
            if not up and asked[0]:
                asked[0] = False
                await self._lose(weather)
            if self._dice.random() < weather.drop:
                self.seen["dropped"] += 1
                raise _Dropped
            if self._dice.random() < weather.stall:
                self.seen["stalled"] += 1
                await asyncio.sleep(weather.stall_for)
            await asyncio.sleep(weather.latency + (len(piece) / weather.rate if weather.rate else 0))
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

    async def _lose(self, weather: Weather) -> None:
        if weather.lose_answers > 0:
            weather.lose_answers -= 1
            self.seen["answers lost"] += 1
            raise _Dropped
        if weather.hang_answers > 0:
            weather.hang_answers -= 1
            self.seen["answers hung"] += 1
            await asyncio.Event().wait()


class _Dropped(Exception):
    """The dice ended this connection."""
