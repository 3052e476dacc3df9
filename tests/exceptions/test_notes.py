"""Notes: people who are named in them, files beside them, and what is refused without losing what was typed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exceptions import services
from exceptions.models import Attachment, EntryKind, ExceptionRecord, Mention
from exceptions.notes import mentions, notes_page
from exceptions.notes.form import NoteForm
from tests.exceptions.page_forms import STOCK, TOWN, text, url

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def record(desk):
    return desk.stall(desk.order(), STOCK)


def send(client, record, note="Asked SEKO.", *files, **more):
    data = {"note-text": note, "note-attached": list(files)} | more
    return client.post(url("note", record), data)


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def test_somebody_named_by_user_name_sees_it_until_they_open_it(record, client, operations, manager) -> None:
    client.force_login(operations)
    page = text(client.post(url("note", record), {"note-text": "Is this right, @MANAGER-person?"}, follow=True))
    assert "Told: Manager Person." in page
    mine = ExceptionRecord.objects.filter(mentions.mentioning(manager))
    assert list(mine) == [record]
    assert not ExceptionRecord.objects.filter(mentions.mentioning(operations)).exists()
    client.force_login(manager)
    assert "A note asks for you" in text(client.get("/"))
    assert record.headline in text(client.get(reverse("exceptions:list"), {"view": "mentions"}))
    page = text(client.get(url("detail", record)))
    assert "You were named here" in page
    assert '<b class="mention">@MANAGER-person</b>' in page
    assert not mine.all().exists()
    assert Mention.objects.get().seen_at is not None
    assert "You were named here" not in text(client.get(url("detail", record)))
    assert "for you</a>" not in text(client.get("/"))
    assert "Nobody asks for you" in text(client.get(reverse("exceptions:list"), {"view": "mentions"}))


def test_people_can_be_chosen_from_a_list_without_javascript(record, client, operations, manager, finance) -> None:
    client.force_login(operations)
    page = text(client.get(url("note", record)))
    assert f'value="{finance.pk}"' in page
    send(client, record, "Please look.", **{"note-people": [manager.pk, finance.pk]})
    assert set(Mention.objects.values_list("user", flat=True)) == {manager.pk, finance.pk}


def test_the_list_of_people_comes_alone_when_asked_for_from_the_page(record, client, operations, manager) -> None:
    client.force_login(operations)
    part = text(client.get(url("note", record), headers={"HX-Request": "true"}))
    assert f'value="{manager.pk}"' in part
    assert "<html" not in part


def test_a_name_that_nobody_has_is_said_and_the_note_kept(record, client, operations) -> None:
    client.force_login(operations)
    page = text(client.post(url("note", record), {"note-text": "@nobody and a@example.com"}, follow=True))
    assert "Nobody here is called @nobody" in page
    assert "@example" not in page.split("Nobody here")[1].split("</")[0]
    assert record.entries.get(kind=EntryKind.NOTE).text == "@nobody and a@example.com"


def test_naming_oneself_twice_or_somebody_without_a_role_tells_nobody(record, operations) -> None:
    User.objects.create_user("stranger")
    named = mentions.named_in("@operations-person @Operations-Person. and @stranger")
    assert (named.people, named.unknown) == ([operations], ["stranger"])
    services.note(record, "to me", by=operations, people=[*named.people, operations])
    assert not Mention.objects.exists()


def test_suggestions_are_for_the_people_who_may_write_notes(client, operations, manager, finance) -> None:
    client.force_login(operations)
    found = client.get(reverse("exceptions:people")).json()["people"]
    assert {"username": "manager-person", "name": "Manager Person", "role": "Manager"} in found
    assert "operations-person" not in [each["username"] for each in found]
    client.force_login(finance)
    assert client.get(reverse("exceptions:people")).status_code == 403


def test_files_are_kept_and_come_back_as_downloads_only(record, client, operations, finance) -> None:
    client.force_login(operations)
    send(
        client, record, "See this", file("../../label of parcel.png", PNG), file("stock.csv", b"sku,quantity\nBAG,1\n")
    )
    page = text(client.get(url("detail", record)))
    kept = list(Attachment.objects.order_by("pk"))
    assert [(each.name, each.content_type) for each in kept] == [
        ("label_of_parcel.png", "image/png"), ("stock.csv", "text/csv"),
    ]  # fmt: skip
    assert "label_of_parcel.png" in page
    client.force_login(finance)
    answer = client.get(reverse("exceptions:file", args=[kept[0].pk]))
    assert answer.content == PNG
    assert answer["Content-Disposition"] == 'attachment; filename="label_of_parcel.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_a_stranger_gets_no_file(record, client, operations) -> None:
    client.force_login(operations)
    send(client, record, "See this", file("a.png", PNG))
    where = reverse("exceptions:file", args=[Attachment.objects.get().pk])
    client.force_login(User.objects.create_user("stranger"))
    assert client.get(where).status_code == 403
    client.force_login(operations)
    assert client.get(reverse("exceptions:file", args=[10**9])).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("photo.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "can run code"),
        ("page.txt", b"  <!DOCTYPE html><html></html>", "can run code"),
        ("book.xlsx", b"PK\x03\x04" + b"\0" * 30, "is of a kind that is not taken"),
        ("empty.pdf", b"", "is empty"),
        ("program.pdf", b"MZ\x90\x00", "is of a kind that is not taken"),
    ],
)
def test_what_a_file_is_its_bytes_say(record, client, operations, name, content, why) -> None:
    client.force_login(operations)
    answer = send(client, record, "Here is what I saw", file(name, content))
    assert answer.status_code == 422
    assert why in text(answer)
    assert name in text(answer)
    assert "Here is what I saw" in text(answer)
    assert not Attachment.objects.exists()
    assert not record.entries.filter(kind=EntryKind.NOTE).exists()


def test_a_name_that_does_not_fit_is_made_to_fit(record, client, operations) -> None:
    client.force_login(operations)
    send(client, record, "See this", file("invoice.html", b"%PDF-1.7 ..."), file("réponse.eml", b"just words\n"))
    assert list(Attachment.objects.order_by("pk").values_list("name", "content_type")) == [
        ("invoice.html.pdf", "application/pdf"), ("réponse.eml.txt", "text/plain"),
    ]  # fmt: skip


def test_an_e_mail_and_text_from_windows_are_taken(record, client, operations) -> None:
    client.force_login(operations)
    mail = b"From: a@example.com\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\n<html>hello</html>"
    send(client, record, "See this", file("answer.eml", mail), file("prices.csv", "sku;price\nBAG;£3".encode("cp1252")))
    assert list(Attachment.objects.order_by("pk").values_list("content_type", flat=True)) == [
        "message/rfc822", "text/csv",
    ]  # fmt: skip


def test_too_large_a_file_is_dropped_on_the_way_and_the_note_stays(record, client, operations, settings) -> None:
    settings.NOTE_FILE_BYTES = 100_000
    client.force_login(operations)
    answer = send(client, record, "The scan of the label", file("scan.png", PNG + b"0" * 900_000))
    assert answer.status_code == 422
    assert "“scan.png” is larger than" in text(answer)
    assert "The scan of the label" in text(answer)
    assert "Choose the files again" in text(answer)
    stored = answer.wsgi_request.FILES["note-attached"]
    assert stored.size < 300_000
    assert not Attachment.objects.exists()


def test_more_files_than_allowed_are_counted_not_stored(record, client, operations, settings) -> None:
    settings.NOTE_FILES = 2
    client.force_login(operations)
    answer = send(client, record, "All of them", *[file(f"{n}.png", PNG) for n in range(4)])
    assert answer.status_code == 422
    assert "These are 4 files; a note takes 2." in text(answer)
    assert [each.size for each in answer.wsgi_request.FILES.getlist("note-attached")] == [72, 72, 0, 0]


def test_nothing_at_all_is_no_note(record, client, operations) -> None:
    client.force_login(operations)
    answer = send(client, record, "  ", file("a.png", PNG))
    assert answer.status_code == 422
    assert "Write something first; a file alone says too little." in text(answer)


def test_the_form_says_that_customers_stay_out(record, client, operations) -> None:
    client.force_login(operations)
    for page in (client.get(url("detail", record)), client.get(url("note", record))):
        assert NoteForm.caution in text(page)


def test_notes_and_files_cannot_be_changed(record, client, operations) -> None:
    client.force_login(operations)
    send(client, record, "as it was", file("a.png", PNG))
    entry = record.entries.get(kind=EntryKind.NOTE)
    for change in (
        lambda: record.entries.filter(pk=entry.pk).update(text="other"),
        lambda: Attachment.objects.update(name="other"),
        lambda: Attachment.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change()


def test_who_may_not_act_may_not_write(record, client, finance) -> None:
    client.force_login(finance)
    answer = send(client, record, "I was here")
    assert answer.status_code == 403
    assert not record.entries.filter(kind=EntryKind.NOTE).exists()


def test_an_old_version_may_still_write_a_note_and_names_whoever_changed_it(record, operations, manager) -> None:
    seen = record.version
    services.claim(record, by=manager)
    services.note(record, "late, but welcome", by=operations)
    key = notes_page.ticked(record, notes_page.registry.get(record.category))[0]
    tick = next(tick for part in key for tick in part.ticks)
    services.tick_step(record, tick.key, by=operations)
    with pytest.raises(services.ChangedMeanwhile, match="Manager Person"):
        services.claim(record, by=operations, expected_version=seen)


def test_notes_files_people_and_steps_take_two_queries_however_many(desk, operations, manager) -> None:
    record = desk.stall(desk.order(), TOWN)
    operations.has_perm("exceptions.view_exception")
    counts = []
    for many in (1, 15):
        for number in range(many):
            entry = services.note(record, f"@manager-person {number}", by=operations, people=[manager])
            Attachment.objects.create(entry=entry, name="a.png", content_type="image/png", size=3, content=b"abc")
        reader = User.objects.get(pk=operations.pk)
        notes_page.may(reader, "claim_exception", record)
        reader.has_perm("exceptions.export_exceptions")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            panel = notes_page.panel(record, reader)
        counts.append(len(asked))
        assert not any('"content"' in query["sql"] for query in asked)
    assert counts == [2, 2]
    assert sum(len(line.files) for line in panel["history"]) == 16
