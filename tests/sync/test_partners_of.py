"""The clients of a connection follow its settings."""

import pytest

from sync import partners_of
from tests.factories.engine import ConnectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(settings):
    settings.ALLOWED_REMOTE_HOSTS = ["marketplace.example", "warehouse.example"]
    partners_of._open.clear()
    yield ConnectionFactory()
    partners_of._open.clear()


@pytest.mark.parametrize(
    "changed",
    [
        {"push_aliases": "Courier=Haulier"},
        {"dc_code": "DCCL01"},
        {"warehouse_versions": "orders=v5"},
        {"warehouse_wrapped": True},
        {"warehouse_key_parameter": "token"},
        {"warehouse_status_key_parameter": "api_key"},
    ],
)
def test_a_changed_setting_makes_a_new_client(connection, changed):
    before = partners_of.partners_of(connection)
    assert partners_of.partners_of(connection) is before
    connection.settings = changed
    after = partners_of.partners_of(connection)
    assert after is not before
    assert partners_of.partners_of(connection) is after


def test_the_clients_use_the_names_of_the_connection(connection):
    connection.settings = {"push_aliases": "Courier=Haulier"}
    (message,) = partners_of.partners_of(connection).warehouse.read_push(
        b'{"Haulier": "DPD", "SequenceNo": 1}', path="PushTrackingDetails"
    )
    assert message.news.courier == "DPD"
