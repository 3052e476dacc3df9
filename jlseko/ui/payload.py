"""Payloads as lines: pretty JSON with coloured words, the wrong fields marked, and the difference of two."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder

TOKEN: Final = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)'
    r"|(?P<word>true|false|null)|(?P<mark>[{}\[\],:])|(?P<space>\s+)|(?P<other>.)"
)
INDEX: Final = re.compile(r"\[(\d+)\]")
INDENT: Final = 2


@dataclass(slots=True)
class Line:
    """One line on screen."""

    text: str
    marked: bool = False
    note: str = ""
    sign: str = ""  # "+" added, "-" removed, "" the same
    tokens: list[tuple[str, str]] = field(default_factory=list)


def _tokens(text: str) -> list[tuple[str, str]]:
    return [(match.lastgroup or "other", match.group()) for match in TOKEN.finditer(text)]


def readable(data: Any) -> Any:
    """JSON text becomes data; anything else, also text that is no JSON, stays as it is."""
    if isinstance(data, bytes):
        data = data.decode("utf-8", "replace")
    if isinstance(data, str):
        try:
            return json.loads(data)
        except ValueError:
            return data
    return data


def _written(data: Any, path: str, lead: str, tail: str, indent: int) -> Iterable[tuple[str, str]]:
    """Pairs of path and line, in the order in which they are shown."""
    pad = " " * (INDENT * indent)
    if isinstance(data, dict | list) and data:
        opening, closing = ("{", "}") if isinstance(data, dict) else ("[", "]")
        yield path, f"{pad}{lead}{opening}"
        items: list[tuple[str, str, Any]] = (
            [
                (f"{path}.{key}" if path else str(key), f"{json.dumps(str(key), ensure_ascii=False)}: ", value)
                for key, value in data.items()
            ]
            if isinstance(data, dict)
            else [(f"{path}.{index}" if path else str(index), "", value) for index, value in enumerate(data)]
        )
        for number, (child, child_lead, value) in enumerate(items, start=1):
            yield from _written(value, child, child_lead, "," if number < len(items) else "", indent + 1)
        yield f"{path}/end", f"{pad}{closing}{tail}"
        return
    yield path, f"{pad}{lead}{json.dumps(data, ensure_ascii=False, cls=DjangoJSONEncoder)}{tail}"


def path_lines(data: Any) -> list[tuple[str, str]]:
    """Each line of the pretty form with the path of what stands on it ("lines.0.sku"; plain text has none)."""
    data = readable(data)
    if isinstance(data, str):
        return [("", text) for text in data.splitlines()]
    return list(_written(data, "", "", "", 0))


def payload_lines(data: Any, marked: Mapping[str, str] | Iterable[str | int] = ()) -> list[Line]:
    """A payload as lines, the named ones marked.

    Args:
        data: data, JSON text or any other text.
        marked: paths ("order.lines[0].sku" or "order.lines.0.sku") or line numbers from 1; a mapping adds notes.
    """
    notes = marked if isinstance(marked, Mapping) else dict.fromkeys(marked, "")
    wanted = {INDEX.sub(r".\1", str(path)).strip("."): note for path, note in notes.items()}
    lines = []
    for number, (path, text) in enumerate(path_lines(data), start=1):
        key = path if path and path in wanted else str(number)
        lines.append(Line(text, key in wanted, wanted.get(key, ""), tokens=_tokens(text)))
    return lines


def difference_lines(before: Any, after: Any) -> list[Line]:
    """What the second payload changes against the first: all lines, removed and added ones signed."""
    old, new = ([text for _, text in path_lines(data)] for data in (before, after))
    return [
        Line(text[2:], sign=text[0].strip(), tokens=_tokens(text[2:]))
        for text in difflib.ndiff(old, new)
        if not text.startswith("?")
    ]


def changed_lines(before: Any, after: Any, *, context: int = 2) -> list[Line]:
    """The difference of two payloads without what is the same far from any change; empty where nothing differs.

    Args:
        before: data, JSON text or any other text.
        after: the same.
        context: how many equal lines are kept on each side of a change.
    """
    lines = difference_lines(before, after)
    near = {
        place
        for number, line in enumerate(lines) if line.sign
        for place in range(number - context, number + context + 1)
    }  # fmt: skip
    found: list[Line] = []
    skipped = 0
    for number, line in enumerate(lines):
        if number in near:
            found += _skipped(skipped)
            found.append(line)
            skipped = 0
        else:
            skipped += 1
    return found + _skipped(skipped) if found else []


def _skipped(number: int) -> list[Line]:
    if not number:
        return []
    text = f"… {number} {'line' if number == 1 else 'lines'} the same"
    return [Line(text, tokens=[("same", text)])]
