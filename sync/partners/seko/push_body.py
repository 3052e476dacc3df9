"""From the bytes of a push to its entities, whether they came as JSON or as XML (SEKO contract 6.1)."""

from collections.abc import Iterator, Mapping
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from sync.partners.seko.wire import many
from sync.partners.strict_json import MAX_DEPTH, read_json, storable

LARGEST_BODY = 5 * 1024 * 1024
# SEKO sends at most 500 at once (SEKO contract 6.1).
MOST_ENTITIES = 2_000
_WRAPPERS = ("responses", "response", "request")


def entities(body: bytes) -> list[Mapping[str, Any]]:
    """The entities of a push, unwrapped from ``Responses`` and ``Response``.

    Raises:
        ValueError: the body is empty, too large, neither JSON nor XML, or holds something else than entities.
    """
    if len(body) > LARGEST_BODY:
        raise ValueError(f"The message is larger than {LARGEST_BODY // 1024} kB.")
    document = _document(body)
    found = list(_unwrapped(document))
    if len(found) > MOST_ENTITIES:
        raise ValueError(f"The message holds more than {MOST_ENTITIES} entities.")
    for place, entity in enumerate(found, start=1):
        if not isinstance(entity, dict):
            raise ValueError(f"Entity {place}: it is no object.")
    return found


def _document(body: bytes) -> Any:
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise ValueError("The message is empty.")
    if text.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return _from_xml(text)
    try:
        return read_json(text)
    except ValueError as error:
        raise ValueError(f"The message cannot be read: {error}.") from None


def _from_xml(text: bytes) -> Any:
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise ValueError("The message cannot be read: it is not plain XML.") from None
    return storable({_tag(root): _value(root, MAX_DEPTH)})


def _value(element: Any, depth: int) -> Any:
    """An element as SEKO's own conversion would write it: repeated children are a list, a leaf is its text."""
    if depth == 0:
        raise ValueError("The message cannot be read: it is nested too deeply.")
    held: dict[str, Any] = {}
    for child in element:
        name, value = _tag(child), _value(child, depth - 1)
        if name not in held:
            held[name] = value
        elif isinstance(held[name], list):
            held[name].append(value)
        else:
            held[name] = [held[name], value]
    return held or (element.text or "").strip()


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _unwrapped(document: Any) -> Iterator[Any]:
    """Go through the wrappers: a list of entities, an object of one wrapper, or an entity itself."""
    pending = [document]
    while pending:
        current = pending.pop()
        if isinstance(current, list):
            pending.extend(reversed(current))
            continue
        wrapped = (
            next((name for name in current if name.lower() in _WRAPPERS), None) if isinstance(current, dict) else None
        )
        if wrapped is None:
            yield current
        else:
            pending.extend(reversed(many(current[wrapped])))
