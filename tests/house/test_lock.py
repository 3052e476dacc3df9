"""The lock pins everything with hashes and says nothing about where it was resolved."""

import re
import tomllib

import pytest

from tests.house.sources import PROJECT

LOCKS = ["run.txt", "dev.txt"]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((PROJECT / "requirements" / name).read_text()))


def plain(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ;]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_names_no_address(name: str) -> None:
    assert re.findall(r"\S*://\S*|--\S*index\S*|--find-links\S*", (PROJECT / "requirements" / name).read_text()) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash(name: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", (PROJECT / "requirements" / name).read_text(), flags=re.MULTILINE)
    assert [block.split()[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block] == []
    assert len(pins(name)) > 40


def test_working_on_the_project_uses_the_same_versions_as_running_it() -> None:
    run, dev = pins("run.txt"), pins("dev.txt")
    assert {name: dev.get(name) for name in run} == run


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = {plain(each) for each in [*project["dependencies"], *extras["embedded"]]}
    assert needed - pins("run.txt").keys() == set()
    assert {plain(each) for each in extras["dev"]} - pins("dev.txt").keys() == set()
