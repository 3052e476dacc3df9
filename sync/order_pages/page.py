"""Everything that the page of one order shows, for one reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jlseko.clock import business_now
from sync import corrections as overlay
from sync import masking, skus
from sync.exchanges import Exchange, exchange_of
from sync.failures import Code
from sync.links import exception_url
from sync.looks import marketplace_state, stage_of, status_of
from sync.models import Correction, Dispatch, Order, OrderLine
from sync.order_pages import parcel_rows, reading, story
from sync.states import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REVEAL = "exceptions.reveal_personal_data"
FIX = "exceptions.fix_exception"
SKU_PROBLEMS = {Code.UNKNOWN_SKU: "SEKO has no such product", Code.SKU_CASE_CLASH: "differs by case only"}


@dataclass(frozen=True, slots=True)
class LineRow:
    """One order line: ``product`` is SEKO's code, empty with the ``problem`` in words; ``sent`` None = no news yet."""

    line: OrderLine
    product: str
    problem: str
    sent: int | None


class OrderPage:
    """One order over both systems. ``order`` comes from :func:`sync.order_pages.reading.orders_with_places`."""

    def __init__(self, order: Any, user: "User") -> None:
        self.order: Order = order
        self.stalled: bool = order.any_stalled
        self.due_by: datetime | None = order.due_by
        self.is_due: bool = not order.item.is_final and order.confirmed_at is None
        self.shows = user.has_perm(REVEAL)
        self.may_revert = self.shows and user.has_perm(FIX)

    def context(self) -> dict[str, Any]:
        """Template context."""
        order, lines = self.order, list(self.order.lines.all())
        return {
            "order": order, "stage": stage_of(order.item), "status": status_of(order.item, stalled=self.stalled),
            "marketplace_state": marketplace_state(order), "steps": story.steps(order, stuck=self._stuck()),
            "steps_label": "How far the order has come", "exception_url": exception_url(order) if self.stalled else "",
            "is_due": self.is_due, "due_by": self.due_by,
            "events": self._events(), "lines": self._lines(lines),
            "dispatches": parcel_rows.rows(self.dispatches, lines),
            "exchanges": self._exchanges(),
            "corrections": [(each, overlay.in_words(str(each.value))) for each in self.corrections],
            "address": self._address() if self.shows else [],
            "address_is_known": order.address is not None, "shows_personal_data": self.shows,
            "may_revert": self.may_revert,
        }  # fmt: skip

    @cached_property
    def corrections(self) -> list[Correction]:
        """Those of the order and of its dispatches, the newest first, taken back ones too."""
        order = self.order
        rows = Correction.objects.filter(item__connection=order.connection, item__order_key=order.order_id)
        return list(rows.select_related("author", "reverted_by").order_by("-id"))

    @cached_property
    def dispatches(self) -> list[Dispatch]:
        """With what was in them."""
        return list(
            self.order.dispatches.select_related("item").prefetch_related("lines").order_by("dispatched_at", "pk")
        )

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
        events = reading.timeline(order.connection, order.order_id)
        deadline = self.due_by if self.is_due else order.item.deadline
        rows = story.lanes(events, deadline=deadline, now=business_now())
        for row in rows:
            row |= {key: self.mask.text(row[key]) for key in ("title", "detail") if key in row}
        return rows

    def _lines(self, lines: Sequence[OrderLine]) -> list[LineRow]:
        resolved = skus.resolve(self.order.connection, [line.sku for line in lines])
        left: dict[str, int] = {}
        for dispatch in self.dispatches:
            for part in dispatch.lines.all():
                left[part.product_key] = left.get(part.product_key, 0) + part.dispatched
        news = set(left)
        last = {skus.key_of(resolved[line.sku].product_code or line.sku): line.pk for line in lines}
        rows = []
        for line in lines:
            found = resolved[line.sku]
            key = skus.key_of(found.product_code or line.sku)
            # SEKO knows one line for each product: what it sent is told line by line, any surplus on the last
            sent = left.get(key, 0) if last[key] == line.pk else min(left.get(key, 0), line.open_quantity)
            left[key] = left.get(key, 0) - sent
            problem = SKU_PROBLEMS.get(found.problem, "") if found.problem else ""
            rows.append(LineRow(line, found.product_code, problem, sent if key in news else None))
        return rows

    def _exchanges(self) -> list[Exchange]:
        """Without the right to see customer data only the names of what was said are shown."""
        body = self.mask.payload if self.shows else masking.names_only
        attempts = reading.attempts(self.order.connection, self.order.order_id)
        return [exchange_of(attempt, body=body, text=self.mask.text) for attempt in attempts]

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
