"""Reading what a client loads: bytes to a mapping, and field by field up to the first fault (SEKO contract 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from xml.etree.ElementTree import Element  # nosec B405

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,7})?Z?)?")


class Rejected(Exception):
    """A record is refused as a whole; the text is what the warehouse answers."""


def parse(raw: bytes, *, xml: bool, word: str) -> dict[str, Any]:
    """The body as a mapping. Raises `Rejected` with E4 (SEKO contract 3.1) for what is no JSON object or no XML.

    `word` is what the refusal calls the record: SEKO's sample says receipt, other services their own word.
    A double quote inside a text breaks SEKO's JSON upload however well it is escaped (SEKO contract 1.2).
    """
    try:
        return _parse_xml(raw) if xml else _parse_json(raw)
    except _Unreadable as fault:
        raise Rejected(f"Cannot process {'xml' if xml else 'json'} {word} {fault}") from None


class _Unreadable(Exception):
    """Why a body cannot be read, in the words of the hub's parser."""


def _parse_json(raw: bytes) -> dict[str, Any]:
    if not raw.lstrip().startswith(b"{"):
        raise _Unreadable("A JSONObject text must begin with '{' at character 1")
    try:
        body = json.loads(raw, parse_float=Decimal, parse_constant=_no_number)
    except json.JSONDecodeError as fault:
        raise _Unreadable(f"Expected a ',' or '}}' at character {fault.pos + 1}") from None
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise _Unreadable("Unterminated string at character 1") from None
    if _has_quote(body):
        place = raw.find(b"\\") + 1
        raise _Unreadable(f"Expected a ',' or '}}' at character {place}")
    return dict(body)


def _no_number(text: str) -> NoReturn:
    raise _Unreadable(f"{text} is no number")


def _has_quote(value: Any) -> bool:
    if isinstance(value, str):
        return '"' in value
    if isinstance(value, Mapping):
        return any(_has_quote(entry) for entry in value.values())
    return isinstance(value, list) and any(_has_quote(entry) for entry in value)


def _parse_xml(raw: bytes) -> dict[str, Any]:
    try:
        root = fromstring(raw)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:
        raise _Unreadable(type(fault).__name__) from None
    tree = _tree(root)
    return tree if isinstance(tree, dict) else {}


def _tree(element: Element) -> Any:
    if not len(element):
        return element.text or ""
    tree: dict[str, Any] = {}
    for child in element:
        value = _tree(child)
        if child.tag in tree:
            present = tree[child.tag]
            tree[child.tag] = [*present, value] if isinstance(present, list) else [present, value]
        else:
            tree[child.tag] = value
    return tree


class Reader:
    """Checks one body; stops at the first fault, as the hub does (SEKO contract 2). `cut` names clipped fields."""

    entity = ""

    def __init__(self, body: Mapping[str, Any], *, cut_long_texts: bool = False) -> None:
        self.body = body
        self.cut_long_texts = cut_long_texts
        self.uncut: tuple[str, ...] = ()
        self.key = ""
        self.cut: list[str] = []

    def reject(self, reason: str) -> NoReturn:
        """Refuse with SEKO's pattern (SEKO contract 3)."""
        raise Rejected(f"Error Submitting {self.entity}: {self.key} - Error. {reason}")

    def read_key(self, section: Mapping[str, Any], name: str, length: int) -> None:
        """Read the business key that every refusal names; it is never cut."""
        self.uncut = (name,)
        self.key = self.text(section, name, length).strip()
        if not self.key:
            self.reject(f"{name} is required.")

    def switch(self, section: Mapping[str, Any], name: str) -> bool:
        """True or false, in lower case; nothing counts as false."""
        text = self.text(section, name, 5)
        if text not in ("", "true", "false"):
            self.reject(f"Invalid {name}.")
        return text == "true"

    def entries(self, name: str) -> list[Mapping[str, Any]]:
        """The entries of a list; one entry alone may stand without its list."""
        entries = self.section("List").get(name)
        entries = [entries] if isinstance(entries, Mapping) else entries
        if entries in (None, ""):
            return []
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            self.reject(f"Invalid {name}.")
        return entries

    def section(self, name: str) -> Mapping[str, Any]:
        """One part of the body, empty where it is missing."""
        value = self.body.get(name)
        if value in (None, "", []):
            return {}
        if not isinstance(value, Mapping):
            self.reject(f"Invalid {name}.")
        return value

    def text(self, section: Mapping[str, Any], name: str, length: int) -> str:
        """A text of at most `length` characters, "" where it is missing."""
        value = section.get(name)
        if value is None or value == {}:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str | int | Decimal):
            self.reject(f"Invalid {name}.")
        text = str(value)
        if len(text) <= length:
            return text
        if not self.cut_long_texts or name in self.uncut:
            self.reject(f"{name} exceeds the maximum length of {length} characters.")
        self.cut.append(name)
        return text[:length]

    def decimal(self, section: Mapping[str, Any], name: str) -> None:
        """Check that a number is one, if there is any."""
        text = self.text(section, name, 40)
        try:
            valid = not text or Decimal(text).is_finite()
        except InvalidOperation:
            valid = False
        if not valid:
            self.reject(f"Invalid {name}.")

    def date(self, section: Mapping[str, Any], name: str) -> None:
        """Check that a date has one of the two forms, if there is any (SEKO contract 1.2)."""
        text = self.text(section, name, 30)
        try:
            valid = not text or (DATE.fullmatch(text) is not None and bool(datetime.fromisoformat(text)))
        except ValueError:
            valid = False
        if not valid:
            self.reject(f"Invalid {name}.")

    def whole(self, entry: Mapping[str, Any], name: str) -> int:
        """A whole number above 0, which must be there."""
        text = self.text(entry, name, 20)
        if not text:
            self.reject(f"{name} is required.")
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
            self.reject(f"Invalid {name}.")
        return int(text)
