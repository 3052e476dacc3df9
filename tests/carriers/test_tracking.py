"""Tracking numbers that can be one, and those that cannot."""

import pytest

from carriers.tracking import carrier_format, check, s10_check_digit


@pytest.mark.parametrize(
    ("courier", "number"),
    [
        ("Royal Mail", "AB123456785GB"),
        ("Royal Mail", " ab123456785gb "),
        ("DPD", "15501234567890"),
        ("DPD Local", "15501234567890"),
        ("Hermes", "H001234567890123"),
        ("Evri", "1234567890123456"),
        ("DHL", "JD0002123456789012"),
        ("DHL", "1234567890"),
        ("Parcelforce", "PB1234567"),
        ("UPS", "1Z999AA10123456784"),
        ("Fagans Freight", "FF-0012 88"),
    ],
)
def test_a_number_as_the_carrier_prints_it_is_fine(courier: str, number: str) -> None:
    assert check(courier, "", number) == ""


@pytest.mark.parametrize(
    ("courier", "number", "expected"),
    [
        ("Royal Mail", "AB123456784GB", "must be 5"),
        ("Royal Mail", "AB12345678GB", "two letters, nine digits"),
        ("Royal Mail", "AB1234 56785GB", "does not look right"),
        ("DPD", "1550123456789", "14 digits"),
        ("DPD", "1550123456789O", "14 digits"),
        ("Hermes", "H00123", "16 letters and digits"),
        ("Hermes", "ABCDEFGHIJKLMNOP", "16 letters and digits"),
        ("Fagans Freight", "AB12", "6 to 40"),
        ("Fagans Freight", "REFERENCE", "at least one digit"),
        ("Fagans Freight", "AB12345<script>", "6 to 40"),
        ("Fagans Freight", "1" + "23456789 " * 5, "6 to 40"),
        ("Fagans Freight", "AB123456\n78", "does not look right"),
        ("Fagans Freight", "١٢٣٤٥٦٧", "does not look right"),
        ("DPD", "١٢٣٤٥٦٧٨٩٠١٢٣٤", "14 digits"),
    ],
)
def test_a_number_that_cannot_be_one_is_refused_with_what_is_expected(courier: str, number: str, expected: str) -> None:
    assert expected in check(courier, "", number)


@pytest.mark.parametrize(
    "number", ["N/A", "n/a??", "TBC", "to be confirmed", "0000", "00000000000000", "-", "XXXXXXXX", "none", "Pending"]
)
def test_a_placeholder_is_called_a_placeholder(number: str) -> None:
    assert "placeholder" in check("DPD", "DPD_UK", number)


def test_an_empty_number_is_missing() -> None:
    assert check("DPD", "", "   ").startswith("There is no tracking number.")


@pytest.mark.parametrize(
    ("serial", "digit"), [("12345678", 5), ("47312482", 9), ("00000000", 5), ("00000001", 4), ("00000008", 0)]
)
def test_the_s10_check_digit(serial: str, digit: int) -> None:
    assert s10_check_digit(serial) == digit


def test_the_courier_decides_over_the_code_and_the_code_where_the_courier_says_nothing() -> None:
    assert carrier_format("Hermes", "DPD_UK").name.startswith("Evri")
    assert carrier_format("Courier 7", "RM24").name == "Royal Mail"
    assert carrier_format("Groups Direct", "SHUPS").name == "parcel"
