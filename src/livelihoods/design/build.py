"""From a formula and data to a Design: arrays, names, and a log of everything left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.columns import Factor, missing_in, numbers, read_factor
from livelihoods.design.language import Call, Expr, Formula, Term, names_in, parse_formula
from livelihoods.design.matrix import Block, build_block, single_outcome
from livelihoods.design.model import Design
from livelihoods.design.peers import peer_keys
from livelihoods.design.sample import Sample, empty_sample, sample_notes
from livelihoods.design.scope import Scope, kind_of
from livelihoods.errors import DataError, FormulaError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics.linear import independent_columns

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats, Ints


def build_design(
    formula: str | Formula,
    data: Any,
    *,
    weights: str | None = None,
    cluster: str | Sequence[str] = (),
) -> Design:
    """Turn a formula and data into the arrays of one estimation sample.

    Rows with a missing value in any variable used are left out; each is logged under the first
    variable (outcome, then formula order, weights, clusters) that lacks a value, so that the log
    adds up. Columns that earlier ones determine are left out, the later one goes.

    Parameters
    ----------
    formula
        ``"y ~ x + C(region, ref=2) + log(income)"``. Texts are factors, their first sorted level
        is the reference; true counts as 1 and false as 0.
    data
        A Survey, or any frame.
    weights
        Column of analytic weights; rows of weight zero are left out.
    cluster
        Column or columns whose groups are numbered 0 … G-1 in order of first appearance.

    Returns
    -------
    Design
        ``y`` of shape ``(n,)`` and ``X`` of shape ``(n, k)`` in Fortran order.

    Raises
    ------
    FormulaError
        If the formula cannot be read, a name is unknown, or it is of the IV form.
    DataError
        If no row is left or a weight is negative.
    """
    read = parse_formula(formula) if isinstance(formula, str) else formula
    if read.endogenous:
        raise FormulaError("design.iv_here", formula=read.text)
    prepared = Prepared(read, data, weights, (cluster,) if isinstance(cluster, str) else cluster)
    block = prepared.block(read.rhs, read.intercept)
    return prepared.design(block)


class Prepared:
    """The sample of a formula: factors evaluated, rows chosen; blocks of columns on request.

    Two-stage estimators take several blocks (exogenous, endogenous, instruments) of one sample.
    """

    def __init__(
        self,
        formula: Formula,
        data: Any,
        weights: str | None,
        cluster: Sequence[str],
        *,
        may_be_empty: bool = False,
    ) -> None:
        self.formula = formula
        self.survey = _survey(data)
        self.scope = Scope(self.survey, formula.text)
        self.weight_name = weights
        self.cluster_names = tuple(cluster)
        if formula.outcome is None:
            raise FormulaError("design.no_outcome", formula=formula.text)
        self._check_columns()
        self.outcome = _outcome_factor(formula.outcome, self.scope)
        self.factors = self._read_factors()
        self.sample = self._choose()
        if not self.sample.kept and not may_be_empty:
            raise empty_sample(self.sample)

    def _check_columns(self) -> None:
        wanted = [*self.cluster_names, *([self.weight_name] if self.weight_name else [])]
        columns = self.survey.frame.columns
        absent = [name for name in wanted if name not in columns]
        if absent:
            raise SpecError("design.unknown_columns", columns=absent, known=columns)

    def _read_factors(self) -> Mapping[Expr, Factor]:
        formula = self.formula
        factors: dict[Expr, Factor] = {}
        for term in (*formula.rhs, *formula.endogenous, *formula.instruments):
            for expr in term.factors:
                if expr == formula.outcome:
                    raise FormulaError("design.outcome_on_right", variable=formula.response)
                if expr not in factors:
                    factors[expr] = read_factor(expr, self.scope)
        return factors

    def _choose(self) -> Sample:
        frame = self.survey.frame
        sample = Sample(self.survey.rows)
        for name in self.formula.variables:
            sample.drop("missing", name, missing_in(frame.get_column(name)))
        for trouble in self.scope.troubles:
            if trouble.reason in ("no_previous", "no_peers"):
                continue  # logged below, under the name of the factor
            reason = "not_positive_log" if trouble.reason == "not_positive_log" else "undefined"
            bad = np.zeros(frame.height, dtype=np.bool_)
            bad[trouble.places] = True
            sample.drop(reason, trouble.part, bad)
        for factor in (self.outcome, *self.factors.values()):
            if factor.series.null_count():
                sample.drop("no_value", factor.label, factor.series.is_null().to_numpy())
        if self.weight_name:
            _drop_by_weight(sample, frame.get_column(self.weight_name), self.weight_name)
        for name in self.cluster_names:
            sample.drop("missing_cluster", name, missing_in(frame.get_column(name)))
        return sample

    def block(self, terms: tuple[Term, ...], intercept: bool) -> Block:
        """Return the columns of some terms on the rows used."""
        return build_block(terms, intercept, self.factors, self.sample, self.scope)

    def design(self, block: Block) -> Design:
        """Return the Design whose regressors are one block, collinear columns left out."""
        sample = self.sample
        y, outcome_notes = _outcome_values(self.outcome, sample)
        kept, gone = independent_columns(block.X)
        collinear = tuple(block.names[j] for j in gone)
        X = block.X if not gone.size else np.asfortranarray(block.X[:, kept])
        notes = [*outcome_notes, *sample_notes(sample), *block.notes, *self.peer_notes()]
        if collinear:
            notes.append(Note("design.collinear", "caution", {"columns": list(collinear)}))
        return Design(
            outcome=self.formula.response,
            y=y,
            X=X,
            names=tuple(block.names[j] for j in kept),
            terms=tuple(block.terms[j] for j in kept),
            intercept=block.intercept,
            rows=sample.rows(),
            weights=self.weights(),
            clusters=self.clusters(),
            dropped=tuple(sample.dropped),
            collinear=collinear,
            variables=self.formula.variables,
            notes=tuple(notes),
        )

    def peer_notes(self) -> list[Note]:
        """Warn of a peer share beside dummies of the very groups in which peers were counted."""
        groups = [
            name
            for factor in self.factors.values()
            if factor.categorical
            for name in names_in(factor.expr)
        ]
        notes = []
        wave = self.survey.design.wave
        for name in self.formula.variables:
            keys = peer_keys(self.survey, name)
            # Dummies of the waves alone leave whole waves of peers to compare with: no such trap.
            narrow = [key for key in keys if key != wave] or keys
            shared = [key for key in narrow if key in groups]
            if shared:
                values = {"variable": name, "groups": shared}
                notes.append(Note("design.peer_dummies", "warning", values, Where((name,))))
        return notes

    def weights(self) -> Floats | None:
        """Return the analytic weights of the rows used, or None."""
        if self.weight_name is None:
            return None
        return numbers(self.sample.take(self.survey.frame.get_column(self.weight_name)))

    def clusters(self) -> dict[str, Ints]:
        """Return cluster codes of the rows used, numbered in order of first appearance."""
        frame = self.survey.frame
        return {
            name: first_appearance_codes(self.sample.take(frame.get_column(name)))
            for name in self.cluster_names
        }


def first_appearance_codes(series: pl.Series) -> Ints:
    """Number distinct values 0 … G-1 in the order in which they first appear."""
    distinct = series.unique(maintain_order=True)
    codes = series.replace_strict(distinct, pl.int_range(len(distinct), eager=True))
    return codes.cast(pl.Int64).to_numpy()


def _survey(data: Any) -> Survey:
    from livelihoods.survey.door import as_survey

    return as_survey(data)


def _outcome_factor(expr: Expr, scope: Scope) -> Factor:
    factor = read_factor(expr, scope)
    if factor.powers > 1:
        raise scope.refuse(expr, "number", "other")
    declared = isinstance(expr, Call) and expr.function == "C"
    if factor.categorical and not declared:
        raise scope.refuse(expr, "number", "text")
    return factor


def _outcome_values(factor: Factor, sample: Sample) -> tuple[Floats, list[Note]]:
    series = sample.take(factor.series)
    notes: list[Note] = []
    if factor.categorical:
        levels = series.unique().sort()
        codes = series.replace_strict(levels, pl.int_range(len(levels), eager=True))
        values = {"variable": factor.label, "levels": [str(level) for level in levels.to_list()]}
        notes.append(Note("design.outcome_coded", "info", values))
        series = codes
    y = np.ascontiguousarray(numbers(series))
    if single_outcome(y):
        found = {"variable": factor.label, "value": float(y[0])}
        notes.append(Note("design.single_outcome", "warning", found, Where((factor.label,))))
    return y, notes


def _drop_by_weight(sample: Sample, series: pl.Series, name: str) -> None:
    if kind_of(series.cast(pl.Float64) if series.dtype.is_numeric() else series) != "number":
        raise DataError("design.weights_not_numeric", variable=name)
    missing = missing_in(series)
    values = series.fill_null(1).to_numpy()
    negative = (values < 0) & ~missing & sample.mask()
    if negative.any():
        rows = [int(row) for row in sample.original[negative]]
        raise DataError("design.negative_weights", variable=name, rows=rows, n=len(rows))
    sample.drop("missing", name, missing)
    sample.drop("zero_weight", name, values == 0)
