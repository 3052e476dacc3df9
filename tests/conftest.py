"""What every test has: its own embedded servers, no way to the network, and a browser where one is installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from jlseko import clock
from tests import measured

settings.register_profile("campaign", max_examples=2_000)  # pytest --hypothesis-profile=campaign

PROJECT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
INSTALL = "apt-get update && apt-get install -y --no-install-recommends chromium"
SKIPPED = pytest.StashKey[int]()
CAMPAIGN = pytest.StashKey[tuple[str, list[str]]]()


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


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A fault of the campaign that never struck in any of its days fails the run, though each day was fine."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    days = _properties(reporter).get(measured.DAY, []) if reporter else []
    if not days or session.exitstatus:
        return
    from tests.campaign.days import sample  # the product is set up by now

    session.config.stash[CAMPAIGN] = sample.together(days)
    if session.config.stash[CAMPAIGN][1]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _properties(reporter: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for report in reporter.stats.get("passed", []):
        for key, value in report.user_properties:
            found.setdefault(key, []).append(value)
    return found


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if "needs Chromium" in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("BROWSER TESTS WERE SKIPPED", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests did not run, because there is no Chromium. Install it:  {INSTALL}")
    properties = _properties(terminalreporter)
    for name, title in measured.PRINTED.items():
        if name in properties:
            terminalreporter.section(title)
            for line in sorted(set(properties[name])):
                terminalreporter.line(line)
    table, never = terminalreporter.config.stash.get(CAMPAIGN, ("", []))
    if table:
        terminalreporter.section("THE CAMPAIGN'S DAYS TOGETHER")
        terminalreporter.line(table)
    for name in never:
        terminalreporter.line(f"FAILED, although each day was fine: {name} never happened", red=True)


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
