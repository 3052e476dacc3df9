"""Notes with the people they name and the files beside them, who has read them, and proof packs as kept files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from exceptions.models import Attachment, Entry, EntryKind, ExceptionRecord, Mention
from exceptions.notes.files import CheckedFile
from exceptions.services import changing
from exceptions.services.errors import NotAllowed, Refused
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 4000


@transaction.atomic
def note(
    record: ExceptionRecord, text: str, *, by: User, people: Iterable[User] = (), files: Iterable[CheckedFile] = ()
) -> Entry:
    """Add a note; it does not count as a change that others must look at first.

    Args:
        record: any record, also a closed one.
        text: what is written; not empty.
        by: who writes.
        people: who is to see it; naming oneself has no effect.
        files: what stands beside it, already checked.
    """
    found = changing.lock(record)
    changing.check_may(by, "claim_exception", found)
    if not text.strip():
        raise Refused("Write something first.")
    entry = changing.write(EntryKind.NOTE, text.strip()[:LONGEST], record=found, by=by)
    attach(entry, files)
    named = {user.pk: user for user in people if user.pk != by.pk}
    Mention.objects.bulk_create(Mention(entry=entry, user=user) for user in named.values())
    return entry


def attach(entry: Entry, files: Iterable[CheckedFile]) -> list[Attachment]:
    """Keep files with a line of history, inside the caller's transaction."""
    rows = [
        Attachment(
            entry=entry, name=each.name, content_type=each.kind.content_type, size=len(each.content),
            content=each.content,
        )
        for each in files
    ]  # fmt: skip
    return Attachment.objects.bulk_create(rows)


def mark_seen(record: ExceptionRecord, *, by: User) -> int:
    """This person has opened the record: nothing that names them there is new any more. Returns how many were."""
    unseen = Mention.objects.filter(entry__record=record, user=by, seen_at__isnull=True)
    return unseen.update(seen_at=business_now())


def check_may_export(user: User) -> None:
    """Raise :class:`NotAllowed` for somebody who may take nothing out of the house."""
    if not user.has_perm("exceptions.export_exceptions"):
        raise NotAllowed("Your role does not include this.")


@transaction.atomic
def proof_made(record: ExceptionRecord, files: Iterable[CheckedFile], *, digest: str, by: User) -> Entry:
    """Keep the files of a proof pack with a line of history. ``digest`` is the SHA-256 of its CSV."""
    check_may_export(by)
    text = f"{by.get_full_name() or by.get_username()} made a proof pack"
    entry = changing.write(EntryKind.PROOF_MADE, text, record=record, by=by, data={"sha256": digest})
    attach(entry, files)
    return entry
