"""Builds that read a partner, or tell it stock and carriers, as they should not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

from carriers import resolve as carrier_map
from jlseko.clock import business_now
from sync.flows import polling
from sync.flows.context import Context
from sync.loop.feeds import FEEDS
from sync.models import FlowState, StockFile, StockFileLine
from sync.rules import confirmation
from sync.sandbox.scenarios import chance
from sync.shapes import StockLevel
from sync.stock import files
from tests.campaign.builds.build import Build, Patches, SmallDay
from tests.campaign.days.late_list import HIDDEN, shown_late
from tests.campaign.days.seeds import Plan

Run = Callable[[Context, FlowState], dict[str, int]]
POLL = "poll-orders"
BEHIND = timedelta(minutes=20)
DEATHS = 0.6


def _poll(otherwise: Callable[[Run, Context, FlowState], dict[str, int]]) -> Patches:
    feed = FEEDS[POLL]
    return [
        mock.patch.dict(FEEDS, {POLL: replace(feed, run=lambda context, state: otherwise(feed.run, context, state))})
    ]


def too_soon(day: SmallDay) -> Patches:
    """The watermark moves before what was read is stored."""

    def polled(sound: Run, context: Context, state: FlowState) -> dict[str, int]:
        note = polling._note_times

        def moved(reading: Any, page: Any) -> None:
            note(reading, page)
            newest = polling._watermark(state.watermark, reading)
            FlowState.objects.filter(pk=state.pk).update(watermark=newest)

        with mock.patch.object(polling, "_note_times", moved):
            return sound(context, state)

    return _poll(polled)


def dies_while_storing(day: SmallDay) -> Patches:
    """Many a poll ends between the reading of a page and its storing."""
    store, polls = polling._store, [0]

    def dying(*told: Any) -> Any:
        polls[0] += 1
        if day.clock.now < day.plan.start + day.plan.troubled and chance(day.plan.seed, "dies", polls[0]) < DEATHS:
            raise RuntimeError("the process ends here")
        return store(*told)

    return [mock.patch.object(polling, "_store", dying)]


def own_clock(day: SmallDay) -> Patches:
    """The watermark is what our own clock says."""

    def polled(sound: Run, context: Context, state: FlowState) -> dict[str, int]:
        counts = sound(context, state)
        state.watermark = business_now()
        return counts

    return _poll(polled)


def _behind(build: Build, folder: Any, seed: int, wounded: bool) -> None:
    """The marketplace's clock is behind."""
    with mock.patch.object(Plan, "ahead", {"marketplace": -BEHIND, "warehouse": timedelta(0)}):
        SmallDay(folder, build, seed, wounded=wounded).run()


def no_overlap(day: SmallDay) -> Patches:
    """Each poll begins where the last one ended."""

    def polled(sound: Run, context: Context, state: FlowState) -> dict[str, int]:
        return sound(replace(context, policy=replace(context.policy, poll_overlap_minutes=0.0)), state)

    return _poll(polled)


def some_shown_late(day: SmallDay) -> Patches:
    """Some orders come into the list some minutes after others that are younger."""
    day.told["visible_late_minutes"] = 2 * HIDDEN / timedelta(minutes=1)
    return [shown_late(day.partners.market, day.plan.seed, lambda: None)]


def passed_through(day: SmallDay) -> Patches:
    """A courier without a code is told by its own name."""
    sound = carrier_map.resolve

    def resolved(shop: str, courier: str, service: str) -> carrier_map.Resolution:
        found = sound(shop, courier, service)
        return carrier_map.Resolution(code=courier) if found.problem else found

    return [mock.patch.object(confirmation.carrier_map, "resolve", resolved)]


def deltas(day: SmallDay) -> Patches:
    """What changed is told instead of what there is."""

    def differences(file: StockFile) -> list[StockLevel]:
        rows = file.rows.order_by("id").values_list("listing__sku", "quantity", "previous")
        return [StockLevel(sku, abs(quantity - (previous or 0))) for sku, quantity, previous in rows]

    return [mock.patch.object(files, "levels_of", differences)]


def older(day: SmallDay) -> Patches:
    """A file goes out with the figures of an earlier snapshot."""
    sound = files._create

    def created(*told: Any) -> StockFile | None:
        file = sound(*told)
        for line in file.rows.all() if file else ():
            rows = StockFileLine.objects.filter(listing=line.listing, file__connection=file.connection)
            first = rows.exclude(pk=line.pk).order_by("id").first()
            if first is not None:
                StockFileLine.objects.filter(pk=line.pk).update(as_of=first.as_of, quantity=first.quantity)
        return file

    return [
        mock.patch.object(files, "_create", created),
        mock.patch.object(files, "leave_out_outdated", return_value=1),
    ]


BUILDS = (
    Build("watermark moved before commit", "what was read and not stored is never read again", frozenset({"I1"}),
          too_soon, world=dies_while_storing, policy={"poll_overlap_minutes": 1}),
    Build("watermark from own clock", "what a slower clock stamps is passed over", frozenset({"I1", "I11"}), own_clock,
          lived=_behind, policy={"poll_overlap_minutes": 5}),
    Build("overlap 0", "what is shown late is passed over", frozenset({"I1", "I11"}), no_overlap,
          world=some_shown_late),
    Build("unmapped carrier passed through", "John Lewis is told a courier's name", frozenset({"I6"}), passed_through,
          mix={"unmapped_carrier": 0.5}, hours=4.5),
    Build("stock delta instead of absolute", "the level is wrong", frozenset({"I7"}), deltas),
    Build("older snapshot published", "the level goes back to figures of yesterday", frozenset({"I7"}), older),
)  # fmt: skip
