"""What has to fit together before anything is started: asked by every command that runs or migrates an installation."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from sync.doorbell import FEEDS, JOB_TIMEOUT_SECONDS, PUMP_SECONDS, QUEUE_OF
from sync.partners.transport import Limits
from sync.states import Lane

JSON = "rq.serializers.JSONSerializer"
MARGIN_SECONDS = 5.0  # from the end of a call to the moment at which its outcome is committed


@register
def every_lane_has_a_worker(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Each lane is rung in a queue that is configured, and no queue is configured that nothing rings."""
    rung, served = set(QUEUE_OF.values()), set(settings.RQ_QUEUES)
    for lane in sorted({*Lane, FEEDS} - set(QUEUE_OF)):
        yield Error(f"Nothing rings for the lane {lane}.", hint="Name its queue in QUEUE_OF.", id="sync.E001")
    for queue in sorted(rung - served):
        yield Error(f"The queue {queue} is not configured.", hint="Add it to RQ_QUEUES.", id="sync.E002")
    for queue in sorted(served - rung):
        yield Error(f"No lane rings in the queue {queue}.", hint="Remove it from RQ_QUEUES.", id="sync.E003")
    for name, options in settings.RQ_QUEUES.items():
        if options.get("SERIALIZER") != JSON:
            yield Error(f"The queue {name} would unpickle what it finds.", hint=f"Use {JSON}.", id="sync.E004")


@register
def clocks_are_in_order(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """A partner call ends before its lease, a lease before its job is killed, a pump long before that."""
    call, lease = Limits().total + MARGIN_SECONDS, settings.LEASE_SECONDS
    if call > lease:
        text = f"A lease of {lease:g} s may end during a partner call, which takes up to {call:g} s with its outcome."
        kind = Error if settings.PRODUCTION else checks.Warning
        yield kind(text, hint="Raise JLSEKO_LEASE_SECONDS.", id="sync.E005")
    if not lease + PUMP_SECONDS < JOB_TIMEOUT_SECONDS:
        text = f"A job of {JOB_TIMEOUT_SECONDS} s may be killed before what it leased in its last turn has ended."
        yield Error(text, hint="Lower JLSEKO_LEASE_SECONDS.", id="sync.E006")
