"""One ticker leads, another takes over when it is gone, and neither needs Redis nor dies with the database."""

import threading
import time

import pytest
from django.db import OperationalError, connections
from django.db import connection as database

from sync.loop import ticker
from sync.models import Heartbeat


def test_of_two_tickers_one_leads_and_the_other_takes_over(transactional_db):
    led, may_go, gone = threading.Event(), threading.Event(), threading.Event()
    seen = []

    def first() -> None:
        try:
            seen.append(("first", ticker.is_leader()))
            led.set()
            may_go.wait(10)
        finally:
            connections.close_all()  # the process is gone, and its connection with it
            gone.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert led.wait(10)
    seen.append(("second", ticker.is_leader()))
    may_go.set()
    assert gone.wait(10)
    thread.join()
    ends = time.monotonic() + 10  # PostgreSQL notices the end of a connection a moment later
    while not ticker.is_leader() and time.monotonic() < ends:
        time.sleep(0.05)
    assert seen == [("first", True), ("second", False)]
    assert ticker.is_leader()
    database.close()


def test_who_does_not_lead_does_nothing(transactional_db, monkeypatch):
    monkeypatch.setattr(ticker, "is_leader", lambda: False)
    turns = iter([False, False, True])
    ticker.run_forever(pause=0.0, stopping=lambda: next(turns))
    assert not Heartbeat.objects.exists()


@pytest.mark.parametrize("fault", [OperationalError("server closed the connection"), OperationalError("starting up")])
def test_the_ticker_outlives_the_loss_of_the_database(transactional_db, monkeypatch, fault):
    rounds = []

    def tick() -> int:
        rounds.append(len(rounds))
        if len(rounds) < 3:
            raise fault
        return 0

    monkeypatch.setattr(ticker, "tick", tick)
    ticker.run_forever(pause=0.01, stopping=lambda: len(rounds) >= 4)
    database.close()
    assert len(rounds) == 4
