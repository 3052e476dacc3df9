"""The stock side of the marketplace double: offers, imports that take their time, and everything that can go wrong."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sync.failures import PartnerError
from sync.shapes import Offer, OfferPage, Prepared, StockError, StockImport, StockLevel
from tests.sync.doubles import MarketplaceDouble


@dataclass
class Import:
    """One stock file as the marketplace has it."""

    levels: dict[str, int]
    polls_left: int
    status: str = "WAITING"
    errors: list[StockError] = field(default_factory=list)
    counts: bool = True


@dataclass
class StockMarketplace(MarketplaceDouble):
    """Shows offers and takes stock files.

    ``polls`` = how often an import is asked after until it is over, None = never; ``bad`` = reason by SKU; ``fails`` =
    SKUs that make their whole file fail without a report; ``nameless`` leaves the SKU out of the report.
    """

    offers: dict[str, int] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    polls: int | None = 0
    bad: dict[str, str] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    nameless: bool = False
    files: list[dict[str, int]] = field(default_factory=list)
    single_reads: list[str] = field(default_factory=list)
    offers_fault: PartnerError | None = None
    page_size: int = 100

    def prepare_stock(self, levels: Sequence[StockLevel], *, batch: str, delimiter: str = ";") -> Prepared:
        """STO01."""
        text = "\n".join(f"{level.sku}{delimiter}{level.quantity}" for level in levels)
        return Prepared("STO01", "POST", "/api/offers/stock/imports", batch, text.encode(), "text/csv")

    def apply(self, prepared: Prepared) -> str:
        """Take a stock file in; with ``polls`` 0 it is worked on at once."""
        if prepared.operation != "STO01":
            return super().apply(prepared)
        rows = csv.reader(io.StringIO((prepared.body or b"").decode()), delimiter=";")
        levels = {sku: int(quantity) for sku, quantity in rows}
        self.files.append(levels)
        import_id = f"i{len(self.imports) + 1}"
        self.imports[import_id] = Import(levels, polls_left=-1 if self.polls is None else self.polls)
        if self.polls == 0:
            self._work(self.imports[import_id])
        return import_id

    def stock_import(self, import_id: str) -> StockImport:
        """STO02."""
        found = self.imports[import_id]
        if found.polls_left > 0:
            found.polls_left -= 1
            found.status = "RUNNING"
        if found.polls_left == 0 and found.status in ("WAITING", "RUNNING"):
            self._work(found)
        over = found.status == "COMPLETE"
        refused = len(found.errors) if over and found.counts else None
        taken = len(found.levels) - len(found.errors) if over and found.counts else None
        return StockImport(import_id, found.status, bool(found.errors), taken, refused)

    def _work(self, found: Import) -> None:
        if self.fails & set(found.levels):
            found.status = "FAILED"
            return
        for line, (sku, quantity) in enumerate(found.levels.items(), start=2):
            reason = self.bad.get(sku) or ("" if sku in self.offers else "The offer does not exist")
            if reason:
                found.errors.append(StockError(line, "" if self.nameless else sku, reason))
            else:
                self.offers[sku] = quantity
        found.status = "COMPLETE"

    def stock_errors(self, import_id: str) -> list[StockError]:
        """STO03."""
        return self.imports[import_id].errors

    def offers_page(self, *, offset: int = 0, sku: str = "") -> OfferPage:
        """OF21."""
        if self.offers_fault:
            raise self.offers_fault
        if sku:
            self.single_reads.append(sku)
        wanted = [sku] if sku else sorted(self.offers)[offset : offset + self.page_size]
        found = tuple(
            Offer(f"o-{name}", name, f"P-{name}", f"A {name}", self.offers[name], self.offers[name] > 0, "Bags")
            for name in wanted
            if name in self.offers
        )
        total = len(found) if sku else len(self.offers)
        more = not sku and offset + len(found) < total
        return OfferPage(found, total, offset + len(found) if more else None, datetime.now(UTC))
