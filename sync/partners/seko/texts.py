"""SEKO's failure texts and what they mean (SEKO contract 3).

There are no error codes: the cause stands only in the words, and only the first cause that the hub finds. A text that
matches nothing stays unclassified with SEKO's own words; nothing is guessed.
"""

import re
from dataclasses import dataclass

from sync.failures import Code, Failure

ORDER = "websubmit"
CANCEL = "cancel"
STOCK = "stock"
PRODUCT = "product"

NOTHING_FOUND = re.compile(r"no results found", re.IGNORECASE)
NOT_KNOWN = re.compile(r"does not exist|not found|no results found|unknown guid", re.IGNORECASE)

_LONGEST_TEXT = 500
# "Error Submitting SalesOrder: JL-1 - Error. Product X has no free stock." -> the part that tells the cause
_PREFIX = re.compile(r"^\s*(Error Submitting [^:]{1,60}:.*? - )?Error\.\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Meaning:
    pattern: re.Pattern[str]
    code: Code
    field: str = ""


def _means(pattern: str, code: Code, field: str = "") -> _Meaning:
    return _Meaning(re.compile(pattern, re.IGNORECASE | re.DOTALL), code, field)


# Why a cancel was refused, for whoever has to ask SEKO (SEKO contract 4.4): none of them ends in a cancelled order.
_CANCEL_CAUSES = (
    (re.compile(r"does not exist", re.IGNORECASE), "not_known"),
    (re.compile(r"pick wave", re.IGNORECASE), "picking"),
    (re.compile(r"cannot be cancelled", re.IGNORECASE), "too_late"),
)
# The product that a refused product load is about stands before the cause, which does not name it again.
_LOADED_PRODUCT = re.compile(
    r"^\s*Error Submitting [^:]{1,60}:\s*(?P<product>.+?) - Error\.", re.IGNORECASE | re.DOTALL
)
_PRODUCT_CAUSES = (
    _means(r"product code already exists", Code.WAREHOUSE_SETUP, "product_code"),
    _means(r"^product does not exist", Code.UNKNOWN_SKU),
)
# Our own fault, which nobody at a desk can mend: it stays among the unclassified, marked.
_MALFORMED = _means(r"cannot process json", Code.UNCLASSIFIED)
_MAPPINGS = (
    _means(r"invalid mapping - dc\b", Code.WAREHOUSE_SETUP, "dc_code"),
    _means(r"invalid mapping - courier", Code.WAREHOUSE_SETUP, "courier"),
    _means(r"invalid mapping", Code.WAREHOUSE_SETUP),
    _means(r"invalid currency( code)?\s*(?P<value>\S*?)\.?$", Code.WAREHOUSE_SETUP, "currency"),
)
_CAUSES = (
    _means(r"product\s+(?P<product>.+?)\s+has no free stock", Code.NO_FREE_STOCK),
    _means(r"has no free stock", Code.NO_FREE_STOCK),
    _means(r"product code already exists", Code.UNCLASSIFIED),  # of a product load; says nothing about an order
    _means(r"invoice number already exists", Code.DUPLICATE_ORDER, "invoice_number"),
    _means(r"already exists", Code.DUPLICATE_ORDER),
    _means(r"duplicate product code\s+(?P<product>.+?)\.?$", Code.LINE_INVALID),
    _means(r"duplicate product code", Code.LINE_INVALID),
    _means(r"product\s+(?P<product>.+?)\s+does not exist", Code.UNKNOWN_SKU),
    *_MAPPINGS,
    _means(r"invalid country( code)?\s*(?P<value>\S*?)\.?$", Code.ADDRESS_INVALID, "delivery.country_code"),
    _means(r"billing address", Code.ADDRESS_INVALID),
    _means(r"sales\s?order\s?date", Code.WAREHOUSE_SETUP, "order_date"),
)

_DEMAND = re.compile(
    r"required|mandatory|missing|must (not )?be|length|too long|exceed|maximum|invalid|blank|empty", re.IGNORECASE
)
_PLACES = tuple(
    (re.compile(rf"\b{spelling}\b", re.IGNORECASE), code, field)
    for spelling, code, field in (
        (r"line\s?1|address\s?line\s?1", Code.ADDRESS_INVALID, "delivery.line1"),
        (r"line\s?2|address\s?line\s?2", Code.ADDRESS_INVALID, "delivery.line2"),
        (r"line\s?3|address\s?line\s?3", Code.ADDRESS_INVALID, "delivery.line3"),
        (r"city", Code.ADDRESS_INVALID, "delivery.city"),
        (r"county", Code.ADDRESS_INVALID, "delivery.county"),
        (r"post\s?code(zip)?", Code.ADDRESS_INVALID, "delivery.postcode"),
        (r"country(\s?code)?", Code.ADDRESS_INVALID, "delivery.country_code"),
        (r"phone(\s?number)?", Code.ADDRESS_INVALID, "delivery.phone"),
        (r"e-?mail(\s?address)?", Code.ADDRESS_INVALID, "delivery.email"),
        (r"first\s?name", Code.ADDRESS_INVALID, "delivery.first_name"),
        (r"last\s?name", Code.ADDRESS_INVALID, "delivery.last_name"),
        (r"product\s?code|quantity|line\s?number|unit\s?price", Code.LINE_INVALID, ""),
        (r"courier\s?(name|service)?", Code.WAREHOUSE_SETUP, "courier"),
        (r"dc\s?code", Code.WAREHOUSE_SETUP, "dc_code"),
        (r"currency(\s?code)?", Code.WAREHOUSE_SETUP, "currency"),
    )
)


def classify(text: str, operation: str) -> Failure:
    """Sort SEKO's words into our vocabulary.

    Args:
        text: the message as SEKO sent it; it becomes the text of the failure.
        operation: ``websubmit``, ``cancel``, ``product`` or ``stock``. A refused cancel is a refused cancel whatever
            the words say, unless they are about our message or SEKO's set-up.

    Returns:
        ``facts["product"]`` holds the product code where the text names one; ``facts["cause"]`` is ``malformed`` where
            SEKO could not read our message, and of a cancel ``not_known``, ``picking`` or ``too_late``.
    """
    words = text.strip()[:_LONGEST_TEXT]
    reason = _PREFIX.sub("", words, count=1) or words
    shown = words or "SEKO refused the call and gave no reason."
    if _MALFORMED.pattern.search(reason):
        return Failure(_MALFORMED.code, shown, facts={"cause": "malformed"})
    if operation == CANCEL:
        return _refused_cancel(reason, shown)
    known = next((each for each in _PRODUCT_CAUSES if each.pattern.search(reason)), None)
    if operation == PRODUCT and known:
        return _refused_product(known, words, shown)
    for meaning in _CAUSES:
        match = meaning.pattern.search(reason)
        if match:
            found = match.groupdict()
            product = (found.get("product") or "").strip()
            value = product or (found.get("value") or "").strip()
            facts = {"product": product} if product else {}
            return Failure(meaning.code, shown, field=meaning.field, value=value, facts=facts)
    code, field = _place(reason)
    return Failure(code, shown, field=field)


def _refused_cancel(reason: str, shown: str) -> Failure:
    known = next((each for each in _MAPPINGS if each.pattern.search(reason)), None)
    if known:
        return Failure(known.code, shown, field=known.field)
    cause = next((name for pattern, name in _CANCEL_CAUSES if pattern.search(reason)), "")
    return Failure(Code.CANCEL_REFUSED, shown, facts={"cause": cause} if cause else {})


def _refused_product(known: _Meaning, words: str, shown: str) -> Failure:
    named = _LOADED_PRODUCT.search(words)
    product = named["product"].strip() if named else ""
    facts = {"product": product} if product else {}
    return Failure(known.code, shown, field=known.field, value=product, facts=facts)


def _place(reason: str) -> tuple[Code, str]:
    """The field that a demand such as ``City is required.`` is about."""
    if _DEMAND.search(reason):
        for spelling, code, field in _PLACES:
            if spelling.search(reason):
                return code, field
    return Code.UNCLASSIFIED, ""
