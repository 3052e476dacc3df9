"""What is too long for SEKO is shortened at the desk."""

import pytest

from exceptions import services
from sync import corrections
from sync.failures import Code, Failure
from tests.exceptions.page_forms import fix

pytestmark = pytest.mark.django_db

GIFT = Failure(Code.UNKNOWN_VALUE, "The gift message has 501 characters; SEKO takes 500.", field="gift.message",
               rule="gift.length")  # fmt: skip


def test_a_gift_message_that_is_too_long_can_be_shortened(desk, client, operations) -> None:
    item = desk.order()
    record = desk.stall(item, GIFT)
    (part,) = services.parts(record)
    assert set(part.form.fields) == {"message"}
    client.force_login(operations)
    answer = fix(client, record, "save", message="With love")
    assert answer.status_code in (200, 302)
    assert corrections.live(item) == {"gift.message": "With love"}
