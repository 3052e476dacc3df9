"""Papers of an order, the marketplace's despatch note among them (John Lewis contract 5.3)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of document that the marketplace knows (DO01). ``entity`` says what it hangs on: ORDER, SHOP, ..."""

    code: str
    label: str
    entity: str


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """One document of an order (OR72); ``size`` in bytes, None = not said."""

    document_id: str
    order_id: str
    kind: str
    file_name: str
    size: int | None = None
    uploaded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A downloaded file. ``name`` has no folders and may be empty."""

    name: str
    media_type: str
    content: bytes
