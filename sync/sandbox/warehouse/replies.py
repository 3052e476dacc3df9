"""The warehouse's answers: call status envelopes, their JSON and XML forms, and the pages of the web server itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

NOT_FOUND_PAGE = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>404 - File or directory not found.</title></head>
<body><div id="header"><h1>Server Error</h1></div><div id="content"><fieldset>
<h2>404 - File or directory not found.</h2>
<h3>The resource you are looking for might have been removed, had its name changed, or is temporarily unavailable.</h3>
</fieldset></div></body></html>
"""
UNAVAILABLE_PAGE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD>
<BODY><h2>Service Unavailable</h2><hr><p>HTTP Error 503. The service is unavailable.</p></BODY></HTML>
"""
DENIED = "Authorization has been denied for this request."


def share(*parts: str) -> float:
    """A stable number from 0 to 1 for the given texts: the same in every process and after every restart."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def call_status(success: bool, message: Any = "") -> dict[str, Any]:
    """The verdict (SEKO contract 2): code 0 or 100, nothing else was ever seen."""
    return {"Success": success, "Code": 0 if success else 100, "Message": message}


def accepted(guid: str | None) -> dict[str, Any]:
    """Success of a load call; a cancel gives no GUID (SEKO contract 2 and 4.4)."""
    return {"CallStatus": call_status(True), "GUID": guid}


def refused(message: str, *, wrap: str) -> dict[str, Any]:
    """Failure of a load call. `wrap` is always, never or mixed; the GUID is missing, null, empty or ``{}`` by turns."""
    envelope: dict[str, Any] = {"CallStatus": call_status(False, message)}
    form = int(share("guid", message) * 4)
    if form:
        envelope["GUID"] = (None, "", {})[form - 1]
    wrapped = wrap == "always" or (wrap == "mixed" and share("wrap", message) < 0.5)
    return {"Response": envelope} if wrapped else envelope


def to_xml(name: str, value: Any) -> str:
    """One element; a list becomes repeated elements, nothing becomes an empty element."""
    if isinstance(value, list):
        return "".join(to_xml(name, entry) for entry in value)
    if value is None or value in ("", {}):
        return f"<{name} />"
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(to_xml(child, entry) for child, entry in value.items())}</{name}>"
    if isinstance(value, bool):
        return f"<{name}>{str(value).lower()}</{name}>"
    return f"<{name}>{escape(_xml_text(str(value)), quote=False)}</{name}>"


def _xml_text(text: str) -> str:
    return "".join(char for char in text if char in "\t\n\r" or ord(char) >= 0x20)


def xml_document(envelope: Mapping[str, Any]) -> str:
    """The XML form of an envelope: always with ``Response`` around it."""
    return to_xml("Response", envelope.get("Response", envelope))


def respond(envelope: Mapping[str, Any], *, xml: bool) -> Response:
    """HTTP 200 with the envelope: business errors are HTTP 200 too (SEKO contract 2)."""
    if xml:
        return Response(xml_document(envelope), media_type="application/xml")
    return Response(json.dumps(envelope, ensure_ascii=False), media_type="application/json")


def denied() -> Response:
    """HTTP 401 without a call status (E9)."""
    return JSONResponse({"Message": DENIED}, status_code=401)


def not_found() -> Response:
    """HTTP 404 as the web server's HTML page."""
    return HTMLResponse(NOT_FOUND_PAGE, status_code=404)


def unavailable() -> Response:
    """HTTP 503 as the web server's HTML page."""
    return HTMLResponse(UNAVAILABLE_PAGE, status_code=503)


def complaint(status: int, message: str) -> Response:
    """The web framework's own refusals: 405, 413, 415."""
    return JSONResponse({"Message": message}, status_code=status)


def wants_xml(accept: str, *, default_xml: bool) -> bool:
    """Which form is asked for (SEKO contract 1.1): the first of the two named in Accept, else the default."""
    accept = accept.lower()
    json_at, xml_at = accept.find("json"), accept.find("xml")
    if json_at < 0 and xml_at < 0:
        return default_xml
    return xml_at >= 0 and (json_at < 0 or xml_at < json_at)
