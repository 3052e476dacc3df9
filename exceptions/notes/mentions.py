"""Who is named in a note, and whose notes are still to be read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from exceptions.models import Mention
from exceptions.roles import Person

if TYPE_CHECKING:
    from django.db.models import QuerySet

VIEW: Final = "exceptions.view_exception"
# As Django allows user names; what stands before the sign must not make it an e-mail address
_NAMED: Final = re.compile(r"(?<![\w.@+-])@([\w.@+-]+)")
_CLOSING: Final = ".+-@"  # a sentence may end behind a name


@dataclass(frozen=True, slots=True)
class Named:
    """The people whom a text names, and the names that nobody has."""

    people: list[User]
    unknown: list[str]


def people() -> QuerySet[User]:
    """Everybody who may be named: active people who may see exceptions."""
    return User.objects.with_perm(VIEW, backend="django.contrib.auth.backends.ModelBackend").order_by(
        "first_name", "username"
    )


def named_in(text: str) -> Named:
    """Whom a text names by @username, whatever the case; one query, none where nobody is named."""
    written = list(dict.fromkeys(match[1] for match in _NAMED.finditer(text)))
    if not written:
        return Named([], [])
    wanted = {form.casefold() for name in written for form in _forms(name)}
    matches = Q()
    for name in sorted(wanted):
        matches |= Q(username__iexact=name)
    known = {user.username.casefold(): user for user in people().filter(matches)}
    found: dict[int, User] = {}
    unknown = []
    for name in written:
        user = next((known[form.casefold()] for form in _forms(name) if form.casefold() in known), None)
        if user is None:
            unknown.append(name.rstrip(_CLOSING) or name)
        else:
            found[user.pk] = user
    return Named(list(found.values()), unknown)


def marked(text: str, usernames: Iterable[str]) -> SafeString:
    """A note as escaped HTML with the names of the people who were told in bold."""
    told = {name.casefold() for name in usernames}
    parts: list[str | SafeString] = []
    place = 0
    for match in _NAMED.finditer(text):
        name = next((form for form in _forms(match[1]) if form.casefold() in told), None)
        if name is not None:
            end = match.start(1) + len(name)
            parts += [text[place : match.start()], format_html('<b class="mention">@{}</b>', name)]
            place = end
    return format_html_join("", "{}", ((part,) for part in [*parts, text[place:]]))


def mentioning(user: Person) -> Q:
    """Records with a note that names this person and that they have not opened since."""
    unseen = Mention.objects.filter(user=user.pk, seen_at__isnull=True, entry__record__isnull=False)
    return Q(pk__in=unseen.values("entry__record"))


def _forms(name: str) -> list[str]:
    """A name as it was written, and without the signs that may belong to the sentence."""
    forms = [name]
    while name and name[-1] in _CLOSING:
        name = name[:-1]
        forms.append(name)
    return [form for form in forms if form]
