"""Serves one simulated partner on the loopback address."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp


def run(app: ASGIApp, host: str = "127.0.0.1", port: int = 8001, *, dates: bool = True) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is being answered (2 real seconds at most).

    `dates` puts the real time into every answer; a partner whose clock is another one says the time itself.
    Connections are kept alive for 75 seconds, longer than clients keep them, so that no request meets a closing one.
    """
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        lifespan="on",
        http="h11",
        server_header=False,
        date_header=dates,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
