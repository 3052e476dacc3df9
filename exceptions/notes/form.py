"""The form of a note: text, people and files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from exceptions.forms import name_of
from exceptions.notes.files import TAKEN, CheckedFile, NotTaken, check
from exceptions.notes.mentions import people

CAUTION = "No names or addresses of customers, in the text or in files: both are kept for ever."
AGAIN = "Choose the files again: a browser does not keep them."


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each checked by its content. Cleans to a list of :class:`exceptions.notes.files.CheckedFile`."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        """All of them, or every reason why not at once."""
        given = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        problems = []
        if len(given) > settings.NOTE_FILES:
            problems.append(f"These are {len(given)} files; a note takes {settings.NOTE_FILES}.")
        checked = []
        for each in given[: settings.NOTE_FILES]:
            try:
                checked.append(_checked(each))
            except NotTaken as problem:
                problems.append(f"“{each.name}” {problem}.")
        if problems:
            raise ValidationError([*problems, AGAIN])
        return checked


def _checked(upload: UploadedFile) -> CheckedFile:
    if (upload.size or 0) > settings.NOTE_FILE_BYTES:
        raise NotTaken(f"is larger than {filesizeformat(settings.NOTE_FILE_BYTES)}. Make it smaller, or cut it out")
    return check(str(upload.name), upload.read())


class PeopleField(forms.ModelMultipleChoiceField):
    """People by their names, with the name to type."""

    def label_from_instance(self, obj: User) -> str:
        """The name, and what to write for it."""
        return f"{name_of(obj)} (@{obj.username})"


class NoteForm(forms.Form):
    """A line for the next person, with files; people are named in it by @username or chosen, all but its author."""

    prefix = "note"
    caution = CAUTION

    text = forms.CharField(
        label="Note",
        max_length=2000,
        error_messages={"required": "Write something first; a file alone says too little."},
        widget=forms.Textarea(attrs={"rows": 3, "data-mentions": ""}),
        help_text="Type @ and a user name to tell somebody.",
    )
    attached = FilesField(label="Files", required=False)
    people = PeopleField(
        label="Tell these people",
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="They see the exception under “Mentions” until they have opened it.",
    )

    def __init__(self, *args: Any, by: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = f"Up to {settings.NOTE_FILES} files of {filesizeformat(settings.NOTE_FILE_BYTES)} each"
        self.fields["attached"].help_text = f"{most}: {TAKEN}."
        field = self.fields["people"]
        if isinstance(field, PeopleField):
            field.queryset = people().exclude(pk=by.pk) if by else people()


def suggestions(reader: User) -> list[dict[str, str]]:
    """The people to choose from while a name is typed, without the reader."""
    rows = people().prefetch_related("groups").exclude(pk=reader.pk)
    return [
        {"username": user.username, "name": name_of(user), "role": ", ".join(sorted(g.name for g in user.groups.all()))}
        for user in rows
    ]
