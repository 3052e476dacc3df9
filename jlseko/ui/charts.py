"""Charts as data: static/js/charts.js draws them, the table below each serves everybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jlseko.ui.tones import checked_tone

KINDS: Final = ("bar", "line")
SPARK_WIDTH: Final = 96
SPARK_HEIGHT: Final = 24


def chart_data(
    kind: str, labels: Sequence[str], series: Sequence[Mapping[str, Any]], *, stacked: bool = False, unit: str = "",
    stepped: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """The data of one chart, for the tag `{% chart %}`.

    Args:
        kind: `bar` or `line`.
        labels: one word for each position on the axis.
        series: mappings with `label`, `values` (one number for each label) and optionally `tone`.
        stacked: put the series on top of each other.
        unit: what is counted, shown at the axis ("orders", "%").
        stepped: a line stays at its value until the next one, as levels do.

    Raises:
        ValueError: the kind is unknown or a series has not one value for each label.
    """
    if kind not in KINDS:
        raise ValueError(f"a chart is one of {', '.join(KINDS)}")
    for each in series:
        if len(each["values"]) != len(labels):
            raise ValueError(f"the series {each['label']} needs {len(labels)} values")
    drawn = [
        {
            "label": str(each["label"]),
            "values": [_number(value) for value in each["values"]],
            "tone": _tone(each.get("tone")),
        }
        for each in series
    ]
    return {
        "kind": kind, "labels": [str(label) for label in labels], "series": drawn, "stacked": stacked, "unit": unit,
        "stepped": stepped,
    }  # fmt: skip


def _number(value: Any) -> float | int | None:
    return value if value is None or isinstance(value, int) else float(value)


def _tone(tone: str | None) -> str:
    return "accent" if tone in (None, "accent") else checked_tone(str(tone))


def chart_rows(data: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """The chart as table rows: the label and one value for each series."""
    columns = [series["values"] for series in data["series"]]
    return [(label, [column[index] for column in columns]) for index, label in enumerate(data["labels"])]


def spark_points(values: Sequence[float | int]) -> str:
    """The `points` of a polyline over all values, lowest at the bottom."""
    if not values:
        return ""
    low, high = min(values), max(values)
    reach = (high - low) or 1
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    inner = SPARK_HEIGHT - 4
    return " ".join(
        f"{index * step:.1f},{2 + inner - (value - low) / reach * inner:.1f}" for index, value in enumerate(values)
    )
