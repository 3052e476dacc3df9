"""One form field: label, help, counter, error, the partner's own value."""

from __future__ import annotations

from django import forms
from django.template import Context, Template


class Address(forms.Form):
    street = forms.CharField(max_length=35, help_text="At most 35 characters.")
    postcode = forms.CharField(error_messages={"required": "Enter the postcode, for example SW1A 1AA."})
    way = forms.ChoiceField(choices=[("a", "Ship"), ("b", "Wait")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput)


def drawn(name: str, form: forms.Form, extra: str = "") -> str:
    return Template("{% load ui %}{% field bound " + extra + " %}").render(Context({"bound": form[name]}))


def test_the_counter_says_how_much_is_too_much_and_the_browser_does_not_cut() -> None:
    page = drawn("street", Address({"street": "x" * 48}))
    assert "48 of 35" in page
    assert "is-over" in page
    assert "maxlength" not in page


def test_an_error_says_what_to_do_and_the_input_points_at_it() -> None:
    page = drawn("postcode", Address({}))
    assert "Enter the postcode, for example SW1A 1AA." in page
    assert 'aria-describedby="id_postcode-error"' in page
    assert 'aria-invalid="true"' in page


def test_the_value_that_came_from_the_partner_is_escaped() -> None:
    page = Template("{% load ui %}{% field bound was=was %}").render(
        Context({"bound": Address()["postcode"], "was": "<script>"})
    )
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_a_group_of_choices_has_a_legend() -> None:
    page = drawn("way", Address())
    assert "<fieldset" in page
    assert "<legend" in page


def test_a_hidden_field_is_drawn_bare() -> None:
    assert drawn("secret", Address()).strip().startswith("<input")


def test_a_counter_can_be_left_out() -> None:
    assert "of 35" not in drawn("street", Address(), "counter=False")
