"""The forms of a connection: settings, answers of the checklist, keys, and a pause of one of its flows."""

import re
from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from django import forms

from jlseko.clock import business_now
from jlseko.ui.times import LONDON
from sync.connections import connecting
from sync.connections.onboarding import LONGEST_ANSWER
from sync.connections.policy_groups import PolicyGroup, grouped
from sync.connections.policy_words import title_of
from sync.connections.questions import Question
from sync.loop.pausing import LONGEST_REASON
from sync.models import Connection, Side
from sync.policy import Policy

MORNING_HOUR = 8
LONGEST_KEY = 500


class PolicyForm(forms.Form):
    """One field for each setting; what the contracts leave unknown says so.

    ``seen`` is what the settings were when the form was drawn: whoever was overtaken by somebody else is told, and
    overwrites nothing.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, policy: Policy, provisional: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.fields["seen"].initial = fingerprint(policy)
        for setting in fields(Policy):
            if setting.name in self.wanted(policy):
                value = getattr(policy, setting.name)
                self.fields[setting.name] = _field(setting, value, provisional=setting.name in provisional)

    @property
    def groups(self) -> list[tuple[PolicyGroup, list[forms.BoundField]]]:
        """The fields under the headings of what they are about."""
        return [(group, [self[name] for name in names]) for group, names in grouped(self.fields)]

    def wanted(self, policy: Policy) -> Collection[str]:
        """The names of the settings that the form holds: all of them."""
        return {setting.name for setting in fields(policy)}

    def clean(self) -> dict[str, Any]:
        """Read every setting as the engine will."""
        cleaned = super().clean() or {}
        if cleaned.pop("seen", "") != fingerprint(self.policy):
            raise forms.ValidationError("Somebody has changed the settings meanwhile. Open this page again.")
        for name, value in list(cleaned.items()):
            if name not in self.wanted(self.policy):
                continue
            try:
                cleaned[name] = Policy.parse(name, str(value))
            except ValueError as error:
                self.add_error(name, str(error))
        return cleaned


class AnswerForm(PolicyForm):
    """What a partner said to one question, and the settings that hang on it."""

    answer = forms.CharField(
        label="What the partner said", max_length=LONGEST_ANSWER, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="With the name of who said it, and where it is written.",
        error_messages={"required": "Write down what the partner said."},
    )  # fmt: skip

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        self.question = question
        super().__init__(*args, **kwargs)

    def wanted(self, policy: Policy) -> Collection[str]:
        """Only what hangs on the question."""
        return self.question.settings

    @property
    def values(self) -> dict[str, Any]:
        """The settings as entered, once the form is valid."""
        return {name: self.cleaned_data[name] for name in self.question.settings}


def fingerprint(policy: Policy) -> str:
    """A short text that differs when any setting does."""
    return sha256(repr(policy).encode()).hexdigest()[:16]


def _field(setting: Any, value: Any, *, provisional: bool) -> forms.Field:
    unit = setting.metadata["unit"]
    doubt = " Provisional: the partner has not confirmed it." if provisional else ""
    common: dict[str, Any] = {
        "label": title_of(setting.name),
        "help_text": f"{setting.metadata['says']}{f' In {unit}.' if unit else ''}{doubt}",
        "initial": value,
        "required": False,
    }
    if isinstance(setting.default, bool):
        return forms.BooleanField(**common)
    if isinstance(setting.default, str):
        return forms.CharField(max_length=setting.metadata["longest"], **common)
    common["required"] = True
    if setting.type is int:
        return forms.IntegerField(min_value=1, max_value=999_999, **common)
    return forms.FloatField(min_value=0.01, max_value=999_999, **common)


class KeyForm(forms.Form):
    """Key and addresses of one side. What was typed as a key is never drawn again."""

    key = forms.CharField(
        label="New key", required=False, max_length=LONGEST_KEY, help_text="Leave it empty to keep the stored key.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    url = forms.ChoiceField(
        label="Address", help_text="What this deployment allows (ALLOWED_REMOTE_HOSTS). Another address needs its key."
    )

    def __init__(self, *args: Any, connection: Connection, side: Side, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection, self.side = connection, side
        cast("forms.ChoiceField", self.fields["url"]).choices = [
            (each, each) for each in connecting.addresses(connection, side)
        ]
        self.fields["url"].initial = connecting.addresses(connection, side)[0]
        if side == Side.WAREHOUSE:
            self.fields["status_url"] = forms.ChoiceField(
                label="Address of status readings", required=False, initial=connection.warehouse_status_url,
                choices=[("", "Status cannot be read")]
                + [(each, each) for each in connecting.status_addresses(connection) if each],
            )  # fmt: skip

    def clean_key(self) -> str:
        """A key without blanks inside; those around it are cut off."""
        key = str(self.cleaned_data["key"])
        if not re.fullmatch(r"[!-~]*", key):
            raise forms.ValidationError("The key holds a blank or a character that no key has. Copy it again.")
        return key

    @property
    def entered(self) -> connecting.Entered:
        """What the person entered, once it is valid."""
        given = self.cleaned_data
        return connecting.Entered(self.side, given["url"], given["key"], given.get("status_url", ""))


class PauseForm(forms.Form):
    """Why a flow is to rest, and until when."""

    ENDINGS = (
        ("1h", "For 1 hour"),
        ("4h", "For 4 hours"),
        ("tomorrow", "Until tomorrow, 08:00"),
        ("at", "Until the date and time below"),
        ("open", "Until somebody resumes it"),
    )

    reason = forms.CharField(
        label="Reason", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Everybody sees it, on every page.",
        error_messages={"required": "Say why it is paused; everybody will see the reason."},
    )  # fmt: skip
    ending = forms.ChoiceField(label="Until when", choices=ENDINGS, initial="1h", widget=forms.RadioSelect)
    at = forms.DateTimeField(
        label="Date and time", required=False, help_text="Only for a date and time. London time.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Adds ``until``, business time; None = until somebody resumes it."""
        cleaned = super().clean() or {}
        now, ending, at = business_now(), cleaned.get("ending"), cleaned.get("at")
        if ending == "at" and at is None and "at" not in self.errors:
            self.add_error("at", "Enter the date and time, or choose another end.")
        if ending == "at" and at is not None and at <= now:
            self.add_error("at", "Choose a time to come.")
        cleaned["until"] = {
            "1h": now + timedelta(hours=1), "4h": now + timedelta(hours=4), "tomorrow": _tomorrow(now), "at": at,
        }.get(str(ending))  # fmt: skip
        return cleaned


def _tomorrow(now: datetime) -> datetime:
    """The next day's morning, London time."""
    local = now.astimezone(LONDON) + timedelta(days=1)
    return local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
