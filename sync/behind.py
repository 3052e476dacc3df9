"""What would go on at once if a partner that is away answered again."""

from django.db.models import Q, QuerySet

from sync.models import Connection, Item, Side
from sync.states import Kind, Stage, Status

# Waiting would not do: an item that waits has had its turn, and its next look is not due because of the partner
HELD_UP = (Status.READY, Status.LEASED, Status.UNKNOWN)


def behind(connection: Connection, side: str) -> QuerySet[Item]:
    """Orders and dispatches whose next step asks this partner first, the nearest deadline first.

    John Lewis is read before an order is loaded at SEKO and before each step of a dispatch; SEKO is asked to take an
    order, and where one stands that it has taken.
    """
    if side == Side.WAREHOUSE:
        wanted = Q(kind=Kind.ORDER, stage__in=[Stage.VALIDATED, Stage.INJECTED])
    else:
        wanted = Q(kind=Kind.DISPATCH) | Q(kind=Kind.ORDER, stage__in=[Stage.RECEIVED, Stage.VALIDATED])
    rows = Item.objects.filter(wanted, connection=connection, status__in=HELD_UP)
    return rows.order_by("deadline", "id")
