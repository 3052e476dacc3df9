"""The warehouse's addresses: operations, their paths, and what a request is about (SEKO contract 1.1, 4.1 and 7)."""

from __future__ import annotations

import json
import re
from typing import NamedTuple
from urllib.parse import unquote

from ..gate import Question

BASES = r"(?:/hub)?/api"
SPAN = r"(?P<begin>[^/]+)/(?P<end>[^/]+)\.json"


class Operation(NamedTuple):
    """One service: the name that faults and the ledger know it by, its method and its path."""

    name: str
    method: str
    path: re.Pattern[str]


def _operation(name: str, method: str, path: str) -> Operation:
    return Operation(name, method, re.compile(f"{BASES}/{path}"))


OPERATIONS = (
    _operation("websubmit", "POST", r"salesorders/v4/websubmit"),
    _operation("cancel", "POST", r"salesorders/v3/(?P<key>.+)/cancel"),
    _operation("stock", "GET", r"stock/v3/quantity"),
    _operation("product", "POST", r"products/v4/submit"),
    _operation("product_update", "POST", r"products/v4/update"),
    _operation("receipt", "POST", r"receipts/v3/submit"),
    _operation("status", "GET", r"salesorders/v1/(?P<key>.+)/status\.json"),
    _operation("tracking", "GET", r"salesorders/v1/(?P<key>.+)/tracking\.json"),
    _operation("release", "POST", r"salesorders/v1/(?P<key>.+)/releasefromhold\.json"),
    _operation("cancel_held", "POST", r"salesorders/v1/(?P<key>.+)/cancelfromhold\.json"),
    _operation("cancel_v1", "POST", r"salesorders/v1/(?P<key>.+)/cancel/reasoncode/(?P<reason>[^/]+)\.json"),
    _operation("dispatches", "GET", rf"dispatches/v1/status/{SPAN}"),
    _operation("adjustments", "GET", rf"stock/v1/adjustment/{SPAN}"),
    _operation("movements", "GET", rf"stock/v1/movement/{SPAN}"),
    _operation("stock_v1", "GET", r"stock/v1/all\.json"),
    _operation("stock_v1", "GET", r"stock/v1/dc/(?P<dc>[^/]+)\.json"),
    _operation("stock_v1", "GET", r"stock/v1/dc/(?P<dc>[^/]+)/product/(?P<key>.+)\.xml"),
    _operation("grn", "GET", r"grns/v1/(?P<key>.+)\.json"),
    _operation("echo", "GET", r"echo/v1/(?P<key>.+)\.json"),
)
LOADS = {
    "websubmit": ("WebSalesOrder", "SalesOrderNumber"),
    "product": ("ProductMaster", "ProductCode"),
    "product_update": ("ProductMaster", "ProductCode"),
    "receipt": ("Receipt", "ASNNumber"),
}


def find_operation(path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation behind a path, with the parts of the path by name; nothing for a path that is none."""
    for operation in OPERATIONS:
        match = operation.path.fullmatch(path) or operation.path.fullmatch(unquote(path))
        if match:
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def identify(question: Question) -> tuple[str, str]:
    """Operation and natural key of a request.

    The key is the order number, product code or delivery number of what is loaded, the GUID of what is read back, the
    product codes that stock is asked for, or the period of a list.
    """
    found = find_operation(question.path)
    if found is None:
        return "", ""
    operation, parts = found
    if operation.name in LOADS:
        return operation.name, _loaded(question.body, *LOADS[operation.name])
    if "begin" in parts:
        return operation.name, f"{parts['begin']}/{parts['end']}"
    return operation.name, parts.get("key", question.query.get("productCodes", ""))


def _loaded(body: bytes, section: str, field: str) -> str:
    try:
        return str(json.loads(body)[section][field])
    except (ValueError, KeyError, TypeError, RecursionError):
        tag = field.encode()
        found = re.search(rb"<" + tag + rb">\s*([^<]{1,100}?)\s*</" + tag + rb">", body)
        return found.group(1).decode("utf-8", "replace") if found else ""
