"""The proof pack: one set of facts as CSV and PDF, without customer data, written into the history."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from reportlab.pdfgen.textobject import PDFTextObject

from exceptions import proof_pack, services
from exceptions.models import Attachment, Entry, EntryKind
from exceptions.proof_pack import fonts
from exceptions.proof_pack.clock import against
from exceptions.proof_pack.facts import INTERNAL, gather
from exceptions.proof_pack.paper import as_pdf
from jlseko.clock import business_now
from jlseko.ui.spreadsheets import harmless
from sync.models import Attempt, Dispatch, Event, Item, Order
from tests.exceptions.page_forms import CARRIER, STOCK, text, url

CUSTOMER = ("Ada", "1 Sample Road", "LS1 1AA", "ada@example.com")
DEADLINE = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
BODY = (
    '{"SalesOrderNumber":"JL1-A","DeliveryDetails":{"Line1":"1 Sample Road","FirstName":"Ada"},"EmailAddress":'
    '"ada@example.com","Quantity":1}'
)


def attempt(item: Item, operation: str, side: str, settled: datetime, outcome: str = "applied", **more) -> Attempt:
    values = {
        "item": item, "side": side, "operation": operation, "natural_key": "JL1-A", "request_path": "POST /x",
        "request_hash": hashlib.sha256(BODY.encode()).hexdigest(), "request_body": BODY, "announced_at": settled,
        "announced_real": settled, "lease_token": Item.new_lease_token(), "outcome": outcome, "settled_at": settled,
        "settled_by": "answer", "response": '{"Message":"Ada is fine"}', "http_status": 204,
    }  # fmt: skip
    return Attempt.objects.create(**values | more)


@pytest.fixture
def record(desk):
    """An order that left 42 minutes early and was confirmed 25 hours and 10 minutes late."""
    item = desk.order()
    dispatch = desk.dispatch()
    record = desk.stall(dispatch, CARRIER)
    Order.objects.filter(item=item).update(
        shipping_deadline=DEADLINE, warehouse_number="WS-77", warehouse_guid="guid-1", commercial_id="C-9"
    )
    Dispatch.objects.filter(item=dispatch).update(
        dispatched_at=DEADLINE - timedelta(minutes=42), carrier_code="DPD_UK", tracking_number="15501234567890",
        confirmed_at=DEADLINE + timedelta(minutes=1512),
    )  # fmt: skip
    attempt(item, "websubmit", "warehouse", DEADLINE - timedelta(days=1))
    attempt(dispatch, "OR24", "marketplace", DEADLINE + timedelta(minutes=1510))
    Event.objects.create(
        connection=desk.connection, item=item, order_key="JL1-A", lane="warehouse", kind="x",
        title="=HYPERLINK(1)", detail="Ada lives at 1 Sample Road", at=DEADLINE,
    )  # fmt: skip
    return record


def sheet_of(entry: Entry) -> tuple[bytes, list[dict[str, str]]]:
    content = bytes(entry.attachments.get(content_type="text/csv").content)
    return content, list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def rows(found: list[dict[str, str]], part: str) -> list[dict[str, str]]:
    return [row for row in found if row["Part"] == part]


@pytest.fixture
def drawn(monkeypatch):
    """Everything that is written onto a PDF, in the order in which it is."""
    words: list[str] = []
    real = PDFTextObject._formatText

    def spy(self, text):
        words.append(text)
        return real(self, text)

    monkeypatch.setattr(PDFTextObject, "_formatText", spy)
    return words


def joined(words: list[str]) -> str:
    return " ".join(" ".join(words).split())


def test_making_a_pack_keeps_both_files_and_says_who_made_it(record, client, operations) -> None:
    client.force_login(operations)
    page = text(client.post(url("proof", record), follow=True))
    entry = record.entries.get(kind=EntryKind.PROOF_MADE)
    assert entry.text == "Operations Person made a proof pack"
    paper, sheet = entry.attachments.order_by("pk")
    assert bytes(paper.content).startswith(b"%PDF-")
    assert entry.data["sha256"] == hashlib.sha256(bytes(sheet.content)).hexdigest()
    assert entry.data["sha256"] in page
    for each in (paper, sheet):
        assert each.name.startswith("proof-JL1-A-")
        assert reverse("exceptions:file", args=[each.pk]) in page
        assert client.get(reverse("exceptions:file", args=[each.pk])).content == bytes(each.content)
    assert "made a proof pack" in text(client.get(url("detail", record)))


def test_finance_makes_one_too_but_admins_and_strangers_do_not(record, client, admin, finance) -> None:
    client.force_login(finance)
    assert client.post(url("proof", record)).status_code == 302
    kept = Attachment.objects.first()
    for person in (admin, User.objects.create_user("stranger")):
        client.force_login(person)
        assert client.get(url("proof", record)).status_code == 403
        assert client.post(url("proof", record)).status_code == 403
        assert client.get(reverse("exceptions:file", args=[kept.pk])).status_code == 403
    assert record.entries.filter(kind=EntryKind.PROOF_MADE).count() == 1
    with pytest.raises(services.NotAllowed):
        proof_pack.make(record, by=admin)


def test_the_clock_is_measured_to_the_minute_from_seko_to_john_lewis(record, client, manager) -> None:
    _, found = sheet_of(proof_pack.make(record, by=manager).entry)
    clock = {row["What"]: row for row in rows(found, "Clock")}
    assert clock["Deadline of John Lewis"]["Time in London"] == "Mon 2 Mar 2026, 17:00:00 GMT"
    assert clock["Deadline of John Lewis"]["Time in UTC"] == "2026-03-02 17:00:00 UTC"
    assert clock["Dispatched at SEKO"]["Detail"] == "42 minutes early"
    assert clock["Confirmation accepted by John Lewis"]["Detail"] == "1,510 minutes late (1 d 1 h)"
    assert clock["Shown as shipped by John Lewis (read back)"]["Detail"] == "1,512 minutes late (1 d 1 h)"
    client.force_login(manager)
    page = text(client.get(url("proof", record)))
    assert "42 minutes early" in page
    assert "1,510 minutes late" in page


def test_summer_time_is_told_with_its_zone(record, manager) -> None:
    Order.objects.update(shipping_deadline=datetime(2026, 7, 1, 16, 0, tzinfo=UTC))
    _, found = sheet_of(proof_pack.make(record, by=manager).entry)
    deadline = rows(found, "Clock")[0]
    assert (deadline["Time in London"], deadline["Time in UTC"]) == (
        "Wed 1 Jul 2026, 17:00:00 BST", "2026-07-01 16:00:00 UTC",
    )  # fmt: skip


def test_numbers_parcels_exchanges_and_history_are_all_there(record, manager) -> None:
    services.claim(record, by=manager)
    _, found = sheet_of(proof_pack.make(record, by=manager).entry)
    assert {row["Detail"] for row in rows(found, "Numbers")} >= {"JL1-A", "C-9", "WS-77", "guid-1"}
    parcel = rows(found, "Parcels")[0]
    for word in ("N-JL1-A", "DPD_UK", "15501234567890", "Fagans Freight"):
        assert word in parcel["Detail"]
    assert parcel["Outcome"] == "42 minutes early"
    load, answer = rows(found, "Requests and answers")[:2]
    assert load["SHA-256"] == hashlib.sha256(BODY.encode()).hexdigest()
    assert answer["SHA-256"] == hashlib.sha256(b'{"Message":"Ada is fine"}').hexdigest()
    assert answer["Outcome"] == "Accepted"
    assert "HTTP 204" in answer["Detail"]
    assert "Manager Person took it" in [row["Detail"] for row in rows(found, "History of the exception")]
    assert rows(found, "This pack")[0]["Detail"] == "Manager Person"


def test_no_customer_and_no_words_of_notes_whoever_makes_it(record, manager, drawn) -> None:
    services.note(record, "SEKO were slow, between us", by=manager)
    pack = proof_pack.make(record, by=manager)
    content, found = sheet_of(pack.entry)
    for everything in (content.decode(), joined(drawn)):
        assert [word for word in CUSTOMER if word in everything] == []
        assert "between us" not in everything
        assert "Quantity" in everything
        assert INTERNAL in everything
    assert "•••••" in rows(found, "Requests and answers")[0]["Content without customer data"]


def test_nothing_in_the_csv_runs_in_a_spreadsheet(record, manager) -> None:
    _, found = sheet_of(proof_pack.make(record, by=manager).entry)
    happened = [row["What"] for row in rows(found, "What happened")]
    assert "'=HYPERLINK(1)" in happened
    cells = [cell for row in found for cell in row.values()]
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\n=1", "\r1"])
def test_cells_that_begin_like_formulas_are_quoted(cell) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("JL=1") == "JL=1"


def test_the_paper_prints_the_digest_of_the_csv_and_numbers_its_pages(record, manager, drawn) -> None:
    for number in range(120):
        Event.objects.create(
            connection=record.connection, item=record.item, order_key="JL1-A", lane="ours", kind="x",
            title=f"Happened {number}", detail="so it was " * 12, at=DEADLINE + timedelta(minutes=number),
        )  # fmt: skip
    pack = proof_pack.make(record, by=manager)
    words = joined(drawn)
    assert pack.digest in words
    pages = re.findall(r"Page (\d+) of (\d+)", words)
    assert len(pages) > 3
    assert pages == [(str(number), str(len(pages))) for number in range(1, len(pages) + 1)]
    assert "42 minutes early" in words
    assert "Happened 119" in words
    assert "17:00:00 GMT" in words
    assert "2026-03-02 17:00:00 UTC" in words


def test_other_scripts_markup_and_endless_words_do_not_break_the_paper(record, manager, drawn) -> None:
    record.headline = "Лондон 北京 <b>&amp; 😀\x00 " + "x" * 900
    facts = gather(record, by=manager, at=business_now())
    Attempt.objects.update(response='{"a": "' + "y" * 200_000 + '"}', reason="<para>" + "z" * 400)
    assert as_pdf(gather(record, by=manager, at=facts.made_at), csv_name="a.csv", digest="0" * 64).startswith(b"%PDF-")
    words = "".join(drawn)
    assert f"{fonts.LACKING * 6} {fonts.LACKING * 2} <b>&amp; {fonts.LACKING}" in words
    assert f"{fonts.LACKING} stands for a character that this font lacks" in words
    assert "the CSV has the rest" in words


def test_what_is_too_long_for_a_cell_says_so(record, manager) -> None:
    Attempt.objects.update(response='{"a": "' + "y" * 200_000 + '"}')
    _, found = sheet_of(proof_pack.make(record, by=manager).entry)
    answer = rows(found, "Requests and answers")[1]["Content without customer data"]
    assert len(answer) < 32_767
    assert "cut here, 200,009 characters in all" in answer


def test_an_exception_without_an_order_has_a_pack_too(desk, manager, client) -> None:
    record = desk.stall(desk.message(), STOCK)
    _, found = sheet_of(proof_pack.make(record, by=manager).entry)
    assert rows(found, "Parcels") == []
    client.force_login(manager)
    assert client.get(url("proof", record)).status_code == 200


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "less than a minute early"), (1, "1 minute early"), (-1, "1 minute late"), (-61, "61 minutes late (1 h 1 m)")],
)
def test_early_and_late_in_words(minutes, words) -> None:
    assert against(DEADLINE - timedelta(minutes=minutes), DEADLINE, missing="-") == words
    assert against(None, DEADLINE, missing="not yet") == "not yet"
    assert against(DEADLINE, None, missing="-") == "no deadline to measure against"
