"""The proof pack as PDF, A4, with page numbers and the digest of the CSV that belongs to it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from exceptions.proof_pack.facts import CLOCK, EVENTS, EXCHANGES, HISTORY, NUMBERS, PARCELS, PARTS, Facts, Row
from exceptions.proof_pack.fonts import BOLD, LACKING, PLAIN, glyphs, marked_up, printable
from exceptions.proof_pack.sheet import utc
from jlseko.ui.times import london

MARGIN: Final = 17 * mm
INSET: Final = 6  # points that reportlab's frame keeps free at each side
CELL: Final = 700  # characters of a cell; the CSV has the rest
CONTENT: Final = 2_500
MORE: Final = " … (the CSV has the rest)"
INK, QUIET, LINE = colors.HexColor("#17191c"), colors.HexColor("#575b62"), colors.HexColor("#d9d8d2")
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=8, leading=11, textColor=INK)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=6.8, leading=9.2, textColor=QUIET)
STRONG = ParagraphStyle("strong", parent=BODY, fontName=BOLD)
TITLE = ParagraphStyle("title", parent=STRONG, fontSize=15, leading=19, spaceAfter=2 * mm)
HEAD = ParagraphStyle("head", parent=STRONG, fontSize=10, leading=13, spaceBefore=6 * mm, spaceAfter=1.5 * mm)
WIDTHS: Final = {"when": 45 * mm, "who": 20 * mm}
NOTHING: Final = {
    PARCELS: "SEKO has told us of no parcel.",
    EVENTS: "Nothing has been recorded.",
    EXCHANGES: "Nothing was sent to a partner for it.",
}


class NumberedCanvas(Canvas):
    """A canvas that knows how many pages there are before it writes the foot of the first."""

    def __init__(self, *args: Any, foot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._foot = foot
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page until the last one is known."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every foot, then the file."""
        for page in self._pages:
            self.__dict__.update(page)
            self.setFont(PLAIN, 6.8)
            self.setFillColor(QUIET)
            self.drawString(MARGIN + INSET, 9 * mm, self._foot)
            self.drawRightString(A4[0] - MARGIN - INSET, 9 * mm, f"Page {self._pageNumber} of {len(self._pages)}")
            super().showPage()
        super().save()


def as_pdf(facts: Facts, *, csv_name: str, digest: str) -> bytes:
    """The file. ``digest`` is the SHA-256 of the CSV, which is called ``csv_name``."""
    glyphs()
    foot = printable(f"Proof pack {facts.about}, made {london(facts.made_at)} by {facts.made_by}")
    paper = io.BytesIO()
    title = f"Proof pack {facts.about}"
    document = SimpleDocTemplate(
        paper, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=15 * mm, bottomMargin=17 * mm,
        title=title, author="jlseko", subject=facts.headline, lang="en-GB",
    )  # fmt: skip
    document.build(list(_story(facts, csv_name, digest)), canvasmaker=partial(NumberedCanvas, foot=foot))
    return paper.getvalue()


def _story(facts: Facts, csv_name: str, digest: str) -> Iterator[Any]:
    yield Paragraph(marked_up(f"Proof pack: {facts.about}"), TITLE)
    yield Paragraph(marked_up(facts.headline), BODY)
    yield Paragraph(marked_up(f"Made {london(facts.made_at)} ({utc(facts.made_at)}) by {facts.made_by}."), SMALL)
    for part in PARTS[:-1]:
        yield Paragraph(part, HEAD)
        rows = facts.of(part)
        if rows:
            yield _pairs(rows) if part in (NUMBERS, CLOCK) else _table(rows)
        else:
            yield Paragraph(NOTHING.get(part, "Nothing."), BODY)
        if part == EXCHANGES:
            yield from _contents(rows)
    yield Paragraph("How to check this pack", HEAD)
    yield Paragraph(marked_up(
        f"The same facts are in {csv_name}, made at the same moment. The SHA-256 of that file is"
    ), BODY)  # fmt: skip
    yield Paragraph(digest, STRONG)
    yield Spacer(1, 1.5 * mm)
    yield Paragraph(marked_up(
        "Customer data are hidden by dots. The SHA-256 beside a request is that of the bytes as they left us, beside "
        "an answer that of its text as we keep it. "
        f"{LACKING} stands for a character that this font lacks; the CSV has it."
    ), SMALL)  # fmt: skip


def _pairs(rows: list[Row]) -> LongTable:
    """Facts with a name, a value and a time."""
    cells = [
        [Paragraph(marked_up(row.what), SMALL), Paragraph(_joined(row.detail, row.outcome), BODY), _when(row)]
        for row in rows
    ]
    return _ruled(cells, [47 * mm, None, WIDTHS["when"]])


def _table(rows: list[Row]) -> LongTable:
    """Facts in the order of their times."""
    cells = [
        [_when(row), Paragraph(marked_up(row.who), SMALL), [
            Paragraph(marked_up(row.what), STRONG if row.part != HISTORY else SMALL),
            *([Paragraph(_joined(row.detail, row.outcome), BODY)] if row.detail or row.outcome else []),
            *([Paragraph(f"SHA-256 {row.digest}", SMALL)] if row.digest else []),
        ]]
        for row in rows
    ]  # fmt: skip
    return _ruled(cells, [WIDTHS["when"], WIDTHS["who"], None])


def _joined(*texts: str) -> str:
    text = ": ".join(filter(None, reversed(texts)))
    return marked_up(text if len(text) <= CELL else text[:CELL] + MORE)


def _when(row: Row) -> Paragraph:
    return Paragraph(f"{london(row.at)}<br/>{utc(row.at)}" if row.at else "", SMALL)


def _ruled(cells: list[list[Any]], widths: list[float | None]) -> LongTable:
    free = A4[0] - 2 * (MARGIN + INSET) - sum(width for width in widths if width)
    table = LongTable(cells, colWidths=[width or free for width in widths], splitInRow=1, hAlign="LEFT")
    table.setStyle(TableStyle([
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ]))  # fmt: skip
    return table


def _contents(rows: list[Row]) -> Iterator[Any]:
    """What was said, below the list of who said it when."""
    for row in rows:
        if row.content:
            yield Spacer(1, 2 * mm)
            yield Paragraph(marked_up(f"{row.what}, without customer data"), SMALL)
            shown = row.content if len(row.content) <= CONTENT else row.content[:CONTENT] + MORE
            yield Paragraph(marked_up(shown), SMALL)
