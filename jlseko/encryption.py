"""Model fields whose content is unreadable in the database: credentials, partner payloads, personal data.

Keys are Fernet keys of `JLSEKO_FIELD_KEYS`, the newest first: the first one encrypts, each one decrypts.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class Unreadable(Exception):
    """A stored value that no configured key opens."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(text: str) -> str:
    """Encrypts a text with the newest key."""
    return _box(tuple(settings.FIELD_KEYS)).encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")


def unseal(token: str) -> str:
    """Decrypts what `seal` made.

    Raises:
        Unreadable: no configured key opens it.
    """
    try:
        return _box(tuple(settings.FIELD_KEYS)).decrypt(token.encode("ascii")).decode("utf-8", "surrogatepass")
    except (InvalidToken, UnicodeEncodeError) as problem:
        raise Unreadable("no key of JLSEKO_FIELD_KEYS opens this value") from problem


def blind_indexes(text: str, *, purpose: str) -> list[str]:
    """By what an encrypted value can be found without being read: its keyed hash under each configured key, 32
    hexadecimal digits, that of the newest key first. It is the one to store; all of them are to be looked for.

    Args:
        text: the value, in the one form in which equal values are equal texts.
        purpose: the column, so that equal texts of two columns do not look alike.
    """
    found = []
    for key in settings.FIELD_KEYS:
        own = hmac.digest(key.encode("ascii"), f"blind index {purpose}".encode(), hashlib.sha256)
        found.append(hmac.new(own, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32])
    return found


class EncryptedTextField(models.TextField):
    """A text encrypted at rest. It cannot be searched: equal texts look different each time."""

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull` makes sense on an encrypted column."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be compared in the database")
        return super().get_lookup(lookup_name)

    def get_prep_value(self, value: Any) -> Any:
        """Encrypts on the way in."""
        return None if value is None else seal(self._written(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """Decrypts on the way out."""
        return None if value is None else self._read(unseal(value))

    def _written(self, value: Any) -> str:
        return str(value)

    def _read(self, text: str) -> Any:
        return text


class EncryptedJSONField(EncryptedTextField):
    """A JSON value encrypted at rest; dates and decimals come back as texts."""

    def _written(self, value: Any) -> str:
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=True)

    def _read(self, text: str) -> Any:
        return json.loads(text)

    def to_python(self, value: Any) -> Any:
        """Values are already Python values."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """The JSON text, for serializers."""
        return self._written(self.value_from_object(obj))
