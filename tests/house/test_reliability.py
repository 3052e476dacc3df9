"""The page about reliability names proofs; each of them exists."""

import pytest

from tests.house.sources import PROJECT
from tests.house.test_product import named_in, proofs

PAGE = PROJECT / "docs" / "reliability.md"
NAMED = proofs(PAGE.read_text())


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name or path for path, name in NAMED])
def test_a_proof_exists(path: str, name: str) -> None:
    assert (PROJECT / path).is_file()
    assert not name or name in named_in(path)


def test_the_readme_leads_there() -> None:
    assert "docs/reliability.md" in (PROJECT / "README.md").read_text()
