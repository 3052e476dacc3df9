"""Making a proof pack: both files at once, kept with the line of history that says who made them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import get_valid_filename

from exceptions import services
from exceptions.models import Entry, ExceptionRecord
from exceptions.notes.files import CSV, PDF, CheckedFile
from exceptions.proof_pack.facts import gather
from exceptions.proof_pack.paper import as_pdf
from exceptions.proof_pack.sheet import as_csv
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that is kept. ``digest`` is the SHA-256 of the CSV, as the PDF prints it."""

    entry: Entry
    digest: str


@transaction.atomic
def make(record: ExceptionRecord, *, by: User) -> Pack:
    """Make and keep a pack of everything that is known now. Raises :class:`exceptions.services.NotAllowed`."""
    services.check_may_export(by)
    now = business_now()
    facts = gather(record, by=by, at=now)
    stem = get_valid_filename(f"proof-{facts.about}-{now:%Y%m%d-%H%M%S}")[:100]
    sheet = as_csv(facts)
    digest = hashlib.sha256(sheet).hexdigest()
    paper = as_pdf(facts, csv_name=f"{stem}.csv", digest=digest)
    files = [CheckedFile(f"{stem}.pdf", PDF, paper), CheckedFile(f"{stem}.csv", CSV, sheet)]
    return Pack(services.proof_made(record, files, digest=digest, by=by), digest)
