"""In which form numbers of orders and parcels are compared: upper case, without spaces and dashes.

People read them from papers, mails and screens, and each writes them differently.
"""

from typing import Final

from django.db.models import F, Func, Value
from django.db.models.functions import Collate, Upper

DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # hyphens, dashes, minus: what mails make of one


def plain(field: str) -> Collate:
    """A column in that form. Byte order lets an index find the beginning of a number too."""
    return Collate(Upper(Func(F(field), Value(" -"), Value(""), function="TRANSLATE")), "C")


def plainly(text: str) -> str:
    """What somebody typed, in that form."""
    kept = (character for character in text if not character.isspace() and character not in DASHES + "\x00")
    return "".join(kept).upper()
