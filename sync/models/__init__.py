"""One file per model; this is the one place to import them from."""

from sync.models.alias import SkuAlias
from sync.models.attempt import Attempt, Outcome
from sync.models.connection import Connection, Side
from sync.models.correction import Correction
from sync.models.dispatch import Dispatch, DispatchLine
from sync.models.event import Event, EventLane
from sync.models.gap import PushGap
from sync.models.inbound import InboundMessage, SecurityEvent
from sync.models.item import Item
from sync.models.limits import Budget, PartnerState
from sync.models.onboarding import OnboardingAnswer
from sync.models.order import Order, OrderLine
from sync.models.pause import Pause
from sync.models.product import Product
from sync.models.run import FlowState, Heartbeat, LeaseLost, Run
from sync.models.stock import (
    LineOutcome,
    Listing,
    RuleKind,
    RuleScope,
    StockChange,
    StockFile,
    StockFileLine,
    StockReading,
    StockRule,
    StockSource,
    StockSummaryPart,
)

__all__ = [
    "Attempt",
    "Budget",
    "Connection",
    "Correction",
    "Dispatch",
    "DispatchLine",
    "Event",
    "EventLane",
    "FlowState",
    "Heartbeat",
    "InboundMessage",
    "Item",
    "LeaseLost",
    "LineOutcome",
    "Listing",
    "OnboardingAnswer",
    "Order",
    "OrderLine",
    "Outcome",
    "PartnerState",
    "Pause",
    "Product",
    "PushGap",
    "RuleKind",
    "RuleScope",
    "Run",
    "SecurityEvent",
    "Side",
    "SkuAlias",
    "StockChange",
    "StockFile",
    "StockFileLine",
    "StockReading",
    "StockRule",
    "StockSource",
    "StockSummaryPart",
]
