"""Two partners written from the contracts alone with the standard library: they share nothing with the sandbox."""

import json
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KEY = "a-strangers-key-0000"


def _order(order_id: str, sku: str, when: str) -> dict[str, Any]:
    """One order with the fields that the platform's description requires."""
    address = {
        "firstname": "Ada", "lastname": "Example", "company": None, "company_2": None, "civility": None,
        "street_1": "1 Sample Street", "street_2": None, "city": "Leeds", "state": None, "zip_code": "LS1 1AA",
        "country": "United Kingdom", "country_iso_code": "GBR", "phone": "07000000000", "phone_secondary": None,
    }  # fmt: skip
    line = {
        "order_line_id": f"{order_id}-1", "order_line_index": 1, "order_line_state": "SHIPPING", "offer_id": 1,
        "offer_sku": sku, "offer_state_code": "11", "product_sku": "P1", "product_title": "Tan bag", "quantity": 1,
        "price": 89.0, "price_unit": 89.0, "shipping_price": 0, "total_price": 89.0, "taxes": [], "shipping_taxes": [],
        "commission_fee": 1.0, "total_commission": 1.0, "category_code": "B", "category_label": "Bags",
        "created_date": when, "last_updated_date": when, "can_refund": True, "cancelations": [], "refunds": [],
        "product_medias": [], "order_line_additional_fields": [],
    }  # fmt: skip
    return {
        "order_id": order_id, "commercial_id": order_id[:-2], "order_state": "SHIPPING", "created_date": when,
        "last_updated_date": when, "shipping_deadline": "2030-01-01T23:59:59.999Z", "leadtime_to_ship": 2,
        "can_cancel": False, "can_shop_ship": True, "fully_refunded": False, "has_incident": False,
        "has_customer_message": False, "has_invoice": False, "currency_iso_code": "GBP", "price": 89.0,
        "shipping_price": 0, "total_price": 89.0, "total_commission": 1.0, "order_tax_mode": "TAX_INCLUDED",
        "paymentType": "CARD", "shipping_type_code": "STD", "shipping_type_label": "Standard",
        "shipping_zone_code": "GB", "shipping_zone_label": "United Kingdom", "shipping_carrier_code": None,
        "shipping_tracking": None, "fulfillment": {"center": {"code": "DEFAULT"}},
        "customer": {
            "customer_id": "C1", "firstname": "Ada", "lastname": "Example", "billing_address": address,
            "shipping_address": address,
        },
        "order_lines": [line],
    }  # fmt: skip


@dataclass
class Stranger:
    """A server on a free loopback port."""

    answers: Callable[["Stranger", str, str, dict[str, list[str]], dict[str, str], bytes], tuple[int, Any]]
    world: dict[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                stranger.calls.append(f"{self.command} {unquote(parts.path)}")
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answer = stranger.answers(
                    stranger, self.command, unquote(parts.path), parse_qs(parts.query), headers, body
                )
                data = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = _answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End the server."""
        self.server.shutdown()
        self.server.server_close()


def marketplace(self: Stranger, method: str, path: str, query: Any, headers: Any, body: bytes) -> tuple[int, Any]:
    """John Lewis contract sections 1 and 2, as little of it as the loop needs."""
    if headers.get("authorization") != KEY:
        return 401, {"message": "Unauthorized", "status": 401}
    orders: dict[str, dict[str, Any]] = self.world["orders"]
    if path == "/api/orders":
        wanted = query["order_ids"][0].split(",") if "order_ids" in query else list(orders)
        found = [orders[order_id] for order_id in wanted if order_id in orders]
        return 200, {"orders": found, "total_count": len(found)}
    if path == "/api/shipping/carriers":
        return 200, {"carriers": [{"code": "DPD", "label": "DPD", "standard_code": None, "tracking_url": None}]}
    if path.startswith("/api/orders/"):
        order = orders[path.split("/")[3]]
        if path.endswith("/tracking"):
            sent = json.loads(body)
            order["shipping_carrier_code"], order["shipping_tracking"] = sent["carrier_code"], sent["tracking_number"]
        elif path.endswith("/ship"):
            order["order_state"] = "SHIPPED"
        return 204, None
    return 200, {}


def warehouse(self: Stranger, method: str, path: str, query: Any, headers: Any, body: bytes) -> tuple[int, Any]:
    """SEKO contract sections 2, 4 and 5, as little of it as the loop needs."""
    fine = {"Success": True, "Code": 0, "Message": ""}
    if KEY not in query.get("api_key", []) + query.get("token", []):
        return 401, {"Message": "Authorization has been denied for this request."}
    loaded: dict[str, dict[str, Any]] = self.world.setdefault("loaded", {})
    if path.endswith("salesorders/v4/websubmit"):
        order = json.loads(body)
        guid = order["WebSalesOrder"]["GUID"]
        loaded[guid] = order
        return 200, {"CallStatus": fine, "GUID": guid}
    if path.endswith("/status.json"):
        guid = path.split("/")[-2]
        if guid in loaded:
            return 200, {"Response": {"CallStatus": {**fine, "Message": {}}, "Status": "To Be Picked", "GUID": guid}}
        failed = {"Success": False, "Code": 100, "Message": "Sales Order does not exist."}
        return 200, {"Response": {"CallStatus": failed}}
    if path.endswith("stock/v3/quantity"):
        row = {"ProductCode": "BAG-1", "DCCode": "DC1", "LocationType": "Available Stock", "Quantity": 9}
        return 200, {"CallStatus": fine, "List": {"StockQuantityLineItem": row}}
    return 200, {"CallStatus": fine}


def push_dispatch(push_url: str, order: dict[str, Any], *, sequence: int) -> int:
    """Push a dispatch of a loaded order as SEKO does (contract 6.2); returns the HTTP status of the answer."""
    head = order["WebSalesOrder"]
    sent = [
        {"ProductCode": line["ProductCode"], "DispatchedQuantity": line["Quantity"]}
        for line in order["List"]["SalesOrderLineItem"]
    ]
    entity = {
        "Dispatch": {
            "SequenceNumber": sequence, "InterfaceRecordId": head["GUID"], "SalesOrderNumber": head["SalesOrderNumber"],
            "DispatchId": f"D{sequence}", "DispatchNumber": "000871", "DispatchDate": "2026-03-03T15:02:01Z",
            "Courier": "DPD", "CourierService": "Next Day", "TrackingNumber": "15501234567890",
        },
        "List": {"DispatchLineItem": sent},
    }  # fmt: skip
    body = json.dumps({"Responses": [{"Response": entity}]}).encode()
    request = urllib.request.Request(
        push_url + "PushDispatchConfirmation", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.status)
