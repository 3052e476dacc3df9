"""Photographs the desk of a running demo: `make demo` in one terminal, `make screenshots` in another.

Every page of the navigation, one exception and one order, on a desk and on a phone, into docs/screenshots.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from jlseko.demo.people import PASSWORD

FOLDER = Path(__file__).resolve().parent / "screenshots"
SIZES = {"desk": ViewportSize(width=1440, height=900), "phone": ViewportSize(width=390, height=844)}
DETAILS = {
    "exception": re.compile(r"^/exceptions/\d+/$"),
    "order": re.compile(r"^/orders/[^/]+/[^/]+/$"),
    "connection": re.compile(r"^/connections/[^/]+/$"),
    "sku": re.compile(r"^/stock/(?!files/|rules/|unlisted/|listings/)[^/]+/.+/$"),
    "stock-file": re.compile(r"^/stock/files/\d+/$"),
}
FURTHER = {"stock-files": "/stock/files/", "stock-rules": "/stock/rules/", "stock-unlisted": "/stock/unlisted/"}


def sign_in(page: Page, url: str, username: str) -> None:
    """Signs in as one of the demo's people."""
    page.goto(f"{url}/sign-in/")
    page.get_by_label("User name").or_(page.get_by_label("Username")).first.fill(username)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def paths(page: Page) -> list[str]:
    """The addresses that a page links to, without their questions, each once."""
    found = page.eval_on_selector_all("a[href^='/']", "links => links.map(link => link.getAttribute('href'))")
    return list(dict.fromkeys(str(path).split("?")[0].split("#")[0] for path in found))


def plan(page: Page, url: str) -> dict[str, str]:
    """What to photograph: every page that the frame links to, and the first of each kind of detail."""
    page.goto(url)
    wanted = {"today": "/"}
    for path in paths(page):
        if re.fullmatch(r"/[a-z][a-z/-]*/", path) and not path.startswith(("/ui/", "/sign-")):
            wanted.setdefault(path.strip("/").replace("/", "-"), path)
    wanted |= FURTHER
    for path in list(wanted.values()):
        page.goto(f"{url}{path}")
        for name, pattern in DETAILS.items():
            if found := [link for link in paths(page) if pattern.match(link)]:
                wanted.setdefault(name, found[0])
    return wanted


def photograph(browser: Browser, url: str, username: str) -> list[Path]:
    """Takes every picture and returns where they lie."""
    taken = []
    for size, viewport in SIZES.items():
        context = browser.new_context(viewport=viewport, locale="en-GB", timezone_id="Europe/London")
        page = context.new_page()
        sign_in(page, url, username)
        for name, path in plan(page, url).items():
            page.goto(f"{url}{path}")  # not until the network is idle: some pages refresh themselves
            taken.append(FOLDER / f"{name}-{size}.png")
            page.screenshot(path=taken[-1])
        context.close()
    return taken


def main() -> None:
    """Runs with the address of a demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--as", dest="username", default="manager", help="one of the demo's people")
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("There is no Chromium: apt-get install --no-install-recommends chromium")
    FOLDER.mkdir(exist_ok=True)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for path in photograph(browser, options.url.rstrip("/"), options.username):
            print(path.relative_to(Path.cwd()))  # noqa: T201
        browser.close()


if __name__ == "__main__":
    main()
