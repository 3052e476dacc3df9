"""The small install against partners that only speak the contracts: nothing in the product knows a sandbox."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jlseko.env import PROJECT
from tests.system import strangers
from tests.system.ports import free_port

SEED = "from carriers.services import save_mapping; save_mapping('shop', 'DPD', 'Next Day', 'DPD', by=None)"


def _until(true: Callable[[], bool], *, seconds: float, what: str) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, f"not within {seconds} s: {what}"
        time.sleep(0.3)


class Install:
    """An installation of its own: its database, its processes."""

    def __init__(self, folder: Path, marketplace: str, warehouse: str) -> None:
        self.port = free_port()
        self.log = folder / "log.txt"
        self.processes: list[subprocess.Popen[bytes]] = []
        hosts = ",".join(url.removeprefix("http://") for url in (marketplace, warehouse))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JLSEKO_", "DJANGO_"))}
        for name in ("DATABASE_URL", "REDIS_URL"):
            kept.pop(name, None)
        self.environment = kept | {
            "JLSEKO_DATA_DIR": str(folder), "JLSEKO_ALLOW_LOOPBACK_PARTNERS": "1", "ALLOWED_REMOTE_HOSTS": hosts,
            "JLSEKO_MARKETPLACE_KEY": strangers.KEY, "JLSEKO_WAREHOUSE_KEY": strangers.KEY,
            "JLSEKO_TIME_FACTOR": "600", "JLSEKO_EPOCH": datetime.now(UTC).isoformat(),
            "JLSEKO_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }  # fmt: skip

    def command(self, *arguments: str) -> str:
        """Run one command to its end; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT, env=self.environment, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *arguments: str) -> None:
        """Start a process that stays."""
        with self.log.open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "manage.py", *arguments],
                    cwd=PROJECT,
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                )
            )

    def stop(self) -> None:
        """Stop what was started."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(timeout=60)


@pytest.fixture
def two_strangers() -> Iterator[tuple[strangers.Stranger, strangers.Stranger]]:
    """Both partners, up."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    orders = {order_id: strangers._order(order_id, "BAG-1", when) for order_id in ("JL1-A", "JL2-A")}
    pair = strangers.Stranger(strangers.marketplace, {"orders": orders}), strangers.Stranger(strangers.warehouse)
    yield pair
    for stranger in pair:
        stranger.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_small_install_runs_the_loop_against_strangers(tmp_path, two_strangers):
    marketplace, warehouse = two_strangers
    install = Install(tmp_path, marketplace.url, warehouse.url)
    install.command("migrate", "--verbosity", "0")
    said = install.command(
        "connect", "shop", "--marketplace", "mirakl", "--marketplace-url", marketplace.url,
        "--warehouse", "seko", "--warehouse-url", f"{warehouse.url}/api/",
    )  # fmt: skip
    push_url = said.split("Push URL for SEKO: ")[1].split()[0]
    try:
        install.start("work")
        install.start("runserver", "--noreload", f"127.0.0.1:{install.port}")
        _until(lambda: len(warehouse.world.get("loaded", {})) == 2, seconds=60, what="two orders at the warehouse")
        _until(lambda: "GET /api/shipping/carriers" in marketplace.calls, seconds=30, what="carriers read")
        time.sleep(1)
        install.command("shell", "--verbosity", "0", "-c", SEED)
        for sequence, order in enumerate(warehouse.world["loaded"].values(), start=1):
            assert strangers.push_dispatch(push_url, order, sequence=sequence) == 200
        orders = marketplace.world["orders"].values()
        _until(lambda: all(o["order_state"] == "SHIPPED" for o in orders), seconds=60, what="both confirmed")
    finally:
        install.stop()
    assert {order["shipping_carrier_code"] for order in orders} == {"DPD"}
    assert len(warehouse.world["loaded"]) == 2
    assert warehouse.calls.count("POST /api/salesorders/v4/websubmit") == 2
    assert "Traceback" not in install.log.read_text()
