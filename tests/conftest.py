"""What every test has: its own embedded servers, no way to the network, and a browser where one is installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from jlseko import clock

settings.register_profile("campaign", max_examples=2_000)  # pytest --hypothesis-profile=campaign

PROJECT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
INSTALL = "apt-get update && apt-get install -y --no-install-recommends chromium"
SKIPPED = pytest.StashKey[int]()
MEASURED = {"weight": "WHAT PAGES WEIGH, KB PLAIN / AS SENT", "hands": "MOVES OF THE HAND"}  # recorded as properties


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SKIPPED] = 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a page is a browser test, whether it says so or not."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if CHROMIUM is None and item.get_closest_marker("browser"):
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"this test needs Chromium: {INSTALL}", pytrace=False)
        pytest.skip("needs Chromium")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if "needs Chromium" in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("BROWSER TESTS WERE SKIPPED", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests did not run, because there is no Chromium. Install it:  {INSTALL}")
    passed = terminalreporter.stats.get("passed", [])
    for name, title in MEASURED.items():
        lines = [value for report in passed for key, value in report.user_properties if key == name]
        if lines:
            terminalreporter.section(title)
            for line in sorted(set(lines)):
                terminalreporter.line(line)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, which may reach this machine only."""
    options = [
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
    ]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox refuses root
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": options}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk in London."""
    size = {"width": 1440, "height": 900}
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/London", "viewport": size}


@pytest.fixture(autouse=True)
def _fresh_clock() -> Any:
    """No test inherits the clock file that another one read."""
    clock.forget()
    yield
    clock.forget()
