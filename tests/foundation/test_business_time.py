"""One clock: product and simulated partners agree on it, and it never jumps."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from jlseko import clock
from jlseko.demo.clockwork import BURST, Clockwork, epoch_for

EPOCH = datetime(2026, 3, 1, 9, tzinfo=UTC)


def write(path, *, epoch: datetime, factor: float, age: int) -> None:
    path.write_text(json.dumps({"epoch": epoch.isoformat(), "factor": factor}))
    os.utime(path, ns=(age, age))


def test_without_settings_business_time_is_real_time(settings) -> None:
    settings.CLOCK_FILE, settings.CLOCK_EPOCH = "", None
    with time_machine.travel(EPOCH, tick=False):
        assert clock.business_now() == EPOCH
    assert clock.factor() == 1


def test_business_time_runs_faster_from_its_epoch(settings) -> None:
    settings.CLOCK_FILE, settings.CLOCK_EPOCH, settings.CLOCK_FACTOR = "", EPOCH, 120.0
    with time_machine.travel(EPOCH + timedelta(minutes=1), tick=False):
        assert clock.business_now() == EPOCH + timedelta(hours=2)
    assert clock.real_delay(timedelta(hours=2)) == timedelta(minutes=1)


def test_a_real_delay_keeps_to_its_floor(settings) -> None:
    settings.CLOCK_FILE, settings.CLOCK_EPOCH, settings.CLOCK_FACTOR = "", EPOCH, 1000.0
    assert clock.real_delay(timedelta(seconds=5), floor_seconds=2) == timedelta(seconds=2)


def test_a_changed_clock_file_counts_at_once(settings, tmp_path) -> None:
    settings.CLOCK_FILE = str(tmp_path / "clock.json")
    write(tmp_path / "clock.json", epoch=EPOCH, factor=10, age=1)
    assert clock.factor() == 10
    write(tmp_path / "clock.json", epoch=EPOCH, factor=60, age=2)
    assert clock.factor() == 60


def test_a_half_written_clock_file_changes_nothing(settings, tmp_path) -> None:
    settings.CLOCK_FILE = str(tmp_path / "clock.json")
    write(tmp_path / "clock.json", epoch=EPOCH, factor=10, age=1)
    assert clock.factor() == 10
    (tmp_path / "clock.json").write_text('{"epoch": ')
    assert clock.factor() == 10


@pytest.mark.parametrize("text", ["[]", "{}", '{"epoch": "2026-03-01", "factor": 2}', '{"epoch": "x", "factor": 1}'])
def test_a_wrong_clock_file_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clock.parse(text)


def test_production_ignores_every_clock(settings) -> None:
    settings.PRODUCTION, settings.CLOCK_EPOCH, settings.CLOCK_FACTOR = True, EPOCH, 120.0
    assert clock.factor() == 1


@pytest.mark.parametrize("factor", [10.0, 50.0, 0.5, 1.0001])
def test_an_epoch_continues_business_time_where_it_was(factor: float) -> None:
    real, business = EPOCH + timedelta(minutes=2), EPOCH + timedelta(hours=4)
    anchor = clock.Anchor(epoch=epoch_for(factor=factor, real=real, business=business), factor=factor)
    assert abs(anchor.business(real) - business) < timedelta(seconds=0.01)


def shown(folder) -> datetime:
    return clock.parse((folder / "clock.json").read_text()).business(datetime.now(UTC))


def test_the_demo_slows_down_after_its_first_hours_without_a_jump(tmp_path) -> None:
    with time_machine.travel(EPOCH, tick=False) as real:
        works = Clockwork(tmp_path, speed=120)
        works.start()
        real.shift(BURST / 120 + timedelta(seconds=0.5))
        before = shown(tmp_path)
        assert works.tick() is True
        assert works.factor == 10
        assert abs(shown(tmp_path) - before) < timedelta(seconds=1)
        real.shift(timedelta(minutes=1))
        assert abs(shown(tmp_path) - before - timedelta(minutes=10)) < timedelta(seconds=1)


def test_the_demo_goes_on_where_business_time_stopped(tmp_path) -> None:
    with time_machine.travel(EPOCH, tick=False) as real:
        works = Clockwork(tmp_path, speed=120)
        works.start()
        real.shift(timedelta(seconds=60))
        works.stop()
        stopped = shown(tmp_path)
        assert abs(stopped - EPOCH - timedelta(hours=2)) < timedelta(seconds=1)
        real.shift(timedelta(days=1))
        again = Clockwork(tmp_path, speed=120)
        again.start()
        assert abs(shown(tmp_path) - stopped) < timedelta(seconds=1)
        assert again.bursting


def test_a_demo_that_was_killed_loses_a_second_at_most(tmp_path) -> None:
    with time_machine.travel(EPOCH, tick=False) as real:
        works = Clockwork(tmp_path, speed=100)
        works.start()
        for _ in range(10):
            real.shift(timedelta(seconds=1))
            works.tick()
        real.shift(timedelta(seconds=0.9))
        again = Clockwork(tmp_path, speed=100)
        assert again.business == EPOCH + timedelta(seconds=1000)
