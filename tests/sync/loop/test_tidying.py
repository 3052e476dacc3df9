"""What is over is forgotten, and nothing else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from sync.loop import heartbeat, tidying
from sync.models import Heartbeat


@pytest.mark.django_db
def test_sign_ins_that_are_over_and_processes_long_gone_are_forgotten(monkeypatch):
    monkeypatch.setitem(tidying._next, "at", 0.0)
    now = timezone.now()
    for name, ends in (("over", now - timedelta(seconds=1)), ("open", now + timedelta(hours=1))):
        Session.objects.create(session_key=name, session_data="", expire_date=ends)
    heartbeat.beat("ticker")
    Heartbeat.objects.create(process="gone", role="ticker", at=now - timedelta(days=8))
    assert tidying.tidy() == 2
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
    assert Heartbeat.objects.get().process != "gone"
    Session.objects.update(expire_date=now - timedelta(days=1))
    assert tidying.tidy() == 0  # not again at once
