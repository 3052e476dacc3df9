"""A shop with offers, levels and files, driven step by step."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from jlseko.clock import business_now
from sync import lanes
from sync.flows import stock
from sync.loop import work
from sync.models import Attempt, Budget, FlowState, Item, Listing, StockFile
from sync.models import StockFileLine as Line
from sync.states import Lane
from tests.factories.engine import ProductFactory
from tests.factories.stock import StockReadingFactory
from tests.sync.double_stock import StockMarketplace


def ago(**span: float):
    return business_now() - timedelta(**span)


class Shop:
    """A shop with offers, driven step by step."""

    def __init__(self, engine) -> None:
        self.engine = engine
        self.connection = engine.connection
        self.market = engine.marketplace = StockMarketplace()
        StockReadingFactory(connection=self.connection, as_of=ago(minutes=10))

    def sell(self, **levels: int) -> None:
        """Products with so many free, offered with 50 shown."""
        for sku, free in levels.items():
            ProductFactory(connection=self.connection, code=sku, available=free, read_at=None)
            self.market.offers[sku] = 50
            Listing.objects.create(connection=self.connection, sku=sku, sku_key=sku.casefold(), shown=50)

    def free(self, **levels: int) -> None:
        """SEKO's figure changes."""
        for sku, free in levels.items():
            product = self.connection.products.get(code=sku)
            product.available, product.version = free, product.version + 1
            product.save()

    def publish(self) -> StockFile | None:
        """One run of the flow."""
        flow = FlowState(connection=self.connection, flow="publish-stock")
        before = StockFile.objects.count()
        stock.publish_stock(self.engine.context(), flow)
        return StockFile.objects.order_by("-id").first() if StockFile.objects.count() > before else None

    def step(self, rounds: int = 1) -> None:
        """Make what waits due and take a step with each item."""
        for _ in range(rounds):
            Item.objects.filter(status__in=["ready", "waiting", "unknown"], kind="stock_file").update(
                due_at=timezone.now()
            )
            Budget.objects.all().delete()
            for item in lanes.claim(Lane.STOCK, limit=50):
                work._work_on(item.connection, [item], threads=1)

    def later(self, **span: float) -> None:
        """Time passes for the file, its attempt and whatever is held back."""
        gap = timedelta(**span)
        StockFile.objects.update(created_at=F("created_at") - gap)
        StockFile.objects.update(submitted_at=F("submitted_at") - gap)
        Attempt.objects.update(announced_at=F("announced_at") - gap)
        Listing.objects.update(retry_at=F("retry_at") - gap)

    def listing(self, sku: str = "BAG") -> Listing:
        return Listing.objects.get(sku=sku)

    def file(self) -> StockFile:
        return StockFile.objects.select_related("item").order_by("-id")[0]

    def outcomes(self) -> dict[str, str]:
        return dict(Line.objects.filter(file=self.file()).values_list("listing__sku", "outcome"))
