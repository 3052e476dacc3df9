"""The way of a listing that was in trouble: released by a person or by news, its level is told with the next file."""

from django.db import transaction

from sync import pipeline
from sync.flows.context import Context
from sync.models import FlowState, Item, Listing
from sync.stock.rules import PUBLISH


def advance(item: Item, context: Context) -> None:
    """Let the level into the files again. One more refusal is enough to stop it anew; a reading proves it right."""
    tries = context.policy.stock_file_tries
    with transaction.atomic():
        listing = Listing.objects.select_for_update(no_key=True).filter(item=item).first()
        if listing is not None:
            again = listing.failures >= tries
            Listing.objects.filter(pk=listing.pk).update(
                failures=tries - 1 if again else listing.failures, retry_at=None, due=listing.target is not None,
                suspect_of=None,
            )  # fmt: skip
            FlowState.bring_forward(context.connection, PUBLISH)
        pipeline.wait(item)
