"""A selection: one by one or all that match; the server counts again and says in words what is meant."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from exceptions import services
from exceptions.triage.selection import Selection
from tests.exceptions.page_forms import SKU, STOCK, TOWN


@pytest.fixture
def three(desk) -> list:
    faults = {"JL1-A": TOWN, "JL2-A": STOCK, "JL3-A": SKU}
    return [desk.stall(desk.order(number), fault) for number, fault in faults.items()]


def chosen(user, **posted) -> Selection:
    request = RequestFactory().post("/", posted)
    request.user = user
    return Selection.of(request)


def test_rows_are_named_one_by_one_with_the_versions_that_were_seen(three, operations) -> None:
    found = chosen(
        operations, record=[three[0].pk, three[2].pk], seen=[f"{record.pk}:{record.version}" for record in three]
    )
    assert {record.pk for record in found.rows} == {three[0].pk, three[2].pk}
    assert (found.count, found.problem) == (2, "")
    assert found.words.startswith("2 selected: JL")
    assert found.versions == {record.pk: record.version for record in (three[0], three[2])}


def test_one_row_of_its_own_leaves_the_ticked_ones_alone(three, operations) -> None:
    found = chosen(operations, only=three[1].pk, record=[three[0].pk], matching="view=open", counted="3")
    assert [record.pk for record in found.rows] == [three[1].pk]
    assert found.words == "JL2-A"


@pytest.mark.parametrize("records", [[], ["x"], ["9" * 30], ["999999999"]])
def test_what_cannot_be_found_is_a_problem_and_never_everything(records, three, operations) -> None:
    found = chosen(operations, record=records)
    assert found.problem
    assert not found.rows


def test_all_that_match_is_counted_again(three, operations) -> None:
    whole = chosen(operations, matching="category=no_free_stock&sort=value&after=abc", counted="1")
    assert [record.pk for record in whole.rows] == [three[1].pk]
    assert whole.words == "all 1 that match: Open, Category is No free stock"
    assert not whole.problem
    services.claim(three[0], by=operations)
    other = chosen(operations, matching="view=unowned", counted="3")
    assert other.problem == ("When you selected, 3 matched; now 2 do. Look at the list again before you go on.")
    assert chosen(operations, matching="view=unowned").problem
    assert chosen(operations, matching="q=nothing-like-it", counted="0").problem == "Nothing matches any more."


def test_a_selection_survives_a_further_page(three, operations) -> None:
    first = chosen(operations, matching="view=unowned", counted="3", seen=[f"{three[0].pk}:7"])
    again = chosen(operations, **{name: [v for n, v in first.fields if n == name] for name, _ in first.fields})
    assert (again.count, again.words, dict(again.versions)) == (3, first.words, {three[0].pk: 7})


def test_nobody_selects_what_they_may_not_see(three, django_user_model) -> None:
    stranger = django_user_model.objects.create_user("stranger")
    assert chosen(stranger, matching="", counted="0").count == 0
    assert chosen(stranger, record=[three[0].pk]).problem
