"""The words of the trade that the pages use, each in plain English, and the page that lists them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.views.generic import TemplateView

from jlseko.ui.access import RoleRequired


@dataclass(frozen=True, slots=True)
class Term:
    """One word and what it means, in a sentence or two that a warehouse clerk understands."""

    word: str
    meaning: str
    group: str

    @property
    def slug(self) -> str:
        """Its anchor on the glossary page."""
        return slugify(self.word)


ORDERS, STOCK, DESK, LOOP = "Orders and parcels", "Stock", "Working on the desk", "The link between both sides"

TERMS: Final = (
    Term("accept", "To tell John Lewis that we take the order on. Nothing is sent before.", ORDERS),
    Term("alias", "A note that a SKU on John Lewis means a product with another code at SEKO.", ORDERS),
    Term("approved list", "The carrier codes that John Lewis takes. A code that is not on it is refused.", ORDERS),
    Term("carrier code", "John Lewis's own short name for a carrier, such as DPD_UK. A dispatch can only be confirmed"
         " with one.", ORDERS),
    Term("carrier mapping", "The table that says which John Lewis carrier code stands for each courier and service that"
         " SEKO uses.", ORDERS),
    Term("confirmation", "Telling John Lewis that the parcel has left, with carrier and tracking number. The order"
         " counts as late until John Lewis has it.", ORDERS),
    Term("dispatch", "A parcel that has left SEKO for the customer. One order may have several.", ORDERS),
    Term("fulfilment", "Everything SEKO does for an order: pick, pack, and hand over to a courier.", ORDERS),
    Term("SKU", "Stock keeping unit: the code of one product in one size and colour.", ORDERS),
    Term("SEKO GUID", "A long code by which SEKO's computers know one order. Quote the order number to people, the GUID"
         " only when they ask for it.", ORDERS),
    Term("tracking number", "The number on the label by which courier and customer follow a parcel.", ORDERS),
    Term("buffer", "Pieces that we keep back: John Lewis is told so many fewer than SEKO has, so that we do not sell"
         " what we cannot send.", STOCK),
    Term("difference", "John Lewis shows another stock level than it should. The desk looks for the reason.", STOCK),
    Term("in flight", "Sold, but not yet taken off in SEKO's figure. These pieces are subtracted, so that nobody buys"
         " them a second time.", STOCK),
    Term("listing", "One of our offers on John Lewis: a SKU with its price and stock level.", STOCK),
    Term("oversell", "Selling more than SEKO has. The order has to be cancelled, which John Lewis counts against us.",
         STOCK),
    Term("stock file", "A list of levels that we send to John Lewis in one go.", STOCK),
    Term("stock level", "How many pieces of a SKU the customer can buy.", STOCK),
    Term("call sheet", "A text ready to copy for a call or a message: both order numbers, what happened when, and the"
         " question.", DESK),
    Term("cause", "What several exceptions have in common, such as one courier without a carrier code. Fix it once, and"
         " every order that it holds can go.", DESK),
    Term("correction", "Your value, laid over what came from John Lewis. The original is kept, and a correction can be"
         " taken back.", DESK),
    Term("deadline", "By when John Lewis wants it done. Where John Lewis sets none, we set our own target.", DESK),
    Term("dismiss", "To close an exception by hand, with a reason. One that still holds an order cannot be dismissed.",
         DESK),
    Term("exception", "An order, a parcel or a stock level that cannot go on by itself and needs a person.", DESK),
    Term("money held", "What the customer pays for the orders that are stuck.", DESK),
    Term("proof pack", "A PDF and a table with times, numbers and answers, for a dispute.", DESK),
    Term("queue", "The work of one team, such as Product data. An exception stands in it until somebody takes it.",
         DESK),
    Term("read back", "To look at the other side again after sending. An exception closes only when John Lewis or SEKO"
         " shows that it worked.", DESK),
    Term("rehearse", "To try a fix with the same checks as the real thing. Nothing is sent or saved.", DESK),
    Term("run", "Many orders sent back one after the other. You can watch it, pause it and stop it.", DESK),
    Term("runbook", "What to do about one kind of exception, step by step, whom to call, and how you know that it is"
         " fixed.", DESK),
    Term("send back", "To let an order go on from where it stopped, once it is fixed. The button says Resubmit in"
         " lists.", DESK),
    Term("severity", "How bad it is now: by the kind of exception, the time left and the money held.", DESK),
    Term("snooze", "To put an exception aside until a time that you choose. It comes back by itself.", DESK),
    Term("stalled", "It cannot go on by itself: an exception is open for it, and a person has to act.", DESK),
    Term("take", "To put your name on an exception, so that nobody else works on it at the same time.", DESK),
    Term("verified", "Read back at the other side and found right. Only then is an exception closed as fixed.", DESK),
    Term("accepted", "The other side has taken what we sent. Whether it worked is known when it has been read back.",
         LOOP),
    Term("attempt", "One time that we asked John Lewis or SEKO for something, with what was sent and what came back.",
         LOOP),
    Term("flow", "One job that runs again and again by itself, such as fetching new orders.", LOOP),
    Term("outage", "John Lewis or SEKO does not answer. What needs it waits and goes on by itself afterwards.", LOOP),
    Term("payload", "What was sent or received, exactly as the computers wrote it.", LOOP),
    Term("provisional", "A setting that John Lewis or SEKO has not confirmed to us yet. It may have to change.", LOOP),
    Term("unknown outcome", "We asked for something and the line broke before the answer. The desk looks at the other"
         " side before it asks again.", LOOP),
)  # fmt: skip

_KNOWN: Final = {term.word.casefold(): term for term in TERMS}


def meaning_of(word: str) -> Term:
    """The term for a word, in any case.

    Raises:
        KeyError: the glossary does not explain it.
    """
    return _KNOWN[word.casefold()]


def plain(shown: str) -> SafeString:
    """A word that was explained already."""
    return format_html("{}", shown)


def explained(term: Term, shown: str) -> SafeString:
    """A word that opens its meaning when pressed. Browsers do that without scripts; the meaning is its title too."""
    return format_html(
        '<span class="term"><button type="button" class="term-word" popovertarget="term-{0}" title="{1}">{2}</button>'
        '<span popover class="term-text" id="term-{0}"><strong>{3}</strong> <span>{1}</span>'
        ' <a href="{4}#{0}">All words</a></span></span>',
        term.slug, term.meaning, shown, term.word, reverse("glossary"),
    )  # fmt: skip


class GlossaryView(RoleRequired, TemplateView):
    """Every term by group, for everybody who is signed in."""

    template_name = "ui/glossary.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Groups in the order of a day's work, words by the alphabet."""
        by_word = sorted(TERMS, key=lambda term: term.word.casefold())
        groups = [(name, [term for term in by_word if term.group == name]) for name in (DESK, ORDERS, STOCK, LOOP)]
        return super().get_context_data(
            title="Glossary", subtitle="What the words on these pages mean.", groups=groups, **kwargs
        )
