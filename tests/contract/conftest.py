"""Counts what the contract suites compared with a published description, also across several workers."""

from typing import Any

CHECKED = "exchanges compared with the published description"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many exchanges were compared."""
    told = [
        count
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, count in getattr(report, "user_properties", ())
        if name == CHECKED and getattr(report, "when", "") == "teardown"
    ]
    if told:
        terminalreporter.section("contract")
        terminalreporter.line(f"{sum(told)} {CHECKED}, in {len(told)} tests")
