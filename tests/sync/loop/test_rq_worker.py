"""The worker that is started with `rqworker` comes back soon after Redis does."""

import django_rq
import pytest
from redis.exceptions import ConnectionError as Away
from rq.worker import base


def test_a_worker_looks_every_few_seconds_for_a_redis_that_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = django_rq.get_worker("orders")
    pauses: list[float] = []

    class Back(Exception):
        """Redis answers again."""

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if sum(pauses) > 120:
            raise Back

    def away(*_: object, **__: object) -> None:
        raise Away("away")

    monkeypatch.setattr(worker, "heartbeat", away)
    monkeypatch.setattr(worker, "set_state", lambda *_, **__: None)
    monkeypatch.setattr(base.time, "sleep", sleep)
    with pytest.raises(Back):
        worker.dequeue_job_and_maintain_ttl(timeout=5)
    assert max(pauses) <= 5
