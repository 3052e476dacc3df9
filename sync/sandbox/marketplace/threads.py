"""Messages between customer, shop and operator (John Lewis contract 5.2)."""

from __future__ import annotations

import uuid
from typing import Any

from ..clock import show_instant
from .orders import Order, instant, millis
from .reference import SHOP_ID
from .refusal import Refusal
from .world import MarketWorld

Thread = dict[str, Any]
TABLE = "thread"
MOST_MESSAGES, SHOWN_MESSAGES = 1000, 100
SHORTEST, LONGEST = 3, 50_000
SIDES = ("CUSTOMER", "SHOP", "OPERATOR")
TOPICS = ("FREE_TEXT", "REASON_CODE")
NAMESPACE = uuid.UUID("9a64e0c0-7ff1-4a52-8f1b-3a5f5d6f8a01")


class Threads:
    """All threads, kept on disk."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world
        self._store = world.ground.store
        stored = sorted((doc for _, doc in self._store.all(TABLE)), key=lambda doc: doc["number"])
        self._all: dict[str, Thread] = {doc["id"]: doc for doc in stored}

    def all(self) -> list[Thread]:
        """Every thread in order of creation."""
        return list(self._all.values())

    def find(self, thread_id: str) -> Thread:
        """A thread by id. Raises Refusal 404 when there is none."""
        if thread_id not in self._all:
            raise Refusal(404, f"Thread with id '{thread_id}' was not found")
        return self._all[thread_id]

    def open(self, order: Order, topic: dict[str, Any], message: dict[str, Any]) -> Thread:
        """OR43, or a customer's question: a new thread on an order. Raises Refusal for a topic that makes no sense."""
        if topic.get("type") not in TOPICS or not isinstance(topic.get("value"), str) or not topic["value"].strip():
            raise Refusal(400, "topic is mandatory", "VALIDATION_ERROR")
        now = millis(self._world.ground.clock.now())
        number = self._store.counter(TABLE)
        thread: Thread = {
            "id": str(uuid.uuid5(NAMESPACE, f"{self._world.settings.seed} {number}")),
            "number": number,
            "order_id": order["order_id"],
            "topic": {"type": topic["type"], "value": topic["value"]},
            "created": now,
            "updated": now,
            "messages": [],
            "reply_since": None,
        }
        self.add(thread, **message)
        return thread

    def add(
        self, thread: Thread, *, side: str, to: list[str], body: object, files: list[tuple[str, int]] | None = None
    ) -> dict[str, Any]:
        """One more message; `files` are names and sizes. A customer's or the operator's message to the shop waits for
        an answer. Raises Refusal when the text or the receivers make no sense or the thread is full.
        """
        if not isinstance(body, str) or not SHORTEST <= len(body) <= LONGEST:
            raise Refusal(400, f"body must have {SHORTEST} to {LONGEST} characters", "VALIDATION_ERROR")
        if not to or side in to or not set(to) <= set(SIDES):
            raise Refusal(400, "Invalid value for field 'to'", "VALIDATION_ERROR")
        if len(thread["messages"]) >= MOST_MESSAGES:
            raise Refusal(400, f"A thread cannot have more than {MOST_MESSAGES} messages")
        now = millis(self._world.ground.clock.now())
        message_id = f"{thread['number']:06d}-{len(thread['messages']) + 1}"
        message = {"id": message_id, "side": side, "to": to, "body": body, "created": now, "files": files or []}
        thread["messages"].append(message)
        thread["updated"] = now
        if side == "SHOP":
            thread["reply_since"] = None
        elif "SHOP" in to:
            thread["reply_since"] = thread["reply_since"] or now
        order = self._world.find(thread["order_id"])
        if side == "CUSTOMER" and not order.get("has_message"):
            order["has_message"] = True
            self._world.touch(order)
        self._all[thread["id"]] = thread
        self._store.put(TABLE, thread["id"], thread)
        return message

    def json(self, thread: Thread, *, messages: int | None) -> dict[str, Any]:
        """One thread as M10 and M11 show it, with the last `messages` messages (0 = all, None = without)."""
        order = self._world.find(thread["order_id"])
        sides = {message["side"] for message in thread["messages"]} | {
            side for message in thread["messages"] for side in message["to"]
        }
        last = thread["messages"][-1]
        shown: dict[str, Any] = {
            "id": thread["id"],
            "topic": thread["topic"],
            "date_created": _when(thread["created"]),
            "date_updated": _when(thread["updated"]),
            "entities": [{"type": "MMP_ORDER", "id": order["order_id"], "label": order["order_id"]}],
            "authorized_participants": [_side(side, order) for side in SIDES],
            "current_participants": [_side(side, order) for side in SIDES if side in sides],
            "metadata": {
                "last_message_date": _when(last["created"]),
                "last_sender": _sender(last["side"], order),
                "shop_reply_needed_since": None if thread["reply_since"] is None else _when(thread["reply_since"]),
                "total_count": len(thread["messages"]),
            },
        }
        if messages is not None:
            shown["messages"] = [_message(message, order) for message in thread["messages"][-messages:]]
            shown["no_store_reply_needed"] = []
        return shown


def _when(stored: int) -> str:
    return show_instant(instant(stored))


def _name(side: str, order: Order) -> str:
    customer = f"{order['customer']['firstname']} {order['customer']['lastname']}"
    return {"CUSTOMER": customer, "SHOP": "Sample Brand", "OPERATOR": "John Lewis (sandbox)"}[side]


def _side(side: str, order: Order) -> dict[str, Any]:
    ids = {"CUSTOMER": f"C-{order['number']}", "SHOP": str(SHOP_ID), "OPERATOR": None}
    return {"type": side, "id": ids[side], "display_name": _name(side, order)}


def _sender(side: str, order: Order) -> dict[str, Any]:
    return {"type": f"{side}_USER", "display_name": _name(side, order), "organization_details": _side(side, order)}


def _message(message: dict[str, Any], order: Order) -> dict[str, Any]:
    return {
        "id": message["id"],
        "body": message["body"],
        "date_created": _when(message["created"]),
        "from": _sender(message["side"], order),
        "to": [_side(side, order) for side in message["to"]],
        "attachments": [
            {"id": f"{message['id']}-{place}", "name": name, "size": size}
            for place, (name, size) in enumerate(message["files"], start=1)
        ],
    }
