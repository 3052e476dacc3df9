"""The worker that `rqworker` runs: RQ's own, with our patience, and an end that nobody takes for a fault."""

from types import FrameType
from typing import NoReturn

from rq import Worker
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty


class TimeIsUp(BaseException):
    """A job has outlasted its time. No step and no flow is at fault, so nothing that looks for their faults sees it."""


class DeathPenalty(UnixSignalDeathPenalty):
    """Ends a job by :class:`TimeIsUp`: RQ's own is an ``Exception``, which a step would book as a fault of its item.

    RQ sets the same alarm for other ends as well. The worker's own, by which it looks at a job that takes longer,
    must come to it as RQ knows it, or it would end while its job goes on without it.
    """

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> NoReturn:
        """End the job at whatever it does; its leases end by themselves, as those of a worker that was killed."""
        end = TimeIsUp if issubclass(self._exception, JobTimeoutException) else self._exception
        raise end(f"longer than {self._timeout} s")


class LaneWorker(Worker):
    """Looks every few seconds whether a Redis that was away is back.

    RQ's own doubles its pauses up to a minute. By then the ticker, whose bell rings again, has stopped doing the work
    itself, and nothing would move until the pause is over.
    """

    death_penalty_class = DeathPenalty
    max_connection_wait_time = 4.0  # seconds
