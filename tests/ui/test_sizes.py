"""What a page weighs: measured truly, and light enough for a phone on a warehouse's network."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from jlseko.env import PROJECT
from jlseko.weights import Weight, weigh
from tests.sync.pages import browser

FIRST_LOAD = 95_000  # bytes as gzip sends them, the page itself included
HTML = 20_000


@pytest.mark.parametrize(
    "path", ["/", "/exceptions/", "/orders/", "/stock/", "/sync/", "/carriers/", "/exceptions/runbooks/"]
)
def test_a_first_visit_loads_little(db: None, path: str, record_property: Callable[[str, object], None]) -> None:
    page = weigh(browser("Operations"), path)
    record_property("weight", f"{path:<24} HTML {page.html}, first load {page.first_load}")
    assert page.status == 200
    assert page.html.packed < HTML
    assert page.first_load.packed < FIRST_LOAD


def test_the_weight_counts_every_file_once_with_what_it_imports(db: None) -> None:
    page = weigh(browser("Operations"), "/")
    assert page.assets["css/tokens.css"] == Weight.of((PROJECT / "static/css/tokens.css").read_bytes())
    assert page.assets["css/bootstrap-reboot.min.css"].plain > 5_000
    assert page.assets["img/chevrons.svg"].plain
    assert 0 < page.first_load.packed < page.first_load.plain


def test_the_command_prints_a_line_for_each_page_and_leaves_nobody_signed_in(db: None) -> None:
    User.objects.create_superuser("root")
    told = io.StringIO()
    call_command("page_sizes", "--as", "root", stdout=told)
    assert "/exceptions/ " in told.getvalue()
    assert "css/tokens.css" in told.getvalue()
    assert not Session.objects.exists()


def test_the_command_says_whom_it_does_not_know(db: None) -> None:
    with pytest.raises(CommandError, match="--as"):
        call_command("page_sizes", "--as", "nobody")
