"""From SEKO's words to John Lewis' carrier code, or the reason why not. Never a guess."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from carriers.models import Carrier, CarrierMapping, MappingTable
from carriers.names import key


class Problem(StrEnum):
    """Why a courier and service have no code that may be sent. Empty = they have one."""

    NONE = ""
    UNMAPPED = "unmapped"
    NOT_APPROVED = "not_approved"
    LIST_UNREAD = "list_unread"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer. Send ``code`` only where ``problem`` is empty; with a problem it is what the table names."""

    code: str = ""
    problem: Problem = Problem.NONE
    mapping_id: int | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """One shop's mapping table and approved list read once, for resolving many names."""

    mappings: dict[tuple[str, str], CarrierMapping]
    carriers: dict[str, Carrier]
    list_read: bool

    @classmethod
    def load(cls, shop: str, *, couriers: set[str] | None = None) -> Self:
        """Read the live rows of ``shop``; with ``couriers`` only those of these courier keys."""
        rows = CarrierMapping.objects.filter(shop=shop, retired_at__isnull=True).select_related("author")
        if couriers is not None:
            rows = rows.filter(courier_key__in=couriers)
        mappings = {(row.courier_key, row.service_key): row for row in rows}
        approved = Carrier.objects.filter(shop=shop, removed_at__isnull=True)
        if couriers is not None:
            approved = approved.filter(code__in={row.carrier_code for row in mappings.values()})
        return cls(
            mappings=mappings,
            carriers={carrier.code: carrier for carrier in approved},
            list_read=MappingTable.objects.filter(shop=shop, list_read_at__isnull=False).exists(),
        )

    def row_for(self, courier: str, service: str) -> CarrierMapping | None:
        """The row that decides: courier and service together, else the courier with any service."""
        courier_key = key(courier)
        return self.mappings.get((courier_key, key(service))) or self.mappings.get((courier_key, ""))

    def problem_of(self, mapping: CarrierMapping) -> Problem:
        """Whether the code of a row may be sent. While the list has never been read, nobody knows, so it may not."""
        if not self.list_read:
            return Problem.LIST_UNREAD
        return Problem.NONE if mapping.carrier_code in self.carriers else Problem.NOT_APPROVED

    def resolve(self, courier: str, service: str) -> Resolution:
        """As :func:`resolve`, from what was read."""
        mapping = self.row_for(courier, service)
        if mapping is None:
            return Resolution(problem=Problem.UNMAPPED)
        return Resolution(code=mapping.carrier_code, problem=self.problem_of(mapping), mapping_id=mapping.pk)


def resolve(shop: str, courier: str, service: str) -> Resolution:
    """Which carrier code John Lewis is told for a SEKO courier and service (John Lewis contract 2.4, ``carrier_code``).

    A row for exactly this service wins over the courier's row for any service, also where its code is no longer
    approved: falling back would be a guess.
    """
    return Book.load(shop, couriers={key(courier)}).resolve(courier, service)
