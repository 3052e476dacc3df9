"""How courier names are compared and shown."""

import pytest

from carriers.names import differs_unseen, key, loose, visible


@pytest.mark.parametrize("spelling", ["dpd next day", " DPD  Next Day ", "DPD\u00a0Next\tDay"])
def test_case_and_blanks_do_not_make_another_name(spelling: str) -> None:
    assert key(spelling) == key("DPD Next Day")


@pytest.mark.parametrize("spelling", ["DPD\u200b Next Day", "DPD-Next Day", "DPD Nextday", "DPĐ Next Day"])
def test_anything_else_makes_another_name(spelling: str) -> None:
    assert key(spelling) != key("DPD Next Day")


def test_a_zero_width_space_is_named() -> None:
    parts = visible("DP\u200bD")
    assert [(part.text, part.hidden) for part in parts] == [("DP", ""), ("\u200b", "zero width space"), ("D", "")]


def test_outer_and_double_blanks_are_named_but_single_ones_are_not() -> None:
    assert [part.hidden for part in visible(" A  B C ") if part.hidden] == ["space", "second space", "space"]
    assert "".join(part.text for part in visible(" A  B C ")) == " A  B C "


def test_blanks_too_many_are_harmless_but_a_zero_width_space_is_not() -> None:
    assert not differs_unseen("  Next\u00a0 Day ")
    assert differs_unseen("Next\u200bDay")


def test_a_name_of_blanks_only_is_all_hidden() -> None:
    assert [part.hidden for part in visible("  ")] == ["space", "space"]
    assert visible("") == []


def test_the_loose_form_ignores_accents_and_punctuation() -> None:
    assert loose("Colissímo-24 h") == loose("COLISSIMO 24H")
