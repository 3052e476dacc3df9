"""The pages of a run, by plain requests as without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carriers.models import CarrierMapping
from exceptions import services
from exceptions.models import ExceptionRecord, ResubmitRun, RunItemState, RunState
from exceptions.states import State
from sync.models import Item
from sync.states import Milestone, Status
from tests.exceptions.page_forms import CARRIER, SKU, STOCK, TOWN, fix, text

PLAN, START, RUNS = "/exceptions/runs/plan/", "/exceptions/runs/start/", "/exceptions/runs/"
OWN_QUERIES = 8
FRAME = 4


def stalled(desk, number: int, *failures, first: int = 1) -> list[ExceptionRecord]:
    places = range(first, first + number)
    return [desk.stall(desk.order(f"JL{place}-A"), *(failures or [STOCK])) for place in places]


def chosen(records) -> dict[str, list[str]]:
    return {"record": [str(r.pk) for r in records], "seen": [f"{r.pk}:{r.version}" for r in records]}


def hidden(page: str, action: str) -> dict[str, list[str]]:
    """The hidden fields of the form that goes to ``action``, as a browser would send them."""
    form = page.split(f'action="{action}"')[1].split("</form>")[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and 'type="hidden"' in tag:
            found.setdefault(name[1], []).append(value[1])
    return found


def started(client, records, **more) -> ResubmitRun:
    """Plan, confirm, and be led to the run."""
    page = text(client.post(PLAN, chosen(records)))
    response = client.post(START, hidden(page, START) | more)
    assert response.status_code == 302, text(response)
    return ResubmitRun.objects.get(pk=int(response["Location"].rstrip("/").rpartition("/")[2]))


def test_a_plan_says_what_goes_what_stays_and_why_and_what_it_takes(desk, client, operations, manager):
    goes = stalled(desk, 3)
    address = stalled(desk, 2, TOWN, first=4)
    desk.order("JL6-A")
    mapping = desk.stall(desk.dispatch("JL6-A"), CARRIER)
    away, *_ = stalled(desk, 1, first=7)
    services.resubmit(away, by=manager)
    client.force_login(operations)
    page = text(client.post(PLAN, chosen([*goes, *address, mapping, away])))
    assert "Send back 3 orders" in page
    assert "£30.00" in page
    assert "First deadline" in page
    assert "A fix comes first: Address not acceptable" in page
    assert "it needs the role Manager" in page
    assert "It is being sent back already" in page
    assert reverse("exceptions:detail", args=[address[0].pk]) in page
    assert "Load the order" in page
    assert "5 a second allowed (provisional)" in page
    assert "At most 20 a minute, about 6 s" in page
    assert not ResubmitRun.objects.exists()
    assert Item.objects.filter(status=Status.STALLED).count() == 6


def test_confirming_starts_the_run_and_shows_what_has_gone_already(desk, client, operations):
    client.force_login(operations)
    run = started(client, stalled(desk, 5), per_minute="")
    services.work_off(30)
    assert (run.by, run.words.startswith("5 selected: JL1-A, JL2-A, JL3-A")) == (operations, True)
    assert not run.items.exclude(state=RunItemState.SENT).exists()
    page = text(client.get(reverse("exceptions:run", args=[run.pk])))
    assert "Had their turn" in page
    assert '<progress value="5" max="5"' in page
    assert "5 of 5" in page
    assert "JL4-A" in page
    assert "Not accepted yet" in page
    assert 'hx-trigger="every' in page


def test_a_run_of_everything_that_matches_counts_again(desk, client, operations):
    stalled(desk, 4)
    client.force_login(operations)
    shown = {"matching": "category=no_free_stock", "counted": "4"}
    page = text(client.post(PLAN, shown))
    assert "All 4 that match: Open, Category is No free stock." in page
    late = stalled(desk, 1, first=9)
    answer = client.post(PLAN, shown)
    assert answer.status_code == 409
    assert "now 5 do" in text(answer)
    again = client.post(START, hidden(page, START))
    assert (again.status_code, ResubmitRun.objects.count()) == (409, 0)
    assert "Send back 5 orders" in text(again)
    client.post(START, hidden(text(again), START))
    assert ResubmitRun.objects.get().items.filter(record__in=late).exists()


@pytest.mark.parametrize("change", ["claim", "swap"])
def test_what_changed_since_the_plan_is_planned_anew(change, desk, client, operations, manager):
    records = stalled(desk, 4)
    client.force_login(operations)
    page = text(client.post(PLAN, chosen(records[:3])))
    fields = hidden(page, START)
    if change == "claim":
        services.claim(records[0], by=manager)
    else:  # the same number of others
        fields |= chosen(records[1:])
    answer = client.post(START, fields)
    assert answer.status_code == 409
    assert "Read the plan again" in text(answer)
    assert not ResubmitRun.objects.exists()
    if change == "claim":
        assert "Somebody has changed it since you selected it" in text(answer)


def test_two_people_in_two_sessions_never_send_the_same_order_twice(desk, client, operations, manager, client_of):
    records = stalled(desk, 4)
    mine, theirs = client_of(operations), client_of(manager)
    first, second = (text(each.post(PLAN, chosen(records))) for each in (mine, theirs))
    assert mine.post(START, hidden(first, START)).status_code == 302
    answer = theirs.post(START, hidden(second, START))
    assert answer.status_code == 409
    assert "It is being sent back already" in text(answer)
    assert ResubmitRun.objects.count() == 1


def test_a_record_that_a_colleague_changes_before_its_turn_is_named_on_the_page(desk, operations, manager, client_of):
    records = stalled(desk, 5)
    mine, theirs = client_of(operations), client_of(manager)
    run = started(mine, records, per_minute="6")
    assert run.items.filter(state=RunItemState.SENT).count() == 1
    last = run.items.last().record
    theirs.post(reverse("exceptions:take", args=[last.pk]), {"version": last.version})
    ResubmitRun.objects.update(per_minute=None)
    services.work_off(30)
    page = text(mine.get(f"{RUNS}{run.pk}/?show=failed"))
    assert "Manager Person changed this at" in page
    assert page.count('id="item-') == 1
    last.refresh_from_db()
    assert (last.state, last.owner) == (State.CLAIMED, manager)


def test_pause_go_on_and_cancel_by_their_buttons(desk, client, operations):
    client.force_login(operations)
    run = started(client, stalled(desk, 4), per_minute="6")
    where = reverse("exceptions:run", args=[run.pk])
    for act, state in (("pause", RunState.PAUSED), ("go-on", RunState.RUNNING), ("cancel", RunState.CANCELLED)):
        assert f"run-{act}" in text(client.get(where))
        client.post(f"{where}{act}/")
        run.refresh_from_db()
        assert run.state == state
    page = text(client.get(where))
    assert "Cancelled" in page
    assert "By Operations Person" in page
    assert "Left in the queue" in page
    refused = text(client.post(f"{where}pause/", follow=True))
    assert "This run cannot be paused: it is cancelled." in refused
    assert ExceptionRecord.objects.open().count() == 3


def test_only_the_failures_or_only_the_rest_are_planned_again(desk, client, operations, manager):
    client.force_login(operations)
    records = stalled(desk, 4)
    run = started(client, records, per_minute="6")
    back = run.items.get(state=RunItemState.SENT).record
    services.cancel_run(run, by=operations)
    desk.stall(back.item, STOCK)
    where = reverse("exceptions:run", args=[run.pk])
    page = text(client.get(where))
    assert "Retry only the failures" in page
    assert "It stopped again" in page
    plan = text(client.post(f"{where}retry/"))
    assert "Send back 1 order" in plan
    client.post(START, hidden(plan, START))
    again = ResubmitRun.objects.latest("pk")
    assert (again.retry_of, [item.record for item in again.items.all()]) == (run, [back])
    assert f"run {run.pk}</a>" in text(client.get(reverse("exceptions:run", args=[again.pk])))
    rest = text(client.post(f"{where}retry/", {"what": "left"}))
    assert "Send back 3 orders" in rest
    assert "Nothing of what failed is open any more" in text(client.post(f"{where}retry/"))


def test_the_page_follows_what_the_other_side_says(desk, client, operations):
    client.force_login(operations)
    records = stalled(desk, 4)
    run = started(client, records)
    services.work_off(30)
    for record in records[:3]:
        desk.prove(record.item, Milestone.TAKEN)
    for record in records[:2]:
        desk.prove(record.item, Milestone.INJECTION_VERIFIED)
    desk.stall(records[3].item, STOCK)
    where = reverse("exceptions:run", args=[run.pk])
    figures = {stat["label"]: stat["value"] for stat in client.get(where).context["stats"]}
    assert figures == {
        "Waiting": "0", "Not accepted yet": "0", "Accepted": "1", "Verified": "2", "Came back": "1", "Not sent": "0",
    }  # fmt: skip
    page = text(client.get(where))
    assert '<progress value="3" max="4" aria-label="Accepted by the other side"' in page
    assert re.search(r"accepted \d\d:\d\d, verified \d\d:\d\d", page)
    part = text(client.get(where, headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert 'id="run"' in part


def test_who_may_not_run_reads_and_cannot_plan(desk, client, finance, operations):
    run = services.start_run(stalled(desk, 2), by=operations, words="two")
    client.force_login(finance)
    page = text(client.get(reverse("exceptions:run", args=[run.pk])))
    assert "run-cancel" not in page
    for where in (PLAN, START, f"{RUNS}{run.pk}/retry/", f"{RUNS}{run.pk}/pause/"):
        assert client.post(where).status_code == 403
    run.refresh_from_db()
    assert run.state == RunState.WAITING


def test_runs_are_listed_and_shown_where_people_decide_what_to_do_next(desk, client, operations):
    client.force_login(operations)
    assert "No run yet" in text(client.get(RUNS))
    run = started(client, stalled(desk, 4), per_minute="6")
    page = text(client.get(RUNS))
    assert "1 of 4" in page
    assert "4 selected: JL1-A, JL2-A, JL3-A and 1 more" in page
    for where in ("/", "/exceptions/"):
        assert "1 of 4 had their turn." in text(client.get(where))
    services.pause_run(run, by=operations)
    assert "is paused: 1 of 4 had their turn." in text(client.get("/"))
    services.cancel_run(run, by=operations)
    assert "had their turn." not in text(client.get("/"))


def test_a_carrier_mapped_on_one_exception_runs_for_all_and_leads_to_the_run(desk, client, manager):
    numbers = [f"JL{place}-A" for place in range(1, 7)]
    for number in numbers:
        desk.order(number)
    records = [desk.stall(desk.dispatch(number), CARRIER) for number in numbers]
    client.force_login(manager)
    planned = text(fix(client, records[0], "send", carrier_code="DPD_UK"))
    assert "Yes, release 6 orders" in planned
    assert "as a run that you can watch, pause and cancel" in planned
    answer = fix(client, records[0], "confirmed", carrier_code="DPD_UK", planned="6")
    run = ResubmitRun.objects.get()
    assert answer["Location"] == reverse("exceptions:run", args=[run.pk])
    assert CarrierMapping.objects.get().carrier_code == "DPD_UK"
    assert (run.cause, run.items.count(), run.items.first().record) == (records[0].cause, 6, records[0])
    assert run.items.first().state == RunItemState.SENT, "something has gone when the page appears"
    services.work_off(30)
    assert set(run.items.values_list("state", flat=True)) == {RunItemState.SENT}
    page = text(client.get(answer["Location"]))
    assert "Fagans Freight" in page
    assert reverse("exceptions:cause", args=[run.cause_id]) in page


def _cause_form(record, **fields) -> dict[str, str]:
    parts = services.cause_parts(record.cause)
    return {part.form[name].html_name: fields.get(name, "") for part in parts for name in part.form.fields}


def test_a_cause_is_fixed_once_and_its_members_run(desk, client, operations):
    records = stalled(desk, 5, SKU)
    both = stalled(desk, 1, SKU, TOWN, first=9)[0]
    client.force_login(operations)
    page = reverse("exceptions:cause", args=[records[0].cause_id])
    data = _cause_form(records[0], product_1="BAG-01")
    planned = text(client.post(page, data | {"step": "plan"}))
    fields = {name: values[0] for name, values in hidden(planned, f"{page}#fix").items()}
    assert fields["planned"] == "5"
    answer = client.post(page, data | fields | {"step": "confirmed"}, follow=True)
    run = ResubmitRun.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("exceptions:run", args=[run.pk])
    assert f"{both.subject} stays here, also held by: Address not acceptable" in text(answer)
    assert run.fix_note == "SKU BAG means BAG-01"
    services.work_off(30)
    assert not run.items.exclude(state=RunItemState.SENT).exists()


def test_two_people_on_one_cause_fix_it_once(desk, operations, manager, client_of):
    records = stalled(desk, 4, SKU)
    page = reverse("exceptions:cause", args=[records[0].cause_id])
    data = _cause_form(records[0], product_1="BAG-01")
    sessions = [client_of(each) for each in (operations, manager)]
    plans = [text(each.post(page, data | {"step": "plan"})) for each in sessions]
    answers = []
    for session, plan in zip(sessions, plans, strict=True):
        fields = {name: values[0] for name, values in hidden(plan, f"{page}#fix").items()}
        answers.append(session.post(page, data | fields | {"step": "confirmed"}))
    assert [answer.status_code for answer in answers] == [302, 409]
    assert ResubmitRun.objects.count() == 1


def test_a_colleague_who_changes_the_leading_order_is_named_on_the_cause_page(desk, operations, manager, client_of):
    records = stalled(desk, 4, SKU)
    page = reverse("exceptions:cause", args=[records[0].cause_id])
    data = _cause_form(records[0], product_1="BAG-01")
    mine, theirs = client_of(operations), client_of(manager)
    fields = {n: v[0] for n, v in hidden(text(mine.post(page, data | {"step": "plan"})), f"{page}#fix").items()}
    theirs.post(reverse("exceptions:take", args=[records[0].pk]), {"version": records[0].version})
    answer = mine.post(page, data | fields | {"step": "confirmed"})
    assert answer.status_code == 409
    assert "Manager Person changed this at" in text(answer)
    assert not ResubmitRun.objects.exists()


@pytest.mark.parametrize("which", ["plan", "run", "runs"])
def test_a_page_asks_as_much_for_many_as_for_few(which, desk, client, operations):
    client.force_login(operations)
    pages = {}
    for number in (2, 30):
        records = stalled(desk, number, first=number * 10)
        if which != "plan":
            services.start_run(records, by=operations, words="some")
            services.work_off(30)
        with CaptureQueriesContext(connection) as asked:
            if which == "plan":
                answer = client.post(PLAN, chosen(records))
            else:
                answer = client.get(RUNS if which == "runs" else f"{RUNS}{ResubmitRun.objects.latest('pk').pk}/")
        assert answer.status_code == 200
        pages[number] = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(pages[30]) <= len(pages[2])
    assert len(pages[30]) <= OWN_QUERIES + FRAME, "\n".join(pages[30])
