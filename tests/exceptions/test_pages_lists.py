"""The list of exceptions and the Today page: what they show, and that they stay cheap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exceptions import services
from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from jlseko.home import horizon, sentence
from sync.models import FlowState, Heartbeat, PartnerState, Side
from tests.exceptions.page_forms import SKU, STOCK, TOWN, text

LIST = "/exceptions/"
MOST_QUERIES = 12  # beside the session, the person and their rights


def numbers(response) -> set[str]:
    return {word for word in ("JL1-A", "JL2-A", "JL3-A") if word in text(response).split("<tbody>")[-1]}


@pytest.fixture
def three(desk) -> list[ExceptionRecord]:
    faults = {"JL1-A": TOWN, "JL2-A": STOCK, "JL3-A": SKU}
    return [desk.stall(desk.order(number), fault) for number, fault in faults.items()]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"JL1-A", "JL2-A", "JL3-A"}),
        ("?category=no_free_stock", {"JL2-A"}),
        ("?side=product_data", {"JL3-A"}),
        ("?role=operations", {"JL1-A"}),
        ("?due=late", set()),
        ("?q=jl3", {"JL3-A"}),
        ("?q=BAG", {"JL1-A", "JL2-A", "JL3-A"}),
        ("?view=unowned", {"JL1-A", "JL2-A", "JL3-A"}),
        ("?view=mine", set()),
        ("?view=snoozed", set()),
        ("?category=nonsense", {"JL1-A", "JL2-A", "JL3-A"}),
        ("?view=nonsense&after=%00broken&sort=-nothing", {"JL1-A", "JL2-A", "JL3-A"}),
    ],
)
def test_the_address_says_which_rows_are_shown(query, shown, three, client, operations) -> None:
    client.force_login(operations)
    response = client.get(LIST + query)
    assert response.status_code == 200
    assert numbers(response) == shown


def test_the_most_urgent_comes_first(three, client, operations) -> None:
    late = three[2]
    ExceptionRecord.objects.filter(pk=late.pk).update(act_by=business_now() - timedelta(days=9))
    client.force_login(operations)
    body = text(client.get(LIST)).split("<tbody>")[1]
    assert body.index("JL3-A") < min(body.index("JL1-A"), body.index("JL2-A"))


def test_quick_views_follow_what_was_done(three, client, operations) -> None:
    services.claim(three[0], by=operations)
    services.snooze(three[1], until=business_now() + timedelta(hours=1), by=operations)
    client.force_login(operations)
    assert numbers(client.get(f"{LIST}?view=mine")) == {"JL1-A", "JL2-A"}
    assert numbers(client.get(f"{LIST}?view=snoozed")) == {"JL2-A"}
    assert numbers(client.get(LIST)) == {"JL1-A", "JL3-A"}
    assert numbers(client.get(f"{LIST}?q=JL2-A")) == {"JL2-A"}


def test_facets_count_what_each_choice_would_show(three, client, operations) -> None:
    client.force_login(operations)
    facets = {facet.title: facet for facet in client.get(f"{LIST}?side=warehouse").context["facets"]}
    sides = {option.label: option.count for option in facets["Where the fault lies"].options}
    assert sides == {"John Lewis feed": 1, "SEKO": 1, "Product data": 1}
    assert "Category" not in facets  # one value leaves nothing to choose
    chosen = client.get(f"{LIST}?category=no_free_stock").context["facets"]
    assert sum(option.count for facet in chosen if facet.title == "Category" for option in facet.options) == 3


def test_a_row_offers_only_what_this_person_may_do(three, client, operations, finance) -> None:
    client.force_login(operations)
    page = text(client.get(LIST)).partition("<tbody>")[2].partition("</tbody>")[0]
    assert page.count("/bulk/take/") == 3
    assert page.count("/bulk/send-back/") == 1
    assert page.count(">Dismiss…<") == 3
    assert "/bulk/assign/" not in page
    client.force_login(finance)
    page = text(client.get(LIST)).partition("<tbody>")[2]
    assert "/bulk/" not in page
    assert 'name="record"' not in page


def test_htmx_gets_the_list_alone(three, client, operations) -> None:
    client.force_login(operations)
    page = text(client.get(LIST, headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert 'hx-swap-oob="true"' in page


def test_an_empty_queue_says_so(desk, client, operations) -> None:
    client.force_login(operations)
    assert "Nothing is stalled" in text(client.get(LIST))
    assert "Nothing matches" in text(client.get(f"{LIST}?q=zzzzzz"))


@pytest.mark.parametrize("where", [LIST, f"{LIST}?q=JL&view=all", "/", "/exceptions/runbooks/", "/exceptions/owners/"])
def test_a_page_asks_as_much_for_many_rows_as_for_few(where, desk, client, operations, admin) -> None:
    client.force_login(admin if "owners" in where else operations)
    desk.stall(desk.order("JL1-A"), STOCK)
    client.get(where)
    with CaptureQueriesContext(connection) as few:
        client.get(where)
    for place in range(2, 12):
        faults = [TOWN, SKU] if place % 2 else [STOCK]
        record = desk.stall(desk.order(f"JL{place}-A"), *faults)
        if place % 3 == 0:
            services.claim(record, by=operations)
    with CaptureQueriesContext(connection) as many:
        assert client.get(where).status_code == 200
    frame = ("django_session", "SAVEPOINT", "auth_permission", 'FROM "auth_user" WHERE "auth_user"."id"')
    work = [query["sql"] for query in many if not any(words in query["sql"] for words in frame)]
    assert len(many) <= len(few) + 1
    assert len(work) <= MOST_QUERIES, "\n".join(work)


@pytest.mark.parametrize(
    ("by_cause", "late", "said"),
    [
        ([], 0, "Nothing is at risk before 17:00."),
        ([1], 0, "1 order is at risk before 17:00."),
        ([2], 0, "2 orders are at risk before 17:00, both from one cause."),
        ([5, 2], 0, "7 orders are at risk before 17:00, all from two causes."),
        ([20, 7, 2, 1, 1], 0, "31 orders are at risk before 17:00, all but 4 from two causes."),
        ([1, 1, 1, 1, 1], 1, "5 orders are at risk before 17:00, from 5 causes. 1 is late already."),
    ],
)
def test_the_day_in_one_sentence(by_cause, late, said) -> None:
    assert sentence(by_cause, "17:00", late=late) == said


def test_after_five_the_day_is_tomorrow() -> None:
    assert horizon(datetime(2026, 6, 1, 15, 59, tzinfo=UTC))[1] == "17:00"  # 16:59 in London
    assert horizon(datetime(2026, 6, 1, 16, 0, tzinfo=UTC))[1] == "17:00 tomorrow"


def test_today_shows_causes_deadlines_the_loop_and_that_every_order_is_accounted_for(three, client, operations) -> None:
    now = business_now()
    PartnerState.objects.create(
        connection=three[0].connection, side=Side.WAREHOUSE, is_open=True, reason="Time-out.", opened_at=now
    )
    FlowState.objects.create(connection=three[0].connection, flow="poll-orders", due_at=now, last_error="HTTP 500")
    Heartbeat.objects.create(process="w", role="worker", at=datetime.now(UTC))
    client.force_login(operations)
    page = text(client.get("/"))
    assert "does not answer since" in page
    assert "never ran well" in page
    assert "HTTP 500" in page
    assert "Every order accounted for" in page
    assert "JL1-A" in page
    assert "Nothing is running" not in page


def test_today_on_a_new_desk_is_calm(db, client, operations) -> None:
    client.force_login(operations)
    page = text(client.get("/"))
    assert "Nothing is at risk before" in page
    assert "Nothing to fix" in page
    assert "No shop is connected yet" in page


def test_a_runbook_leads_to_its_open_exceptions(three, client, operations) -> None:
    client.force_login(operations)
    page = text(client.get(reverse("exceptions:runbook", args=["no_free_stock"])))
    assert "1 open now" in page
    assert "How you know it is fixed" in page


def test_an_order_leads_to_its_exception_or_to_the_search(three, client, operations) -> None:
    client.force_login(operations)
    page = reverse("exceptions:for-order", args=["shop", "JL2-A"])
    assert client.get(page)["Location"] == reverse("exceptions:detail", args=[three[1].pk])
    unknown = reverse("exceptions:for-order", args=["shop", "JL9/A"])
    assert client.get(unknown)["Location"] == "/exceptions/?q=JL9%2FA"
