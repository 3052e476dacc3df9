"""Conversations about orders (John Lewis contract 5.2)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from sync.partners.answers import Reply
from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.fields import (
    Identity,
    Moment,
    NullIsEmpty,
    Quantity,
    Short,
    Text,
    Wire,
    Word,
    as_body,
    as_date,
    at_most,
    read,
)
from sync.partners.mirakl.multipart import Part
from sync.partners.mirakl.paging import each_of, seek_page
from sync.partners.mirakl.verdicts import Judge, Verdict
from sync.partners.transport import segment
from sync.shapes import Attachment, Message, Prepared, Thread, ThreadPage

_THREADS = "/api/inbox/threads"
_SHORTEST, _LONGEST = 3, 50_000
_MOST_BYTES = 30 * 1024 * 1024


class _Attachment(Wire):
    name: Text = ""


class _Sender(Wire):
    type: Short = ""


class _Message(Wire):
    id: Identity
    date_created: Moment
    body: Text = ""
    sender: Annotated[_Sender | None, Field(validation_alias="from")] = None
    attachments: Annotated[list[_Attachment], NullIsEmpty] = []

    def to_message(self) -> Message:
        return Message(
            message_id=self.id,
            sent_at=self.date_created,
            sender=self.sender.type if self.sender else "",
            body=self.body,
            attachments=tuple(each.name for each in self.attachments),
        )


class _Metadata(Wire):
    shop_reply_needed_since: Moment | None = None
    total_count: Quantity = 0


class _Topic(Wire):
    value: Text = ""


class _Entity(Wire):
    id: Identity
    type: Word


class _Thread(Wire):
    id: Identity
    date_created: Moment
    date_updated: Moment
    topic: _Topic | None = None
    metadata: _Metadata | None = None
    entities: Annotated[list[_Entity], NullIsEmpty] = []
    messages: Annotated[list[_Message], NullIsEmpty] = []

    def to_thread(self) -> Thread:
        metadata = self.metadata or _Metadata()
        return Thread(
            thread_id=self.id,
            topic=self.topic.value if self.topic else "",
            created_at=self.date_created,
            updated_at=self.date_updated,
            reply_needed_since=metadata.shop_reply_needed_since,
            message_count=metadata.total_count,
            entities=tuple((each.type, each.id) for each in self.entities),
            messages=tuple(each.to_message() for each in self.messages),
        )


class MiraklMessages:
    """Implements :class:`sync.ports.Messages`."""

    def __init__(self, client: MiraklClient) -> None:
        self._client = client

    def page(
        self,
        *,
        order_ids: Sequence[str] = (),
        updated_since: datetime | None = None,
        with_messages: bool = False,
        token: str = "",
    ) -> ThreadPage:
        """Read one page of conversations (M11); ``unreadable`` counts entries that are none."""
        query: dict[str, str | Sequence[str]] = {}
        if order_ids:
            query.update(entity_type="MMP_ORDER", entity_id=at_most(order_ids, name="order ids"))
        if updated_since is not None:
            query["updated_since"] = as_date(updated_since, name="updated_since")
        if with_messages:
            query["with_messages"] = "true"
        page, _ = seek_page(self._client, "M11", _THREADS, query, token=token)
        found, unreadable = each_of(_Thread, page.data)
        return ThreadPage(
            threads=tuple(each.to_thread() for each, _ in found), next_token=page.next_page_token, unreadable=unreadable
        )

    def thread(self, thread_id: str) -> Thread:
        """Read one conversation with its messages (M10)."""
        return read(_Thread, self._client.read("M10", f"{_THREADS}/{segment(thread_id)}")).to_thread()

    def prepare_thread(
        self, order_id: str, *, topic: str, body: str, to: Sequence[str], attachments: Sequence[Attachment] = ()
    ) -> Prepared:
        """Open a conversation about an order (OR43).

        The natural key is the order with a digest of the text, by which M11 shows whether it arrived.
        """
        if not topic or not set(to) <= {"CUSTOMER", "OPERATOR"} or not to:
            raise ValueError("A conversation needs a topic, and CUSTOMER, OPERATOR or both to read it.")
        document = {"body": _body(body), "to": list(to), "topic": {"type": "FREE_TEXT", "value": topic}}
        return self._client.prepare(
            "OR43",
            "POST",
            f"/api/orders/{segment(order_id)}/threads",
            natural_key=_key(order_id, body),
            parts=_parts("thread_input", document, attachments),
        )

    def prepare_reply(
        self, thread_id: str, *, body: str, to: Sequence[str], attachments: Sequence[Attachment] = ()
    ) -> Prepared:
        """Answer in a conversation (M12); the natural key is the conversation with a digest of the text.

        ``to`` holds kinds of participants: CUSTOMER, OPERATOR or both.
        """
        if not to:
            raise ValueError("An answer needs somebody to read it.")
        document = {"body": _body(body), "to": [{"type": each} for each in to]}
        return self._client.prepare(
            "M12",
            "POST",
            f"{_THREADS}/{segment(thread_id)}/message",
            natural_key=_key(thread_id, body),
            parts=_parts("message_input", document, attachments),
        )


def _body(body: str) -> str:
    if not _SHORTEST <= len(body) <= _LONGEST:
        raise ValueError(f"A message has {_SHORTEST} to {_LONGEST} characters.")
    return body


def _key(about: str, body: str) -> str:
    return f"{about} {hashlib.sha256(body.encode()).hexdigest()[:16]}"


def _parts(name: str, document: Mapping[str, Any], attachments: Sequence[Attachment]) -> list[Part]:
    if sum(len(each.content) for each in attachments) > _MOST_BYTES:
        raise ValueError(f"The files of a message are larger than {_MOST_BYTES // 1024**2} MB together.")
    files = [
        Part(name="files", content=each.content, content_type=each.media_type, file_name=each.name)
        for each in attachments
    ]
    return [Part(name=name, content=as_body(document), content_type="application/json"), *files]


class _Posted(Wire):
    message_id: Identity
    thread_id: Identity


def _judge_thread(prepared: Prepared, reply: Reply) -> Verdict:
    posted = read(_Posted, reply)
    return Verdict(sent=[prepared.natural_key], done={prepared.natural_key: posted.thread_id})


def _judge_reply(prepared: Prepared, reply: Reply) -> Verdict:
    posted = read(_Posted, reply)
    return Verdict(sent=[prepared.natural_key], done={prepared.natural_key: posted.message_id})


JUDGES: Mapping[str, Judge] = {"OR43": _judge_thread, "M12": _judge_reply}
