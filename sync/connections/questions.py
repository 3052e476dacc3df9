"""What the contracts leave open, as questions in plain words: whom to ask, why it matters, and what hangs on it.

Sources: SEKO contract 11 and its unknowns; John Lewis contract 7 and its list of what is not established. Each
provisional setting hangs on exactly one question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sync.models import Side

Told = Callable[[Mapping[str, Any]], str]
JOHN_LEWIS, SEKO = Side.MARKETPLACE, Side.WAREHOUSE
PARTNER_SUPPORT = "John Lewis partner support"
MIRAKL_SUPPORT = "John Lewis marketplace team (platform)"
CLIENT_SERVICES = "SEKO client services"
INTEGRATION = "SEKO integration team"


@dataclass(frozen=True, slots=True)
class Question:
    """One open question. ``settings`` hang on it by name; ``ceilings`` = the side's call allowances hang on it too;
    ``told`` reads the answer from what John Lewis has told through its interface, empty = not told.
    """

    slug: str
    side: Side
    text: str
    why: str
    ask: str
    settings: tuple[str, ...] = ()
    ceilings: bool = False
    told: Told | None = None


def _yes_no(name: str, yes: str, no: str) -> Told:
    return lambda profile: {True: yes, False: no}.get(profile.get(name), "")  # type: ignore[arg-type]


def _word(name: str, before: str) -> Told:
    return lambda profile: f"{before} {profile[name]}" if profile.get(name) else ""


def _shops(profile: Mapping[str, Any]) -> str:
    return f"the key reads shop {profile['shop_id']}, {profile.get('shop_name', '')}" if profile.get("shop_id") else ""


def _tracking(profile: Mapping[str, Any]) -> str:
    if "tracking_mandatory_for" not in profile:
        return ""
    kinds = ", ".join(profile["tracking_mandatory_for"])
    return f"a tracking number is required for {kinds}" if kinds else "no shipping type requires a tracking number"


def _reasons(profile: Mapping[str, Any]) -> str:
    reasons = profile.get("reasons") or []
    return f"{len(reasons)} reason codes, {sum(bool(each['ours']) for each in reasons)} of them ours" if reasons else ""


QUESTIONS: tuple[Question, ...] = (
    Question(
        "marketplace-hosts", JOHN_LEWIS, "What are the addresses of the test and the live platform?",
        "Nothing can be read before; each address has a key of its own.", MIRAKL_SUPPORT,
    ),
    Question(
        "marketplace-shops", JOHN_LEWIS, "Do we have one shop or several?",
        "A key that sees several shops reads the default one only.", MIRAKL_SUPPORT, told=_shops,
    ),
    Question(
        "marketplace-model", JOHN_LEWIS, "Is the shop a marketplace or a dropship shop?",
        "It decides which prices the orders show and who invoices.", MIRAKL_SUPPORT,
        told=_word("shop_model", "the shop's model is"),
    ),
    Question(
        "marketplace-acceptance", JOHN_LEWIS, "Are orders accepted by us or by themselves?",
        "Orders that wait for us are lost when nobody accepts them.", MIRAKL_SUPPORT,
        told=_word("acceptance", "acceptance is"),
    ),
    Question(
        "marketplace-acceptance-time", JOHN_LEWIS, "How long does John Lewis wait for acceptance?",
        "An order that is not accepted in time is refused.", PARTNER_SUPPORT, settings=("acceptance_hours",),
    ),
    Question(
        "marketplace-debit", JOHN_LEWIS, "How long may the customer's payment take before an order is stuck?",
        "It decides when a person looks at an order that waits for payment.", PARTNER_SUPPORT,
        settings=("debit_hours",),
    ),
    Question(
        "marketplace-polling", JOHN_LEWIS, "How often may we read orders: every 5 or every 15 minutes?",
        "The sooner an order is read, the sooner it can leave.", MIRAKL_SUPPORT, settings=("poll_minutes",),
    ),
    Question(
        "marketplace-limits", JOHN_LEWIS, "How many calls a second and a minute may we make, for each service?",
        "Too many calls are refused, and everything waits.", MIRAKL_SUPPORT, ceilings=True,
    ),
    Question(
        "marketplace-multi-shipment", JOHN_LEWIS, "May an order be sent in several shipments?",
        "If not, a part that leaves earlier cannot be confirmed before the rest.", MIRAKL_SUPPORT,
        told=_yes_no("multi_shipment", "several shipments are on", "several shipments are off"),
    ),
    Question(
        "marketplace-carriers", JOHN_LEWIS, "May carriers outside the approved list be used?",
        "A parcel of another carrier cannot be confirmed.", PARTNER_SUPPORT,
        told=_yes_no("alternative_carriers_refused", "only approved carriers", "other carriers are allowed"),
    ),
    Question(
        "marketplace-carrier-codes", JOHN_LEWIS, "Which approved codes stand for the services that SEKO uses?",
        "A wrong code makes every confirmation fail. The answer goes into the carrier mapping.", PARTNER_SUPPORT,
    ),
    Question(
        "marketplace-tracking", JOHN_LEWIS, "For which shipping types is a tracking number required?",
        "Without one the confirmation is refused.", MIRAKL_SUPPORT, told=_tracking,
    ),
    Question(
        "marketplace-tracking-states", JOHN_LEWIS, "In which states of an order may tracking still be corrected?",
        "It decides whether a wrong number can be mended after the dispatch.", MIRAKL_SUPPORT,
    ),
    Question(
        "marketplace-visibility", JOHN_LEWIS, "How soon after a change does the platform show it when it is read back?",
        "A change of unknown outcome must not be made twice.", MIRAKL_SUPPORT,
        settings=("marketplace_visibility_minutes",),
    ),
    Question(
        "marketplace-confirm", JOHN_LEWIS, "How soon after the dispatch must John Lewis know of it?",
        "Late confirmations count as late deliveries.", PARTNER_SUPPORT, settings=("confirm_hours",),
    ),
    Question(
        "marketplace-calendar", JOHN_LEWIS, "What are the holidays and the daily cut-off?",
        "Both decide the deadline of an order.", PARTNER_SUPPORT,
    ),
    Question(
        "marketplace-stock", JOHN_LEWIS,
        "How large may a stock file be, how long may it take, and how often may offers be read?",
        "Stock that is told too late is sold twice.", MIRAKL_SUPPORT,
        settings=("stock_import_minutes", "stock_file_lines", "offers_hours"),
    ),
    Question(
        "marketplace-cancelled-lines", JOHN_LEWIS, "Does an order line shrink after a partial cancellation?",
        "Otherwise the cancelled part could be sent.", MIRAKL_SUPPORT, settings=("quantity_is_net",),
    ),
    Question(
        "marketplace-returns", JOHN_LEWIS, "Do returns run through the platform?",
        "If not, they come to the warehouse without notice.", PARTNER_SUPPORT,
        told=_yes_no("returns", "returns run through the platform", "returns do not run through the platform"),
    ),
    Question(
        "marketplace-refunds", JOHN_LEWIS, "Who refunds the customer, and when?",
        "Two refunds for one return cost money.", PARTNER_SUPPORT,
    ),
    Question(
        "marketplace-reasons", JOHN_LEWIS, "Which reason codes may we use?",
        "A cancellation without a code that they know is refused.", MIRAKL_SUPPORT, told=_reasons,
    ),
    Question(
        "marketplace-payout", JOHN_LEWIS, "By which route and in which cycle are we paid?",
        "Payouts are compared with dispatches.", PARTNER_SUPPORT,
    ),
    Question(
        "marketplace-penalties", JOHN_LEWIS, "Which fees follow from late, cancelled or untracked orders?",
        "They say which exception costs most.", PARTNER_SUPPORT,
    ),
    Question(
        "marketplace-kpis", JOHN_LEWIS, "Which shares of late and cancelled orders does John Lewis accept?",
        "A shop above them may be closed.", PARTNER_SUPPORT,
    ),
    Question(
        "marketplace-despatch-note", JOHN_LEWIS, "Which paper goes into the parcel, and as which type is it uploaded?",
        "Packing standards are part of the contract.", PARTNER_SUPPORT,
    ),
    Question(
        "marketplace-gift", JOHN_LEWIS, "In which field does a gift message come?",
        "Otherwise it is not printed.", MIRAKL_SUPPORT, settings=("gift_message_field",),
    ),
    Question(
        "marketplace-test-orders", JOHN_LEWIS, "Which test orders are required before the start?",
        "The shop goes live only after them.", PARTNER_SUPPORT,
    ),
    Question(
        "warehouse-addresses", SEKO, "Which addresses and which versions of the services are ours?",
        "Three generations are in use under one name.", INTEGRATION,
        settings=("warehouse_versions", "warehouse_wrapped"),
    ),
    Question(
        "warehouse-auth", SEKO, "How does the key travel: as which parameter, or in a header?",
        "With another name every call is refused.", INTEGRATION,
        settings=("warehouse_key_parameter", "warehouse_status_key_parameter"),
    ),
    Question(
        "warehouse-push", SEKO, "Does news come by push or by file, from which addresses, and which reply is expected?",
        "A reply that SEKO does not expect makes it send again, or stop.", INTEGRATION,
    ),
    Question(
        "warehouse-push-fields", SEKO, "What are the names in the dispatch message: lines, courier, tracking?",
        "A field under another name is not read.", INTEGRATION, settings=("push_aliases",),
    ),
    Question(
        "warehouse-push-late", SEKO, "For how long is a push tried again, and can a missed one be sent anew?",
        "It decides when a missing message is reported.", INTEGRATION, settings=("push_gap_minutes",),
    ),
    Question(
        "warehouse-status", SEKO, "Can the state of an order be read, under which address, and how soon after loading?",
        "An order of unknown outcome is only safe when it can be read back.", INTEGRATION,
        settings=("visibility_minutes",),
    ),
    Question(
        "warehouse-errors", SEKO, "Is there a list of error texts, also for an order that exists already?",
        "The text alone tells what went wrong.", INTEGRATION,
    ),
    Question(
        "warehouse-county", SEKO, "Is the county required for Great Britain, and does an empty one pass?",
        "John Lewis's addresses often have none.", INTEGRATION, settings=("county_filler",),
    ),
    Question(
        "warehouse-contact", SEKO, "Are telephone and e-mail of the customer required?",
        "An order without them may be refused, or fail at the label.", INTEGRATION,
        settings=("phone_required", "email_required"),
    ),
    Question(
        "warehouse-too-long", SEKO, "Is a text that is too long refused or cut?",
        "A cut address does not arrive.", INTEGRATION,
    ),
    Question(
        "warehouse-back-orders", SEKO, "Is back-order mode on, and for how many hours is an order held?",
        "It decides whether the rest of a short order comes by itself.", CLIENT_SERVICES, settings=("back_orders",),
    ),
    Question(
        "warehouse-short-picks", SEKO, "What happens when too little is found? Can one order have several dispatches?",
        "A second dispatch must be confirmed too.", CLIENT_SERVICES, settings=("parcels_apart_hours",),
    ),
    Question(
        "warehouse-dispatch-time", SEKO, "How long after loading does an order leave at the latest?",
        "It decides when silence is reported.", CLIENT_SERVICES, settings=("no_dispatch_hours",),
    ),
    Question(
        "warehouse-cancel", SEKO, "Until when can an order be cancelled, also in wave picking or on back order?",
        "After that a cancelled order leaves all the same.", CLIENT_SERVICES,
    ),
    Question(
        "warehouse-reuse", SEKO, "May an order number be used again after a cancellation?",
        "If not, a second try needs another number.", INTEGRATION,
    ),
    Question(
        "warehouse-couriers", SEKO, "Which names of couriers and services do we send?",
        "An unknown name makes the order fail.", CLIENT_SERVICES, settings=("courier_name", "courier_service"),
    ),
    Question(
        "warehouse-documents", SEKO, "Which layout of documents and which type of order do we name with each order?",
        "They decide which paper goes into the parcel.", CLIENT_SERVICES,
        settings=("document_identifier", "order_type"),
    ),
    Question(
        "warehouse-notes", SEKO, "Are the customer's notes on delivery passed on to the courier?",
        "If not, they only make labels fail.", CLIENT_SERVICES, settings=("send_delivery_notes",),
    ),
    Question(
        "warehouse-centre", SEKO, "Which distribution centre code is ours?",
        "Without it an account with several centres is ambiguous.", CLIENT_SERVICES, settings=("dc_code",),
    ),
    Question(
        "warehouse-locations", SEKO, "Which kinds of location hold stock that may be sold?",
        "Stock in quarantine must not be sold.", CLIENT_SERVICES, settings=("sellable_locations",),
    ),
    Question(
        "warehouse-codes", SEKO, "What are the lists of currencies, adjustment reasons and return reasons?",
        "Unknown codes cannot be explained to a person.", CLIENT_SERVICES,
    ),
    Question(
        "warehouse-clock", SEKO, "How exact is the clock in SEKO's messages?",
        "Stock is put together by time.", INTEGRATION, settings=("clock_margin_minutes",),
    ),
    Question(
        "warehouse-limits", SEKO, "What are the limits of calls and time-outs, and when is maintenance?",
        "Too many calls are refused, and everything waits.", INTEGRATION, ceilings=True,
    ),
    Question(
        "warehouse-labels", SEKO, "Are we told when a label cannot be made?",
        "Otherwise such an order is silent.", CLIENT_SERVICES,
    ),
)  # fmt: skip
BY_SLUG: dict[str, Question] = {question.slug: question for question in QUESTIONS}
BY_SETTING: dict[str, Question] = {name: question for question in QUESTIONS for name in question.settings}
