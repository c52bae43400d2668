# SPDX-License-Identifier: Apache-2.0
"""The table as an SVG: a bar a row, on a logarithmic scale, and the target as a tick."""

import math
from xml.sax.saxutils import escape

from results import figure, verdict

_LEFT, _SCALE, _RIGHT = 330, 420, 260  # px: names, bars, figures
_LINE, _BAR = 22, 12
_LOW, _HIGH = 0.1, 1000
_GOOD, _MISSED, _TICK = "#2a9d62", "#d1495b", "#222"


def _x(value):
    share = math.log(min(max(value, _LOW), _HIGH) / _LOW) / math.log(_HIGH / _LOW)
    return _LEFT + _SCALE * share


def _text(x, y, text, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'


def _axis(bottom):
    parts = []
    power = _LOW
    while power <= _HIGH:
        x = _x(power)
        color = "#888" if power == 1 else "#ddd"
        parts.append(f'<line x1="{x:.1f}" y1="46" x2="{x:.1f}" y2="{bottom}" stroke="{color}"/>')
        parts.append(_text(x, 40, f"{power:g} ×", text_anchor="middle", fill="#666"))
        power *= 10
    return parts


def _label(row):
    return verdict(row) if row.against else f"{figure(row.score(), row.unit)}, {verdict(row)}"


def _row(row, y):
    value, target = row.gain()
    start, end = _x(_LOW), _x(value)
    color = _MISSED if row.good() is False else _GOOD
    parts = [
        _text(_LEFT - 10, y + 4, row.name, text_anchor="end"),
        f'<rect x="{start:.1f}" y="{y - _BAR / 2}" width="{max(end - start, 1):.1f}"'
        f' height="{_BAR}" fill="{color}"/>',
        _text(_LEFT + _SCALE + 10, y + 4, _label(row)),
    ]
    if target:
        x = _x(target)
        parts.append(
            f'<line x1="{x:.1f}" y1="{y - 9}" x2="{x:.1f}" y2="{y + 9}" stroke="{_TICK}"'
            ' stroke-width="2"/>'
        )
    return parts


def svg(machine, rows):
    """A limit is drawn as how many times the figure goes into it."""
    rows = [row for row in rows if row.score() is not None and row.target is not None]
    body, y, group = [], 56, None
    for row in rows:
        if row.group != group:
            group = row.group
            y += _LINE
            body.append(_text(10, y + 4, group, font_weight="bold"))
            y += _LINE
        body += _row(row, y)
        y += _LINE
    width, height = _LEFT + _SCALE + _RIGHT, y + 16
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            _text(10, 18, "shmount: bars are what it reaches, ticks its targets. " + machine),
            *_axis(y - 4),
            *body,
            "</svg>\n",
        ]
    )
