"""Every category can be produced by the simulated partners, or it is written down here why not."""

from exceptions.category import registry
from sync.sandbox.scenarios import SCENARIOS

# Not a behaviour towards one order: a window of time in which a partner is away or refuses the key.
WINDOWS = {"partner_outage"}
WITHOUT = {
    "clocks_differ": "the simulated partners share the clock of the product; the tests set one of them wrong",
    "dispatch_unmatched": "the simulated warehouse dispatches only what it was given",
    "line_not_acceptable": "the simulated marketplace sells whole quantities of at least one",
    "message_unreadable": "the simulated warehouse writes whole messages; the tests push broken ones",
    "over_dispatch": "the simulated warehouse sends no more than was ordered by itself; by hand it sends any parts",
    "listing_unknown": "the simulated marketplace offers what its sister stocks; the tests offer something else",
    "oversell_risk": "it takes an outage while one product sells fast; the tests let a level grow old",
    "stock_divergence": "the simulated marketplace keeps the levels that it took; the tests change one behind its back",
    "stock_unlisted": "the simulated marketplace offers everything; the tests leave something out",
    "stock_update_failed": "no behaviour towards one order: a fault of stock imports, switched on for a share of lines",
    "unknown_value": "the simulated marketplace uses published states only; the tests invent one",
    "warehouse_setup": "the demo has one distribution centre and sends no courier; the tests send wrong ones",
}


def test_every_category_has_a_scenario_or_a_reason():
    plain = {category.slug: category.scenario for category in registry}
    assert {slug for slug, scenario in plain.items() if not scenario} == set(WITHOUT)
    assert {scenario for scenario in plain.values() if scenario} <= set(SCENARIOS) | WINDOWS


def test_the_required_fifteen_can_be_seen_in_a_demo():
    named = {category.scenario for category in registry if category.scenario} - WINDOWS
    assert len(named) >= 14
