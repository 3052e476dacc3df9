"""A server of this process that starts and ends at once, so that hundreds of tests may have one of their own."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

LONGEST = 20.0  # seconds that anything on this machine may take
PAUSE = 0.002
DATE_EVERY = 10  # uvicorn makes the Date header anew at every tenth tick


class Serving(uvicorn.Server):
    """Serves an application on a loopback port in a thread of its own. Ends within milliseconds."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        super().__init__(uvicorn.Config(app, port=port, log_level="critical", access_log=False, lifespan="on"))
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._thread.start()
        until(lambda: self.started, what="the server starts")

    async def main_loop(self) -> None:
        """As uvicorn's own, which looks only ten times a second whether it should end."""
        while not await self.on_tick(DATE_EVERY):
            await asyncio.sleep(PAUSE)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End without the grace that uvicorn gives to clients, for here they have gone before."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._wait_tasks_to_complete()
        await self.lifespan.shutdown()

    def stop(self) -> None:
        """End the server and wait for it."""
        self.should_exit = True
        self._thread.join(timeout=LONGEST)
        assert not self._thread.is_alive()


def until(true: Callable[[], bool], *, what: str) -> None:
    """Wait until something is true; fails after a while."""
    ends = time.monotonic() + LONGEST
    while not true():
        assert time.monotonic() < ends, f"not within {LONGEST} s: {what}"
        time.sleep(PAUSE)
