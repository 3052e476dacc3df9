"""Why the marketplace said no.

The operation and the HTTP code decide; the wording, which the vendor does not promise, only refines
(John Lewis contract 1.4).
"""

import json
import re
from collections.abc import Callable
from typing import Any

from sync.failures import Code, Failure
from sync.partners.answers import Reply
from sync.partners.strict_json import read_json

MULTI_SHIPMENT_OFF = "multi_shipment_off"

_TRACKING_MISSING = re.compile(
    r"tracking.{0,80}(mandatory|required|missing|must (not )?be)|(mandatory|required|missing).{0,40}tracking",
    re.IGNORECASE | re.DOTALL,
)
_CARRIER = re.compile(r"carrier", re.IGNORECASE)
_SHIPMENTS = frozenset({"ST01", "ST06", "ST11", "ST12", "ST23", "ST24"})
_CONFIRMING = frozenset({"OR23", "OR24", "ST01", "ST06", "ST23", "ST24"})
_NAMES_CARRIER = frozenset({"OR23", "ST01", "ST23"})
_LONGEST_TEXT = 500


def refusal(operation: str, reply: Reply, sent: bytes | None, redact: Callable[[str], str]) -> Failure:
    """Classify a 4xx answer.

    A 404 of the shipment calls means that the platform has no shipments (John Lewis contract 2.6): ``rule`` says so.

    Args:
        operation: the contract's name of the call.
        reply: the answer.
        sent: the body of the request, for the value that was refused.
        redact: hides the key, should the partner echo it.
    """
    said = redact(_message(reply))
    text = said or f"John Lewis refused the call (HTTP {reply.status}) and gave no reason."
    facts = {"operation": operation, "http_status": str(reply.status)}
    if operation in _SHIPMENTS and reply.status == 404:
        return Failure(code=Code.CONFIRMATION_REJECTED, text=text, rule=MULTI_SHIPMENT_OFF, facts=facts)
    if reply.status not in (400, 422):
        return Failure(code=Code.UNCLASSIFIED, text=text, facts=facts)
    return _classified(operation, said, text, sent, facts)


def refusal_inside(operation: str, said: str, reply: Reply, sent: bytes | None) -> Failure:
    """Classify the "no" that stands inside a 2xx answer to a write about one thing (John Lewis contract 2.6).

    Args:
        said: the partner's words, without the key.
    """
    text = said[:_LONGEST_TEXT] or "John Lewis refused this and gave no reason."
    return _classified(operation, said, text, sent, {"operation": operation, "http_status": str(reply.status)})


def _classified(operation: str, said: str, text: str, sent: bytes | None, facts: dict[str, str]) -> Failure:
    code, field = _classify(operation, said)
    return Failure(code=code, text=text, field=field, value=_value(field, sent), facts=facts)


def _classify(operation: str, said: str) -> tuple[Code, str]:
    if operation not in _CONFIRMING:
        return Code.UNCLASSIFIED, ""
    if _TRACKING_MISSING.search(said):
        return Code.TRACKING_MISSING, "tracking_number"
    if operation in _NAMES_CARRIER and _CARRIER.search(said):
        return Code.CARRIER_REJECTED, "carrier"
    return Code.CONFIRMATION_REJECTED, ""


def _message(reply: Reply) -> str:
    """The partner's words: ``message`` and those of ``errors``, else the raw text (John Lewis contract 1.4)."""
    try:
        body = read_json(reply.content)
    except ValueError:
        raw = reply.content.decode("utf-8", "replace").strip()
        return "" if reply.is_markup else raw[:_LONGEST_TEXT]
    if not isinstance(body, dict):
        return ""
    errors = body.get("errors")
    listed = [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    words = [body.get("message"), *(entry.get("message") for entry in listed)]
    return "; ".join(dict.fromkeys(word.strip() for word in words if isinstance(word, str) and word.strip()))[
        :_LONGEST_TEXT
    ]


def _value(field: str, sent: bytes | None) -> str:
    """What was sent in the refused field, by an order's tracking or by that of the one shipment."""
    if not field or not sent:
        return ""
    body: Any = json.loads(sent)
    shipments = body.get("shipments")
    tracking = shipments[0].get("tracking", {}) if shipments else body
    return str(tracking.get("carrier_code" if field == "carrier" else field) or "")
