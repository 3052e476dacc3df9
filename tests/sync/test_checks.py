"""An installation whose parts do not fit together is not started."""

import pytest
from django.core import checks as django_checks
from django.core.checks import Error, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from sync import checks, doorbell


def found(check) -> list[tuple[type, str]]:
    return [(type(message), message.id) for message in check(None)]


def test_the_settings_that_we_ship_fit_together(settings):
    settings.PRODUCTION = True
    assert [message for message in run_checks() if message.id and message.id.startswith("sync.")] == []


def test_a_lane_that_nothing_rings_is_named(monkeypatch):
    monkeypatch.setattr(checks, "QUEUE_OF", {k: v for k, v in doorbell.QUEUE_OF.items() if k != "inbound"})
    assert found(checks.every_lane_has_a_worker) == [(Error, "sync.E001")]


def test_a_queue_with_a_wrong_name_stops_the_start(settings):
    settings.RQ_QUEUES = {("odrers" if name == "orders" else name): q for name, q in settings.RQ_QUEUES.items()}
    assert found(checks.every_lane_has_a_worker) == [(Error, "sync.E002"), (Error, "sync.E003")]
    with pytest.raises(SystemCheckError, match="The queue orders is not configured"):
        call_command("ticker", skip_checks=False)


def test_a_queue_that_would_unpickle_is_refused(settings):
    settings.RQ_QUEUES = {name: {"URL": queue["URL"]} for name, queue in settings.RQ_QUEUES.items()}
    assert set(found(checks.every_lane_has_a_worker)) == {(Error, "sync.E004")}


@pytest.mark.parametrize(("production", "kind"), [(True, Error), (False, django_checks.Warning)])
def test_a_lease_that_may_end_during_a_call_is_told(settings, production, kind):
    settings.PRODUCTION, settings.LEASE_SECONDS = production, 29
    assert found(checks.clocks_are_in_order) == [(kind, "sync.E005")]


def test_a_job_that_is_killed_before_its_lease_ends_is_told(settings):
    settings.LEASE_SECONDS = 590
    assert found(checks.clocks_are_in_order) == [(Error, "sync.E006")]
