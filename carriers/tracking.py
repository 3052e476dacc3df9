"""Whether a tracking number can be one, before John Lewis or the customer sees it.

The formats are what the carriers print on their labels. A number that fits is not proven to exist; one that does not
fit is a slip of the pen, a placeholder or another carrier's number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_PLACEHOLDERS = frozenset(
    {
        "na",
        "none",
        "null",
        "nil",
        "tbc",
        "tba",
        "tbd",
        "unknown",
        "pending",
        "test",
        "notracking",
        "untracked",
        "notavailable",
        "nottracked",
        "toconfirm",
        "tobeconfirmed",
        "awaiting",
        "blank",
    }
)
_S10 = re.compile(r"([A-Z]{2})(\d{8})(\d)([A-Z]{2})", re.ASCII)
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


@dataclass(frozen=True, slots=True)
class Format:
    """How one carrier numbers its parcels.

    ``words`` finds the carrier in SEKO's or John Lewis' text, ``expects`` finishes the sentence "A ... tracking number
    is ...", ``finer`` looks at what a pattern cannot see and returns a sentence or "".
    """

    name: str
    words: re.Pattern[str]
    pattern: re.Pattern[str]
    expects: str
    example: str
    finer: Callable[[str], str] | None = None

    @property
    def sentence(self) -> str:
        """What a number of this carrier looks like."""
        return f"A {self.name} tracking number is {self.expects}, such as {self.example}."


def s10_check_digit(serial: str) -> int:
    """Check digit of the eight digits of an S10 number (Universal Postal Union): weights 8 6 4 2 3 5 9 7, modulo 11."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def _s10_finer(number: str) -> str:
    found = _S10.fullmatch(number)
    if found is None:
        return ""
    wanted = s10_check_digit(found[2])
    if int(found[3]) == wanted:
        return ""
    return f"The check digit of {number} is {found[3]} but must be {wanted}: one of its digits is mistyped."


FORMATS: tuple[Format, ...] = (
    Format(
        name="Royal Mail",
        words=re.compile(r"\broyal ?mail\b|\brm ?\d{0,3}\b|\btracked (24|48)\b"),
        pattern=_S10,
        expects="two letters, nine digits and two letters",
        example="AB123456785GB",
        finer=_s10_finer,
    ),
    Format(
        name="Parcelforce",
        words=re.compile(r"\bparcel ?force\b"),
        pattern=re.compile(r"[A-Z]{2}\d{7}|[A-Z]{2}\d{9}[A-Z]{2}", re.ASCII),
        expects="two letters and seven digits, or two letters, nine digits and two letters",
        example="PB1234567",
        finer=_s10_finer,
    ),
    Format(
        name="DPD",
        words=re.compile(r"\bdpd\b"),
        pattern=re.compile(r"\d{14}", re.ASCII),
        expects="14 digits",
        example="15501234567890",
    ),
    Format(
        name="DHL",
        words=re.compile(r"\bdhl\b"),
        pattern=re.compile(r"\d{10,20}|J?JD\d{8,20}", re.ASCII),
        expects="10 to 20 digits, or JD and 8 to 20 digits",
        example="JD0002123456789012",
    ),
    Format(
        name="Evri (formerly Hermes)",
        words=re.compile(r"\bevri\b|\bhermes\b|\bmy ?hermes\b"),
        pattern=re.compile(r"(?=(?:[A-Z]*\d){8})[A-Z0-9]{16}", re.ASCII),
        expects="16 letters and digits",
        example="H001234567890123",
    ),
    Format(
        name="UPS",
        words=re.compile(r"\bups\b"),
        pattern=re.compile(r"1Z[A-Z0-9]{16}", re.ASCII),
        expects="1Z and 16 letters and digits",
        example="1Z999AA10123456784",
    ),
)
OTHER = Format(
    name="parcel",
    words=re.compile(r"(?!)"),
    pattern=re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 -]{4,38}[A-Z0-9]", re.ASCII),
    expects="6 to 40 letters, digits, blanks and hyphens, with at least one digit",
    example="YD-00812345",
)


def carrier_format(courier: str, carrier_code: str = "") -> Format:
    """The format that applies: that of SEKO's courier, or of John Lewis' code where the courier says nothing."""
    for text in (courier, carrier_code):
        flat = " ".join(text.replace("_", " ").replace("-", " ").split()).casefold()
        for known in FORMATS:
            if known.words.search(flat):
                return known
    return OTHER


def is_placeholder(tracking_number: str) -> bool:
    """Whether the field was filled without a number: ``N/A``, ``TBC``, dashes, one character over and over."""
    bare = "".join(character for character in tracking_number.casefold() if character.isalnum())
    return not bare or bare in _PLACEHOLDERS or len(set(bare)) == 1


def check(courier: str, carrier_code: str, tracking_number: str) -> str:
    """Check a tracking number against the format of its carrier; upper and lower case and outer blanks do not matter.

    Args:
        courier: SEKO's courier text, as the dispatch has it.
        carrier_code: John Lewis' code or label for it, may be empty.
        tracking_number: the number to check.

    Returns:
        An empty string if the number is fine, else a sentence that says what is wrong and what is expected.
    """
    number = tracking_number.strip().upper()
    form = carrier_format(courier, carrier_code)
    if not number:
        return f"There is no tracking number. {form.sentence}"
    if is_placeholder(number):
        return f"“{tracking_number.strip()}” is a placeholder, not a tracking number. {form.sentence}"
    if not form.pattern.fullmatch(number):
        return f"“{tracking_number.strip()}” does not look right. {form.sentence}"
    return form.finer(number) if form.finer else ""
