"""A multipart body as an independent reader sees it."""

import email
from dataclasses import dataclass
from email.policy import HTTP


@dataclass(frozen=True)
class Received:
    """One part of a form."""

    name: str
    file_name: str
    content_type: str
    content: bytes


def parts_of(content_type: str, body: bytes) -> list[Received]:
    """The parts in their order."""
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=HTTP)
    assert message.is_multipart()
    assert not message.defects
    return [
        Received(
            name=part["Content-Disposition"].params["name"],
            file_name=part["Content-Disposition"].params.get("filename", ""),
            content_type=part.get_content_type(),
            content=part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ]
