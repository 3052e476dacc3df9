"""Every page of the navigation asks the database twelve times at most, however much there is to show."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jlseko.navigation import ENTRIES, place
from jlseko.weights import weigh
from tests.exceptions.page_forms import CARRIER, STOCK, TOWN
from tests.sync.pages import MOST

FEW, MANY = 2, 9
ROWS = 40


@pytest.mark.parametrize("url_name", [entry.url_name for entry in ENTRIES] + ["exceptions:roles", "ui:gallery"])
def test_a_page_asks_the_same_few_questions_for_a_few_and_for_many(desk, client: Client, url_name: str) -> None:
    found = place(url_name)
    assert found
    client.force_login(User.objects.create_superuser("root"))
    asked = []
    for first, last in ((0, FEW), (FEW, MANY)):
        for number in range(first, last):
            desk.stall(desk.order(f"JL{number}-A"), (TOWN, STOCK)[number % 2])
        client.get(found[0])
        with CaptureQueriesContext(connection) as run:
            assert client.get(found[0]).status_code == 200
        asked.append(len(run))
    assert asked[0] == asked[1]
    assert asked[1] <= MOST


@pytest.mark.parametrize("page", ["by=order", "by=cause", "by=sku", "by=carrier", "cause", "detail"])
def test_list_cause_and_detail_ask_twelve_times_in_all_for_a_few_and_for_many(
    desk, client: Client, manager: User, page: str, record_property: Callable[[str, object], None]
) -> None:
    """Nothing is left out of the count: the session, the person and the frame are in it."""
    client.force_login(manager)
    asked = []
    for first, last in ((0, FEW), (FEW, ROWS)):
        for number in range(first, last):
            desk.order(f"JL{number}-A")
            record = desk.stall(desk.dispatch(f"JL{number}-A"), CARRIER)
        address = {
            "cause": reverse("exceptions:cause", args=[record.cause_id]),
            "detail": reverse("exceptions:detail", args=[record.pk]),
        }.get(page, f"{reverse('exceptions:list')}?{page}")
        weighed = weigh(client, address)
        assert weighed.status == HTTPStatus.OK
        asked.append(weighed.queries)
    name = f"{page}, {ROWS} held"
    record_property("weight", f"{name:<24} HTML {weighed.html}, first load {weighed.first_load}")
    assert asked[0] == asked[1]
    assert asked[1] <= MOST
