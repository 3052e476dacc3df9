"""The body of an upload as bytes, so that it can be kept before it leaves (STO01, OR43, M12)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form. ``file_name`` empty = a plain field."""

    name: str
    content: bytes
    content_type: str
    file_name: str = ""


def form(parts: Sequence[Part]) -> tuple[bytes, str]:
    """The body of ``multipart/form-data`` and its content type.

    The boundary is a digest of the parts: the same parts are the same bytes, and no part holds its own digest.
    """
    digest = hashlib.sha256()
    for part in parts:
        for piece in (part.name.encode(), part.file_name.encode(), part.content):
            digest.update(len(piece).to_bytes(8, "big") + piece)
    boundary = f"jlseko-{digest.hexdigest()[:32]}"
    pieces = [_head(part, boundary) + part.content + b"\r\n" for part in parts]
    return b"".join(pieces) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _head(part: Part, boundary: str) -> bytes:
    file_name = f'; filename="{_quoted(part.file_name)}"' if part.file_name else ""
    return (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{part.name}"{file_name}\r\n'
        f"Content-Type: {part.content_type}\r\n\r\n"
    ).encode()


def _quoted(name: str) -> str:
    """A file name inside quotation marks, as browsers write it (RFC 7578, section 4.2)."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
