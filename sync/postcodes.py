"""Finding orders by a customer's postcode although addresses are encrypted: each order keeps a keyed hash of it.

Whoever reads the database learns which orders go to the same place, and not to which.
"""

import re
from typing import Final

from jlseko.encryption import blind_indexes
from sync.models.numbers import plainly

PURPOSE: Final = "sync.Order.postcode_key"
BRITISH: Final = re.compile(r"GIR0AA|[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}")


def key_of(postcode: str) -> str:
    """What an order keeps of a postcode; empty for none."""
    wanted = plainly(postcode)
    return blind_indexes(wanted, purpose=PURPOSE)[0] if wanted else ""


def keys_of(postcode: str) -> list[str]:
    """What orders with this postcode may have kept, under the present key and under earlier ones."""
    return blind_indexes(plainly(postcode), purpose=PURPOSE)


def is_one(text: str) -> bool:
    """Whether a text is a whole British postcode, however it is spaced."""
    return BRITISH.fullmatch(plainly(text)) is not None
