"""Least squares on a Parquet folder is that of the same rows in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.engine import BLOCK_ROWS
from livelihoods.errors import EstimationError, FormulaError, SpecError

ROWS = 2 * BLOCK_ROWS + 1_003


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(77)
    age = rng.integers(18, 80, ROWS).astype(float)
    age[rng.random(ROWS) < 0.01] = np.nan
    land = rng.lognormal(1, 1, ROWS)
    land[:50] = 0.0
    region = np.array(["north", "east", "west"])[rng.integers(0, 3, ROWS)]
    village = rng.integers(0, 400, ROWS)
    shock = rng.normal(size=400)[village]
    year = rng.integers(2015, 2021, ROWS)
    member = rng.random(ROWS) < 0.4
    y = 0.3 * member + 0.02 * np.nan_to_num(age) + 0.1 * (region == "east") + shock
    y += 0.05 * (year - 2017) + rng.normal(size=ROWS) * (1 + 0.02 * np.nan_to_num(age))
    return pl.DataFrame(
        {
            "y": y,
            "age": age,
            "land": land,
            "region": region,
            "village": village,
            "year": year,
            "member": member,
            "twice": 2.0 * year,
            "w": np.where(rng.random(ROWS) < 0.01, 0.0, rng.random(ROWS) + 0.5),
        }
    )


@pytest.fixture(scope="module")
def folder(frame: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = tmp_path_factory.mktemp("ols")
    frame.head(70_000).write_parquet(place / "a.parquet", row_group_size=30_000)
    frame.tail(-70_000).write_parquet(place / "b.parquet", row_group_size=90_000)
    return lv.open_parquet(place)


FORMULAS = [
    "y ~ member + age + year",
    'y ~ member * age + age^2 + C(region, ref="west") + log(land)',
    "y ~ region + C(year) + poly(age, 2)",
    "y ~ member + year + twice",
    "y ~ 0 + age + year + region",
    "log(land) ~ age + member:year",
]
VCOVS: list[Any] = ["classical", "HC0", "HC1", {"cluster": "village"}]


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_as_in_memory(frame: pl.DataFrame, folder: Any, formula: str, weights: str | None) -> None:
    # lv.ols in memory is checked against R elsewhere. 1e-6: in memory the sandwich multiplies
    # columns that are not centred (year² is 4·10⁶), which costs it seven digits; see the next test.
    for vcov in VCOVS if weights is None else VCOVS[2:]:
        ours = lv.ols(formula, folder, vcov=vcov, weights=weights)
        theirs = lv.ols(formula, frame, vcov=vcov, weights=weights)
        assert ours.tidy()["term"].to_list() == theirs.tidy()["term"].to_list()
        for column in ("estimate", "std_error", "p_value", "conf_low"):
            np.testing.assert_allclose(
                ours.tidy()[column], theirs.tidy()[column], rtol=1e-6, atol=1e-12
            )
        a, b = ours.glance().row(0, named=True), theirs.glance().row(0, named=True)
        assert list(a) == list(b)
        for key, value in b.items():
            expected = pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
            assert a[key] == expected, key
        told = {(n.code, str(n.values)) for n in ours.notes if "folder" not in n.code}
        assert told == {
            (n.code, str(n.values))
            for n in theirs.notes
            if n.code.startswith("design") or "cluster" in n.code
        }


def test_against_extended_precision(frame: pl.DataFrame, folder: Any) -> None:
    """NumPy's 80-bit floats on the whole columns are the outside reference."""
    known = frame.drop_nulls().filter(pl.col("age").is_not_nan())
    names = ["member", "age", "year"]
    shifted = known.with_columns(year=pl.col("year") - 2017)  # exact in any float
    X = np.column_stack(
        [np.ones(known.height), *(shifted[name].cast(pl.Float64) for name in names)]
    ).astype(np.longdouble)
    y = known["y"].to_numpy().astype(np.longdouble)
    inverse = _inverse(X.T @ X)
    coef = inverse @ (X.T @ y)
    scores = X * (y - X @ coef)[:, None]
    n, k = X.shape
    matrix = inverse @ (scores.T @ scores) @ inverse * np.longdouble(n) / (n - k)
    found = lv.ols("y ~ member + age + year", folder).tidy()
    # 1e-11: sums of 1.3e5 products in 53 bits.
    np.testing.assert_allclose(found["estimate"][1:], coef[1:].astype(float), rtol=1e-11)
    errors = np.sqrt(np.diag(matrix)).astype(float)
    np.testing.assert_allclose(found["std_error"][1:], errors[1:], rtol=1e-11)


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Gauss–Jordan in the precision of the matrix; LAPACK knows 64 bits only."""
    k = matrix.shape[0]
    work = np.concatenate([matrix, np.eye(k, dtype=matrix.dtype)], axis=1)
    for j in range(k):
        work[j] /= work[j, j]
        for i in range(k):
            if i != j:
                work[i] -= work[i, j] * work[j]
    return work[:, k:]


def test_any_executor_gives_the_same_bytes(folder: Any) -> None:
    formula = "y ~ member + age + C(region) + year"
    seen = set()
    for where in ("threads:1", "threads:2", "dask-local:2"):
        with lv.executor_from(where) as executor:
            for vcov in ("HC1", {"cluster": "village"}):
                found = lv.ols(formula, folder, vcov=vcov, executor=executor)
                seen.add((str(vcov), found.fit.coef.tobytes(), found.covariance.matrix.tobytes()))
    assert len(seen) == 2


def test_winsorised_columns_enter_pulled_in(frame: pl.DataFrame, folder: Any) -> None:
    ours = lv.ols("y ~ land", lv.winsorise(folder, ["land"]))
    theirs = lv.ols("y ~ land", lv.winsorise(frame, ["land"]))
    np.testing.assert_allclose(ours.tidy()["estimate"], theirs.tidy()["estimate"], rtol=1e-10)
    assert ours.notes[0].code == "design.winsorised"


def test_prints_draws_and_stands_in_a_table(folder: Any) -> None:
    found = lv.ols("y ~ member + age", folder)
    assert "member" in repr(found)
    found.plot()
    assert "age" in lv.regression_table([found]).to_text()
    assert found.to_dict()["glance"]["nobs"] == found.nobs


def test_refusals(frame: pl.DataFrame, folder: Any, tmp_path: Path) -> None:
    for call, kind, code in (
        (lambda: lv.ols("y ~ age", folder, vcov="HC3"), SpecError, "estimate.folder_vcov"),
        (
            lambda: lv.ols("y ~ age", folder, vcov={"cluster": ("village", "year")}),
            SpecError,
            "estimate.folder_vcov",
        ),
        (lambda: lv.ols("y ~ lag(age)", folder), FormulaError, "design.folder_function"),
        (
            lambda: lv.ols("y ~ poly(age, 2, raw=false)", folder),
            FormulaError,
            "design.folder_function",
        ),
        (lambda: lv.ols("C(region) ~ age", folder), FormulaError, "design.folder_outcome"),
        (lambda: lv.ols("y ~ agee", folder), FormulaError, "design.unknown_name"),
        (
            lambda: lv.ols("y ~ age", frame, executor="threads:1"),
            SpecError,
            "estimate.executor_in_memory",
        ),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert caught.value.code == code
        assert str(caught.value)
    frame.head(2).write_parquet(tmp_path / "few.parquet")
    with pytest.raises(EstimationError) as few:
        lv.ols("y ~ age + year", lv.open_parquet(tmp_path))
    assert few.value.code == "estimate.too_few_rows"
