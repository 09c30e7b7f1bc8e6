"""Pearson and Spearman correlations with their tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.describe.group_tables import stars
from livelihoods.describe.layout import slug, word
from livelihoods.describe.setting import Setting, setting, silent_rows, used_rows
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics.ranks import average_ranks
from livelihoods.numerics.special import t_two_sided
from livelihoods.tables.model import BLANK, Cell, Column, Row, Table, number, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.typing import Bools, Floats, Ints

CorrelationMethod = Literal["pearson", "spearman"]
Missing = Literal["pairwise", "listwise"]


@dataclass(frozen=True, slots=True)
class Correlations:
    """A correlation matrix.

    Attributes
    ----------
    variables, labels
        Columns and wording.
    method, missing
        As asked.
    matrix
        Shape ``(p, p)``; NaN where a variable does not vary.
    p_values
        Two-sided, by t(n − 2) of r√((n − 2)/(1 − r²)), shape ``(p, p)``.
    nobs
        Rows behind each, shape ``(p, p)``.
    weight
        Column of weights, or "".
    notes
        What must be said.
    """

    variables: tuple[str, ...]
    labels: tuple[str, ...]
    method: CorrelationMethod
    missing: Missing
    matrix: Floats
    p_values: Floats
    nobs: Ints
    weight: str
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a pair."""
        pairs = [(i, j) for i in range(len(self.variables)) for j in range(i)]
        return pl.DataFrame(
            [
                {
                    "first": self.variables[j],
                    "second": self.variables[i],
                    "method": self.method,
                    "estimate": float(self.matrix[i, j]),
                    "p_value": float(self.p_values[i, j]),
                    "nobs": int(self.nobs[i, j]),
                }
                for i, j in pairs
            ]
        )

    def glance(self) -> pl.DataFrame:
        """One row: method, variables, smallest and largest number of rows."""
        row = {"method": self.method, "variables": len(self.variables), "missing": self.missing}
        sizes = {"nobs_min": int(self.nobs.min()), "nobs_max": int(self.nobs.max())}
        return pl.DataFrame([{**row, **sizes}])

    def summary(self) -> Table:
        """The lower triangle with stars."""
        count = len(self.variables)
        columns = [Column("variable", word("variable"), "left")]
        columns += [Column(f"c{j + 1}", f"({j + 1})") for j in range(count)]
        rows = []
        for i in range(count):
            cells: list[Cell] = [text(f"({i + 1}) {self.labels[i]}")]
            for j in range(count):
                cells.append(BLANK if j > i else self._cell(i, j))
            rows.append(Row(tuple(cells)))
        legend = [word(f"legend_{self.method}"), word("legend_stars")]
        if self.weight:
            legend.append(word("legend_weights", weight=self.weight))
        return Table(
            id=slug("correlations", *self.variables[:2]),
            title=word(f"correlations_{self.method}"),
            columns=tuple(columns),
            rows=tuple(rows),
            notes=self.notes,
            legend=tuple(legend),
            decimals=3,
            language=words.language(),
        )

    def _cell(self, i: int, j: int) -> Cell:
        if i == j:
            return number(1.0, 0)
        return number(float(self.matrix[i, j]), 3, stars=stars(float(self.p_values[i, j])))

    def plot(self) -> Figure:
        """The matrix as a heat map with its stars."""
        from livelihoods.describe.figures import correlation_figure

        return correlation_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "pairs": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())


def correlations(
    data: Any,
    variables: Sequence[str],
    *,
    method: CorrelationMethod = "pearson",
    missing: Missing = "pairwise",
    weights: str | bool | None = None,
) -> Correlations:
    """Correlate variables with one another.

    Parameters
    ----------
    data
        A survey or frame.
    variables
        Two or more numeric columns.
    method
        ``"pearson"``, or ``"spearman"`` for Pearson's of average ranks.
    missing
        ``"pairwise"``: each pair uses the rows where both are known; ``"listwise"``: rows where
        all are.
    weights
        Column, None for the declared ones, False for none; they weigh Pearson's r (ranks are not
        weighted, and a note says so).

    Returns
    -------
    Correlations

    Raises
    ------
    SpecError
        If there are fewer than two variables, or an option is unknown.
    DataError
        If a variable is not numeric.
    """
    names = list(variables)
    if len(set(names)) < 2:
        raise SpecError("describe.too_few_variables", n=len(set(names)))
    if method not in ("pearson", "spearman") or missing not in ("pairwise", "listwise"):
        raise SpecError("describe.unknown_correlation", method=method, missing=missing)
    where = setting(data, names, weights, None)
    columns = [where.numbers(name) for name in names]
    w = where.weights()
    common = used_rows(columns, w) if missing == "listwise" else None
    count = len(names)
    matrix, p = np.eye(count), np.zeros((count, count))
    nobs = np.zeros((count, count), dtype=np.int64)
    for i in range(count):
        for j in range(i + 1):
            rows = used_rows([columns[i], columns[j]], w) if common is None else common
            found = _pair(columns[i], columns[j], rows, w, method)
            matrix[i, j] = matrix[j, i] = found[0] if i != j else 1.0
            p[i, j] = p[j, i] = found[1] if i != j else 0.0
            nobs[i, j] = nobs[j, i] = int(rows.sum())
    notes = _notes(where, names, matrix, nobs, method)
    labels = tuple(where.label(name) for name in names)
    weight = where.weight or ""
    return Correlations(
        tuple(names), labels, method, missing, matrix, p, nobs, weight, tuple(notes)
    )


def _pair(
    x: Floats, y: Floats, rows: Bools, w: Floats | None, method: CorrelationMethod
) -> tuple[float, float]:
    a, b = x[rows], y[rows]
    n = a.size
    nan = float("nan")
    if n < 3:
        return nan, nan
    weights = np.ones(n) if w is None or method == "spearman" else w[rows]
    if method == "spearman":
        a, b = average_ranks(a), average_ranks(b)
    total = weights.sum()
    a = a - weights @ a / total
    b = b - weights @ b / total
    spread = float(np.sqrt((weights @ (a * a)) * (weights @ (b * b))))
    if spread <= 1e-14 * float(np.abs(a).max(initial=0.0) * np.abs(b).max(initial=0.0)):
        return nan, nan
    r = float(np.clip(weights @ (a * b) / spread, -1.0, 1.0))
    if abs(r) == 1.0:
        return r, 0.0
    t = r * np.sqrt((n - 2) / (1.0 - r * r))
    return r, float(t_two_sided(t, n - 2))


def _notes(
    where: Setting, names: list[str], matrix: Floats, nobs: Ints, method: CorrelationMethod
) -> list[Note]:
    notes = silent_rows(replace(where, cluster=None))
    if nobs.min() != nobs.max():
        values = {"low": int(nobs.min()), "high": int(nobs.max())}
        notes.append(Note("describe.pairwise", "info", values))
    flat = [name for i, name in enumerate(names) if np.all(np.isnan(np.delete(matrix[i], i)))]
    if flat:
        notes.append(Note("describe.no_spread", "caution", {"variables": flat}, Where(tuple(flat))))
    if where.weight and method == "spearman":
        notes.append(Note("describe.ranks_unweighted", "info", {"weight": where.weight}))
    if where.cluster:
        said = {"cluster": where.cluster}
        notes.append(Note("describe.correlations_ignore_clusters", "caution", said))
    return notes
