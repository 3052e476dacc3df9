"""What the product may and may not use of its job runner; docs/reliability.md says why, row by row."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from jlseko.demo.installation import Ports, World
from jlseko.demo.programs import programs
from sync.doorbell import QUEUE_OF
from tests.house.sources import PROJECT, files, named
from tests.house.test_product import proofs

PAGE = (PROJECT / "docs" / "reliability.md").read_text()
PRODUCT = ("carriers", "exceptions", "jlseko", "sync")
SERIALIZER = "--serializer rq.serializers.JSONSerializer"
FORBIDDEN = {
    "SpawnWorker", "SimpleWorker", "Retry", "Repeat", "enqueue_in", "enqueue_at", "enqueue_many", "enqueue_job",
    "CronScheduler", "DjangoCronScheduler", "rqcron", "with_scheduler", "unique",
}  # fmt: skip
ROW = re.compile(r"^\| R(\d+) \|(.*)\|$", re.MULTILINE)


def product() -> Iterator[tuple[str, ast.Module]]:
    for path in files(".py"):
        if named(path).startswith(PRODUCT):
            yield named(path), ast.parse(path.read_text())


def test_every_worker_that_we_start_or_tell_people_to_start_serves_one_queue_as_json(tmp_path: Path) -> None:
    told = re.findall(r"rqworker .*", (PROJECT / "README.md").read_text())
    made = programs(tmp_path, Ports(1, 2, 3), World(1, ""), push_url="", reload=False)
    started = [" ".join(program.command).split("manage.py ")[-1] for program in made]
    workers = [re.sub(r" +", " ", line) for line in (*told, *started) if line.startswith("rqworker ")]
    served = [re.match(rf"rqworker (\w+) {SERIALIZER}( --verbosity 0)?$", line) for line in workers]
    assert all(served), workers
    assert sorted(each[1] for each in served if each) == sorted([*set(QUEUE_OF.values())] * 2)


def test_nothing_of_the_runner_is_used_that_loses_repeats_or_leaks_work() -> None:
    used = []
    for name, tree in product():
        for node in ast.walk(tree):
            words = {getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "arg", None)}
            words |= {alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)}
            if FORBIDDEN & words and any(word in (PROJECT / name).read_text() for word in ("django_rq", "import rq")):
                used.append(f"{name}:{getattr(node, 'lineno', 0)} {FORBIDDEN & words}")
    assert used == []


def test_only_the_doorbell_knows_the_runner() -> None:
    assert [name for name, _ in product() if "django_rq" in (PROJECT / name).read_text()] == [
        "jlseko/settings.py", "sync/doorbell.py",
    ]  # fmt: skip


def test_what_follows_a_commit_never_fails_whoever_committed() -> None:
    found = []
    for name, tree in product():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "on_commit":
                robust = [key.value for key in node.keywords if key.arg == "robust"]
                found += [] if robust and getattr(robust[0], "value", False) else [f"{name}:{node.lineno}"]
    assert found == []


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each)
        else:
            yield each


def test_no_page_of_the_runner_or_of_the_admin_site_is_mounted() -> None:
    modules = {pattern.callback.__module__.partition(".")[0] for pattern in _patterns(get_resolver())}
    assert not modules & {"django_rq", "rq"}
    assert "django.contrib.admin" not in settings.INSTALLED_APPS  # django-rq would mount itself there


def test_a_death_penalty_is_never_swallowed_by_a_loop() -> None:
    """A broad except around the body of a loop would eat the time-out of a job and go on."""
    swallowed = []
    for name, tree in product():
        if not name.startswith(("sync/loop/", "sync/flows/", "sync/lanes", "sync/effects", "sync/limits")):
            continue
        for loop in (node for node in ast.walk(tree) if isinstance(node, ast.While)):
            handlers = [node for node in ast.walk(loop) if isinstance(node, ast.ExceptHandler)]
            kinds = {getattr(handler.type, "id", "everything") for handler in handlers}
            swallowed += [f"{name}:{loop.lineno}"] if kinds & {"Exception", "BaseException", "everything"} else []
    assert swallowed == []


@pytest.mark.parametrize("package", ["rq", "django-rq", "redis"])
def test_the_rows_were_measured_on_the_version_that_is_installed(package: str) -> None:
    assert f"{package} {version(package)}" in PAGE, f"{package} has changed: measure R1 to R17 again"


def test_every_row_has_a_proof_or_says_why_there_is_none() -> None:
    rows = {int(number): row for number, row in ROW.findall(PAGE)}
    assert sorted(rows) == list(range(1, 18))
    assert [number for number, row in rows.items() if not proofs(row) and "no test" not in row] == []
