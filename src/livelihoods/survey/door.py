"""The door: any frame a person may hold becomes a Survey, column by column, without pyarrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from livelihoods.errors import DataError
from livelihoods.notes import Note, Where
from livelihoods.survey.model import Codebook, Survey, Variable


def as_survey(data: Any) -> Survey:
    """Return ``data`` as a Survey; a Survey passes through unchanged.

    Parameters
    ----------
    data
        A Survey; a Polars frame (eager or lazy), a pandas or Arrow table, a DuckDB relation or
        any other frame narwhals knows; or a mapping of column name to array of one length.

    Returns
    -------
    Survey
        Null stands for every missing value (NaN included); categorical columns hold their labels.

    Raises
    ------
    DataError
        If ``data`` is no table, two columns share a name, or columns differ in length.
    """
    if isinstance(data, Survey):
        return data
    columns, variables, notes = _columns(data)
    lengths = {name: series.len() for name, series in columns.items()}
    if len(set(lengths.values())) > 1:
        raise DataError("survey.unequal_lengths", lengths=[f"{k}: {n}" for k, n in lengths.items()])
    return Survey(pl.DataFrame(list(columns.values())), Codebook(variables), notes=tuple(notes))


Parts = tuple[dict[str, pl.Series], dict[str, Variable], list[Note]]


def _columns(data: Any) -> Parts:
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.DataFrame):
        return tidy_columns(data)
    if isinstance(data, Mapping):
        return _from_mapping(data)
    if hasattr(data, "fetchnumpy"):  # a DuckDB relation; its Arrow way would need pyarrow
        refuse_repeated(list(data.columns))
        return _from_mapping(data.fetchnumpy())
    if nw.dependencies.is_pandas_dataframe(data):
        names = [str(name) for name in data.columns]
        refuse_repeated(names)
        return _from_mapping({name: data.iloc[:, place] for place, name in enumerate(names)})
    if hasattr(data, "__arrow_c_stream__"):
        if hasattr(data, "column_names"):
            refuse_repeated(list(data.column_names))
        return tidy_columns(pl.DataFrame(data))
    try:
        frame = nw.from_native(data)
    except TypeError:
        raise DataError("survey.not_a_frame", kind=type(data).__name__) from None
    eager = frame.collect("polars") if isinstance(frame, nw.LazyFrame) else frame
    return _from_mapping({name: eager[name].to_list() for name in eager.columns})


def refuse_repeated(names: Sequence[str], file: str | None = None) -> None:
    """Raise if two columns share a name."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        where = "the data" if file is None else file
        raise DataError("survey.duplicate_columns", file=where, columns=repeated)


def tidy_columns(frame: pl.DataFrame) -> Parts:
    """Return the columns of a Polars frame with NaN as null and categories as text."""
    columns: dict[str, pl.Series] = {}
    variables: dict[str, Variable] = {}
    for series in frame.get_columns():
        name, kind = series.name, series.dtype
        if kind.is_float():
            columns[name] = series.fill_nan(None)
        elif isinstance(kind, pl.Enum):
            columns[name] = series.cast(pl.String)
            variables[name] = _ordered(name, kind.categories.to_list())
        elif isinstance(kind, pl.Categorical):
            columns[name] = series.cast(pl.String)
        elif isinstance(kind, pl.Decimal):
            columns[name] = series.cast(pl.Float64)
        elif kind == pl.Object:
            columns[name], _ = from_objects(name, series.to_list())
        else:
            columns[name] = series
        variables.setdefault(name, Variable(name))
    return columns, variables, []


def _ordered(name: str, categories: Sequence[Any]) -> Variable:
    """Keep the order of ordered categories: value labels stand in order."""
    labels = {str(item): str(item) for item in categories}
    return Variable(name, values={"en": labels}, scale="ordinal")


def _from_mapping(data: Mapping[Any, Any]) -> Parts:
    names = [str(name) for name in data]
    refuse_repeated(names)
    columns: dict[str, pl.Series] = {}
    variables: dict[str, Variable] = {}
    notes: list[Note] = []
    for name, values in zip(names, data.values(), strict=True):
        series, mixed = _series(name, values)
        tidied, entries, _ = tidy_columns(series.to_frame())
        columns[name], variables[name] = tidied[name], entries[name]
        if mixed:
            notes.append(Note("survey.mixed_types", "caution", {"variable": name}, Where((name,))))
        if getattr(getattr(values, "dtype", None), "ordered", False):
            variables[name] = _ordered(name, list(values.dtype.categories))
    return columns, variables, notes


def _series(name: str, values: Any) -> tuple[pl.Series, bool]:
    """Return one column as a Polars series, and whether its types were mixed."""
    if isinstance(values, pl.Series):
        return values.alias(name), False
    if nw.dependencies.is_pandas_series(values):
        return _from_pandas(name, values)
    if isinstance(values, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(values)
        series, mixed = _series(name, values.filled() if not mask.any() else np.asarray(values))
        return _nulled(series, mask), mixed
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise DataError("survey.not_a_column", variable=name, shape=str(values.shape))
        if values.dtype == object:
            return from_objects(name, values.tolist())
        return pl.Series(name, np.ascontiguousarray(values)), False
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise DataError("survey.not_a_column", variable=name, shape=type(values).__name__)
    return from_objects(name, list(values))


def _from_pandas(name: str, values: Any) -> tuple[pl.Series, bool]:
    """Convert a pandas column without pyarrow: plain NumPy where it is, objects otherwise."""
    kind = values.dtype
    if isinstance(kind, np.dtype) and kind.kind != "O":
        return pl.Series(name, np.ascontiguousarray(values.to_numpy())), False
    empty = values.isna().to_numpy()
    numeric = getattr(kind, "numpy_dtype", None)  # Int64, Float64, boolean: the nullable ones
    if isinstance(numeric, np.dtype) and numeric.kind in "iufb":
        filled = values.fillna(numeric.type(0)).to_numpy(dtype=numeric)
        return _nulled(pl.Series(name, np.ascontiguousarray(filled)), empty), False
    objects = values.astype(object).tolist()
    return from_objects(name, [None if gap else v for v, gap in zip(objects, empty, strict=True)])


def _nulled(series: pl.Series, mask: Any) -> pl.Series:
    """Return the series with null where ``mask`` is true."""
    if not mask.any():
        return series
    return series.to_frame().select(pl.when(~pl.Series(mask)).then(pl.first())).to_series()


def from_objects(name: str, values: list[Any]) -> tuple[pl.Series, bool]:
    """Convert Python objects; numbers and words in one column become words, and that is said."""
    kept = [None if _is_gap(value) else _plain(value) for value in values]
    kinds = {type(value) for value in kept if value is not None}
    if kinds <= {int, float, bool} and len(kinds) > 1:
        return pl.Series(name, [None if v is None else float(v) for v in kept]), False
    try:
        if len(kinds) <= 1:
            return pl.Series(name, kept, strict=True), False
    except (TypeError, pl.exceptions.PolarsError, OverflowError):
        pass  # said by the mixed-types note of the caller
    return pl.Series(name, [None if v is None else code_text(v) for v in kept]), True


def _is_gap(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if type(value).__name__ == "Decimal":
        return float(value)
    if type(value).__name__ == "Timestamp" and hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value


def code_text(value: Any) -> str:
    """Return an answer code as text: 1.0 → "1", 1.5 → "1.5", "a" → "a"."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
