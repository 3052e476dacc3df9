"""The shop as the platform sees it (John Lewis contract 2.8)."""

from typing import Annotated, Any

from sync.failures import Refused, Unauthorised
from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.fields import Identity, Moment, NullIsEmpty, Short, SignedMoney, Text, Wire, Word, parse, read
from sync.shapes import CustomField, ShopStatistic, ShopStatistics


class _Figure(Wire):
    period: Word
    value: SignedMoney | None = None


class _Figures(Wire):
    figures: list[_Figure]


class _Head(Wire):
    last_updated_date: Moment | None = None


class _Field(Wire):
    code: Identity
    label: Text = ""
    entity: Short = ""
    type: Word
    required: bool
    editable: bool
    accepted_values: Annotated[list[str], NullIsEmpty] = []


class _Fields(Wire):
    additional_fields: list[_Field]


class MiraklAccount:
    """Implements :class:`sync.ports.Account`."""

    def __init__(self, client: MiraklClient) -> None:
        self._client = client

    def statistics(self) -> ShopStatistics:
        """Read how the platform judges the shop (A21): every figure that it tells by period, also new ones."""
        reply = self._client.read("A21", "/api/account/statistics")
        head = read(_Head, reply)
        found = [
            ShopStatistic(name=name, period=figure.period, value=figure.value)
            for name, entries in reply.json().items()
            for figure in _figures(entries)
        ]
        return ShopStatistics(updated_at=head.last_updated_date, figures=tuple(found))

    def custom_fields(self) -> list[CustomField]:
        """Read which fields the operator added (AF01)."""
        found = read(_Fields, self._client.read("AF01", "/api/additional_fields")).additional_fields
        return [
            CustomField(
                code=each.code,
                label=each.label,
                entity=each.entity,
                kind=each.type,
                required=each.required,
                editable=each.editable,
                accepted_values=tuple(each.accepted_values),
            )
            for each in found
        ]

    def is_up(self) -> bool:
        """Whether the platform itself answers (V01). Only the code counts; a refused key is an answer too."""
        try:
            self._client.read("V01", "/api/version")
        except Unauthorised:
            return True
        except Refused:
            return False
        return True


def _figures(entries: Any) -> list[_Figure]:
    """The figures of one measure; none where the platform tells something else under that name."""
    try:
        return parse(_Figures, {"figures": entries}).figures
    except ValueError:
        return []
