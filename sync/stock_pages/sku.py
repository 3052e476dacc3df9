"""One SKU told as a sum: what SEKO has, what is on its way, what is kept back, what John Lewis shows, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from jlseko.clock import business_now
from jlseko.ui.charts import chart_data
from jlseko.ui.times import LONDON
from sync.links import item_exception_url, order_number_url, sku_exceptions_url
from sync.models import Listing, RuleKind, SkuAlias, StockChange, StockFileLine, StockRule
from sync.states import Status
from sync.stock import levels
from sync.stock.in_flight import Reserved
from sync.stock_pages import reading, states
from sync.stock_pages.rights import needed_for
from sync.stock_pages.states import LAYERS, LOOKS

CHANGES_SHOWN: Final = 40
LINES_SHOWN: Final = 20
RULES_SHOWN: Final = 20
ORDERS_SHOWN: Final = 12
POINTS: Final = 40
PLOTTED: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FlightRow:
    """An order whose units SEKO's figure does not leave out yet."""

    order_id: str
    units: int
    url: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with its words, and whether this person may end it."""

    rule: StockRule
    words: str
    subject: str
    may_end: bool


@dataclass
class SkuPage:
    """Everything that the page of one SKU shows. ``listing`` brings ``life`` and ``off``, ``formula`` is its sum,
    ``rights`` what this person may do.
    """

    listing: Listing
    formula: levels.Formula
    rights: frozenset[str]

    def context(self) -> dict[str, Any]:
        """All of it."""
        listing, formula = self.listing, self.formula
        life = states.life_of(listing, is_stale=formula.is_stale)
        look = LOOKS[life]
        rows = [self._row(rule) for rule in formula.rules]
        kept = [row for row in rows if row.rule.kind == RuleKind.BUFFER]
        changes = self._changes()
        lines = self._lines()
        return {
            "title": listing.sku, "listing": listing, "life": life, "look": look,
            "sentence": self.sentence(), "flights": self._flights(formula.reserved), "as_of": formula.as_of,
            "sharers": self._sharers(),
            "layer": LAYERS.get(listing.drift_layer, (listing.drift_layer, "")), "alias": self._alias(),
            "rules": rows, "keeping": max(kept, key=lambda row: row.rule.quantity, default=None),
            "past_rules": [self._row(rule) for rule in self._past()],
            "changes": changes, "lines": lines, "chart": self._chart(changes, lines),
            "exceptions_url": sku_exceptions_url(listing.sku), "exception_url": self._exception_url(),
            "rights": self.rights, "odd": self._odd(), "unseen": states.is_unseen(listing),
        }  # fmt: skip

    def sentence(self) -> str:
        """The sum in words."""
        listing = self.listing
        if listing.product_id is None:
            return "SEKO knows no product of this name, so jlseko leaves the level at John Lewis as it is."
        if listing.sellable is None or listing.target is None:
            return "SEKO’s stock of this product has not been read yet. John Lewis is told after the first reading."
        words = [f"SEKO has {listing.sellable:,} free"]
        if listing.in_flight:
            words.append(f"{listing.in_flight:,} {'is' if listing.in_flight == 1 else 'are'} on the way to customers")
        if listing.buffer:
            words.append(f"{listing.buffer:,} {'is' if listing.buffer == 1 else 'are'} kept back")
        sum_up = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
        if listing.sharers > 1:
            sum_up += f", shared by {listing.sharers} listings"
        told = f"John Lewis should show {listing.target:,}"
        if listing.hold == RuleKind.ZERO:
            return f"{sum_up}. A rule says to show none, so {told}. {self._shows()}"
        if listing.hold == levels.STALE:
            return f"{sum_up}, but that figure is too old to be trusted, so {told}. {self._shows()}"
        if listing.hold == RuleKind.FREEZE:
            return f"{sum_up}. A rule keeps the level from rising, so {told}. {self._shows()}"
        return f"{sum_up}: {told}. {self._shows()}"

    def _shows(self) -> str:
        listing = self.listing
        if listing.shown != listing.target == listing.published and states.is_unseen(listing):
            return "It has accepted that; the offer has not been read back since."
        if listing.shown is None:
            return "What it shows has not been read back yet."
        if listing.shown == listing.target:
            return "It does."
        return f"It shows {listing.shown:,}."

    def _odd(self) -> str:
        """What cannot be seen about the SKU, in words; empty where nothing is hidden."""
        sku = self.listing.sku
        if sku != sku.strip():
            return "This SKU begins or ends with a blank. John Lewis counts it, so jlseko keeps it."
        return "" if sku.isprintable() else "This SKU holds a character that cannot be seen."

    def _flights(self, reserved: list[Reserved]) -> list[FlightRow]:
        """Orders that SEKO's figure does not leave out yet, the oldest first."""
        orders: dict[str, int] = {}
        for each in reserved:
            orders[each.order_id] = orders.get(each.order_id, 0) + each.quantity
        shop = self.listing.connection.name
        rows = [FlightRow(order_id, units, order_number_url(shop, order_id)) for order_id, units in orders.items()]
        return rows[:ORDERS_SHOWN]

    def _sharers(self) -> list[Listing]:
        listing = self.listing
        if listing.sharers < 2 or listing.product_id is None:
            return []
        rows = Listing.objects.filter(product=listing.product_id, active=True).exclude(pk=listing.pk)
        return list(rows.select_related("connection")[:RULES_SHOWN])

    def _alias(self) -> SkuAlias | None:
        rows = SkuAlias.objects.filter(connection=self.listing.connection_id, sku=self.listing.sku)
        return rows.select_related("author").first()

    def _past(self) -> list[StockRule]:
        return list(reading.of_listing(reading.ended_rules(), self.listing)[:RULES_SHOWN])

    def _row(self, rule: StockRule) -> RuleRow:
        may = needed_for(rule.kind, rule.scope) in self.rights
        return RuleRow(rule, reading.rule_words(rule), reading.subject_words(rule), may)

    def _changes(self) -> list[StockChange]:
        if self.listing.product_id is None:
            return []
        return list(StockChange.objects.filter(product=self.listing.product_id).order_by("-id")[:CHANGES_SHOWN])

    def _lines(self) -> list[StockFileLine]:
        rows: QuerySet[StockFileLine] = self.listing.file_lines.select_related("file__item").order_by("-id")
        return list(rows[:LINES_SHOWN])

    def _exception_url(self) -> str:
        item = self.listing.item
        return item_exception_url(item) if item is not None and item.status == Status.STALLED else ""

    def _chart(self, changes: list[StockChange], lines: list[StockFileLine]) -> dict[str, Any] | None:
        """SEKO's figure, what John Lewis was told and what it showed, each kept until the next news."""
        listing, now = self.listing, business_now()
        news: list[tuple[datetime, int, int]] = [(change.at, 0, change.available) for change in changes]
        for line in lines:
            if line.outcome in ("accepted", "verified"):
                news.append((line.file.submitted_at or line.file.created_at, 1, line.quantity))
            if line.outcome == "verified" and line.file.finished_at:
                news.append((line.file.finished_at, 2, line.quantity))
        if listing.shown is not None and listing.shown_at:
            news.append((listing.shown_at, 2, listing.shown))
        news = sorted(each for each in news if each[0] > now - PLOTTED)[-POINTS:]
        if len(news) < 2:
            return None
        last: list[int | None] = [None, None, None]
        labels, values = [], ([], [], [])  # type: ignore[var-annotated]
        for at, which, figure in [*news, (now, 0, news[-1][2])]:
            if at != now:
                last[which] = figure
            labels.append("now" if at == now else f"{at.astimezone(LONDON):%-d %b %H:%M}")
            for series, value in zip(values, last, strict=True):
                series.append(value)
        names = (("SEKO has", "accent"), ("We told", "warning"), ("John Lewis shows", "success"))
        series = [
            {"label": label, "values": list(values[place]), "tone": tone} for place, (label, tone) in enumerate(names)
        ]
        return chart_data("line", labels, series, unit="units", stepped=True)
