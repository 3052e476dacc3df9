"""Photographs every screen of a running demo: `make demo` in one terminal, `make screenshots` in another.

Each in light and in dark, on a desk, a small desk and a phone, into .data/screenshots with a contact sheet in
index.html. The few that the documentation shows are put into docs/screenshots as well. A screen that is not there is
reported, and the others go on.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Error, Page, ViewportSize, sync_playwright

from jlseko.demo.people import PASSWORD

PROJECT = Path(__file__).resolve().parent.parent
ALL = PROJECT / ".data" / "screenshots"
KEPT = PROJECT / "docs" / "screenshots"
SIZES = {
    "desk": ViewportSize(width=1440, height=900),
    "small": ViewportSize(width=1024, height=768),
    "phone": ViewportSize(width=390, height=844),
}
THEMES = ("light", "dark")
LARGEST = 200_000  # bytes of a picture in docs
PATIENCE = 20_000  # milliseconds for anything on a page

# Every page without arguments, and who opens it
PAGES = {
    "today": "/", "exceptions": "/exceptions/?view=open", "by-cause": "/exceptions/?by=cause",
    "by-order": "/exceptions/?by=order", "by-sku": "/exceptions/?by=sku", "by-carrier": "/exceptions/?by=carrier",
    "closed-today": "/exceptions/?view=closed-today", "saved-views": "/exceptions/views/",
    "runs": "/exceptions/runs/", "practice": "/exceptions/practice/", "practice-order": "/exceptions/practice/order/",
    "runbooks": "/exceptions/runbooks/", "roles": "/exceptions/roles/", "glossary": "/glossary/",
    "search": "/search/?q=JL7", "search-nothing": "/search/?q=zzz-nothing", "orders": "/orders/", "stock": "/stock/",
    "stock-files": "/stock/files/", "stock-rules": "/stock/rules/", "stock-rule-new": "/stock/rules/new/",
    "stock-unlisted": "/stock/unlisted/", "sync-health": "/sync/", "carriers": "/carriers/",
    "carrier-new": "/carriers/new/", "carrier-coverage": "/carriers/coverage/",
    "carrier-approved": "/carriers/approved/", "carrier-versions": "/carriers/versions/",
    "carrier-try": "/carriers/try/", "carrier-review": "/carriers/review/", "not-found": "/nowhere/",
}  # fmt: skip
PAGES_OF_ADMIN = {"connections": "/connections/", "owners": "/exceptions/owners/", "parts": "/ui/"}

# The first of each kind that a page links to: the page, and the address as it looks there
DETAILS = {
    "exception": ("/exceptions/?view=open&category=address_invalid", r"^/exceptions/\d+/$"),
    "exception-parcel": ("/exceptions/?view=open&category=unmapped_carrier", r"^/exceptions/\d+/$"),
    "exception-closed": ("/exceptions/?view=closed-today", r"^/exceptions/\d+/$"),
    "cause": ("/exceptions/?by=cause&category=unmapped_carrier", r"^/exceptions/causes/\d+/$"),
    "run": ("/exceptions/runs/", r"^/exceptions/runs/\d+/$"),
    "runbook": ("/exceptions/runbooks/", r"^/exceptions/runbooks/[^/]+/$"),
    "order": ("/orders/", r"^/orders/[^/]+/[^/]+/$"),
    "sku": ("/stock/", r"^/stock/(?!files/|rules/|unlisted/|listings/)[^/]+/.+/$"),
    "stock-file": ("/stock/files/", r"^/stock/files/\d+/$"),
    "carrier": ("/carriers/", r"^/carriers/\d+/$"),
}
DETAILS_OF_ADMIN = {"connection": ("/connections/", r"^/connections/[^/]+/$")}

# Pages about something whose own page was found: its name, and what follows the address
BELOW = {
    "exception-note": ("exception", "note/"), "exception-proof": ("exception", "proof/"),
    "exception-assign": ("exception", "assign/"), "exception-snooze": ("exception", "snooze/"),
    "exception-would-send": ("exception", "would-send/"), "cause-merge": ("cause", "merge/"),
    "cause-split": ("cause", "split/"), "carrier-retire": ("carrier", "retire/"),
    "connection-settings": ("connection", "settings/"), "connection-keys": ("connection", "keys/"),
    "connection-checklist": ("connection", "checklist/"), "connection-discovered": ("connection", "discovered/"),
    "connection-history": ("connection", "history/"),
}  # fmt: skip

# Rows that can be sent back as they are
GOES_BACK = "tr:has(button[data-act=resubmit]) input[data-row]"

# What the documentation shows: screen, size and theme
CHOSEN = (
    *((name, "desk", "light") for name in (
        "today", "exceptions", "by-cause", "peek", "exception", "cause", "cause-plan", "run-plan", "run", "order",
        "palette", "stock", "sku", "carriers", "sync-health", "connection", "practice-order", "parts",
    )),
    *((name, "desk", "dark") for name in ("today", "exceptions", "exception", "cause")),
    *((name, "phone", "light") for name in ("today", "exceptions", "exception", "order")),
    ("exception", "phone", "dark"),
)  # fmt: skip


def _peek(page: Page) -> None:
    record = page.locator("input[data-row]").first.get_attribute("value")
    page.goto(f"{page.url.split('?')[0]}?peek={record}")  # a phone has no button for it
    page.locator("#peek [data-peeked]").wait_for()


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("#palette[data-shown='']").wait_for()
    page.keyboard.type("JL7")
    page.locator("#palette[data-shown='JL7']").wait_for()


def _help(page: Page) -> None:
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()


def _selection(page: Page) -> None:
    for box in page.locator("input[data-row]").all()[:3]:
        box.check()


def _run_plan(page: Page) -> None:
    for box in [*page.locator(GOES_BACK).all()[:12], page.locator("input[data-row]").first]:
        box.check()
    page.locator(".selection-bar [data-act=resubmit]").click()
    page.wait_for_url("**/runs/plan/")


def _cause_plan(page: Page) -> None:
    choice = page.get_by_role("combobox", name="John Lewis carrier").first
    choice.select_option(index=1)
    page.get_by_role("button", name="Fix, then see what goes").click()
    page.locator("#plan").wait_for()


# What opens on a page, or answers a form without changing anything: the screen it starts from, and what is done there
OPENED: dict[str, tuple[str, Callable[[Page], None]]] = {
    "peek": ("exceptions", _peek),
    "palette": ("today", _palette),
    "help": ("exceptions", _help),
    "selection": ("exceptions", _selection),
    "run-plan": ("exceptions", _run_plan),
    "cause-plan": ("cause", _cause_plan),
}


@dataclass
class Studio:
    """One demo, where its pictures go, and what could not be taken."""

    browser: Browser
    url: str
    folder: Path = ALL
    password: str = PASSWORD
    taken: dict[tuple[str, str, str], Path] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def photograph(self, *, sizes: tuple[str, ...] = tuple(SIZES), themes: tuple[str, ...] = THEMES) -> None:
        """Takes every picture."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for username, pages, details in (
            ("manager", PAGES, DETAILS),
            ("admin", PAGES_OF_ADMIN, DETAILS_OF_ADMIN),
        ):
            plan: dict[str, str] = {}
            for size in sizes:
                for theme in themes:
                    page = self._enter(username, size, theme)
                    plan = plan or self._plan(page, pages, details)
                    self._all_of(page, plan, size, theme)
                    page.context.close()

    def _enter(self, username: str, size: str, theme: str) -> Page:
        """A page on Today, signed in as one of the demo's people."""
        context = self.browser.new_context(
            viewport=SIZES[size], locale="en-GB", timezone_id="Europe/London", reduced_motion="reduce",
            color_scheme="dark" if theme == "dark" else "light",
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{self.url}/sign-in/")
        page.locator("input[name=username]").fill(username)
        page.locator("input[name=password]").fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "sign-in" not in address)
        return page

    def _run(self, page: Page) -> None:
        """Have a run to show: the one thing that a photograph changes in a demo."""
        page.goto(f"{self.url}/exceptions/runs/")
        if page.locator("main td.primary a").count():
            return
        page.goto(f"{self.url}{PAGES['exceptions']}")
        if page.locator(GOES_BACK).count():
            _run_plan(page)
            page.get_by_role("button", name=re.compile("^Send back")).click()
            page.wait_for_url(re.compile(r"/exceptions/runs/\d+/"))

    def _plan(self, page: Page, pages: dict[str, str], details: dict[str, tuple[str, str]]) -> dict[str, str]:
        """The address of every screen, those about one thing found by following links."""
        plan = dict(pages)
        if "run" in details:
            self._run(page)
        for name, (start, pattern) in details.items():
            page.goto(f"{self.url}{start}")
            links = page.eval_on_selector_all("a[href^='/']", "links => links.map(link => link.getAttribute('href'))")
            found = [path for path in (str(link).split("?")[0].split("#")[0] for link in links)
                     if re.match(pattern, path)]  # fmt: skip
            if found:
                plan[name] = found[0]
            else:
                self.missing.append(f"{name}: {start} links to none")
        return plan | {name: plan[of] + more for name, (of, more) in BELOW.items() if of in plan}

    def _all_of(self, page: Page, plan: dict[str, str], size: str, theme: str) -> None:
        for name, path in plan.items():
            with_it = [(name, None), *((each, act) for each, (start, act) in OPENED.items() if start == name)]
            for screen, act in with_it:
                try:
                    self._one(page, screen, path, act, size, theme)
                except Error as problem:
                    self.missing.append(f"{screen}, {size}, {theme}: {problem.message.splitlines()[0]}")

    def _one(
        self, page: Page, screen: str, path: str, act: Callable[[Page], None] | None, size: str, theme: str
    ) -> None:
        answer = page.goto(f"{self.url}{path}")  # not until the network is idle: some pages refresh themselves
        wanted = 404 if screen == "not-found" else 200
        if answer is None or answer.status != wanted:
            self.missing.append(f"{screen}, {size}, {theme}: {path} answers {answer.status if answer else 'nothing'}")
            return
        if act is not None:
            act(page)
        target = self.folder / f"{screen}-{size}-{theme}.png"
        page.screenshot(path=target)
        self.taken[screen, size, theme] = target

    def contact_sheet(self) -> Path:
        """Writes index.html with all of them, a row for each screen."""
        rows = []
        for screen in dict.fromkeys(name for name, _, _ in self.taken):
            own = [(key, path) for key, path in self.taken.items() if key[0] == screen]
            pictures = "".join(
                f'<a href="{path.name}"><img loading="lazy" src="{path.name}" alt="{escape(" ".join(key))}"'
                f' height="{SIZES[key[1]]["height"] // 3}"></a>'
                for key, path in own
            )
            rows.append(f"<h2>{escape(screen)}</h2><div>{pictures}</div>")
        gone = "".join(f"<li>{escape(each)}</li>" for each in self.missing)
        sheet = self.folder / "index.html"
        sheet.write_text(
            "<!doctype html><html lang=en-GB><meta charset=utf-8><title>Screens of jlseko</title>"
            "<style>body{font:15px sans-serif;margin:2rem;background:#888}img{margin:4px;vertical-align:top}</style>"
            f"<h1>{len(self.taken)} pictures</h1><ul>{gone}</ul>{''.join(rows)}</html>\n"
        )
        return sheet

    def keep(self, folder: Path = KEPT) -> Iterator[Path]:
        """Puts the chosen ones into the documentation, in few colours, and takes away what is not chosen any more."""
        folder.mkdir(exist_ok=True)
        names = {f"{name}-{size}{'' if theme == 'light' else '-dark'}.png" for name, size, theme in CHOSEN}
        for old in folder.glob("*.png"):
            if old.name not in names:
                old.unlink()
        for name, size, theme in CHOSEN:
            source = self.taken.get((name, size, theme))
            if source is None:
                continue
            target = folder / f"{name}-{size}{'' if theme == 'light' else '-dark'}.png"
            target.write_bytes(small(source))
            yield target


def small(picture: Path) -> bytes:
    """A picture in as many colours as fit into :data:`LARGEST` bytes."""
    with Image.open(picture) as image:
        for colours in (256, 128, 64, 32):
            out = io.BytesIO()
            image.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            if out.tell() <= LARGEST:
                break
    return out.getvalue()


def main() -> None:
    """Runs with the address of a demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--keep", action="store_true", help="renew the pictures of the documentation, too")
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("There is no Chromium: apt-get install --no-install-recommends chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*arguments, "--lang=en-GB"])
        studio = Studio(browser, options.url.rstrip("/"))
        studio.photograph()
        sheet = studio.contact_sheet()
        kept = list(studio.keep()) if options.keep else []
        browser.close()
    for line in (
        *(f"missing: {each}" for each in studio.missing),
        f"{len(studio.taken)} pictures, {len(kept)} of them in docs/screenshots: {sheet.relative_to(PROJECT)}",
    ):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
