"""The photographer of the documentation: it finds every screen, and one that is missing does not stop it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docs.screenshots import CHOSEN, LARGEST, Studio
from tests.journeys import pages
from tests.journeys.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


def test_every_screen_is_photographed_and_what_is_missing_is_told(
    people: Any, browser: Any, live_server: Any, tmp_path: Path
) -> None:
    pages.lay_out(people["admin"])
    studio = Studio(browser, live_server.url, folder=tmp_path / "all", password=PASSWORD)
    studio.photograph(sizes=("desk",), themes=("light",))
    assert studio.missing == ["exception-closed: /exceptions/?view=closed-today links to none"]
    assert all(path.stat().st_size for path in studio.taken.values())
    assert studio.contact_sheet().read_text().count("<img") == len(studio.taken)

    kept = list(studio.keep(tmp_path / "kept"))
    assert {path.stem for path in kept} == {
        f"{name}-desk" for name, size, theme in CHOSEN if (size, theme) == ("desk", "light")
    }
    assert all(path.stat().st_size <= LARGEST for path in kept)
    assert len(CHOSEN) <= 35
