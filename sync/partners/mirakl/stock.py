"""Stock files: telling levels, and reading what became of them (John Lewis contract 3.1)."""

import csv
import io
from collections.abc import Mapping, Sequence

from sync.partners.answers import Reply
from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.error_report import read_report
from sync.partners.mirakl.fields import LARGEST_QUANTITY, NumberedIdentity, Quantity, Wire, Word, read
from sync.partners.mirakl.multipart import Part
from sync.partners.mirakl.verdicts import Judge, Verdict
from sync.partners.transport import segment
from sync.shapes import Prepared, StockError, StockImport, StockLevel

_IMPORTS = "/api/offers/stock/imports"
_COLUMNS = ("offer-sku", "quantity", "warehouse-code", "update-delete")


class _Status(Wire):
    status: Word
    has_error_report: bool | None = None
    lines_in_success: Quantity | None = None
    lines_in_error: Quantity | None = None


class Stock:
    """The part of :class:`sync.ports.Marketplace` that is about stock files."""

    _client: MiraklClient

    def prepare_stock(self, levels: Sequence[StockLevel], *, batch: str, delimiter: str = ";") -> Prepared:
        """Tell absolute stock levels in one file (STO01). ``batch`` is the natural key; the answer's reference is the
        import id.

        Raises ``ValueError`` for an empty file, a SKU that is empty or comes twice, and a quantity that is not a whole
        number from zero.
        """
        part = Part(name="file", content=_file(levels, delimiter), content_type="text/csv", file_name="stock.csv")
        return self._client.prepare("STO01", "POST", _IMPORTS, natural_key=batch, parts=[part])

    def stock_import(self, import_id: str) -> StockImport:
        """Read where a stock file stands (STO02)."""
        status = read(_Status, self._client.read("STO02", f"{_IMPORTS}/{segment(import_id)}/status"))
        return StockImport(
            import_id=import_id,
            status=status.status,
            has_report=bool(status.has_error_report),
            succeeded=status.lines_in_success,
            failed=status.lines_in_error,
        )

    def stock_errors(self, import_id: str) -> list[StockError]:
        """Read which lines of a stock file were refused (STO03); a report that cannot be read raises ``Unclear``."""
        path = f"{_IMPORTS}/{segment(import_id)}/error_report"
        return read_report(self._client.read("STO03", path, accept="text/csv, application/json;q=0.5"))


def _file(levels: Sequence[StockLevel], delimiter: str) -> bytes:
    """The CSV file. SKUs are data as they are, also when they begin like a formula."""
    if delimiter not in (";", ","):
        raise ValueError("The columns of a stock file are divided by ; or ,.")
    if not levels:
        raise ValueError("A stock file holds at least one line.")
    if len({level.sku for level in levels}) != len(levels):
        raise ValueError("A SKU comes twice in the stock file.")
    text = io.StringIO()
    rows = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for level in levels:
        rows.writerow((_sku(level), _quantity(level), "", "update"))
    return text.getvalue().encode()


def _sku(level: StockLevel) -> str:
    if not level.sku:
        raise ValueError("A SKU in the stock file is empty.")
    return level.sku


def _quantity(level: StockLevel) -> int:
    quantity = level.quantity
    if type(quantity) is not int or not 0 <= quantity <= LARGEST_QUANTITY:
        raise ValueError(f"The quantity of {level.sku} must be a whole number from 0 to {LARGEST_QUANTITY}.")
    return quantity


class _Imported(Wire):
    import_id: NumberedIdentity


def _judge_import(prepared: Prepared, reply: Reply) -> Verdict:
    import_id = read(_Imported, reply).import_id
    return Verdict(sent=[prepared.natural_key], done={prepared.natural_key: import_id})


JUDGES: Mapping[str, Judge] = {"STO01": _judge_import}
