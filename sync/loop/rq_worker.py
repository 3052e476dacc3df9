"""The worker that `rqworker` runs: RQ's own, with our patience."""

from rq import Worker


class LaneWorker(Worker):
    """Looks every few seconds whether a Redis that was away is back.

    RQ's own doubles its pauses up to a minute. By then the ticker, whose bell rings again, has stopped doing the work
    itself, and nothing would move until the pause is over.
    """

    max_connection_wait_time = 4.0  # seconds
