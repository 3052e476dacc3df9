"""The reasons of the simulated marketplace (RE01, John Lewis contract 2.8 and 5.1).

The operator's codes are not public: those of orders are samples. Those of returns are the platform's own.
"""

from __future__ import annotations

from typing import Any

from .refusal import Refusal

RETURN_REASONS = ("RETURN_BROKEN_ITEM", "RETURN_CHANGED_MIND", "RETURN_DAMAGED_PACKAGING", "RETURN_DEFECTIVE_ITEM",
                  "RETURN_DELIVERED_PRODUCT_DIFFERENT", "RETURN_MISSING_ITEM", "RETURN_OTHER")  # fmt: skip
REJECTIONS = ("RETURN_REJECTION_NOT_ELIGIBLE", "RETURN_REJECTION_NOT_NEEDED", "RETURN_REJECTION_WINDOW_CLOSED")
NON_COMPLIANCE = ("RETURN_NON_COMPLIANT_MISSING_ITEM", "RETURN_NON_COMPLIANT_WRONG_PRODUCT",
                  "RETURN_NON_COMPLIANT_DAMAGED_PRODUCT", "RETURN_NON_COMPLIANT_WINDOW_CLOSED",
                  "RETURN_NON_COMPLIANT_OTHER")  # fmt: skip


def _reason(kind: str, code: str, label: str, *, shop: bool = True) -> dict[str, Any]:
    return {"code": code, "label": label, "type": kind, "is_shop_right": shop}


def _spelled(kind: str, codes: tuple[str, ...], *, shop: bool) -> list[dict[str, Any]]:
    return [_reason(kind, code, code.replace("_", " ").capitalize(), shop=shop) for code in codes]


REASONS: tuple[dict[str, Any], ...] = (
    _reason("CANCELATION", "CANCEL_CUSTOMER", "Customer changed their mind"),
    _reason("CANCELATION", "CANCEL_NO_STOCK", "Item out of stock"),
    _reason("CANCELATION", "CANCEL_FRAUD", "Suspected fraud", shop=False),
    _reason("REFUND", "REFUND_DAMAGED", "Item arrived damaged"),
    _reason("REFUND", "REFUND_NOT_RECEIVED", "Item not received"),
    _reason("REFUND", "REFUND_RETURNED", "Item came back"),
    _reason("INCIDENT_OPEN", "INCIDENT_NOT_RECEIVED", "Item not received", shop=False),
    _reason("INCIDENT_OPEN", "INCIDENT_DAMAGED", "Item arrived damaged", shop=False),
    _reason("INCIDENT_CLOSE", "INCIDENT_SOLVED", "Solved with the customer"),
    _reason("INCIDENT_CLOSE", "INCIDENT_SENT_AGAIN", "Item sent again"),
    _reason("ORDER_MESSAGING", "MESSAGE_DELIVERY", "Where is my order?"),
    _reason("OFFER_MESSAGING", "MESSAGE_PRODUCT", "Question about a product", shop=False),
    _reason("MMP_SELLER_MESSAGING", "MESSAGE_OPERATOR", "Question to the operator"),
    *_spelled("RETURN", RETURN_REASONS, shop=False),
    *_spelled("RETURN_REJECTION", REJECTIONS, shop=True),
    *_spelled("RETURN_NON_COMPLIANT", NON_COMPLIANCE, shop=True),
)
SHOP_CODES = frozenset((reason["type"], reason["code"]) for reason in REASONS if reason["is_shop_right"])


def shop_reason(kind: str, code: object) -> str:
    """A reason that the shop gives. Raises Refusal 400 for one that is not the shop's to give."""
    if (kind, code) not in SHOP_CODES:
        raise Refusal(400, f"The reason code '{code}' is not valid", "VALIDATION_ERROR")
    return str(code)
