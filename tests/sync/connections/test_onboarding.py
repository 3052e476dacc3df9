"""The checklist: every doubt hangs on a question, an answer confirms what hangs on it, everywhere at once."""

from dataclasses import fields

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.budgets import CEILINGS
from sync.connections import onboarding, reading
from sync.connections.onboarding import State
from sync.connections.questions import BY_SETTING, BY_SLUG, QUESTIONS
from sync.models import Budget, Connection, Event, OnboardingAnswer, Side
from sync.policy import Policy
from tests.factories.engine import ConnectionFactory
from tests.sync.pages import browser, person

pytestmark = pytest.mark.django_db

PROFILE = {
    "shop_id": "2001", "shop_name": "Sample", "acceptance": "NOT_AUTOMATIC", "multi_shipment": False,
    "alternative_carriers_refused": True, "returns": None, "tracking_mandatory_for": ["EXP"],
    "reasons": [{"code": "15", "label": "Out of stock", "kind": "CANCELATION", "ours": True}],
}  # fmt: skip


@pytest.fixture
def connection() -> Connection:
    return ConnectionFactory()


def address(slug: str = "", name: str = "shop") -> str:
    if slug:
        return reverse("sync:connection-question", args=[name, slug])
    return reverse("sync:connection-checklist", args=[name])


def filled(slug: str, **changes: str) -> dict[str, str]:
    """The form of a question as the browser sends it."""
    form = browser("Admin").get(address(slug)).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: str(value) for name, value in values.items() if value is not False} | {"do": "answer"} | changes


def test_every_provisional_setting_hangs_on_exactly_one_question():
    hanging = [name for question in QUESTIONS for name in question.settings]
    assert len(hanging) == len(set(hanging))
    assert set(hanging) == {setting.name for setting in fields(Policy) if setting.metadata["provisional"]}
    assert len(BY_SLUG) == len(QUESTIONS)
    assert all(question.slug.startswith(f"{question.side}-") for question in QUESTIONS)


def test_the_provisional_ceilings_of_a_side_hang_on_its_limits():
    sides = {side for (side, _), ceiling in CEILINGS.items() if ceiling.provisional}
    assert {question.slug for question in QUESTIONS if question.ceilings} == {f"{side}-limits" for side in sides}


def test_at_first_everything_is_open_and_provisional(connection):
    answer = browser("Manager").get(address())
    assert (answer.context["answered"], answer.context["most"]) == (0, len(QUESTIONS))
    assert f"0 of {len(QUESTIONS)}" in answer.content.decode()
    assert {each.state for each in onboarding.standings(connection)} == {State.OPEN}
    assert set(onboarding.flags(connection).settings) == set(BY_SETTING)
    assert set(onboarding.flags(connection).ceilings) == {"marketplace", "warehouse"}


def test_a_question_is_asked_answered_and_opened_again(connection):
    admin = browser("Admin")
    admin.post(address("warehouse-errors"), {"do": "asked"})
    standing = onboarding.standing(connection, "warehouse-errors")
    assert (standing.state, standing.by, standing.is_answered) == (State.ASKED, person("Admin"), False)
    admin.post(address("warehouse-errors"), filled("warehouse-errors", answer="There is a list."))
    standing = onboarding.standing(connection, "warehouse-errors")
    assert (standing.state, standing.answer) == (State.ANSWERED, "There is a list.")
    assert standing.asked_at
    page = admin.get(address()).content.decode()
    assert "There is a list." in page
    assert f"1 of {len(QUESTIONS)}" in page
    admin.post(address("warehouse-errors"), {"do": "reopen"})
    assert onboarding.standing(connection, "warehouse-errors").state == State.OPEN
    titles = [event.title.partition(":")[0] for event in Event.objects.filter(kind="onboarding").order_by("id")]
    assert titles == ["Asked", "Answered", "Opened again"]
    assert not onboarding.reopen(connection, "warehouse-county", by=None)


def test_an_answer_confirms_its_settings_everywhere(connection):
    page = browser("Admin").post(address("warehouse-contact"), filled("warehouse-contact", answer="No, says SEKO"))
    assert page.status_code == 302
    assert not {"phone_required", "email_required"} & set(onboarding.flags(connection).settings)
    assert "county_filler" in onboarding.flags(connection).settings
    rows = {
        row["slug"]: row["provisional"]
        for _, group in browser("Manager").get(reverse("sync:connection-settings", args=["shop"])).context["groups"]
        for row in group
    }
    assert (rows["phone_required"], rows["county_filler"], rows["stock_minutes"]) == (False, True, False)
    form = browser("Admin").get(reverse("sync:connection-settings-change", args=["shop"])).context["form"]
    assert "Provisional" not in form.fields["phone_required"].help_text
    assert "Provisional" in form.fields["county_filler"].help_text
    assert [slug for slug, _, _ in browser("Manager").get(address()).context["provisional"]].count(
        "phone_required"
    ) == 0


def test_an_answer_may_bring_the_value_along(connection):
    browser("Admin").post(address("marketplace-polling"), filled("marketplace-polling", answer="5", poll_minutes="5"))
    connection.refresh_from_db()
    assert connection.settings == {"poll_minutes": 5}
    assert "poll_minutes" not in onboarding.flags(connection).settings
    assert "time between two readings of new orders: 15 → 5" in Event.objects.get(kind="settings").detail
    assert "Confirmed: time between two readings of new orders." in Event.objects.get(kind="onboarding").detail


def test_the_answer_of_one_connection_confirms_nothing_of_another(connection):
    other = ConnectionFactory(name="other")
    onboarding.answer(connection, "marketplace-limits", "50 a second", values={}, by=None)
    for each in (connection, other):
        Budget.objects.create(
            connection=each, side=Side.MARKETPLACE, operation="OR21", tokens=5, refreshed_at=timezone.now(), spent=1
        )
    lines = {line.connection: line.provisional for line in reading.budget_lines(reading.budgets())}
    assert lines == {"shop": False, "other": True}
    assert onboarding.flags(connection).ceilings == ("warehouse",)
    assert onboarding.flags(other).ceilings == ("marketplace", "warehouse")


def test_what_john_lewis_told_answers_questions_by_itself(connection):
    Connection.objects.update(profile=PROFILE, profile_read_at=timezone.now())
    connection.refresh_from_db()
    states = {each.question.slug: each for each in onboarding.standings(connection)}
    assert states["marketplace-multi-shipment"].state == State.TOLD
    assert states["marketplace-multi-shipment"].told == "several shipments are off"
    assert states["marketplace-tracking"].told == "a tracking number is required for EXP"
    assert states["marketplace-reasons"].told == "1 reason codes, 1 of them ours"
    assert states["marketplace-returns"].state == State.OPEN
    assert states["marketplace-model"].state == State.OPEN
    assert states["marketplace-acceptance-time"].state == State.OPEN
    page = browser("Manager").get(address()).content.decode()
    assert "John Lewis told us: several shipments are off; read" in page
    onboarding.answer(connection, "marketplace-carriers", "They say the opposite", values={}, by=None)
    standing = onboarding.standing(connection, "marketplace-carriers")
    assert (standing.state, standing.told) == (State.ANSWERED, "only approved carriers")


@pytest.mark.parametrize(
    ("slug", "changes", "field"),
    [
        ("warehouse-errors", {"answer": ""}, "answer"),
        ("warehouse-errors", {"answer": "   "}, "answer"),
        ("warehouse-errors", {"answer": "x" * 2001}, "answer"),
        ("warehouse-errors", {"answer": "a\x00b"}, "answer"),
        ("marketplace-polling", {"answer": "x", "poll_minutes": "often"}, "poll_minutes"),
        ("marketplace-polling", {"answer": "x", "poll_minutes": "0"}, "poll_minutes"),
        ("warehouse-push-fields", {"answer": "x", "push_aliases": "Colour=Hue"}, "push_aliases"),
        ("warehouse-addresses", {"answer": "x", "warehouse_versions": "moon=v9"}, "warehouse_versions"),
    ],
)
def test_bad_input_gets_its_message_and_confirms_nothing(connection, slug, changes, field):
    answer = browser("Admin").post(address(slug), filled(slug, **changes))
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert not OnboardingAnswer.objects.exists()
    connection.refresh_from_db()
    assert connection.settings == {}


def test_whoever_was_overtaken_overwrites_no_setting(connection):
    drawn = filled("marketplace-polling", answer="5", poll_minutes="5")
    Connection.objects.update(settings={"poll_minutes": 10})
    answer = browser("Admin").post(address("marketplace-polling"), drawn)
    assert answer.status_code == 422
    assert "Somebody has changed the settings meanwhile" in answer.content.decode()
    assert not OnboardingAnswer.objects.exists()


@pytest.mark.parametrize("group", ["Operations", "Finance", "Manager"])
def test_only_admins_answer(connection, group):
    for do in ("asked", "answer", "reopen"):
        assert browser(group).post(address("warehouse-errors"), {"do": do, "answer": "x"}).status_code == 403
    assert not OnboardingAnswer.objects.exists()
    assert browser(group).get(address()).status_code == (200 if group == "Manager" else 403)


def test_what_does_not_exist_is_not_found(connection):
    admin = browser("Admin")
    assert admin.get(address("no-such-question")).status_code == 404
    assert admin.post(address("no-such-question"), {"do": "asked"}).status_code == 404
    assert admin.get(address("warehouse-errors", name="nobody")).status_code == 404
    assert admin.get(address(name="nobody")).status_code == 404


def test_an_answer_is_text_and_nothing_else(connection):
    onboarding.answer(connection, "warehouse-errors", "<script>alert(1)</script>\nline two", values={}, by=None)
    page = browser("Admin").get(address()).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
