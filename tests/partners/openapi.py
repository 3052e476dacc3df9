"""The vendor's own description of the seller API, as a judge of requests and responses; no code of the product in it.

    contract = openapi.contract()                       # skips the test where the file is not at hand
    contract.faults(request, response) == []            # httpx objects, after the answer is read
    contract.request_faults("PUT", "/api/orders/X/ship", {}, None, b"")
    contract.response_faults("GET", "/api/account", 200, "application/json", body)

What is allowed beyond the file:

- null for a field without a value: the schemas know no null, the platform sends it. A mandatory field may only be null
  where its text speaks of null, or where it is one that the platform withholds before SHIPPING (`WITHHELD`);
- every answer of 400 and above: error bodies are not in the file;
- parameters for pages and languages, which stand in the general notes;
- headers are not looked at, but for the content type.

Everything else counts: mandatory fields, types, formats, limits, values of the enumerations that stand in the texts,
and (unless a field is named in `extra`) fields that are not described.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from copy import deepcopy
from datetime import datetime
from email import message_from_bytes
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

FILE = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "mirakl-seller-openapi.json"
WITHHELD = frozenset({"shipping_address", "billing_address"})
PAGING = frozenset({"max", "offset", "sort", "order", "limit", "page_token", "locale"})
ENUM = re.compile(r'Enum:((?:\s*`"[^"`]*"`,?)+)')
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("date", raises=ValueError)
def _day(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.strptime(value, "%Y-%m-%d"))


def contract() -> Contract:
    """The description; skips the calling test where the file is not at hand."""
    if not FILE.exists():
        pytest.skip(f"the vendor's description of the API is not at hand: there is no {FILE.name} beside the project")
    return _contract()


@cache
def _contract() -> Contract:
    return Contract(json.loads(FILE.read_text(encoding="utf-8")))


class Contract:
    """All described operations, each found by method and path."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._components = _strict(deepcopy(document["components"]))
        self._operations = {
            (method.upper(), path): operation
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if isinstance(operation, dict) and "operationId" in operation
        }

    @property
    def names(self) -> frozenset[str]:
        """The names of all described operations."""
        return frozenset(operation["operationId"] for operation in self._operations.values())

    def name(self, method: str, path: str) -> str | None:
        """The name of the operation that a request calls; None when it is not described."""
        found = self._find(method, path)
        return None if found is None else str(found["operationId"])

    def example(self, name: str) -> Any:
        """The vendor's own answer to an operation, one written by hand where there is one."""
        operation = next(each for each in self._operations.values() if each["operationId"] == name)
        (answer,) = (each for status, each in operation["responses"].items() if status.startswith("2"))
        (described,) = answer["content"].values()
        return deepcopy(next(iter(described["examples"].values()))["value"])

    def faults(self, request: httpx.Request, response: httpx.Response, *, extra: Collection[str] = ()) -> list[str]:
        """Where an exchange departs from the description. Of a request that was refused only the path is judged."""
        found = self._find(request.method, request.url.path)
        if found is None:
            return [f"{request.method} {request.url.path} is not described"]
        if response.status_code >= 400:
            return []
        asked = self.request_faults(
            request.method, request.url.path, request.url.query.decode(), request.headers.get("content-type"),
            request.read(),
        )  # fmt: skip
        told = self.response_faults(
            request.method, request.url.path, response.status_code, response.headers.get("content-type"),
            response.content, extra=extra,
        )  # fmt: skip
        return asked + told

    def request_faults(
        self, method: str, path: str, query: str | Mapping[str, Any], content_type: str | None, body: bytes
    ) -> list[str]:
        """Where a request departs from the description; `query` is the text behind the question mark, or a mapping."""
        operation = self._find(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        where = f"{operation['operationId']} request"
        pairs = parse_qsl(query, keep_blank_values=True) if isinstance(query, str) else list(query.items())
        faults = [f"{where}: {fault}" for fault in self._query_faults(operation, pairs)]
        described = operation.get("requestBody", {}).get("content", {})
        if not described:
            return faults + (
                [f"{where}: there is a body where none is described"] if body not in (b"", b"null") else []
            )
        kind = _plain(content_type)
        if kind not in described:
            return [*faults, f"{where}: {kind or 'no content type'} instead of {', '.join(described)}"]
        content = _form(content_type or "", body) if kind == "multipart/form-data" else _json(body)
        schema = described[kind]["schema"]
        return faults + [f"{where}: {fault}" for fault in self._faults(schema, content, extra=())]

    def response_faults(
        self, method: str, path: str, status: int, content_type: str | None, body: bytes, *, extra: Collection[str] = ()
    ) -> list[str]:
        """Where a response departs from the description; 400 and above is always right."""
        operation = self._find(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        if status >= 400:
            return []
        where = f"{operation['operationId']} response"
        if str(status) not in operation["responses"]:
            return [f"{where}: {status} instead of {', '.join(operation['responses'])}"]
        described = operation["responses"][str(status)].get("content", {})
        kind = _plain(content_type)
        if not described:
            return [f"{where}: a 204 has no body"] if status == 204 and body else []
        if kind not in described:
            return [f"{where}: {kind or 'no content type'} instead of {', '.join(described)}"]
        if kind != "application/json":
            return [] if body else [f"{where}: the file is empty"]
        return [f"{where}: {fault}" for fault in self._faults(described[kind]["schema"], _json(body), extra=extra)]

    def _find(self, method: str, path: str) -> Mapping[str, Any] | None:
        parts = path.split("/")
        fitting = [
            template
            for verb, template in self._operations
            if verb == method.upper() and _fits(template.split("/"), parts)
        ]
        best = min(fitting, key=lambda template: template.count("{"), default=None)
        return None if best is None else self._operations[method.upper(), best]

    def _query_faults(self, operation: Mapping[str, Any], pairs: list[tuple[str, Any]]) -> list[str]:
        known = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"}
        given = {name for name, _ in pairs}
        faults = [f"the parameter {name} is missing" for name, each in known.items()
                  if each.get("required") and name not in given]  # fmt: skip
        for name, value in pairs:
            if name in known:
                schema = known[name]["schema"]
                # A closed list of texts may be given comma separated, though the schema shows one text.
                given_values = str(value).split(",") if "enum" in schema else [value]
                for each in given_values:
                    faults += [f"the parameter {name}: {fault}" for fault in self._faults(schema, _typed(schema, each))]
            elif name not in PAGING:
                faults.append(f"the parameter {name} is not described")
        return faults

    def _faults(self, schema: Mapping[str, Any], content: Any, *, extra: Collection[str] = ()) -> list[str]:
        checker = Draft202012Validator({"components": self._components, **schema}, format_checker=FORMATS)
        return [
            f"{fault.json_path}: {fault.message}"
            for fault in checker.iter_errors(without_nulls(content))
            if not _allowed(fault, content, extra)
        ]


def without_nulls(value: Any) -> Any:
    """The same without fields that are null."""
    if isinstance(value, dict):
        return {name: without_nulls(entry) for name, entry in value.items() if entry is not None}
    return [without_nulls(entry) for entry in value] if isinstance(value, list) else value


def _allowed(fault: ValidationError, content: Any, extra: Collection[str]) -> bool:
    if fault.validator == "additionalProperties":
        return set(fault.instance) - set(fault.schema["properties"]) <= set(extra)
    if fault.validator != "required":
        return False
    held = content
    for step in fault.absolute_path:
        held = held[step]
    missing = [name for name in fault.validator_value if held.get(name) is None]
    nullable = {
        name for name, told in fault.schema["properties"].items() if "null" in told.get("description", "").lower()
    }
    return all(name in held and name in WITHHELD | nullable for name in missing)


def _strict(schema: Any) -> Any:
    """The same with the enumerations that stand in the texts, and closed to fields that are not described."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _strict(each) for name, each in schema.items()}
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    told = closed.get("description")
    listed = ENUM.search(told) if isinstance(told, str) and closed.get("type") == "string" else None
    if listed is not None:
        closed.setdefault("enum", re.findall(r'`"([^"`]*)"`', listed.group(1)))
    return closed


def _fits(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        (bool(part) if wanted.startswith("{") else wanted == part) for wanted, part in zip(template, parts, strict=True)
    )


def _plain(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return f"no JSON: {body[:40]!r}"


def _form(content_type: str, body: bytes) -> dict[str, Any]:
    """The parts of a form by name: JSON parts decoded, files as text, several files as a list."""
    found: dict[str, Any] = {}
    whole = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    for part in whole.get_payload() if whole.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_content_type() == "application/json":
            found[name] = _json(content)
        elif name == "files":
            found.setdefault(name, []).append(content.decode("latin-1"))
        else:
            found[name] = content.decode("latin-1")
    return found


def _typed(schema: Mapping[str, Any], value: Any) -> Any:
    """A parameter's text as the type that is described for it; what does not read as one stays a text and fails."""
    kind, text = schema.get("type"), str(value)
    if kind == "array":
        return [_typed(schema["items"], part) for part in text.split(",")]
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
