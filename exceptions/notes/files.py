"""Which files may stand beside a note. What a file is, its bytes say; its name is only what people call it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import PurePath
from typing import Final

from django.utils.text import get_valid_filename

LONGEST_NAME: Final = 150
_ALLOWED_CONTROLS: Final = frozenset("\t\n\r\f")
_MARKUP: Final = re.compile(r"\s*<(!doctype|html|svg|script|head|body|iframe|\?xml)", re.IGNORECASE)
_MAIL_HEADERS: Final = ("from", "date")


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file that is taken: its media type, and the endings that its name may have (the first is given)."""

    label: str
    content_type: str
    endings: tuple[str, ...]
    icon: str


PNG: Final = FileKind("PNG", "image/png", (".png",), "image")
JPEG: Final = FileKind("JPEG", "image/jpeg", (".jpg", ".jpeg"), "image")
WEBP: Final = FileKind("WebP", "image/webp", (".webp",), "image")
PDF: Final = FileKind("PDF", "application/pdf", (".pdf",), "file-text")
MAIL: Final = FileKind("e-mail (.eml)", "message/rfc822", (".eml",), "mail")
CSV: Final = FileKind("CSV", "text/csv", (".csv",), "sheet")
TEXT: Final = FileKind("plain text", "text/plain", (".txt", ".log"), "file-text")
KINDS: Final = (PNG, JPEG, WEBP, PDF, CSV, TEXT, MAIL)
TAKEN: Final = "PNG, JPEG or WebP pictures, PDF, CSV, plain text and e-mails (.eml)"

_BY_FIRST_BYTES: Final[tuple[tuple[FileKind, Callable[[bytes], bool]], ...]] = (
    (PNG, lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    (JPEG, lambda head: head.startswith(b"\xff\xd8\xff")),
    (WEBP, lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP"),
    (PDF, lambda head: head.startswith(b"%PDF-")),
)


class NotTaken(Exception):
    """A file that may not stand beside a note; ``str()`` says why, as the end of a sentence about the file."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: a name without a path that ends as its content demands, and the content."""

    name: str
    kind: FileKind
    content: bytes


def check(name: str, content: bytes) -> CheckedFile:
    """What a file is. Raises :class:`NotTaken` for one that is empty or of no kind in :data:`KINDS`."""
    if not content:
        raise NotTaken("is empty")
    ending = PurePath(name).suffix.lower()
    kind = next((kind for kind, fits in _BY_FIRST_BYTES if fits(content[:16])), None) or _text_kind(content, ending)
    return CheckedFile(_named(name, kind, ending), kind, content)


def kind_of(content_type: str) -> FileKind:
    """The kind of a file that is kept."""
    return next((kind for kind in KINDS if kind.content_type == content_type), TEXT)


def _text_kind(content: bytes, ending: str) -> FileKind:
    text = _as_text(content)
    if text is None:
        raise NotTaken(f"is of a kind that is not taken. Taken are {TAKEN}")
    if _MARKUP.match(text):
        raise NotTaken("is a web page or a drawing that can run code. Take a picture of it, or save it as PDF")
    if ending in MAIL.endings:
        headers = HeaderParser().parsestr(text, headersonly=True)
        return MAIL if all(name in headers for name in _MAIL_HEADERS) else TEXT
    return CSV if ending in CSV.endings else TEXT


def _as_text(content: bytes) -> str | None:
    """The content as text, None for anything with bytes that no text has."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # what Windows writes
    strange = any((ord(sign) < 32 and sign not in _ALLOWED_CONTROLS) or sign in "\x7f�" for sign in text)
    return None if strange else text


def _named(name: str, kind: FileKind, ending: str) -> str:
    """A name that says what is in the file, whatever it was called."""
    bare = PurePath(name.replace("\\", "/")).name
    stem = bare[: -len(ending)] if ending in kind.endings else bare
    stem = get_valid_filename(stem.strip(". ") or "file")
    last = ending if ending in kind.endings else kind.endings[0]
    return stem[: LONGEST_NAME - len(last)] + last
