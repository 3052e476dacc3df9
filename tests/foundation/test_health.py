"""The machine next door may ask without signing in, and learns nothing but yes or no."""

from unittest import mock

import pytest
from django.db import OperationalError, connection


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_healthy_process_says_yes_with_an_empty_body(client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.django_db
def test_without_a_database_the_process_lives_but_is_not_ready(client) -> None:
    with mock.patch.object(connection, "cursor", side_effect=OperationalError("secret host name")):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"")
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_nobody_can_post_to_it(client, path: str) -> None:
    assert client.post(path).status_code == 405
