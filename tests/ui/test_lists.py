"""Lists: tables, sorting, keyset pages, filters, and what htmx gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import django_filters
import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from jlseko.ui.columns import CheckColumn, DeskColumn, PersonColumn, PrimaryColumn
from jlseko.ui.filters import DeskFilterSet
from jlseko.ui.keyset import Page, keyset_page
from jlseko.ui.tables import DeskTable
from jlseko.ui.views import DeskListView

START = datetime(2026, 1, 1, tzinfo=UTC)


class People(DeskTable):
    caption = "People"
    noun = ("person", "people")
    pk = CheckColumn(label="username")
    username = PrimaryColumn(orderable=True)
    last_login = DeskColumn(orderable=True, verbose_name="Last seen")
    email = DeskColumn()

    def row_url(self, record: Any) -> str:
        return f"/people/{record.pk}"


class PeopleFilters(DeskFilterSet):
    q = django_filters.CharFilter("username", lookup_expr="contains", label="Search")
    is_active = django_filters.BooleanFilter(label="Active")
    joined = django_filters.DateFilter("date_joined", label="Joined")


class PeopleView(DeskListView):
    queryset = User.objects.all()
    table_class = People
    filterset_class = PeopleFilters
    default_sort = "username"
    page_size = 3
    title = "People"
    permission_required = "auth.view_user"


def asked(query: str = "", *, user: Any = None, **headers: str) -> HttpRequest:
    request = RequestFactory().get(f"/people/{query}", headers=headers)
    request.user = user if user is not None else User.objects.get(username="boss")
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
    return request


def body(query: str = "", **headers: str) -> str:
    return str(PeopleView.as_view()(asked(query, **headers)).render().content.decode())


@pytest.fixture
def people(db: None) -> list[User]:
    """Seven people, two of whom never signed in; the times differ by microseconds."""
    User.objects.create_superuser("boss", last_login=START)
    seen = [None, 1, 2, 2, None, 3]
    return [
        User.objects.create(username=f"p{number}", last_login=micro and START + timedelta(microseconds=micro))
        for number, micro in enumerate(seen)
    ]


def names(page: Page[User]) -> list[str]:
    return [user.username for user in page.rows]


@pytest.mark.parametrize("ordering", [["last_login"], ["-last_login"], ["-last_login", "username"], ["username"]])
def test_walking_forth_and_back_meets_every_row_once_also_nulls_and_equals(
    people: list[User], ordering: list[str]
) -> None:
    page = keyset_page(User.objects.all(), ordering=ordering, size=2)
    forth = [page]
    while page.after and len(forth) < 20:
        page = keyset_page(User.objects.all(), ordering=ordering, size=2, after=page.after)
        forth.append(page)
    everybody = [user.username for user in User.objects.order_by(*ordering, "-pk" if ordering[0][0] == "-" else "pk")]
    assert [name for page in forth for name in names(page)] == everybody
    back = [page]
    while page.before and len(back) < 20:
        page = keyset_page(User.objects.all(), ordering=ordering, size=2, before=page.before)
        back.insert(0, page)
    assert [name for page in back for name in names(page)] == everybody


@pytest.mark.parametrize("token", ["x", "W10", "bnVsbA", "WyJcdTAwMDAiLDFd", "é", "WyJhIiwiYiJd"])
def test_a_position_that_no_list_ever_made_starts_at_the_first_page(people: list[User], token: str) -> None:
    first = keyset_page(User.objects.all(), ordering=["username"], size=3)
    assert names(keyset_page(User.objects.all(), ordering=["username"], size=3, after=token)) == names(first)
    assert names(keyset_page(User.objects.all(), ordering=["username"], size=3, before=token)) == names(first)


class Tags(HTMLParser):
    """All start tags with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def test_a_row_escapes_its_values_labels_its_cells_and_leads_somewhere(people: list[User]) -> None:
    User.objects.filter(pk=people[0].pk).update(username='<b>"x"', email="a@b.uk")
    table = People(data=[User.objects.get(pk=people[0].pk)])
    tags = parsed(table.body())
    cells = [attributes for tag, attributes in tags.found if tag == "td"]
    assert [cell.get("data-label") for cell in cells] == [None, "Username", "Last seen", "Email"]
    assert ("tr", {"data-href": f"/people/{people[0].pk}"}) in tags.found
    assert tags.text == '<b>"x"–a@b.uk'
    assert not [tag for tag, _ in tags.found if tag == "b"]
    box = next(attributes for tag, attributes in tags.found if tag == "input")
    assert box["aria-label"] == 'Select <b>"x"'


def test_nobody_is_drawn_as_unassigned() -> None:
    class Work(DeskTable):
        owner = PersonColumn()

    assert "Unassigned" in Work(data=[{"owner": None}]).body()


def test_only_columns_that_say_so_can_be_sorted(people: list[User]) -> None:
    assert People.ordering("-last_login") == ["-last_login"]
    assert People.ordering("email") == []
    assert People.ordering("password") == []
    heads = People(data=[]).heads(asked("?sort=username&q=p&after=x"))
    assert [bool(head.sort_url) for head in heads] == [False, True, True, False]
    assert heads[1].sort_url == "?sort=username&q=p"


def test_a_list_falls_back_to_its_own_sort_for_a_key_that_is_none(people: list[User]) -> None:
    assert PeopleView.as_view()(asked("?sort=password")).context_data["sort"] == "username"


def test_htmx_gets_only_the_list_and_caches_are_told(people: list[User]) -> None:
    whole, part = body("?q=p"), body("?q=p", hx_request="true")
    assert "<!doctype html>" in whole
    assert "<html" not in part
    assert "<strong>6</strong> people" in part
    assert "HX-Request" in PeopleView.as_view()(asked())["Vary"]


def test_going_back_in_the_browser_gets_the_whole_page(people: list[User]) -> None:
    assert "<!doctype html>" in body(hx_request="true", hx_history_restore_request="true")


def test_chips_name_what_is_set_and_lead_to_the_list_without_it(people: list[User]) -> None:
    chips = PeopleView.as_view()(asked("?q=p&is_active=true&after=x")).context_data["chips"]
    assert [(chip.label, chip.value) for chip in chips] == [("Search", "p"), ("Active", "yes")]
    assert chips[0].remove_url == "?is_active=true"


def test_a_filter_value_that_makes_no_sense_is_left_out_and_said(people: list[User]) -> None:
    page = body("?joined=yesterday")
    assert "left out: Joined" in page
    assert "<strong>7</strong> people" in page


def test_an_empty_list_says_whether_filters_are_the_reason(people: list[User]) -> None:
    assert "Nothing matches" in body("?q=nobody")


def test_counting_stops_at_the_cap(people: list[User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PeopleView, "count_cap", 5)
    assert "<strong>5+</strong>" in body()


def test_a_stranger_is_sent_to_the_sign_in_page(db: None) -> None:
    response = PeopleView.as_view()(asked("?q=p", user=AnonymousUser()))
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/people/%3Fq%3Dp"


def test_a_refusal_says_which_role_could(db: None) -> None:
    group = Group.objects.create(name="Registrars")
    group.permissions.add(Permission.objects.get(codename="view_user"))
    with pytest.raises(PermissionDenied, match="Registrars"):
        PeopleView.as_view()(asked(user=User.objects.create(username="guest")))
