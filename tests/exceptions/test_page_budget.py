"""Every page of the navigation asks the database twelve times at most, however much there is to show."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jlseko.navigation import ENTRIES, place
from tests.exceptions.page_forms import STOCK, TOWN
from tests.sync.pages import MOST

FEW, MANY = 2, 9


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
