"""A person at the desk: signs in, finds the exception of an order and sends it back, patiently and more than once."""

from __future__ import annotations

import re
import time

import httpx

from tests.campaign.processes.stack import PASSWORD, SHOP, DidNotCome, Stack

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
SAYS_NO = frozenset({409, 422})


class Person:
    """A browser's session of its own. What fails for a moment is tried again, as people do."""

    def __init__(self, stack: Stack, name: str = "ops") -> None:
        self._stack = stack
        self._name = name
        self._browser: httpx.Client | None = None

    def send_back(self, order_id: str, *, times: int = 1, seconds: float = 60.0) -> int:
        """Press the button on the exception of an order until it was taken, or is not there any more; how often it
        was pressed. Raises DidNotCome.
        """
        ends, pressed, taken = time.monotonic() + seconds, 0, 0
        while time.monotonic() < ends:
            try:
                page = self._exception_of(order_id)
                if page is None:
                    return pressed
                pressed += 1
                answer = self._post(f"{page}send-back/", {})
                if answer.status_code in SAYS_NO:
                    return pressed  # it is on its way already
                taken += answer.status_code in (200, 302)
                if taken >= times:
                    return pressed
            except httpx.TransportError:
                self._browser = None
            time.sleep(0.2)
        raise DidNotCome(f"{order_id} could not be sent back")

    def _exception_of(self, order_id: str) -> str | None:
        answer = self._session().get(f"/exceptions/for-order/{SHOP}/{order_id}/")
        if answer.status_code >= 500:
            raise httpx.RemoteProtocolError("the desk cannot answer now")
        found = re.search(r"/exceptions/\d+/", answer.headers.get("location", ""))
        return found[0] if found else None

    def _post(self, path: str, data: dict[str, str]) -> httpx.Response:
        session = self._session()
        token = session.cookies.get("csrftoken", "")
        return session.post(path, data={"csrfmiddlewaretoken": token, **data})

    def _session(self) -> httpx.Client:
        if self._browser is None:
            browser = httpx.Client(base_url=self._stack.url("web"), timeout=20, trust_env=False)
            page = browser.get("/sign-in/")
            token = TOKEN.search(page.text)
            if token is None:
                raise httpx.RemoteProtocolError("the desk cannot answer now")
            browser.post(
                "/sign-in/", data={"csrfmiddlewaretoken": token[1], "username": self._name, "password": PASSWORD}
            )
            self._browser = browser
        return self._browser
