"""A TCP proxy that can be told to misbehave while it runs: for HTTP, Redis and PostgreSQL alike.

It runs in a thread of its own with an event loop of its own; every method may be called from any other thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHUNK = 65536
PATIENCE = 10.0


@dataclass(frozen=True)
class Weather:
    """How the line is. ``delay`` = seconds that each piece waits, in either direction; ``drip`` = seconds between two
    single bytes of what the server says; ``refuse`` = whoever connects is reset at once; ``silent`` = nothing passes.
    """

    delay: float = 0.0
    drip: float = 0.0
    refuse: bool = False
    silent: bool = False


FAIR = Weather()


@dataclass
class _Trip:
    """Once a client says ``pattern``: hand it on, then end the connection, with or without the server's answer."""

    pattern: bytes
    wait: float


@dataclass(eq=False)
class _Line:
    """One connection: the client's and the server's ends."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter


@dataclass
class Proxy:
    """Listens on a loopback port and hands on to ``host``/``port`` or to the unix socket ``path``.

    ``counts`` says what happened: connections, cuts, resets, half-closes, refusals, trips.
    """

    host: str = "127.0.0.1"
    port: int = 0
    path: Path | None = None
    listen: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.weather = FAIR
        self._trip: _Trip | None = None
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="proxy")
        self._thread.start()
        self._server: asyncio.Server = self._call(asyncio.start_server(self._take, "127.0.0.1", self.listen))
        self.listen = int(self._server.sockets[0].getsockname()[1])

    def set(self, weather: Weather) -> None:
        """Change the line for what passes from now on."""
        self.weather = weather

    def cut(self) -> int:
        """End every connection in both directions; returns how many there were."""
        return self._end("cut", abrupt=False)

    def reset(self) -> int:
        """End every connection with a reset towards the client."""
        return self._end("reset", abrupt=True)

    def half_close(self) -> int:
        """Tell every client that nothing more will come, and go on listening to it."""
        return int(self._call(self._half_close()))

    def trip(self, pattern: bytes, *, wait: float = 0.05) -> None:
        """Once: when a client says ``pattern``, hand it on and cut its connection ``wait`` seconds later, before the
        answer is handed back.
        """
        self._trip = _Trip(pattern, wait)

    @property
    def tripped(self) -> bool:
        """Whether no trip waits any more."""
        return self._trip is None

    def close(self) -> None:
        """End everything."""
        self._end("closed", abrupt=False)
        self._loop.call_soon_threadsafe(self._server.close)
        self._call(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=PATIENCE)

    async def _finish(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=PATIENCE)

    def _end(self, why: str, *, abrupt: bool) -> int:
        async def end() -> int:
            lines = list(self._lines)
            for line in lines:
                _drop(line, abrupt=abrupt)
            self.counts[why] += len(lines)
            return len(lines)

        return int(self._call(end()))

    async def _half_close(self) -> int:
        lines = list(self._lines)
        for line in lines:
            with contextlib.suppress(OSError, RuntimeError):
                line.client.write_eof()
        self.counts["half-closed"] += len(lines)
        return len(lines)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.weather.refuse:
            self.counts["refused"] += 1
            _abort(writer, abrupt=True)
            return
        try:
            answers, asks = await self._upstream()
        except OSError:
            self.counts["no server"] += 1
            _abort(writer, abrupt=True)
            return
        line = _Line(writer, asks)
        self._lines.add(line)
        self.counts["connections"] += 1
        try:
            await asyncio.gather(self._ask(reader, line), self._answer(answers, line))
        finally:
            self._lines.discard(line)
            _drop(line, abrupt=False)

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.path is not None:
            return await asyncio.open_unix_connection(self.path)
        return await asyncio.open_connection(self.host, self.port)

    async def _ask(self, reader: asyncio.StreamReader, line: _Line) -> None:
        """From the client to the server."""
        with contextlib.suppress(OSError, RuntimeError):
            while piece := await reader.read(CHUNK):
                await self._pause()
                trip = self._trip
                line.server.write(piece)
                await line.server.drain()
                if trip is not None and trip.pattern in piece:
                    self._trip = None
                    self.counts["tripped"] += 1
                    line.client.transport.pause_reading()  # type: ignore[attr-defined]
                    _abort(line.client, abrupt=True)  # the answer finds nobody
                    await asyncio.sleep(trip.wait)
                    break
        with contextlib.suppress(OSError, RuntimeError):  # a client that was killed resets its line: pass that on, too
            line.server.write_eof()

    async def _answer(self, reader: asyncio.StreamReader, line: _Line) -> None:
        """From the server to the client. When the server has ended, so has the connection."""
        with contextlib.suppress(OSError, RuntimeError):
            while piece := await reader.read(CHUNK):
                await self._pause()
                if self.weather.drip:
                    await self._drip(piece, line)
                else:
                    line.client.write(piece)
                    await line.client.drain()
        _abort(line.client, abrupt=False)

    async def _drip(self, piece: bytes, line: _Line) -> None:
        for byte in piece:
            line.client.write(bytes([byte]))
            await line.client.drain()
            await asyncio.sleep(self.weather.drip)

    async def _pause(self) -> None:
        if self.weather.delay:
            await asyncio.sleep(self.weather.delay)
        while self.weather.silent:
            await asyncio.sleep(0.05)


def _drop(line: _Line, *, abrupt: bool) -> None:
    _abort(line.client, abrupt=abrupt)
    _abort(line.server, abrupt=False)


def _abort(writer: asyncio.StreamWriter, *, abrupt: bool) -> None:
    with contextlib.suppress(OSError, RuntimeError, AttributeError):
        if abrupt:
            linger = struct.pack("ii", 1, 0)  # reset instead of an orderly end
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        else:
            writer.close()
