"""The demo's folder: what it was made with, its ports, its keys and the environment of its processes."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from jlseko import embedded
from jlseko.env import PROJECT

FOLDER = PROJECT / ".data" / "demo"
HOST = "127.0.0.1"


class CannotRun(Exception):
    """The demo cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class World:
    """What decides the simulated partners' catalogue, orders and ways; it stays the same for the life of a demo."""

    seed: int
    orders: str
    multi_shipment: bool = False


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the web process and the two simulated partners listen."""

    web: int
    marketplace: int
    warehouse: int


def lock(folder: Path = FOLDER) -> int:
    """Claims the folder for this process.

    Raises:
        CannotRun: another demo runs in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder.parent / f"{folder.name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        raise CannotRun("A demo of this project is already running. Stop it with Ctrl-C first.") from problem
    return handle


def wipe(folder: Path = FOLDER) -> None:
    """Removes everything that an earlier demo left.

    Raises:
        CannotRun: a command still uses its database, or the database is not ours to drop.
    """
    if not embedded.missing():
        raise CannotRun("FRESH=1 does not empty databases of your own. Empty the one in DATABASE_URL yourself.")
    place = embedded.home(folder)
    if not embedded.idle(place):
        raise CannotRun("Another command still uses the demo's database. Let it end first.")
    shutil.rmtree(place)
    shutil.rmtree(folder)
    folder.mkdir()


def world(folder: Path, *, seed: int | None, orders: str | None, multi_shipment: bool | None = None) -> World:
    """The world of this demo: as asked on its first start, as remembered afterwards.

    Raises:
        CannotRun: the orders file is missing, or something else is asked than the demo was made with.
    """
    path = folder / "world.json"
    if orders and not Path(orders).is_file():
        raise CannotRun(f"ORDERS: there is no file {orders}")
    asked = str(Path(orders).resolve()) if orders else None
    if not path.exists():
        made = World(seed=1 if seed is None else seed, orders=asked or "", multi_shipment=bool(multi_shipment))
        path.write_text(json.dumps(asdict(made)), encoding="utf-8")
        return made
    made = World(**json.loads(path.read_text(encoding="utf-8")))
    wanted = World(
        seed=made.seed if seed is None else seed,
        orders=made.orders if asked is None else asked,
        multi_shipment=made.multi_shipment if multi_shipment is None else multi_shipment,
    )
    if wanted != made:
        raise CannotRun(f"This demo was made with {_described(made)}. FRESH=1 starts a new one and drops the old.")
    return made


def _described(made: World) -> str:
    orders = f" ORDERS={made.orders}" if made.orders else ""
    return f"SEED={made.seed} MULTI_SHIPMENT={int(made.multi_shipment)}{orders}"


def ports(web: int) -> Ports:
    """The web port as asked, and the next free ones for the partners.

    Raises:
        CannotRun: the web port is taken.
    """
    if not _free(web):
        raise CannotRun(f"Port {web} is taken. Choose another: make demo PORT={web + 10}")
    found: list[int] = []
    candidate = web
    while len(found) < 2:
        candidate += 1
        if candidate > 65535:
            raise CannotRun(f"There are no free ports above {web}.")
        if _free(candidate):
            found.append(candidate)
    return Ports(web=web, marketplace=found[0], warehouse=found[1])


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def keys(folder: Path) -> tuple[str, str]:
    """The keys with which the product signs in at the marketplace and at the warehouse; made once."""
    path = folder / "partner-keys.json"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            json.dump([secrets.token_hex(16), secrets.token_hex(16)], handle)
    marketplace, warehouse = json.loads(path.read_text(encoding="utf-8"))
    return marketplace, warehouse


def environment(folder: Path, where: Ports) -> dict[str, str]:
    """What every process of the demo finds in its environment."""
    marketplace, warehouse = keys(folder)
    return {
        "JLSEKO_DATA_DIR": str(folder),
        "JLSEKO_CLOCK_FILE": str(folder / "clock.json"),
        "JLSEKO_PUBLIC_URL": f"http://{HOST}:{where.web}",
        "JLSEKO_ALLOW_LOOPBACK_PARTNERS": "1",
        "ALLOWED_REMOTE_HOSTS": f"{HOST}:{where.marketplace},{HOST}:{where.warehouse}",
        "JLSEKO_MARKETPLACE_KEY": marketplace,
        "JLSEKO_WAREHOUSE_KEY": warehouse,
        "PYTHONUNBUFFERED": "1",
    }
