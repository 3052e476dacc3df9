"""Each way in which an invariant can be broken, and what looks like it and is none, done to a good day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.campaign.good_day import DELIVERY, Good, at, said


def unknown_order(day: Good) -> None:
    day.accounts.append({**day.accounts[0], "order_id": "JL9-A"})


def missing_order(day: Good) -> None:
    day.accounts.pop(0)


def twice_in_the_books(day: Good) -> None:
    day.accounts.append(dict(day.accounts[0]))


def stalled_with_nobody(day: Good) -> None:
    day.exceptions[0]["open"], day.exceptions[0]["closed_at"] = False, said(50)


def done_too_early(day: Good) -> None:
    day.market.lines = [line for line in day.market.lines if "RECEIVED" not in line.note]


def loaded_twice(day: Good) -> None:
    day.depot.ask(30, "websubmit", "JL1-A", body="other", applied=True)
    day.attempt(30, "websubmit", "other")


def taken_under_a_second_number(day: Good) -> None:
    day.depot.world(30, "taken", "JL1-A-2", guid="G-2", delivery=DELIVERY, lines={"BAG": 2})


def written_again_unread(day: Good) -> None:
    day.depot.drop("status", "G-1")
    day.depot.ask(11, "websubmit", "JL1-A", body="another", applied=False)
    day.attempt(11, "websubmit", "another")


def read_without_an_answer(day: Good) -> None:
    day.depot.drop("status", "G-1")
    day.depot.ask(11, "status", "G-1", status=500, note="fault before effect: 500")
    day.depot.ask(12, "websubmit", "JL1-A", body="another")
    day.attempt(12, "websubmit", "another")


def _tracking(day: Good, **told) -> int:
    """Change the line that tells the marketplace a tracking number, just before the order is confirmed."""
    place = next(n for n, line in enumerate(day.market.lines) if line.operation == "OR23")
    day.market.lines[place] = replace(day.market.lines[place], **told)
    return day.market.lines[place].seq


def another_write_unread(day: Good) -> None:
    _tracking(day, status=None, note="fault after effect: timeout")


def an_answer_that_nobody_heard(day: Good) -> None:
    day.plan["unheard"] = {"marketplace": [_tracking(day)]}


def _taken(day: Good, **told) -> None:
    day.depot.drop("taken", "JL1-A")
    day.depot.world(10, "taken", "JL1-A", **{"guid": "G-1", "delivery": DELIVERY, "lines": {"BAG": 2}, **told})


def other_quantity(day: Good) -> None:
    _taken(day, lines={"BAG": 3})


def other_product(day: Good) -> None:
    day.depot.world(-60, "free", "MUG", text="0 -> 5 opening")
    _taken(day, lines={"MUG": 2})


def other_postcode(day: Good) -> None:
    _taken(day, delivery={**DELIVERY, "PostcodeZip": "TR1 1AB"})


def cut_town(day: Good) -> None:
    _taken(day, delivery={**DELIVERY, "City": "Tru"})


def passes_for_loaded(day: Good) -> None:
    day.depot.drop("taken", "JL1-A")


def loaded_unordered(day: Good) -> None:
    day.depot.world(10, "taken", "JL7-A", guid="G-7", delivery=DELIVERY, lines={"BAG": 2})


def confirmed_twice(day: Good) -> None:
    day.market.world(80, "shipped", "JL1-A", carrier="DPD_UK", tracking="1550")


def other_tracking(day: Good) -> None:
    day.market.drop("shipped", "JL1-A")
    day.market.world(73, "shipped", "JL1-A", carrier="DPD_UK", tracking="9999")


def confirmed_without_tracking(day: Good) -> None:
    day.market.drop("OR23", "JL1-A")


def unmapped(day: Good) -> None:
    day.market.drop("shipped", "JL1-A")
    day.market.world(73, "shipped", "JL1-A", carrier="DPD", tracking="1550")


def unmapped_by_then(day: Good) -> None:
    day.plan["carriers"][0][4] = said(60)


def tried_unmapped(day: Good) -> None:
    parcel = {"courier": "Fagans", "service": "Pallet", "tracking": "F1", "lines": {"BAG": 1}}
    day.depot.world(70, "dispatch", "JL2-A", **parcel)
    day.market.ask(72, "OR23", "JL2-A", body="other", status=400)
    day.attempt(72, "OR23", "other")


def not_approved_by_then(day: Good) -> None:
    day.plan["approved"] = {"DPD_UK": [said(-60), said(20)]}


def confirmed_before_it_left(day: Good) -> None:
    day.market.world(20, "shipped", "JL2-A", carrier="DPD_UK", tracking="1")


def too_many_told(day: Good) -> None:
    day.depot.drop("free", "BAG")
    day.depot.world(-60, "free", "BAG", text="0 -> 7 opening")


def other_level_than_told(day: Good) -> None:
    day.levels[0]["told"][0]["quantity"] = 9


def older_snapshot(day: Good) -> None:
    day.levels[0]["told"][1] = day.level("i2", 8, cites=-30, version=2, drafted=-20)


def older_version(day: Good) -> None:
    day.levels[0]["told"][1]["version"] = 0


def stale_figures(day: Good) -> None:
    day.levels[0]["told"][1]["drafted_at"] = said(200)


def without(name: str) -> Callable[[Good], None]:
    def broken(day: Good) -> None:
        day.exceptions[0][name] = ""

    broken.__name__ = f"without_{name}"
    return broken


def two_for_one_subject(day: Good) -> None:
    day.exceptions.append(day.record(id=2, state="resubmitted", open=False))


def two_for_one_cause(day: Good) -> None:
    day.exceptions.append(day.record(id=2, subject="order JL2-A again", state="resubmitted", open=False))


def the_same_fault_twice(day: Good) -> None:
    day.exceptions[0]["faults"].append(dict(day.exceptions[0]["faults"][0], id=2))


def loaded_after_the_cancel(day: Good) -> None:
    day.market.world(8, "state", "JL1-A", state="CANCELED")


def loaded_unread_after_the_cancel(day: Good) -> None:
    day.market.drop("OR11", "JL1-A")
    day.market.ask(1, "OR11", "JL1-A")
    day.market.world(9.5, "state", "JL1-A", state="CANCELED")


def nameless_line(day: Good) -> None:
    day.line("event", 1)["actor"] = ""


def ids_that_fall(day: Good) -> None:
    day.line("entry", 2)["id"] = 1


def a_gap_in_the_trail(day: Good) -> None:
    day.line("entry", 2)["from"] = None


def a_state_that_no_line_tells(day: Good) -> None:
    day.exceptions[0]["state"] = "open"


def an_opening_that_no_line_tells(day: Good) -> None:
    day.audit.remove(day.line("entry", 1))


def an_act_of_nobody(day: Good) -> None:
    day.line("entry", 2)["actor"] = "jlseko"


def sent_without_being_announced(day: Good) -> None:
    day.audit.remove(day.line("attempt", 2))
    day.audit.remove(day.line("attempt_settled", 2))


def announced_after_it_was_sent(day: Good) -> None:
    day.line("attempt", 2)["at"] = said(20)


def a_line_that_changed(day: Good) -> None:
    day.checkpoint()
    day.line("correction", 1)["path"] = "delivery.city"
    day.plan["people"] = []


def a_line_that_went(day: Good) -> None:
    day.checkpoint()
    day.audit.remove(day.line("attempt_settled", 4))
    day.plan["ended"] = said(100)  # so that nothing else can be said of it


def never_confirmed(day: Good) -> None:
    day.market.drop("shipped", "JL1-A")
    day.market.lines = [line for line in day.market.lines if line.operation != "state" or line.at < at(70)]
    day.accounts[0].update(state="moving", stage="dispatched")


def never_confirmed_though_half_is_known(day: Good) -> None:
    never_confirmed(day)
    _half_of_it_unheard(day, rest_left=350)


def never_loaded(day: Good) -> None:
    for operation in ("taken", "dispatch", "websubmit"):
        day.depot.drop(operation, "JL1-A")
    day.market.lines = [line for line in day.market.lines if not (line.key == "JL1-A" and line.at > at(60))]
    day.accounts[0].update(state="moving", stage="validated")


def never_known(day: Good) -> None:
    day.audit.remove(day.line("attempt_settled", 2))


def too_early(day: Good) -> None:
    day.depot.ask(200, "stock", "", status=429, note="fault before effect: 429; retry-after 60")
    day.depot.ask(200.5, "stock", "")


def too_often(day: Good) -> None:
    day.market.ask(101.3, "OR11", "")


def turned_away(day: Good) -> None:
    day.market.ask(200, "A01", "", status=429, note="refused: Too many requests; retry-after 9")


def correction_nowhere(day: Good) -> None:
    day.audit = [row for row in day.audit if row["kind"] != "correction"]


def correction_dropped(day: Good) -> None:
    day.audit.append({**day.line("correction", 1), "kind": "correction_over", "at": said(50), "actor": "jlseko"})


def correction_not_sent(day: Good) -> None:
    row = {**day.line("correction", 1), "id": 2, "at": said(7), "path": "delivery.city", "order": "JL1-A",
           "subject": "order JL1-A"}  # fmt: skip
    day.audit += [row, {**day.line("event", 1), "id": 2, "subject": "order JL1-A"}]


def late_and_nobody_told(day: Good) -> None:
    never_confirmed(day)


BREAKS: list[tuple[str, Callable[[Good], None]]] = [
    *(("I1", each) for each in (unknown_order, missing_order, twice_in_the_books, stalled_with_nobody, done_too_early)),
    *(("I2", each) for each in (loaded_twice, taken_under_a_second_number)),
    *(("I3", each) for each in (written_again_unread, read_without_an_answer, another_write_unread,
                                an_answer_that_nobody_heard)),
    *(("I4", each) for each in (other_quantity, other_product, other_postcode, cut_town, passes_for_loaded,
                                loaded_unordered)),
    *(("I5", each) for each in (confirmed_twice, other_tracking, confirmed_without_tracking)),
    *(("I6", each) for each in (unmapped, unmapped_by_then, tried_unmapped, not_approved_by_then,
                                confirmed_before_it_left)),
    *(("I7", each) for each in (too_many_told, other_level_than_told, older_snapshot, older_version, stale_figures)),
    *(("I8", without(name)) for name in ("owner", "queue", "category", "next_action")),
    *(("I8", each) for each in (two_for_one_subject, two_for_one_cause, the_same_fault_twice)),
    *(("I9", each) for each in (loaded_after_the_cancel, loaded_unread_after_the_cancel)),
    *(("I10", each) for each in (nameless_line, ids_that_fall, a_gap_in_the_trail, a_state_that_no_line_tells,
                                 an_opening_that_no_line_tells, an_act_of_nobody, sent_without_being_announced,
                                 announced_after_it_was_sent, a_line_that_changed, a_line_that_went)),
    *(("I11", each) for each in (never_confirmed, never_confirmed_though_half_is_known,
                                 never_loaded, never_known)),
    *(("I12", each) for each in (too_early, too_often, turned_away)),
    *(("I13", each) for each in (correction_nowhere, correction_dropped, correction_not_sent)),
    ("I15", late_and_nobody_told),
]  # fmt: skip


def corrected_and_sent(day: Good) -> None:
    row = {**day.line("correction", 1), "id": 2, "at": said(7), "path": "delivery.city", "order": "JL1-A",
           "subject": "order JL1-A", "to": {"length": 5, "hash": "h"}}  # fmt: skip
    day.audit += [row, {**day.line("event", 1), "id": 2, "subject": "order JL1-A"}]
    _taken(day, delivery={**DELIVERY, "City": "Leeds"})


def cancelled_in_the_race(day: Good) -> None:
    day.market.world(9.9, "cancelled", "JL1-A", lines={"BAG": 1})


def taken_again_after_a_cancel(day: Good) -> None:
    day.depot.world(20, "cancelled", "JL1-A", lines={"BAG": 2})
    day.depot.world(30, "taken", "JL1-A-2", guid="G-2", delivery=DELIVERY, lines={"BAG": 2})


def confirmed_with_the_number_of_a_person(day: Good) -> None:
    other_tracking(day)
    row = {**day.line("correction", 1), "id": 2, "at": said(71), "path": "tracking_number", "order": "JL1-A",
           "subject": "dispatch D-1", "to": {"length": 4, "hash": "h"}}  # fmt: skip
    day.audit += [row, {**day.line("event", 1), "id": 2, "subject": "dispatch D-1"}]


def not_polled_yet(day: Good) -> None:
    day.market.world(599, "order", "JL3-A", lines={"BAG": 1})


def late_and_told(day: Good) -> None:
    never_confirmed(day)
    day.accounts[0].update(state="stalled", exception_category="dispatch_not_confirmed", owner="Operations")
    record = day.record(id=2, subject="order JL1-A", order="JL1-A", item="dispatch D", opened_at=said(311),
                        category="dispatch_not_confirmed", fingerprint="d")  # fmt: skip
    day.exceptions.append(record)
    first = {"state": "claimed", "category": "dispatch_not_confirmed", "queue": "catalogue", "owner": "ops"}
    day.audit.append({**day.line("entry", 1), "id": 3, "subject": "exception 2", "to": first})


def a_slow_answer(day: Good) -> None:
    _tracking(day, note="fault after effect: slow")


def an_empty_answer_that_is_always_empty(day: Good) -> None:
    _tracking(day, note="fault after effect: empty")


def half_of_it_unheard(day: Good) -> None:
    never_confirmed(day)
    _half_of_it_unheard(day, rest_left=370)


def _half_of_it_unheard(day: Good, *, rest_left: float) -> None:
    """The message about the first of two parcels never left; the other left ``rest_left`` minutes after nine."""
    day.depot.drop("PushDispatchConfirmation", "JL1-A")
    day.depot.world(70, "PushDispatchConfirmation", "JL1-A", text="sequence 3 lost")
    parcel = {"courier": "DPD", "service": "Next Day", "tracking": "1551", "lines": {"BAG": 1}}
    day.depot.world(rest_left, "dispatch", "JL1-A", **parcel)
    day.depot.ask(rest_left + 1, "PushDispatchConfirmation", "JL1-A", direction="push", applied=True)


HARMLESS = [
    a_slow_answer, an_empty_answer_that_is_always_empty, corrected_and_sent, cancelled_in_the_race,
    taken_again_after_a_cancel, confirmed_with_the_number_of_a_person, not_polled_yet, late_and_told,
    half_of_it_unheard,
]  # fmt: skip
