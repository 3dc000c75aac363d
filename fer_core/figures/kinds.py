"""The figure of the front page: a row per trained model, its score in each kind of test.

It is HTML, so that its words reflow, its rows are links and it follows the theme's colours. Each
row holds a drawing whose places are percent of its width.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import pandas as pd

from fer_core.analysis.kinds import IN_DOMAIN, OTHER, SAME, column_of
from fer_core.figures.columns import METRICS
from fer_core.figures.marks import MARK, leaks_in
from fer_core.figures.tables import interval_text, seeds_text

DRAWN = {IN_DOMAIN: 8, OTHER: 19, SAME: 30}  # kind of test: its height in a row, pixels
HEIGHT = 38
GRID = (0, 25, 50, 75, 100)
Row = Mapping[Any, Any]


def draw_kinds(groups: Mapping[str, Iterable[tuple[Row, str, str]]], by: str) -> str:
    """Return the figure of rows of a leaderboard, each with its name and the address of its run,
    in groups with a heading.

    Dots are scores `by`, lines their 95 % intervals, and small upright lines the scores of the
    constant answer.
    """
    legend = "".join(
        f'<li class="{_class(kind)}">{_svg(_dot(50, 7), 14, 14)} {kind}</li>' for kind in DRAWN
    )
    constant = _svg(_tick(50, 7), 14, 14)
    legend += f'<li class="fer-constant">{constant} the constant answer</li>'
    drawn = "\n".join(
        f'<li class="fer-group">{escape(heading)}</li>\n'
        + "\n".join(_row(*row, by) for row in rows)
        for heading, rows in groups.items()
    )
    axis = "".join(f"<span>{place / 100:g}</span>" for place in GRID)
    return (
        f'<ul class="fer-legend">{legend}</ul>\n<ul class="fer-rows">\n{drawn}\n</ul>\n'
        f'<p class="fer-axis">{axis}</p>'
    )


def describe_kinds(row: Row, by: str) -> str:
    """Say in words what a row of the figure shows."""
    parts = [
        _about_kind(row, kind, by) for kind in DRAWN if pd.notna(row[f"{column_of(kind)}_{by}"])
    ]
    return f"{METRICS[by]}: {'; '.join(parts)}; seeds: {seeds_text(row['seeds'])}"


def _about_kind(row: Row, kind: str, by: str) -> str:
    start = column_of(kind)
    name = f"{start}_{by}"
    score = interval_text(row[name], row[f"{name}_lo"], row[f"{name}_hi"])
    leak = f" {MARK}" if leaks_in(row, kind) else ""
    sets = row.get(f"{start}_cells", 1)
    mean = f", the mean of {sets:.0f} test sets" if sets > 1 else ""
    constant = row[name] - row[f"above_constant_{name}"]
    images = f"{row[f'{start}_n']:,.0f} images"
    return f"{kind} {score}{leak}{mean}, {images}, the constant answer {constant:.3f}"


def _row(row: Row, name: str, address: str, by: str) -> str:
    grid = "".join(_line(place, place, 0, HEIGHT) for place in GRID)
    marks = [f'<g class="fer-grid">{grid}</g>']
    for kind, height in DRAWN.items():
        score = f"{column_of(kind)}_{by}"
        if pd.isna(row[score]):
            continue
        value, lo, hi = (100 * row[f"{score}{end}"] for end in ("", "_lo", "_hi"))
        constant = value - 100 * row[f"above_constant_{score}"]
        inside = _line(lo, hi, height, height) + _dot(value, height)
        marks.append(f'<g class="{_class(kind)}">{inside}</g>')
        marks.append(f'<g class="fer-constant">{_tick(constant, height)}</g>')
    told = escape(describe_kinds(row, by))
    drawing = _svg("".join(marks), None, HEIGHT, told)
    link = f'<a href="{escape(address)}">{escape(name)}</a>' if address else escape(name)
    return f"<li><span>{link}</span>{drawing}</li>"


def _svg(inside: str, width: int | None, height: int, told: str = "") -> str:
    role = f'role="img" aria-label="{told}"' if told else 'aria-hidden="true"'
    across = "100%" if width is None else str(width)
    return f'<svg {role} width="{across}" height="{height}">{inside}</svg>'


def _line(x1: float, x2: float, y1: float, y2: float) -> str:
    return f'<line x1="{x1:.2f}%" x2="{x2:.2f}%" y1="{y1:g}" y2="{y2:g}"></line>'


def _tick(x: float, y: float) -> str:
    return _line(x, x, y - 5, y + 5)


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.2f}%" cy="{y:g}" r="4"></circle>'


def _class(kind: str) -> str:
    return f"fer-{kind.replace(' ', '-')}"
