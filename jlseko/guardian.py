"""The process that runs the embedded PostgreSQL and Valkey, and stops them when nobody uses them any more.

Started by jlseko/embedded.py as `python -m jlseko.guardian FOLDER`, never by hand. It keeps both servers running
(what dies is started again), and it clears up after a predecessor that was killed.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import signal
import sys
import time
from pathlib import Path

from jlseko.servers import Account, CannotStart, Postgres, Valkey, socket_folder

POLL_SECONDS = 0.2
RESTARTS = 5


class Guardian:
    """Starts both servers, watches them, and stops them after the last user."""

    def __init__(self, place: Path, *, durable: bool) -> None:
        self.place = place
        self.state = place / "state.json"
        account = Account.choose()
        sockets = socket_folder(place, account)
        self.postgres = Postgres(place, sockets, account, durable=durable)
        self.valkey = Valkey(place, sockets)
        self.asked_to_stop = False

    def ask_to_stop(self, _signal: int, _frame: object) -> None:
        """The machine is going down."""
        self.asked_to_stop = True

    def start(self) -> None:
        """Brings both servers up and publishes their addresses."""
        self.postgres.clear()
        self.valkey.clear()
        self.postgres.prepare()
        self.postgres.start()
        self.valkey.start()
        draft = self.state.with_suffix(".draft")
        addresses = {"DATABASE_URL": self.postgres.url(), "REDIS_URL": self.valkey.url()}
        draft.write_text(json.dumps(addresses), encoding="utf-8")
        draft.rename(self.state)

    def watch(self, users: int) -> None:
        """Returns when the last user has left, holding the users' lock so that nobody enters meanwhile."""
        restarts = 0
        while not self.asked_to_stop:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                time.sleep(POLL_SECONDS)
            for server in (self.postgres, self.valkey):
                if not server.alive() and not self.asked_to_stop:
                    restarts += 1
                    if restarts > RESTARTS:
                        raise CannotStart("a server died again and again; its log lies beside this one")
                    server.clear()
                    server.start()

    def stop(self) -> None:
        """Takes the addresses back and stops both servers."""
        self.state.unlink(missing_ok=True)
        self.valkey.stop()
        self.postgres.stop()


def main() -> int:
    """Runs the guardian of the folder given on the command line."""
    parser = argparse.ArgumentParser(prog="jlseko.guardian")
    parser.add_argument("place", type=Path)
    parser.add_argument("--not-durable", action="store_true")
    options = parser.parse_args()
    with open(options.place / "guardian.lock", "a") as life, open(options.place / "users.lock", "a") as users:
        try:
            fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another guardian is at work
        try:
            guardian = Guardian(options.place, durable=not options.not_durable)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, guardian.ask_to_stop)
            try:
                guardian.start()
                guardian.watch(users.fileno())
            finally:
                guardian.stop()
        except CannotStart as problem:
            sys.stderr.write(f"{problem}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
