"""Columns of the stock lists."""

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jlseko.clock import business_now
from jlseko.ui.badges import person, state_badge
from jlseko.ui.columns import CheckColumn, DeskColumn, NumberColumn, PrimaryColumn, WhenColumn
from jlseko.ui.icons import icon
from jlseko.ui.tables import DeskTable
from jlseko.ui.times import ago, short_london, span
from sync.links import listing_url
from sync.models import Listing, RuleKind, RuleScope, StockRule
from sync.stock_pages.reading import covers, rule_words, subject_words
from sync.stock_pages.rights import needed_for
from sync.stock_pages.states import Life, is_unseen, layer_words, life_badge, risk_of

NOWRAP = {"cell": {"class": "nowrap"}}


def quiet(value: int | str) -> SafeString:
    """A figure that needs no look where it is nothing."""
    shown = f"{value:,}" if isinstance(value, int) else value
    return format_html('<span class="muted">{}</span>', shown) if value in (0, "none") else format_html("{}", shown)


def sku_link(listing: Listing, sub: str = "") -> SafeString:
    """An SKU that leads to its page; blanks at its ends are made visible."""
    return format_html(
        '<a class="mono sku" href="{}">{}</a><span class="cell-sub">{}</span>',
        listing_url(listing), sku_words(listing.sku), sub,
    )  # fmt: skip


def sku_words(sku: str) -> SafeString:
    """An SKU with the blanks at its ends drawn as a mark, for they count."""
    bare = sku.strip(" ")
    if bare == sku:
        return format_html("{}", sku)
    before, _, after = sku.partition(bare) if bare else (sku, "", "")
    mark = '<span class="blank" title="A blank that belongs to the SKU">{}</span>'
    marks = [format_html_join("", mark, (("␣",) for _ in part)) for part in (before, after)]
    return format_html("{}{}{}", marks[0], bare, marks[1])


class StockTable(DeskTable):
    """One listing a row. ``rules`` that work now, ``rights`` = what this person may do."""

    caption = "Stock levels"
    noun = ("listing", "listings")
    rights: frozenset[str] = frozenset()

    select = CheckColumn(label="sku")
    sku = PrimaryColumn(verbose_name="Product", orderable=False)
    life = DeskColumn(verbose_name="State", orderable=False)
    sellable = NumberColumn(verbose_name="SEKO has", orderable=True, order_by=("sellable", "pk"))
    in_flight = NumberColumn(verbose_name="On its way", orderable=False, mid_only=True)
    buffer = NumberColumn(verbose_name="Kept back", orderable=False, mid_only=True)
    shown = NumberColumn(verbose_name="John Lewis shows", orderable=False, empty_values=())
    off = DeskColumn(verbose_name="Difference", orderable=True, order_by=("off", "pk"))
    confirmed_at = DeskColumn(verbose_name="Last seen right", orderable=True, order_by=("confirmed_at", "pk"))
    actions = DeskColumn(verbose_name="Actions", accessor="pk", orderable=False, mid_only=True, attrs=NOWRAP)

    def __init__(
        self,
        *args: Any,
        rules: list[StockRule] | None = None,
        rights: frozenset[str] = frozenset(),
        **kwargs: Any,
    ) -> None:
        hidden = () if rights else ("select", "actions")
        super().__init__(*args, exclude=hidden, **kwargs)
        self.rules, self.rights = rules or [], rights
        self.now = business_now()

    def row_url(self, record: Listing) -> str:
        return listing_url(record)

    def row_tone(self, record: Any) -> str:
        if record.life in (Life.REFUSED, Life.UNKNOWN):
            return "danger"
        return "warning" if risk_of(record) or record.life in (Life.RETRY, Life.DIFFERS) else ""

    def render_sku(self, record: Listing) -> SafeString:
        return sku_link(record, record.title)

    def render_life(self, record: Any) -> SafeString:
        risk = risk_of(record)
        parts = [life_badge(record.life)]
        if risk:
            parts.append(state_badge("At risk", "danger", "flame", risk))
        why = record.last_error if record.life in (Life.REFUSED, Life.RETRY) else self._until(record)
        words = format_html('<span class="cell-sub">{}</span>', why) if why else ""
        return format_html(
            '<span class="states">{}</span>{}', format_html_join(" ", "{}", ([each] for each in parts)), words
        )

    def _until(self, record: Listing) -> str:
        """How long a rule holds the level; empty without one."""
        held = [rule for rule in self.rules if rule.kind == record.hold and covers(rule, record)]
        ends = [rule.ends_at for rule in held if rule.ends_at]
        if not held:
            return ""
        return f"until {short_london(max(ends))}" if len(ends) == len(held) else "until somebody ends it"

    def render_in_flight(self, value: int) -> SafeString:
        return quiet(value)

    def render_buffer(self, value: int) -> SafeString:
        return quiet(value)

    def render_shown(self, record: Listing) -> SafeString:
        """What is shown, and what was told where that is something else; what was taken since the offer was read."""
        if is_unseen(record) and record.published != record.shown:
            return format_html('<span>{}<span class="cell-sub">not read back</span></span>', f"{record.published:,}")
        shown = "–" if record.shown is None else f"{record.shown:,}"
        if record.published is None or record.published == record.shown:
            return format_html("<span>{}</span>", shown)
        return format_html('<span>{}<span class="cell-sub">told {}</span></span>', shown, f"{record.published:,}")

    def render_off(self, value: int, record: Any) -> SafeString | str:
        if record.known is None or record.target is None:
            return "–"
        gap = record.known - record.target
        if not gap:
            return quiet("none") if not record.drift_since else self._drift(record, "none")
        return self._drift(record, f"{abs(gap):,} too {'many' if gap > 0 else 'few'}")

    def _drift(self, record: Any, words: str) -> SafeString:
        since = f" · {span(self.now - record.drift_since)}" if record.drift_since else ""
        layer = layer_words(record.drift_layer) if record.drift_layer else ""
        return format_html(
            '<span><span class="nowrap">{}</span><span class="cell-sub nowrap">{}{}</span></span>', words, layer, since
        )

    def render_confirmed_at(self, value: Any) -> SafeString:
        return ago(value)

    def render_actions(self, record: Any) -> SafeString:
        """What one click does to this row alone."""
        own = [rule for rule in self.rules if rule.scope == RuleScope.SKU and covers(rule, record)]
        may_zero = "hold" in self.rights and not any(rule.kind == RuleKind.ZERO for rule in own)
        offered = [
            ("push" in self.rights and record.life != Life.UNKNOWN, f"push:{record.pk}", "send", "Push now"),
            (may_zero, f"zero:{record.pk}", "eye-off", "Show none"),
            *((needed_for(rule.kind, rule.scope) in self.rights, f"end:{rule.pk}", "undo-2",
               f"End the rule “{rule_words(rule)}”") for rule in own),
        ]  # fmt: skip
        buttons = [rest for may, *rest in offered if may]
        return format_html_join(
            "",
            '<button class="btn btn-sm btn-icon row-act" name="one" value="{}" title="{}"'
            ' aria-label="{} {}">{}</button>',
            ((value, label, label, record.sku, icon(image, "s")) for value, image, label in buttons),
        )


class UnlistedTable(DeskTable):
    """Products that SEKO has and nobody sells."""

    caption = "Products without a listing"
    noun = ("product", "products")

    code = PrimaryColumn(verbose_name="Product at SEKO", orderable=False)
    title = DeskColumn(verbose_name="Name", orderable=False)
    available = NumberColumn(verbose_name="SEKO has", orderable=True, order_by=("available", "pk"))
    read_at = WhenColumn(verbose_name="As of", relative=True, orderable=False)

    def render_code(self, value: str) -> SafeString:
        return format_html('<span class="mono">{}</span>', value)


def who(user: Any) -> SafeString:
    """A person, or the engine."""
    return person(user) if user else person("jlseko")


class EndedRuleTable(DeskTable):
    """Rules that work no more."""

    caption = "Ended rules"
    noun = ("ended rule", "ended rules")

    subject = PrimaryColumn(verbose_name="About", orderable=False, empty_values=())
    kind = DeskColumn(verbose_name="What it did", orderable=False)
    reason = DeskColumn(verbose_name="Why", orderable=False)
    made_by = DeskColumn(verbose_name="Made by", orderable=False, empty_values=(), mid_only=True)
    starts_at = WhenColumn(verbose_name="From", orderable=False, mid_only=True)
    over_at = DeskColumn(verbose_name="Ended", orderable=False)

    def render_subject(self, record: StockRule) -> SafeString:
        if record.scope == RuleScope.SKU:
            return format_html('<span class="mono">{}</span>', sku_words(record.subject))
        return format_html("<strong>{}</strong>", subject_words(record))

    def render_kind(self, record: StockRule) -> str:
        words = rule_words(record)
        return words[:1].upper() + words[1:]

    def render_made_by(self, record: StockRule) -> SafeString:
        return who(record.made_by)

    def render_over_at(self, record: Any) -> SafeString:
        how = f"by {record.ended_by.get_full_name() or record.ended_by}" if record.ended_by else "by its own end"
        return format_html('{}<span class="cell-sub">{}</span>', WhenColumn().render(record.over_at), how)
