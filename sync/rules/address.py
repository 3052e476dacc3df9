"""SEKO's rules for a delivery address, checked before SEKO sees it.

iHub reports only the first fault, and carriers print ASCII. Lengths and mandatory fields: SEKO contract 4.2;
characters: 1.2.
"""

import re
import unicodedata
from dataclasses import asdict

from sync.failures import Code, Failure
from sync.partners.seko.fields import ADDRESS, ORDER, longest
from sync.policy import Policy
from sync.shapes import Address

NOTES = "notes"
LIMITS: dict[str, int] = {
    **{field.source: field.longest for field in ADDRESS},
    NOTES: longest(ORDER, "instructions"),
}
LABELS: dict[str, str] = {
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "line1": "Address line 1",
    "line2": "Address line 2",
    "line3": "Address line 3",
    "city": "Town or city",
    "county": "County",
    "postcode": "Postcode",
    "country_code": "Country code",
    "phone": "Phone",
    "email": "E-mail",
    NOTES: "Delivery notes",
}
MANDATORY = ("last_name", "line1", "city", "postcode", "country_code")
ALPHA2 = {"GBR": "GB", "IRL": "IE", "JEY": "JE", "GGY": "GG", "IMN": "IM"}
# Letters that carry no separable accent; the rest is decomposed.
LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
     "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "’": "'", "‘": "'", "“": "'", "”": "'", '"': "'", "–": "-", "—": "-",
     "…": "...", "\u00a0": " "}
)  # fmt: skip
UK_POSTCODE = re.compile(r"^(GIR ?0AA|BFPO ?\d{1,4}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$")
UK_LIKE = frozenset({"GB", "JE", "GG", "IM"})


def printable(text: str) -> str:
    """The text as a carrier can print it: accents taken off Latin letters, quotes single, blanks folded.

    What has no Latin form stays as it is, for a person to decide.
    """
    plain = unicodedata.normalize("NFKD", text.translate(LETTERS))
    letters = (
        c for c in plain if c.isspace() or not (unicodedata.combining(c) or unicodedata.category(c) in ("Cc", "Cf"))
    )
    return " ".join("".join(" " if c.isspace() else c for c in letters).split())


def prepare(address: Address, policy: Policy) -> Address:
    """The address as it would be sent: printable, two-letter country, county filled where the settings say so.

    Delivery notes that are not sent stay as they came.
    """
    plain = {name: printable(str(value)) for name, value in asdict(address).items()}
    if not policy.send_delivery_notes:
        plain[NOTES] = address.notes
    plain["country_code"] = ALPHA2.get(plain["country_code"].upper(), plain["country_code"].upper())
    plain["county"] = plain["county"] or policy.county_filler
    if plain["country_code"] in UK_LIKE:
        plain["postcode"] = plain["postcode"].upper()
    if not plain["last_name"]:
        plain["last_name"] = plain["company"]
    elif plain["company"] and not plain["line2"]:
        plain["line2"] = plain["company"]  # SEKO has no field for it (contract 4.2)
    return Address(**plain)


def check(address: Address | None, policy: Policy) -> list[Failure]:
    """Every fault of an address at once; ``address`` is the customer's, corrections laid over."""
    if address is None:
        return [_fault("line1", "", "missing", "John Lewis has not given a delivery address.")]
    ready = prepare(address, policy)
    checked = [name for name in LIMITS if name != NOTES or policy.send_delivery_notes]
    faults = [_check_field(name, str(getattr(ready, name))) for name in checked]
    mandatory = [
        *MANDATORY,
        *(["phone"] if policy.phone_required else []),
        *(["email"] if policy.email_required else []),
    ]
    faults += [
        _fault(name, "", "missing", f"{LABELS[name]} is missing.") for name in mandatory if not getattr(ready, name)
    ]
    faults.append(_check_postcode(ready))
    return [fault for fault in faults if fault]


def _check_field(name: str, value: str) -> Failure | None:
    limit = LIMITS[name]
    if len(value) > limit:
        text = f"{LABELS[name]} has {len(value)} characters; SEKO takes {limit}."
        return _fault(name, value, "length", text)
    strange = sorted({c for c in value if not (c.isascii() and c.isprintable())})
    if strange:
        return _fault(name, value, "characters", f"{LABELS[name]} has characters that carriers cannot print.")
    return None


def _check_postcode(ready: Address) -> Failure | None:
    if ready.postcode and ready.country_code in UK_LIKE and not UK_POSTCODE.match(ready.postcode):
        return _fault("postcode", ready.postcode, "postcode", "This is not a UK postcode, for example LS1 1AA.")
    return None


def _fault(name: str, value: str, rule: str, text: str) -> Failure:
    facts = {"limit": str(LIMITS[name]), "label": LABELS[name]}
    return Failure(
        Code.ADDRESS_INVALID, text, field=f"delivery.{name}", value=value, rule=f"address.{rule}", facts=facts
    )
