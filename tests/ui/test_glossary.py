"""Words that explain themselves, and the page of all of them."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse

from jlseko.ui.glossary import TERMS, meaning_of
from tests.house.sources import PROJECT
from tests.sync.pages import browser

USED = re.compile(r"\{% term \"([^\"]+)\"")
WORDS_AT_MOST = 40


def drawn(text: str) -> str:
    request = RequestFactory().get("/")
    return Template("{% load ui %}" + text).render(Context({"request": request}))


def test_a_word_is_a_button_that_opens_its_meaning_without_scripts() -> None:
    page = drawn('{% term "carrier code" %}')
    target = re.search(r'<button type="button"[^>]*popovertarget="([^"]+)"', page)
    assert target
    assert re.search(rf'<span popover[^>]*id="{target[1]}"', page)
    assert f"{reverse('glossary')}#carrier-code" in page


def test_only_the_first_mention_on_a_page_explains_itself() -> None:
    assert drawn('{% term "dispatch" %} {% term "dispatch" "Dispatches" %}').count("<button") == 1


def test_a_word_that_nobody_explains_is_a_mistake_of_the_page() -> None:
    with pytest.raises(KeyError):
        drawn('{% term "no such word" %}')


def test_every_word_on_a_page_is_explained() -> None:
    used = {word for path in (PROJECT / "templates").rglob("*.html") for word in USED.findall(path.read_text())}
    assert used
    for word in used:
        assert meaning_of(word)


def test_meanings_are_short_and_each_word_stands_once(db: None) -> None:
    assert len({term.slug for term in TERMS}) == len(TERMS)
    for term in TERMS:
        assert len(term.meaning.split()) <= WORDS_AT_MOST, term.word
        assert term.meaning.endswith("."), term.word


def test_the_page_lists_every_word_for_everybody(db: None) -> None:
    page = browser("Finance").get(reverse("glossary")).content.decode()
    for term in TERMS:
        assert f'id="{term.slug}"' in page
    assert reverse("glossary") in browser("Finance").get("/").content.decode()
