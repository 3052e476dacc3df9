"""The queue of orders that wait for stock, for clients that are set up for back orders (SEKO contract 8.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..store import Document
from .lifecycle import CONFIRMED, CREATE, draw_timeline, frozen, moment, status_at
from .world import World


class BackOrders:
    """Commits waiting orders in scheduled runs, the oldest first."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = world.settings
        self._last: datetime | None = None

    def settle(self) -> None:
        """Run the queue when its time has come."""
        if not self.settings.back_orders:
            return
        now = self.world.now()
        if self._last and now - self._last < timedelta(minutes=self.settings.back_order_run_minutes):
            return
        self._last = now
        for order in list(self.world.open.values()):
            if order["queued"] and not order["cancel"] and status_at(order, now) == CREATE and not _stuck(order):
                self._serve(order, now)

    def _serve(self, order: Document, now: datetime) -> None:
        """Complete orders go; others wait, until their hold is over and what is there goes alone.

        An order of one line waits until its full quantity is there.
        """
        stock = self.world.stock
        waiting = [line for line in order["lines"] if line["line"] in order["queued"]]
        there = [line for line in waiting if stock.free(line["product"]) >= line["quantity"]]
        hold_over = now >= moment(order["accepted_at"]) + timedelta(hours=self.settings.back_order_hold_hours)
        if not there or (len(there) < len(waiting) and not hold_over):
            return
        draw = self.world.draw("commit", order["number"], order["queued"])
        scenario = None if order["dispatches"] else order["scenario"]
        order["back_order"] = order["back_order"] or len(there) < len(waiting)
        order["dispatches"] = [frozen(order, shipment) for shipment in order["dispatches"]]
        order["timeline"] = draw_timeline(now, hours=self.settings.fulfil_hours, draw=draw)
        order["dispatches"] += self.world.plan_dispatches(order, there, scenario, draw)
        self.world.reserve(order, there)


def _stuck(order: Document) -> bool:
    """Whether an order is on hold, or has no label; labels are made at load time (SEKO contract 8.3)."""
    return order["held"] is not None and order["held"]["at"] == CONFIRMED
