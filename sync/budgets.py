"""What each partner allows, as data. Sources: John Lewis contract 1.5, SEKO contract 1.1 (Fair Usage Policy)."""

from dataclasses import dataclass
from datetime import timedelta

from sync.models import Side

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """At most ``calls`` in ``per`` (business time); ``provisional`` = the partner has published no figure."""

    calls: int
    per: timedelta
    provisional: bool


POLL = "OR11"
ORDERS_BY_ID = "OR11 by id"
ACCEPT = "OR21"
TRACKING = "OR23"
SHIP = "OR24"
CARRIERS = "SH21"
REFERENCES = "OR04"
CANCEL_LINES = "OR30"
CREATE_SHIPMENT = "ST01"
SHIPMENTS = "ST11"
ITEMS_TO_SHIP = "ST12"
SHIPMENT_TRACKING = "ST23"
SHIP_SHIPMENT = "ST24"
STOCK_FILE = "STO01"
STOCK_FILE_STATUS = "STO02"
STOCK_FILE_ERRORS = "STO03"
OFFERS = "OF21"
LOAD_ORDER = "websubmit"
CANCEL = "cancel"
STATUS = "status"
STOCK = "stock"
DISPATCHED = "dispatches"
PROFILE = "profile"
TEST = "test"

# Confirmations carry the deadline. Their writes have budgets of their own; the reading before them shares its budget
# with the readings before injections, which leave these calls to them.
KEPT_FOR_DISPATCHES = 10

# The call that follows at once is the one that counts: alone, these two tell nobody that a parcel has left.
FIRST_HALVES = frozenset({TRACKING, CREATE_SHIPMENT})

# Published as once a day. Six is ours: a shop that is connected anew, or a person who tries again, must not wait until
# tomorrow; the flows themselves ask once a day.
_A_FEW_A_DAY = Ceiling(6, DAY, provisional=False)
ONCE_A_DAY = ("A01", "A21", "AF01", "DO01", "RE01", "SH11", "SH12", "SBC11", "IV01", PROFILE)

CEILINGS: dict[tuple[str, str], Ceiling] = {
    (Side.MARKETPLACE, POLL): Ceiling(1, MINUTE, provisional=False),
    (Side.MARKETPLACE, ORDERS_BY_ID): Ceiling(30, MINUTE, provisional=True),
    (Side.MARKETPLACE, ACCEPT): Ceiling(5, SECOND, provisional=True),
    (Side.MARKETPLACE, TRACKING): Ceiling(5, SECOND, provisional=True),
    (Side.MARKETPLACE, SHIP): Ceiling(5, SECOND, provisional=True),
    (Side.MARKETPLACE, CARRIERS): Ceiling(1, timedelta(hours=1), provisional=False),
    (Side.MARKETPLACE, REFERENCES): Ceiling(1, MINUTE, provisional=False),
    (Side.MARKETPLACE, ITEMS_TO_SHIP): Ceiling(1, 5 * MINUTE, provisional=False),
    (Side.MARKETPLACE, STOCK_FILE): Ceiling(1, MINUTE, provisional=False),
    (Side.MARKETPLACE, STOCK_FILE_STATUS): Ceiling(1, 15 * SECOND, provisional=False),
    (Side.MARKETPLACE, STOCK_FILE_ERRORS): Ceiling(1, MINUTE, provisional=False),
    (Side.MARKETPLACE, OFFERS): Ceiling(60, MINUTE, provisional=True),
    **{(Side.MARKETPLACE, operation): _A_FEW_A_DAY for operation in ONCE_A_DAY},
    (Side.MARKETPLACE, "RT11"): Ceiling(1, 5 * MINUTE, provisional=False),
    # 20 a minute and 60 an hour: a full bucket and what flows in beside it stay below both
    (Side.MARKETPLACE, "TL02"): Ceiling(15, 20 * MINUTE, provisional=False),
    (Side.WAREHOUSE, LOAD_ORDER): Ceiling(5, SECOND, provisional=True),
    (Side.WAREHOUSE, CANCEL): Ceiling(5, SECOND, provisional=True),
    (Side.WAREHOUSE, STATUS): Ceiling(5, SECOND, provisional=True),
    (Side.WAREHOUSE, "product"): Ceiling(5, SECOND, provisional=True),
    (Side.WAREHOUSE, STOCK): Ceiling(1, timedelta(minutes=30), provisional=False),
    (Side.WAREHOUSE, DISPATCHED): Ceiling(1, timedelta(minutes=30), provisional=False),
}
DEFAULT = Ceiling(5, SECOND, provisional=True)


def ceiling(side: str, operation: str) -> Ceiling:
    """The ceiling of one operation."""
    return CEILINGS.get((side, operation), DEFAULT)
