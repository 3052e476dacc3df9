"""One file per subject; this is the one place to import the models from."""

from carriers.models.carrier import Carrier, ListReading
from carriers.models.mapping import CarrierMapping, MappingTable, MappingVersion, VersionAction

__all__ = ["Carrier", "CarrierMapping", "ListReading", "MappingTable", "MappingVersion", "VersionAction"]
