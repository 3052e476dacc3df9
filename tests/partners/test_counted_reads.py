"""Calls of which a partner allows few are not made again in haste."""

from __future__ import annotations

import httpx
import pytest

from sync.failures import NotSent, Unclear
from sync.partners.transport import Limits, Transport
from tests.partners.sample_depot import seko
from tests.partners.sample_shop import shop


def transport(answers: httpx.MockTransport) -> Transport:
    return Transport(
        "https://jl.mirakl.net", key="a-key", allowed_hosts=["jl.mirakl.net"], inner=answers, limits=Limits(pause=0.01)
    )


@pytest.mark.parametrize(
    ("broken", "error", "times"), [(httpx.ReadTimeout, Unclear, 1), (httpx.ConnectError, NotSent, 3)]
)
def test_a_read_that_the_partner_counts_is_tried_again_only_where_it_never_left(broken, error, times: int) -> None:
    tries: list[httpx.Request] = []

    def lost(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise broken("x", request=request)

    with pytest.raises(error):
        transport(httpx.MockTransport(lost)).read("OR11", "/api/orders", counted=True)
    assert len(tries) == times


class _Lost:
    """A partner whose every answer is lost."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self._lose)

    def _lose(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        raise httpx.ReadTimeout("x", request=request)


@pytest.mark.parametrize(
    ("ask", "times"),
    [
        (lambda market: market.orders_page(updated_since=None, states=(), offset=0), 1),
        (lambda market: market.stock_import("d2b1"), 1),
        (lambda market: market.orders_by_id(["JL1-A"]), 3),
    ],
)
def test_published_frequencies_hold_also_after_a_lost_answer(ask, times: int) -> None:
    """A poll once a minute, the state of a file every 15 seconds; orders by their ids are free (contract 1.5)."""
    lost = _Lost()
    with pytest.raises(Unclear):
        ask(shop(lost))
    assert len(lost.requests) == times


def test_stock_is_read_once_in_half_an_hour_also_after_a_lost_answer() -> None:
    lost = _Lost()
    with pytest.raises(Unclear):
        seko(lost).stock()
    assert len(lost.requests) == 1
