"""The practice exception: from the list to the proof, and nothing real is touched on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exceptions.models import DeskReader
from exceptions.practice.story import ANSWER
from sync.policy import Policy
from sync.rules import address as address_rules
from sync.shapes import Address
from tests.exceptions.page_forms import text

LIST, ORDER = reverse("exceptions:practice"), reverse("exceptions:practice-order")

SEND = 'name="step" value="send"'

Step = Callable[..., HttpResponse]


@pytest.fixture
def step(client: Client, operations) -> Step:
    """Press a button of the practice page."""
    client.force_login(operations)

    def press(name: str, postcode: str = "") -> HttpResponse:
        return client.post(ORDER, {"step": name, "practice-postcode": postcode})

    return press


def rows() -> dict[str, int]:
    return {
        model._meta.label: model._base_manager.count()
        for room in ("exceptions", "sync", "carriers")
        for model in apps.get_app_config(room).get_models()
        if model is not DeskReader
    }


def words(response: HttpResponse) -> str:
    """The page without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text(response))).split())


def test_a_first_visit_ends_in_one_resolved_exception(client, step, operations) -> None:
    assert "Start the practice" in text(client.get("/"))
    before = rows()
    listed = text(client.get(LIST))
    assert "Nothing is sent to John Lewis or SEKO" in listed
    assert listed.index("PRACTICE-1") < listed.index("PRACTICE-2") < listed.index("PRACTICE-3")

    stuck = words(client.get(ORDER))
    assert "The order is stuck in our checks since" in stuck, stuck
    assert SEND not in text(client.get(ORDER))  # first it is taken

    assert step("take")["Location"] == ORDER
    assert SEND in text(client.get(ORDER))
    tried = words(step("rehearse", ANSWER))
    assert "This would go through" in tried
    assert f"Postcode LS1 4A {ANSWER}" in tried  # as it came, and as it would be sent
    step("send", ANSWER)
    waiting = words(client.get(ORDER))
    assert "Sent back" in waiting
    assert DeskReader.objects.filter(practised_at__isnull=False).count() == 0
    step("look")

    done = words(client.get(ORDER))
    proof = re.search(r"SEKO shows the order: accepted (\d\d):(\d\d), verified (\d\d):(\d\d)", done)
    assert proof
    accepted, verified = (int(proof[at]) * 60 + int(proof[at + 1]) for at in (1, 3))
    assert (verified - accepted) % (24 * 60) == 5
    assert "It took you" in done
    assert operations.desk_reader.practised_at
    assert "Start the practice" not in text(client.get("/"))
    assert rows() == before


@pytest.mark.parametrize("postcode", ["LS1 4A", "12345", "LEEDS"])
def test_a_wrong_postcode_gets_the_words_of_the_real_check(step, postcode) -> None:
    step("take")
    said = address_rules.check(Address(postcode=postcode, country_code="GB"), Policy())
    expected = next(each.text for each in said if each.rule == "address.postcode")
    tried = words(step("rehearse", postcode))
    assert "This would stop again" in tried
    assert expected in tried


@pytest.mark.parametrize(("postcode", "said"), [("", "This field is required"), ("LS1 4AP LS1 4AP LS1 4AP", "at most")])
def test_the_form_is_the_real_one(step, postcode, said) -> None:
    step("take")
    response = step("rehearse", postcode)
    assert response.status_code == 422
    assert said in words(response)
    assert "Nothing was saved or sent" in words(response)


def test_what_is_sent_back_wrong_comes_back(client, step) -> None:
    step("take")
    response = step("send", "LS1 4A")
    assert response.status_code == 422
    assert "stopped at the same check" in words(response)
    assert "It closes by itself" not in words(client.get(ORDER))


def test_a_valid_postcode_that_the_customer_did_not_give_is_not_sent(client, step) -> None:
    step("take")
    assert "not the postcode that the customer gave" in words(step("send", "M1 1AE"))
    assert "It closes by itself" not in words(client.get(ORDER))


def test_a_saved_fix_stays_beside_the_original(client, step) -> None:
    step("take")
    step("save", ANSWER.lower())
    page = text(client.get(ORDER))
    assert "John Lewis sent <code>LS1 4A</code>" in page
    assert f'value="{ANSWER.lower()}"' in page


@pytest.mark.parametrize("name", ["rehearse", "save", "send", "look"])
def test_a_step_before_its_time_changes_nothing(client, step, name) -> None:
    assert step(name, ANSWER).status_code == 302
    assert "Take it" in words(client.get(ORDER))
    assert not DeskReader.objects.exists()


def test_a_row_that_can_wait_says_why(client, operations) -> None:
    client.force_login(operations)
    assert "One row has less time left" in text(client.get(LIST, {"row": "PRACTICE-2"}))
    assert client.post(ORDER, {"row": "PRACTICE-3"})["Location"] == f"{LIST}?row=PRACTICE-3"
    assert "Not this one first" not in text(client.get(LIST, {"row": "<script>"}))


def test_it_can_be_started_again_and_put_away(client, step) -> None:
    step("take")
    assert client.post(LIST)["Location"] == LIST
    assert SEND not in text(client.get(ORDER))
    assert client.post(reverse("exceptions:practice-away"))["Location"] == "/"
    assert "Start the practice" not in text(client.get("/"))
    assert client.get(LIST).status_code == 200


def test_the_keys_are_explained(client, operations) -> None:
    client.force_login(operations)
    page = text(client.get(LIST))
    for key in "jkxeasr/?":
        assert f"<kbd>{key}</kbd>" in page


@pytest.mark.parametrize("address", [LIST, ORDER])
def test_the_pages_ask_the_database_little(client, step, address) -> None:
    step("take")
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    assert len(asked) <= 12
