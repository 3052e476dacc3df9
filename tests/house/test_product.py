"""The page about the product names proofs; each of them exists."""

import ast
import re
from functools import cache

import pytest

from tests.house.sources import PROJECT

PAGE = PROJECT / "docs" / "product.md"
PROOF = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
ROW = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)
COMPLAINTS = 15


@cache
def named_in(path: str) -> frozenset[str]:
    """The tests that pytest would collect from a file."""
    found = ast.parse((PROJECT / path).read_text())
    return frozenset(
        node.name for node in found.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def proofs(text: str) -> list[tuple[str, str]]:
    return [(path, name) for path, name in PROOF.findall(text)]


@pytest.mark.parametrize(("path", "name"), proofs(PAGE.read_text()), ids=[name for _, name in proofs(PAGE.read_text())])
def test_a_proof_exists(path: str, name: str) -> None:
    assert (PROJECT / path).is_file()
    assert not name or name in named_in(path)


def test_every_complaint_has_its_row_and_a_proof() -> None:
    rows = dict(ROW.findall(PAGE.read_text()))
    assert sorted(map(int, rows)) == list(range(1, COMPLAINTS + 1))
    unproved = [number for number, row in rows.items() if not proofs(row) and "not proved" not in row]
    assert unproved == []


def test_the_readme_leads_there() -> None:
    assert "docs/product.md" in (PROJECT / "README.md").read_text()
