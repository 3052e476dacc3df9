"""Settings given as text."""

import pytest

from jlseko.management.commands.demo_prepare import SETTINGS
from sync.policy import Policy, read_aliases


@pytest.mark.parametrize(("name", "text", "value"), [
    ("debit_hours", "1.5", 1.5), ("unknown_reads", "3", 3), ("catalogue_complete", "true", True), ("dc_code", "D", "D"),
])  # fmt: skip
def test_a_setting_is_read_as_its_kind(name, text, value):
    assert Policy.parse(name, text) == value


@pytest.mark.parametrize(("name", "text"), [
    ("unknown_reads", "2.5"), ("poll_minutes", "-3"), ("poll_minutes", "nan"), ("poll_minutes", "often"),
    ("catalogue_complete", "maybe"), ("no_such", "1"),
])  # fmt: skip
def test_a_wrong_setting_says_what_fits(name, text):
    with pytest.raises(ValueError, match=r"(?i)setting"):
        Policy.parse(name, text)


@pytest.mark.parametrize(
    "text", ["QtySent", "=QtySent", "Quantity=", "Quantity=a b", "Quantity=1x", "A=b;C=d", "A=b=c"]
)
def test_aliases_that_are_no_pairs_are_refused_with_an_example(text):
    with pytest.raises(ValueError, match="DispatchedQuantity=QtySent"):
        Policy.parse("push_aliases", text)


def test_aliases_are_read_by_our_name():
    text = " Quantity = QtySent, Courier=Haulier,,Quantity=Sent "
    assert Policy.parse("push_aliases", text) == text
    assert read_aliases(text) == {"Quantity": ("QtySent", "Sent"), "Courier": ("Haulier",)}
    assert read_aliases("") == {}


@pytest.mark.parametrize("text", ["", "api key", "key=1", "a&b", "ключ"])
def test_the_name_of_a_query_parameter_is_a_plain_word(text):
    with pytest.raises(ValueError, match="query parameter"):
        Policy.parse("warehouse_key_parameter", text)


def test_the_demo_asks_for_settings_that_exist():
    for name, value in SETTINGS.items():
        assert Policy.parse(name, str(value)) == value
