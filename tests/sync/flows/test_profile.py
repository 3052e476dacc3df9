"""What the shop may do is read, shown, and told when it changes; a change that alters our work is a warning."""

from dataclasses import replace

import pytest
from django.urls import reverse

from sync import profile_words
from sync.flows import reference
from sync.models import Budget, Event, FlowState
from sync.shapes import Reason, ShopProfile
from tests.sync.pages import browser

FIRST = ShopProfile(
    shop_id="2001", shop_name="Sample shop", currency="GBP", acceptance="NOT_AUTOMATIC", multi_shipment=True,
    alternative_carriers_refused=True, timezone="Europe/London", tracking_mandatory_for=("EXP",), shop_state="OPEN",
    shop_model="MARKETPLACE", returns=False, csv_delimiter=";", shipping_types=("STD", "EXP"), shipping_zones=("UK",),
    reasons=(Reason("15", "Out of stock", "CANCELATION", ours=True), Reason("9", "Lost", "REFUND", ours=False)),
)  # fmt: skip


@pytest.fixture
def read(engine, monkeypatch):
    def go(profile: ShopProfile) -> dict[str, int]:
        Budget.objects.all().delete()
        monkeypatch.setattr(engine.marketplace, "profile", lambda: profile)
        counts = reference.read_profile(engine.context(), FlowState())
        engine.connection.refresh_from_db()
        return counts

    return go


def changes() -> list[Event]:
    return list(Event.objects.filter(kind="profile_changed").order_by("id"))


def page(name: str = "connection-discovered") -> str:
    return browser("Admin").get(reverse(f"sync:{name}", args=["shop"])).content.decode()


def test_the_first_reading_and_the_same_again_change_nothing(engine, read):
    assert read(FIRST) == {"read": 1, "changed": 0}
    assert read(FIRST) == {"read": 1, "changed": 0}
    assert changes() == []
    assert engine.connection.profile_read_at
    assert "Nothing has changed since the first reading" in page()


@pytest.mark.parametrize(
    ("field", "value", "words", "tone"),
    [
        ("multi_shipment", False, "Several shipments for an order: yes → no", "warn"),
        ("acceptance", "AUTOMATIC", "Acceptance: by us (NOT_AUTOMATIC) → by itself (AUTOMATIC)", "warn"),
        ("shop_state", "CLOSE", "State of the shop: OPEN → CLOSE", "plain"),
        ("timezone", "Europe/Paris", "Time zone of the platform: Europe/London → Europe/Paris", "plain"),
        ("shipping_types", ("STD", "NEXT"), "Shipping types: new: NEXT; gone: EXP", "plain"),
        ("reasons", (), "Reason codes: gone: Out of stock (15), Lost (9)", "plain"),
        ("multi_shipment", None, "Several shipments for an order: yes → not said", "warn"),
    ],
)
def test_a_change_is_told_in_words(engine, read, field, value, words, tone):
    read(FIRST)
    assert read(replace(FIRST, **{field: value})) == {"read": 1, "changed": 1}
    (event,) = changes()
    assert (event.detail, event.tone) == (words, tone)
    assert engine.connection.profile[field] == (list(value) if isinstance(value, tuple) else value)
    assert ("Changes our work" in page()) == (tone == "warn")


def test_what_was_never_read_before_has_not_changed(engine, read):
    engine.connection.profile = {"shop_id": "2001"}
    engine.connection.save()
    assert read(FIRST)["changed"] == 0


def test_the_page_shows_everything_that_was_told(engine, read):
    read(FIRST)
    shown = page()
    for words in (
        "Sample shop", "MARKETPLACE", "by us (NOT_AUTOMATIC)", "semicolon ( ; )", "Europe/London", "EXP", "Read again",
        "Reason codes: cancelation", "Out of stock (15)", "Lost (9), theirs only",
    ):  # fmt: skip
        assert words in shown
    rows = dict(profile_words.profile_rows(engine.connection.profile))
    assert rows["Returns through the platform"] == "no"
    assert rows["One article in several parcels"] == "not said"


def test_the_pages_name_what_is_provisional_at_the_top(engine, read):
    for name in ("connection", "connection-discovered", "connection-settings", "connection-checklist"):
        assert "still provisional" in page(name)
