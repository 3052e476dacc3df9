"""Papers of orders, and files in general (John Lewis contract 5.3)."""

from collections.abc import Sequence
from email.message import Message

from sync.partners.answers import Reply
from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.fields import Identity, Moment, NumberedIdentity, Short, Text, Wire, Word, at_most, read
from sync.partners.strict_json import storable_text
from sync.shapes import DocumentType, File, OrderDocument

ANY_FILE = "application/octet-stream, */*;q=0.8"
_LONGEST_NAME = 150


class _Type(Wire):
    code: Identity
    label: Text = ""
    entity: Short = ""


class _Types(Wire):
    documents: list[_Type]


class _Document(Wire):
    id: NumberedIdentity
    order_id: Identity
    type: Word
    file_name: Text = ""
    file_size: int | None = None
    date_uploaded: Moment | None = None


class _Documents(Wire):
    order_documents: list[_Document]


class MiraklDocuments:
    """Implements :class:`sync.ports.Documents`."""

    def __init__(self, client: MiraklClient) -> None:
        self._client = client

    def types(self) -> list[DocumentType]:
        """Read which kinds of documents there are (DO01)."""
        found = read(_Types, self._client.read("DO01", "/api/documents")).documents
        return [DocumentType(code=each.code, label=each.label, entity=each.entity) for each in found]

    def of_orders(self, order_ids: Sequence[str]) -> list[OrderDocument]:
        """Read which documents up to 100 orders have (OR72)."""
        if not order_ids:
            return []
        query = {"order_ids": ",".join(at_most(order_ids, name="order ids"))}
        found = read(_Documents, self._client.read("OR72", "/api/orders/documents", query)).order_documents
        return [
            OrderDocument(
                document_id=each.id,
                order_id=each.order_id,
                kind=each.type,
                file_name=each.file_name,
                size=each.file_size,
                uploaded_at=each.date_uploaded,
            )
            for each in found
            if each.order_id in order_ids
        ]

    def download(self, document_ids: Sequence[str]) -> File:
        """Fetch one document as it is, or up to 100 as a ZIP archive (OR73)."""
        if not document_ids:
            raise ValueError("Name at least one document.")
        query = {"document_ids": ",".join(at_most(document_ids, name="document ids"))}
        return as_file(self._client.read("OR73", "/api/orders/documents/download", query, accept=ANY_FILE))


def as_file(reply: Reply) -> File:
    """The body of a reply as a file; a web page or nothing at all raises ``Unclear``."""
    head = Message()
    head["Content-Type"] = reply.headers.get("Content-Type", "application/octet-stream")
    head["Content-Disposition"] = reply.headers.get("Content-Disposition", "attachment")
    media_type = head.get_content_type()
    if not reply.content or media_type == "text/html":
        raise reply.unclear(f"The answer holds no file (HTTP {reply.status}).")
    return File(name=_plain(head.get_filename() or ""), media_type=media_type, content=reply.content)


def _plain(name: str) -> str:
    """The last part of a file name, without folders and what no file name holds."""
    last = storable_text(name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isprintable()).strip(". ")
    return kept[-_LONGEST_NAME:]
