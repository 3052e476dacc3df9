"""Sealed values are unreadable without the key, and keys can be changed."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import models

from jlseko.encryption import EncryptedJSONField, EncryptedTextField, Unreadable, seal, unseal


@pytest.mark.parametrize("text", ["", "secret", "naïve £ 🎁 \u202eright", "x" * 10_000, "\ud800"])
def test_a_sealed_text_comes_back_whole(text: str) -> None:
    token = seal(text)
    assert unseal(token) == text
    assert len(text) < 4 or text not in token


def test_equal_texts_look_different_each_time() -> None:
    assert seal("same") != seal("same")


def test_an_old_key_still_opens_after_a_new_one_came(settings) -> None:
    token = seal("kept")
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert unseal(token) == "kept"


def test_without_the_key_nothing_opens(settings) -> None:
    token = seal("kept")
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(Unreadable):
        unseal(token)


def test_a_json_value_goes_through_the_database_form() -> None:
    field = EncryptedJSONField()
    value = {"order": "JL1", "lines": [1, None, "a\u0000b"]}
    stored = field.get_prep_value(value)
    assert "JL1" not in stored
    assert field.from_db_value(stored, None, None) == value
    assert field.get_prep_value(None) is None


@pytest.mark.parametrize("lookup", ["exact", "icontains", "in"])
def test_an_encrypted_column_cannot_be_searched(lookup: str) -> None:
    field: models.Field[str, str] = EncryptedTextField()
    field.set_attributes_from_name("key")
    with pytest.raises(FieldError):
        field.get_lookup(lookup)
    assert field.get_lookup("isnull") is not None
