"""Everything that the page of one order shows, for one reader."""

import json
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jlseko.clock import business_now
from jlseko.ui.badges import state_badge
from sync import corrections as overlay
from sync import masking, skus
from sync.exchanges import Exchange, exchange_of
from sync.links import exception_url
from sync.looks import marketplace_state, stage_of, status_of
from sync.models import Attempt, Correction, Event, Order
from sync.order_pages import line_rows, panels, parcel_rows, reading, story, telling
from sync.rules.state_pairs import Legality, Side, judge, warehouse_side
from sync.states import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REVEAL = "exceptions.reveal_personal_data"
FIX = "exceptions.fix_exception"
RAW = "from-john-lewis"  # where the page shows the order as it came
LEGALITY = {
    Legality.LEGAL: ("The states go together", "success", "circle-check"),
    Legality.UNUSUAL: ("Unusual", "warning", "circle-alert"),
    Legality.ILLEGAL: ("The states contradict each other", "danger", "octagon-alert"),
}


class OrderPage:
    """One order over both systems. ``order`` comes from :func:`sync.order_pages.reading.orders_with_places`."""

    def __init__(self, order: Any, user: "User") -> None:
        self.order: Order = order
        self.stalled: bool = order.any_stalled
        self.due_by: datetime | None = order.due_by
        self.is_due: bool = not order.item.is_final and order.confirmed_at is None
        self.user = user
        self.shows = user.has_perm(REVEAL)
        self.may_revert = self.shows and user.has_perm(FIX)

    def context(self) -> dict[str, Any]:
        """Template context."""
        order = self.order
        stuck = self._stuck()
        return {
            "order": order, "stage": stage_of(order.item), "status": status_of(order.item, stalled=self.stalled),
            "marketplace_state": marketplace_state(order), "cases": panels.cases(order, self.user),
            "steps": story.steps(order, stuck=stuck, events=self.events), "steps_label": "How far the order has come",
            "exception_url": exception_url(order) if self.stalled else "", "is_due": self.is_due, "due_by": self.due_by,
            "events": self._events(), "lines": line_rows.rows(order, self.lines, self.dispatches),
            "goods": order.total_price - order.shipping_price, "as_it_came": self._as_it_came(),
            "dispatches": parcel_rows.rows(self.dispatches, self.lines), "exchanges": self._exchanges(),
            "corrections": [
                (each, overlay.label_of(each.path), overlay.in_words(str(each.value))) for each in self.corrections
            ],
            "address": self._address() if self.shows else [], "address_is_known": order.address is not None,
            "shows_personal_data": self.shows, "may_revert": self.may_revert, **self._pair(),
        }  # fmt: skip

    def _pair(self) -> dict[str, Any]:
        """What both sides say, and whether that goes together."""
        order = self.order
        pair = judge(order, now=business_now(), policy=order.connection.policy)
        absent = "not sent yet" if warehouse_side(order) == Side.ABSENT else "not read yet"
        return {
            "pair": pair, "pair_badge": state_badge(*LEGALITY[pair.legality]),
            "warehouse_state": order.warehouse_state or absent,
        }  # fmt: skip

    @cached_property
    def lines(self) -> list[Any]:
        """What was ordered."""
        return list(skus.with_spellings(self.order.lines.all()))

    @cached_property
    def events(self) -> list[Event]:
        """What happened, oldest first."""
        return reading.timeline(self.order.connection, self.order.order_id)

    @cached_property
    def attempts(self) -> list[Attempt]:
        """What was written to a partner, newest first."""
        return reading.attempts(self.order.connection, self.order.order_id)

    @cached_property
    def corrections(self) -> list[Correction]:
        """Those of the order and of its dispatches, the newest first, taken back ones too."""
        order = self.order
        rows = Correction.objects.filter(item__connection=order.connection, item__order_key=order.order_id)
        return list(rows.select_related("author", "reverted_by").order_by("-id"))

    @cached_property
    def dispatches(self) -> list[Any]:
        """With what was in them."""
        return reading.parcels(self.order)

    @cached_property
    def mask(self) -> masking.Mask:
        """What hides customer data from this reader."""
        known = () if self.shows else masking.customer_values(self.order, self.corrections)
        return masking.Mask(show=self.shows, known=known)

    def _stuck(self) -> tuple[str, str] | None:
        """Tone and words for the first step that is not done."""
        item = self.order.item
        if self.stalled:
            return "danger", "stuck here"
        if item.is_final:
            return ("neutral", "cancelled") if item.status == Status.CANCELLED else None
        if self.is_due and self.due_by and self.due_by <= business_now():
            return "danger", "late"
        return "info", "under way"

    def _events(self) -> list[dict[str, Any]]:
        order = self.order
        rows = story.lanes(
            self.events,
            deadline=self.due_by if self.is_due else order.item.deadline,
            now=order.item.finished_at or business_now(),
            policy=order.connection.policy,
            writes=telling.writes_of(self.events, self.attempts),
        )
        for row in rows:
            row |= {key: self.mask.text(row[key]) for key in ("title", "detail") if key in row}
            if row.get("of") == "received" and order.raw:
                row["link"] = f"#{RAW}"
        return rows

    def _as_it_came(self) -> Any:
        """The order as John Lewis described it last; without the right to see customer data the names of fields."""
        raw = self.order.raw
        return raw if self.shows or not raw else masking.names_only(json.dumps(raw))

    def _exchanges(self) -> list[Exchange]:
        """Without the right to see customer data only the names of what was said are shown."""
        body = self.mask.payload if self.shows else masking.names_only
        return [exchange_of(attempt, body=body, text=self.mask.text) for attempt in self.attempts]

    def _address(self) -> list[tuple[str, str]]:
        """The delivery address as it will be sent."""
        order = self.order
        live = {
            each.path: each.value for each in self.corrections if each.item_id == order.item_id and not each.reverted_at
        }
        address = overlay.overlay_address(order.delivery(), live)
        if address is None:
            return []
        name = " ".join(filter(None, (address.first_name, address.last_name)))
        place = " ".join(filter(None, (address.city, address.county, address.postcode, address.country_code)))
        rows = [("Name", name), ("Company", address.company), ("Street", address.line1), ("", address.line2)]
        rows += [("", address.line3), ("Place", place), ("Phone", address.phone), ("E-mail", address.email)]
        return [(label, value) for label, value in rows if value]
