"""The import order holds, and the Makefile lists what it can do."""

import subprocess
import sys
from pathlib import Path

from tests.house.sources import PROJECT


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_make_alone_lists_every_target_for_people() -> None:
    listed = subprocess.run(["make"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "demo", "dev", "test", "check", "fix", "screenshots"):
        assert f"make {target} " in listed


def test_the_build_machine_insists_on_the_browser_tests() -> None:
    script = PROJECT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "REQUIRE_BROWSER=1" in script.read_text()
