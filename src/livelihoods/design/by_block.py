"""A formula evaluated block by block: the columns of a design that never stands in memory whole.

What a formula needs to know of all rows (the levels of its factors) is looked up in a first pass;
then every block's columns depend on its own rows alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livelihoods.design.build import Prepared
from livelihoods.design.columns import Levels, levels_of, numbers
from livelihoods.design.language import Call, Expr, Formula, Literal, at, parse_formula, walk
from livelihoods.design.matrix import INTERCEPT, Block, build_block, reference_notes
from livelihoods.engine import Columns, Executor, MappedSource, Source, State, Wanted, fold
from livelihoods.errors import FormulaError
from livelihoods.survey.model import Codebook, Survey

if TYPE_CHECKING:
    from livelihoods.notes import Note
    from livelihoods.survey.parquet_folder import ParquetFolder

OUTCOME, WEIGHT, LOST = "\x00outcome", "\x00weight", "\x00lost"
# (reason, variable) -> rows left out.
Lost: TypeAlias = "Counter[tuple[str, str]]"
Found: TypeAlias = dict[Expr, list[pl.Series]]


@dataclass(frozen=True, slots=True)
class FormulaBlocks:
    """How each block becomes columns.

    Attributes
    ----------
    formula
        As parsed.
    weight, clusters
        Columns of weights and clusters.
    codebook
        Order of ordinal answers.
    levels
        Categorical factor -> levels on all rows used.
    """

    formula: Formula
    weight: str | None
    clusters: tuple[str, ...]
    codebook: Codebook
    levels: Mapping[Expr, Levels]

    def prepared(self, columns: Columns) -> Prepared:
        """Return the sample of one block."""
        frame = pl.DataFrame(
            {name: values for name, values in columns.items() if not name.startswith("\x00")}
        )
        survey = Survey(frame, self.codebook)
        return Prepared(self.formula, survey, self.weight, self.clusters, may_be_empty=True)

    def block(self, prepared: Prepared) -> Block:
        """Return the regressors of one block."""
        return build_block(
            self.formula.rhs,
            self.formula.intercept,
            prepared.factors,
            prepared.sample,
            prepared.scope,
            self.levels,
        )


@dataclass(frozen=True, slots=True)
class BlockwiseDesign:
    """A design over the blocks of a register.

    Attributes
    ----------
    source
        Blocks with the regressors by printed name (the constant left out), ``OUTCOME``,
        ``WEIGHT`` if there are weights, codes of each cluster by ``cluster_column``, and ``LOST``.
    outcome
        Name of the response.
    names
        Regressors as printed, the constant first if there is one.
    intercept
        Whether there is one.
    clusters
        Cluster variable -> number of codes.
    notes
        References chosen.
    """

    source: Source
    outcome: str
    names: tuple[str, ...]
    intercept: bool
    clusters: Mapping[str, int]
    notes: tuple[Note, ...]


def cluster_column(name: str) -> str:
    """Return the block's column with the codes of a cluster variable."""
    return f"\x00cluster {name}"


def design_by_block(
    formula: str,
    folder: ParquetFolder,
    weights: str | None,
    clusters: tuple[str, ...],
    executor: Executor | None,
) -> BlockwiseDesign:
    """Prepare a formula on a register.

    Raises
    ------
    FormulaError
        If the formula cannot be read, a name is unknown, or a function needs other rows than
        its own (``lag``, ``poly(raw=false)``, ``peer_share``).
    """
    read = parse_formula(formula)
    if read.endogenous:
        raise FormulaError("design.iv_here", formula=read.text)
    _refuse_functions(read)
    used = list(dict.fromkeys([*read.variables, *([weights] if weights else []), *clusters]))
    folder.require([name for name in (weights, *clusters) if name], numeric=False)
    known = [name for name in used if name in folder.files.schema]
    plan = FormulaBlocks(read, weights, clusters, folder.codebook, {})
    empty = pl.DataFrame(schema={name: folder.files.schema[name] for name in known})
    nothing: dict[str, Any] = dict(zip(known, empty.get_columns(), strict=True))
    first = plan.prepared(nothing)
    if first.outcome.categorical:
        raise FormulaError("design.folder_outcome", **at(read.text, 0))
    raw = folder.source(*(Wanted(name, name, "series") for name in known))
    factors = {expr: one for expr, one in first.factors.items() if one.categorical}
    if factors:
        state: State[Found, Found] = State(
            dict, partial(_find_levels, plan, tuple(factors)), _join_levels, dict
        )
        found = fold(state, raw, executor)
        levels = {
            expr: levels_of(one, _united(found.get(expr, [])), first.scope)
            for expr, one in factors.items()
        }
        plan = FormulaBlocks(read, weights, clusters, folder.codebook, levels)
    block = plan.block(first)
    values = {name: tuple(folder.levels(name, executor)) for name in clusters}
    codes = [Wanted(cluster_column(name), name, "codes", values[name]) for name in clusters]
    whole = folder.source(*(Wanted(name, name, "series") for name in known), *codes)
    notes = reference_notes(factors, plan.levels)
    return BlockwiseDesign(
        MappedSource(whole, partial(_columns, plan)),
        read.response,
        block.names,
        block.intercept,
        {name: len(each) for name, each in values.items()},
        notes,
    )


def _refuse_functions(formula: Formula) -> None:
    exprs = [expr for term in formula.rhs for expr in term.factors]
    for expr in (*exprs, *([formula.outcome] if formula.outcome is not None else [])):
        for node in walk(expr):
            if not isinstance(node, Call):
                continue
            raw = node.option("raw") if node.function == "poly" else None
            orthogonal = isinstance(raw, Literal) and raw.value is False
            if node.function in ("lag", "peer_share") or orthogonal:
                name = node.function
                raise FormulaError("design.folder_function", name=name, **at(formula.text, node.at))


def _columns(plan: FormulaBlocks, columns: Columns) -> Columns:
    prepared = plan.prepared(columns)
    block = plan.block(prepared)
    sample = prepared.sample
    found: dict[str, Any] = {
        name: block.X[:, j] for j, name in enumerate(block.names) if name != INTERCEPT
    }
    found[OUTCOME] = numbers(sample.take(prepared.outcome.series))
    weights = prepared.weights()
    if weights is not None:
        found[WEIGHT] = weights
    mask = sample.mask()
    for name in plan.clusters:
        found[cluster_column(name)] = columns[cluster_column(name)][mask]
    found[LOST] = Counter({(one.reason, one.variable): len(one.rows) for one in sample.dropped})
    return found


def lost_rows() -> State[Lost, Lost]:
    """State of how many rows were left out, by reason and variable."""
    return State(Counter, _add_lost, _join_lost, Counter)


def _add_lost(state: Lost, columns: Columns) -> Lost:
    lost: Any = columns[LOST]
    return _join_lost(state, lost)


def _join_lost(left: Lost, right: Lost) -> Lost:
    return Counter({key: left[key] + right[key] for key in (*left, *right)})


def _find_levels(
    plan: FormulaBlocks, exprs: tuple[Expr, ...], state: Found, columns: Columns
) -> Found:
    prepared = plan.prepared(columns)
    found = {expr: [prepared.sample.take(prepared.factors[expr].series).unique()] for expr in exprs}
    return _join_levels(state, found)


def _join_levels(left: Found, right: Found) -> Found:
    return {
        expr: [_united([*left.get(expr, []), *right.get(expr, [])])]
        for expr in dict.fromkeys([*left, *right])
    }


def _united(parts: list[pl.Series]) -> pl.Series:
    return pl.concat(parts).unique()
