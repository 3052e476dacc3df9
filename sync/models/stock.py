"""Stock: what SEKO said, what John Lewis shows, what we told it, and the rules that people lay over both.

All times are business time. SEKO is the only truth: a level is never computed from what John Lewis shows.
"""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Abs, Coalesce, Collate

from sync.models.connection import Connection
from sync.models.item import Item
from sync.models.product import Product


class StockSource(models.TextChoices):
    """Where a figure comes from."""

    READING = "reading", "Full reading"
    PARTIAL = "partial", "Reading of some products"
    SUMMARY = "summary", "Overnight summary"
    ADJUSTMENT = "adjustment", "Adjustment"
    MOVEMENT = "movement", "Movement"


class StockReading(models.Model):
    """One answer about stock. ``as_of`` is our clock before the question left; ``remote_as_of`` SEKO's own clock, which
    decides what a later push adds. ``complete`` = an absent product has zero.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="stock_readings")
    source = models.CharField(max_length=20, choices=StockSource)
    as_of = models.DateTimeField()
    remote_as_of = models.DateTimeField(null=True, blank=True)
    complete = models.BooleanField()
    products = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    zeroed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["connection", "-as_of"], name="stock_reading_newest")]

    def __str__(self) -> str:
        return f"{self.source} {self.as_of:%Y-%m-%d %H:%M}"


class StockChange(models.Model):
    """One change of what we believe SEKO has free of a product. Its id is the version of the figure.

    ``at`` is when it became true at SEKO, on SEKO's clock where it has told it; ``key`` makes the same news harmless
    when it comes twice. ``delta`` 0 = news that a reading had told already. ``unexplained`` is how far a complete
    reading differs from what orders and SEKO's own messages let us expect.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="stock_changes")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="stock_changes")
    source = models.CharField(max_length=20, choices=StockSource)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    delta = models.IntegerField()
    available = models.IntegerField()
    unexplained = models.IntegerField(default=0)
    key = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], condition=~Q(key=""), name="stock_change_once"),
        ]
        indexes = [
            models.Index(fields=["product", "-id"], name="stock_change_of_product"),
            models.Index(
                fields=["connection", "at"],
                condition=Q(source__in=["adjustment", "movement"]),
                name="stock_change_pushed",
            ),
            models.Index(fields=["recorded_at"], name="stock_change_age"),
            models.Index(
                fields=["connection", "recorded_at"], condition=~Q(unexplained=0), name="stock_change_unexplained"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.available} ({self.source})"


class StockSummaryPart(models.Model):
    """A part of an overnight summary that waits for its sisters; only a whole summary may say what is zero."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="stock_summary_parts")
    group = models.CharField(max_length=200)
    part = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    at = models.DateTimeField()
    lines = models.JSONField(default=list)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "group", "part"], name="stock_summary_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.part}/{self.total}"


# The offer was last read before John Lewis took the level that it was told
UNSEEN: Final = Q(published__isnull=False) & (
    Q(shown__isnull=True) | Q(shown_at__isnull=True) | Q(shown_at__lt=F("published_at"))
)
KNOWN: Final = Case(When(UNSEEN, then=F("published")), default=F("shown"), output_field=models.IntegerField())
# By how many units John Lewis shows a level wrongly. Where nobody knows what it should be, all of it may be wrong
OFF: Final = Coalesce(Abs(KNOWN - F("target")), F("shown"), 0, output_field=models.IntegerField())


class Listing(models.Model):
    """One offer of the shop, spelt exactly, and the level that we keep it at.

    ``active`` = John Lewis still has the offer, be it for sale or not. ``product`` is what the SKU means, set by
    :mod:`sync.stock.offers`; None = nobody knows, and nothing is ever told for it.
    ``shown`` is what John Lewis showed when it was last read; ``published`` what it last accepted from us;
    ``confirmed_at`` when both were last seen to agree. ``target`` is what it should show, as of ``computed_at``, with
    the parts of the formula beside it. ``retry_at`` holds a refused update back; ``published_version`` is the version
    of the figure behind ``published``, which never falls. ``due`` marks a level that has to be told again.
    ``suspect_of`` is a file that John Lewis refused whole, as long as this level may be to blame. ``trouble_since`` =
    when the desk was last told of it; None again once a reading has proved it right.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="listings")
    sku = models.CharField(max_length=200)
    sku_key = models.CharField(max_length=200)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.SET_NULL, related_name="listings")
    item = models.OneToOneField(Item, null=True, blank=True, on_delete=models.SET_NULL, related_name="listing")
    offer_id = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=500, blank=True)
    category = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    shown = models.IntegerField(null=True, blank=True)
    shown_at = models.DateTimeField(null=True, blank=True)

    target = models.IntegerField(null=True, blank=True)
    sellable = models.IntegerField(null=True, blank=True)
    in_flight = models.IntegerField(default=0)
    buffer = models.IntegerField(default=0)
    sharers = models.PositiveIntegerField(default=1)
    hold = models.CharField(max_length=20, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True)

    published = models.IntegerField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_version = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    due = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    suspect_of = models.ForeignKey(
        "sync.StockFile", null=True, blank=True, on_delete=models.SET_NULL, related_name="suspects"
    )
    trouble_since = models.DateTimeField(null=True, blank=True)
    drift_since = models.DateTimeField(null=True, blank=True)
    drift_layer = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["sku"]
        constraints = [models.UniqueConstraint(fields=["connection", "sku"], name="listing_once")]
        indexes = [
            models.Index(fields=["connection", "sku_key"], name="listing_key"),
            models.Index(Collate("sku_key", "C"), name="listing_by_sku"),
            models.Index(fields=["connection", "due"], condition=Q(due=True), name="listing_due"),
            models.Index(fields=["connection", "retry_at"], condition=Q(retry_at__isnull=False), name="listing_retry"),
            models.Index(fields=["connection"], condition=Q(trouble_since__isnull=False), name="listing_in_trouble"),
            models.Index(fields=["connection"], condition=Q(drift_since__isnull=False), name="listing_drifts"),
            # The orders of the stock list
            models.Index(OFF, F("id"), condition=Q(active=True), name="listing_by_difference"),
            models.Index(fields=["sellable", "id"], condition=Q(active=True), name="listing_by_stock"),
            models.Index(fields=["confirmed_at", "id"], condition=Q(active=True), name="listing_by_confirmed"),
            # Its quick views, each a small part of the whole
            models.Index(fields=["id"], condition=Q(failures__gt=0), name="listing_failing"),
            models.Index(fields=["id"], condition=~Q(hold="") | Q(buffer__gt=0), name="listing_held"),
            models.Index(fields=["id"], condition=Q(product__isnull=True), name="listing_nameless"),
        ]

    def __str__(self) -> str:
        return self.sku


class StockFile(models.Model):
    """The content of a stock file item: one file of absolute levels and what became of it.

    ``basis`` is the version up to which its figures were known, ``as_of`` the age of the oldest reading behind them.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="stock_file")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="stock_files")
    basis = models.BigIntegerField()
    as_of = models.DateTimeField()
    created_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)
    import_id = models.CharField(max_length=100, blank=True)
    import_status = models.CharField(max_length=40, blank=True)
    polls = models.PositiveIntegerField(default=0)
    submitted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lines = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["connection", "-created_at"], name="stock_file_newest")]

    def __str__(self) -> str:
        return f"{self.lines} levels of {self.created_at:%Y-%m-%d %H:%M}"


class LineOutcome(models.TextChoices):
    """What became of one line of a stock file."""

    SENT = "sent", "Sent"
    ACCEPTED = "accepted", "Accepted"
    VERIFIED = "verified", "Read back"
    REFUSED = "refused", "Refused"
    NOT_APPLIED = "not_applied", "Not applied"


class StockFileLine(models.Model):
    """The level of one SKU in one file: what was told, what stood there before, and what it was computed from."""

    file = models.ForeignKey(StockFile, on_delete=models.CASCADE, related_name="rows")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="file_lines")
    quantity = models.IntegerField()
    previous = models.IntegerField(null=True, blank=True)
    sellable = models.IntegerField()
    in_flight = models.IntegerField(default=0)
    buffer = models.IntegerField(default=0)
    version = models.BigIntegerField()
    as_of = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=LineOutcome, default=LineOutcome.SENT)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["file", "listing"], name="stock_file_line_once")]
        indexes = [models.Index(fields=["listing", "-id"], name="stock_line_of_listing")]

    def __str__(self) -> str:
        return f"{self.listing_id} → {self.quantity}"


class RuleKind(models.TextChoices):
    """What a rule does to the level of a listing."""

    BUFFER = "buffer", "Keep back"
    FREEZE = "freeze", "Freeze"  # the level may fall, never rise
    ZERO = "zero", "Show none"


class RuleScope(models.TextChoices):
    """Which listings a rule is about."""

    SKU = "sku", "One SKU"
    CATEGORY = "category", "A category"
    ALL = "all", "Everything"


class StockRule(models.Model):
    """A rule that a person laid over the levels, with its reason and its end. Never changed: ended, and made anew."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="stock_rules")
    kind = models.CharField(max_length=20, choices=RuleKind)
    scope = models.CharField(max_length=20, choices=RuleScope)
    subject = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["connection", "scope", "subject"], name="stock_rule_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope} {self.subject}".strip()
