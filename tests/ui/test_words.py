"""Badges, money, copied text, payloads: what partners send stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.utils.safestring import SafeString

from exceptions.category import registry
from jlseko.ui import badges, charts, payload
from jlseko.ui.icons import icon
from sync.connections.policy_words import WORDS, title_of
from sync.policy import Policy
from sync.views.stock import VIEWS
from tests.house.sources import PROJECT

NASTY = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    "drawn",
    [
        badges.state_badge(NASTY, "danger", title=NASTY),
        badges.copyable(NASTY, NASTY, NASTY),
        badges.person(NASTY),
        badges.tag(NASTY),
        badges.money(1, NASTY),
    ],
)
def test_nothing_that_a_partner_sends_becomes_markup(drawn: SafeString) -> None:
    assert "<script" not in drawn
    assert '""' not in drawn


def test_a_state_is_never_colour_alone() -> None:
    drawn = badges.state_badge("Stalled", "danger")
    assert "<svg" in drawn
    assert "Stalled" in drawn


def test_an_unknown_tone_is_neutral() -> None:
    assert "tone-neutral" in badges.state_badge("Odd", "purple")


def test_an_unknown_icon_does_not_break_a_page() -> None:
    assert icon("no-such-icon-at-all") == icon("circle-dashed")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (Decimal("1234.5"), "GBP", "£1,234.50"), ("-3", "EUR", "-€3.00"), (12, "SEK", "12.00 SEK"),
        (0, "GBP", "£0.00"), (None, "GBP", "–"), ("", "GBP", "–"),
    ],
)  # fmt: skip
def test_money_is_grouped_with_two_decimals_and_its_currency(amount: object, currency: str, text: str) -> None:
    assert badges.money_text(amount, currency) == text  # type: ignore[arg-type]


def test_payload_lines_mark_the_wrong_field_by_its_path_and_say_why() -> None:
    order = {"order": {"lines": [{"sku": "85123a"}, {"sku": "85123A"}]}}
    lines = payload.payload_lines(order, {"order.lines[1].sku": "differs by case"})
    marked = [line for line in lines if line.marked]
    assert [(line.text.strip(), line.note) for line in marked] == [('"sku": "85123A"', "differs by case")]


def test_payload_lines_take_line_numbers_and_text_that_is_no_json() -> None:
    lines = payload.payload_lines("Internal error\nno stock", [2])
    assert [(line.text, line.marked) for line in lines] == [("Internal error", False), ("no stock", True)]


def test_the_tokens_of_a_line_are_the_whole_line() -> None:
    for line in payload.payload_lines({"a": [1.5, None, 'x"y\\', {}], "é <b>": True}):
        assert "".join(text for _, text in line.tokens) == line.text


def test_a_difference_signs_only_what_changes() -> None:
    lines = payload.difference_lines({"a": 1, "b": 2}, {"a": 1, "b": 3})
    assert [(line.sign, line.text.strip()) for line in lines if line.sign] == [("-", '"b": 2'), ("+", '"b": 3')]


def test_payloads_are_escaped_on_the_page() -> None:
    page = Template("{% load ui %}{% payload_view data %}").render(Context({"data": {"name": NASTY}}))
    assert "<script" not in page


def test_a_chart_refuses_a_series_that_does_not_fit_its_labels() -> None:
    with pytest.raises(ValueError, match="needs 2 values"):
        charts.chart_data("bar", ["a", "b"], [{"label": "x", "values": [1]}])


def test_a_chart_is_also_a_table() -> None:
    data = charts.chart_data("line", ["08:00"], [{"label": "Backlog", "values": [12]}])
    page = Template("{% load ui %}{% chart 'c' data 'Backlog' %}").render(Context({"data": data}))
    assert '<th scope="row">08:00</th><td>12</td>' in page
    assert 'type="application/json"' in page


# What means nothing to somebody who packs parcels; the glossary and the component page may name it
JARGON = re.compile(
    r"payload|fingerprint|idempoten|\bdrift|endpoint|\bpoll(s|ed|ing)?\b|heartbeat|\binject|orphan|websubmit"
    r"|back in(to)? the loop|\b(OR|ST|STO|OF|SH|PC)\d\d\b",
    re.IGNORECASE,
)
AMERICAN = re.compile(
    r"\b(color|center|canceled|canceling|labor|catalog|favorite|organiz\w+|recogniz\w+)\b", re.IGNORECASE
)
MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<svg.*?</svg>|<[^>]*>", re.DOTALL)
BUILDERS = ("ui/gallery", "ui/glossary")


def on_screen() -> Iterator[tuple[str, str]]:
    """Where a text stands, and the text: templates without their markup, categories, settings."""
    folder = PROJECT / "templates"
    for path in sorted(folder.rglob("*.html")):
        name = str(path.relative_to(folder))
        if not name.startswith(BUILDERS):
            yield name, MARKUP.sub(" ", path.read_text())
    for category in registry:
        yield category.slug, " ".join((category.title, category.detect_text, category.next_move, category.ask))
        yield category.slug, f"{category.runbook} {category.alike}"
    for setting in fields(Policy):
        yield setting.name, f"{setting.metadata['says']} {title_of(setting.name)}"
    for view, label, _ in VIEWS:
        yield view, label


@pytest.mark.parametrize("words", [JARGON, AMERICAN], ids=["jargon", "American spelling"])
def test_what_people_read_has_no(words: re.Pattern[str]) -> None:
    found = [f"{place}: {match[0]}" for place, text in on_screen() for match in words.finditer(text)]
    assert found == []


@pytest.mark.parametrize("text", ["The payload", "read by OR11", "it drifts", "is back in the loop", "polled"])
def test_jargon_is_found(text: str) -> None:
    assert JARGON.search(text)


def test_every_setting_has_words_of_its_own() -> None:
    assert {setting.name for setting in fields(Policy)} == WORDS.keys()
    assert len(set(WORDS.values())) == len(WORDS)


def test_a_field_that_a_choice_asks_for_is_not_called_optional() -> None:
    class Form(forms.Form):
        free = forms.CharField(required=False)
        chosen = forms.CharField(required=False)

    form = Form()
    form.fields["chosen"].asked_for = True  # type: ignore[attr-defined]
    free, chosen = (
        Template("{% load ui %}{% field bound %}").render(Context({"bound": form[name]})) for name in ("free", "chosen")
    )
    assert "optional" in free
    assert "optional" not in chosen
