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

_TRACKING_MISSING = re.compile(
    r"tracking.{0,80}(mandatory|required|missing|must (not )?be)|(mandatory|required|missing).{0,40}tracking",
    re.IGNORECASE | re.DOTALL,
)
_CARRIER = re.compile(r"carrier", re.IGNORECASE)
_LONGEST_TEXT = 500


def refusal(operation: str, reply: Reply, sent: bytes | None, redact: Callable[[str], str]) -> Failure:
    """Classify a 4xx answer.

    Args:
        operation: ``OR21``, ``OR23``, ``OR24`` or a read.
        reply: the answer.
        sent: the body of the request, for the value that was refused.
        redact: hides the key, should the partner echo it.
    """
    said = redact(_message(reply))
    text = said or f"John Lewis refused the call (HTTP {reply.status}) and gave no reason."
    facts = {"operation": operation, "http_status": str(reply.status)}
    code, field = _classify(operation, reply.status, said)
    return Failure(code=code, text=text, field=field, value=_value(field, sent), facts=facts)


def _classify(operation: str, status: int, said: str) -> tuple[Code, str]:
    if operation not in ("OR23", "OR24") or status not in (400, 422):
        return Code.UNCLASSIFIED, ""
    if _TRACKING_MISSING.search(said):
        return Code.TRACKING_MISSING, "tracking_number"
    if operation == "OR23" and _CARRIER.search(said):
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
    if not field or not sent:
        return ""
    body: Any = json.loads(sent)
    return str(body.get("carrier_code" if field == "carrier" else field) or "")
