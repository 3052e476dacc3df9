"""Adding a category is one file."""

import pytest
from django.contrib.auth.models import Group, User

from exceptions import roles, runbooks
from exceptions.category import Category, registry
from exceptions.states import Blame, OwnerRole
from sync.failures import Failure

FILE = '''
class GiftWrapMissing(Category):
    slug = "gift_wrap_missing"
    title = "Gift wrap missing"
    detect_text = "The order wants gift wrap and SEKO has none."
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    scenario = "plain"
    runbook = """
The customer paid for gift wrap.

## First check
Does SEKO have any?
"""

    def claims(self, failure):
        return failure.rule == "gift_wrap"
'''


@pytest.fixture
def added():
    exec(compile(FILE, "gift_wrap_missing.py", "exec"), {"Category": Category, "Blame": Blame, "OwnerRole": OwnerRole})
    yield registry.get("gift_wrap_missing")
    registry.unregister("gift_wrap_missing")


def test_it_is_in_the_registry_the_role_matrix_and_the_runbook_index(added):
    assert ("gift_wrap_missing", "Gift wrap missing") in registry.choices()
    assert "gift_wrap_missing" in str(roles.matrix())
    assert "gift_wrap_missing" in {category.slug for category in runbooks.index()}
    assert registry.of(Failure("unclassified", "No wrap left", rule="gift_wrap")).slug == "gift_wrap_missing"


def test_its_pages_show_it(added, client, db):
    user = User.objects.create_user("ops", password="x")
    user.groups.add(Group.objects.get(name="Operations"))
    client.force_login(user)
    for path in (
        "/exceptions/",
        "/exceptions/runbooks/",
        "/exceptions/runbooks/gift_wrap_missing/",
        "/exceptions/roles/",
    ):
        assert "Gift wrap missing" in client.get(path).content.decode(), path


def test_it_is_gone_again():
    assert "gift_wrap_missing" not in registry
