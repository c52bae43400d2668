# SPDX-License-Identifier: Apache-2.0
"""The rows of the table: figures by subject, what they come to, and the target."""

import dataclasses
import json

from subjects import HP, SHMOUNT, TMPFS, URING

CPYTHON = "CPython"
COLUMNS = [TMPFS, SHMOUNT, URING, HP, CPYTHON]
_UNITS = [("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 0.0)]


@dataclasses.dataclass
class Row:
    """`figures` are seconds, or numbers of `unit`. With `against` the score is how many times faster
    than that subject shmount is; without, it is shmount's figure itself."""

    group: str
    name: str
    figures: dict
    target: float | None = None
    against: str | None = None
    unit: str = "s"
    at_most: bool = False  # else the score has to be at least the target

    def score(self, subject=SHMOUNT):
        own = self.figures.get(subject)
        if own is None or (self.against and self.against not in self.figures):
            return None
        return self.figures[self.against] / own if self.against else own

    def good(self):
        """None where there is nothing to judge."""
        score = self.score()
        if score is None or self.target is None:
            return None
        return score <= self.target if self.at_most else score >= self.target

    def gain(self):
        """The score and what it has to reach; for drawing, so that more is better: of a limit, how many
        times what was measured would fit."""
        score = self.score()
        if self.against:
            return score, self.target
        if not self.at_most:
            return score / self.target, 1.0
        return (self.target / score if score else float("inf")), 1.0


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def figure(value, unit):
    if value is None:
        return ""
    if unit != "s":
        return f"{number(value)} {unit}".strip()
    name, size = next(each for each in _UNITS if value >= each[1])
    return f"{value / (size or 1e-9):.3g} {name}"


def verdict(row):
    """What a comparison comes to, with its target: "3.1 × CPython (≥ 2)"; of a limit only that."""
    score = row.score()
    if score is None:
        return ""
    sign = "≤" if row.at_most else "≥"
    if not row.against:
        return f"{sign} {figure(row.target, row.unit)}" if row.target is not None else ""
    wanted = f" ({sign} {number(row.target)})" if row.target is not None else ""
    return f"{score:.2f} × {row.against}{wanted}"


def table(rows):
    """The rows as text; what misses its target is marked."""
    columns = [column for column in COLUMNS if any(column in row.figures for row in rows)]
    lines = [["", *columns, "score, target", ""]]
    group = None
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append([group])
        cells = [figure(row.figures.get(column), row.unit) for column in columns]
        mark = {True: "ok", False: "MISSED", None: ""}[row.good()]
        lines.append([f"  {row.name}", *cells, verdict(row), mark])
    widths = [max(len(line[i]) for line in lines if len(line) > 1) for i in range(len(columns) + 3)]
    text = []
    for line in lines:
        if len(line) == 1:
            text.append(line[0])
            continue
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:-2], widths[1:])]
        cells += [line[-2].ljust(widths[-2]), line[-1]]
        text.append("  ".join(cells).rstrip())
    return "\n".join(text)


def save(path, machine, rows, skipped):
    everything = {
        "machine": machine,
        "rows": [
            dataclasses.asdict(row) | {"score": row.score(), "good": row.good()} for row in rows
        ],
        "skipped": skipped,
    }
    path.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n")


def load(path):
    everything = json.loads(path.read_text())
    fields = {field.name for field in dataclasses.fields(Row)}
    rows = [
        Row(**{key: value for key, value in row.items() if key in fields})
        for row in everything["rows"]
    ]
    return everything["machine"], rows, everything["skipped"]
