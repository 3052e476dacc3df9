"""Conversations about orders (John Lewis contract 5.2). Texts are personal: mask them wherever they are kept."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``sender`` is the kind of writer (SHOP_USER, CUSTOMER_USER, OPERATOR_USER ...), an open string."""

    message_id: str
    sent_at: datetime
    sender: str
    body: str
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation. ``reply_needed_since`` None = nobody waits for the shop; ``entities`` are pairs of kind and id;
    ``messages`` are empty unless they were asked for.
    """

    thread_id: str
    topic: str
    created_at: datetime
    updated_at: datetime
    reply_needed_since: datetime | None
    message_count: int
    entities: tuple[tuple[str, str], ...] = ()
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """One page of conversations; an empty ``next_token`` ends them."""

    threads: tuple[Thread, ...]
    next_token: str
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a message."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"
