"""Fail-points: killed exactly where and as often as a rehearsal says, and nothing at all in production."""

import ast
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from jlseko import failpoints
from tests.house.sources import PROJECT

ROOMS = ("jlseko", "carriers", "sync", "exceptions")


def _names_in_calls() -> Iterator[str]:
    for room in ROOMS:
        for path in (PROJECT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.reach":
                    assert len(node.args) == 1, path
                    yield ast.literal_eval(node.args[0])


def test_the_list_of_points_and_the_calls_agree() -> None:
    called = Counter(_names_in_calls())
    assert set(called) == set(failpoints.POINTS)
    assert len(failpoints.POINTS) == len(set(failpoints.POINTS)) == 15


def _asked(point: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = f"from jlseko import failpoints as f; f.reach({point!r}); print('alive', f.is_rehearsal)"
    variables = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=variables, capture_output=True, text=True, check=False
    )


@pytest.fixture
def order(tmp_path: Path) -> Path:
    path = tmp_path / "order.json"
    path.write_text(json.dumps({"point": "http.sent", "process": "horse", "times": 1, "spare": [os.getpid()]}))
    return path


def test_a_process_dies_at_the_point_and_leaves_its_mark(order: Path) -> None:
    done = _asked("http.sent", JLSEKO_FAILPOINTS=str(order))
    assert done.returncode == -signal.SIGKILL
    assert json.loads(failpoints.Armed(order).mark(1).read_text())["point"] == "http.sent"


def test_it_dies_as_often_as_the_order_says(order: Path) -> None:
    codes = [_asked("http.sent", JLSEKO_FAILPOINTS=str(order)).returncode for _ in range(2)]
    assert codes == [-signal.SIGKILL, 0]


def test_another_point_is_passed(order: Path) -> None:
    assert _asked("http.answered", JLSEKO_FAILPOINTS=str(order)).stdout.split() == ["alive", "True"]


def test_production_passes_an_armed_point(order: Path) -> None:
    done = _asked("http.sent", JLSEKO_FAILPOINTS=str(order), JLSEKO_ENV="production")
    assert done.stdout.split() == ["alive", "False"]
    assert not failpoints.Armed(order).mark(1).exists()


def test_nothing_is_looked_for_without_a_rehearsal() -> None:
    assert _asked("http.sent").stdout.split() == ["alive", "False"]


@pytest.mark.parametrize(
    ("process", "spare", "killed"),
    [
        ("horse", [], ["self"]),
        ("parent", [], ["parent"]),
        ("all", [], ["parent", "self"]),
        ("parent", [os.getppid()], ["self"]),
        ("all", [os.getppid()], ["self"]),
    ],
)
def test_who_is_killed(tmp_path: Path, process: str, spare: list[int], killed: list[str]) -> None:
    found: list[int] = []
    names = {os.getpid(): "self", os.getppid(): "parent"}
    path = tmp_path / "order.json"
    path.write_text(json.dumps({"point": "http.sent", "process": process, "spare": spare}))
    failpoints.Armed(path, kill=lambda pid, _: found.append(pid))("http.sent")
    assert [names[pid] for pid in found] == killed


@pytest.mark.parametrize(("told", "number"), [({}, signal.SIGKILL), ({"signal": "STOP"}, signal.SIGSTOP)])
def test_with_which_signal(tmp_path: Path, told: dict[str, str], number: signal.Signals) -> None:
    path = tmp_path / "order.json"
    path.write_text(json.dumps({"point": "http.sent", "process": "horse", **told}))
    found: list[int] = []
    failpoints.Armed(path, kill=lambda _, sent: found.append(sent))("http.sent")
    assert found == [number]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"point": "http.sent"}', '{"point": "http.sent", "process": "x"}'])
def test_a_file_that_says_nothing_kills_nobody(tmp_path: Path, text: str) -> None:
    path = tmp_path / "order.json"
    path.write_text(text)
    failpoints.Armed(path, kill=lambda *_: pytest.fail("killed"))("http.sent")
