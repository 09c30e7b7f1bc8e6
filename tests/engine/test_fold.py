"""The same digits from one, two and eight threads, and from any cut into blocks."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods import engine
from livelihoods.engine.fold import _Carried, _runs
from livelihoods.errors import DataError, SpecError

ROWS = 5 * engine.BLOCK_ROWS + 1_234


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {
        "x": rng.normal(1e3, 3.0, ROWS),
        "y": np.exp(rng.normal(size=ROWS)),
        "z": rng.random(ROWS),
        "wave": rng.integers(0, 3, ROWS),
        "w": rng.random(ROWS) + 0.5,
    }


def _all_states() -> engine.State[Any, Any]:
    waves = engine.Groups("wave", 3)
    names = ("x", "y", "z")
    return engine.combine(
        engine.ranges(names, waves),
        engine.moments(names, waves, "w"),
        engine.comoments(names, waves, "w"),
        engine.entropy_sums(("z",), 1e-4, waves, "w"),
    )


def _bytes(answers: tuple[Any, ...]) -> bytes:
    return b"".join(
        getattr(answer, name).tobytes() for answer in answers for name in answer.__slots__
    )


def test_workers_change_no_digit(columns: dict[str, np.ndarray]) -> None:
    seen = set()
    for workers in (1, 2, 8):
        with engine.ThreadExecutor(workers) as threads:
            seen.add(_bytes(engine.fold(_all_states(), columns, threads)))
    seen.add(_bytes(engine.fold(_all_states(), columns)))
    assert len(seen) == 1


def test_states_agree_with_numpy(columns: dict[str, np.ndarray]) -> None:
    # NumPy on whole arrays is the outside reference; 1e-12 relative: two summation orders over
    # 3e5 rows, third moments lose a few digits more to cancellation.
    low, moment, comoment, entropy = engine.fold(_all_states(), columns)
    for wave in range(3):
        chosen = columns["wave"] == wave
        data = np.column_stack([columns[name][chosen] for name in ("x", "y", "z")])
        w = columns["w"][chosen]
        assert low.rows[wave] == chosen.sum()
        np.testing.assert_array_equal(low.low[wave], data.min(axis=0))
        np.testing.assert_array_equal(low.high[wave], data.max(axis=0))
        mean = np.average(data, axis=0, weights=w)
        dev = data - mean
        np.testing.assert_allclose(moment.mean[wave], mean, rtol=1e-13)
        np.testing.assert_allclose(moment.second[wave], (w[:, None] * dev**2).sum(0), rtol=1e-11)
        np.testing.assert_allclose(
            moment.third[wave], (w[:, None] * dev**3).sum(0), rtol=1e-8, atol=1e-3
        )
        np.testing.assert_allclose(
            comoment.cross[wave], (w[:, None] * dev).T @ dev, rtol=1e-9, atol=1e-5
        )
        shifted = data[:, 2] + 1e-4
        np.testing.assert_allclose(entropy.total[wave, 0], (w * shifted).sum(), rtol=1e-13)
        np.testing.assert_allclose(
            entropy.log_total[wave, 0], (w * shifted * np.log(shifted)).sum(), rtol=1e-12
        )


def test_correlation_is_that_of_numpy() -> None:
    data = np.random.default_rng(3).normal(size=(500, 4)) @ np.random.default_rng(4).normal(
        size=(4, 4)
    )
    columns = {str(j): data[:, j] for j in range(4)}
    found = engine.fold(engine.comoments(list(columns)), columns)
    # np.corrcoef on the same rows; rounding only.
    np.testing.assert_allclose(found.correlation()[0], np.corrcoef(data.T), atol=1e-13)
    np.testing.assert_allclose(found.covariance()[0], np.cov(data.T), rtol=1e-12)


def test_variance_and_skewness() -> None:
    x = np.array([1.0, 2.0, 2.0, 7.0])
    found = engine.fold(engine.moments(["x"]), {"x": x})
    dev = x - 3.0  # the mean of 1, 2, 2, 7
    assert found.variance()[0, 0] == pytest.approx((dev**2).sum() / 3, rel=1e-15)
    assert found.skewness()[0, 0] == pytest.approx(
        (dev**3).mean() / (dev**2).mean() ** 1.5, rel=1e-15
    )


def _tree(labels: list[str]) -> str:
    """The tree of the module's docstring, level by level: neighbours pair, an odd last rises."""
    while len(labels) > 1:
        pairs = [f"({a} {b})" for a, b in zip(labels[::2], labels[1::2], strict=False)]
        labels = pairs + labels[len(pairs) * 2 :]
    return labels[0]


@given(st.integers(1, 70))
def test_tree_pairs_neighbours_whatever_the_runs(blocks: int) -> None:
    """The tree over blocks is the one of the module's docstring, at any number of blocks."""

    class Shape(engine.ColumnSource):
        @property
        def blocks(self) -> int:
            return blocks

        def read(self, block: int) -> dict[str, Any]:
            return {"block": block}

    state: engine.State[Any, Any] = engine.State(
        str, lambda s, c: str(c["block"]), lambda a, b: f"({a} {b})", lambda s: s
    )
    with engine.ThreadExecutor(2) as threads:
        assert engine.fold(state, Shape({}), threads) == _tree([str(b) for b in range(blocks)])


@given(st.integers(1, 5_000), st.sampled_from([1, 16]))
def test_runs_are_branches_of_the_tree(blocks: int, least: int) -> None:
    whole, carried = _Carried(_join), _Carried(_join)
    for first, last in _runs(blocks, least):
        run = _Carried(_join)
        for block in range(first, last):
            run.add(1, (block,))
            whole.add(1, (block,))
        carried.add(last - first, run.total())
    assert carried.total() == whole.total()


def _join(left: tuple[Any, ...], right: tuple[Any, ...]) -> tuple[Any, ...]:
    return (hash((left, right)),)


def test_value_counts() -> None:
    answers = np.array([1, 5, 5, -128, 127], dtype=np.int8)
    counts = engine.fold(engine.value_counts(["q"]), {"q": answers})[0, 0]
    assert counts.sum() == 5
    assert [counts[v + 128] for v in (1, 5, -128, 127)] == [1, 2, 1, 1]


@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False, width=32),
            st.integers(1, 5).map(float),
        ),
        min_size=1,
        max_size=200,
    ),
    st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_quantiles_are_those_of_numpy(values: list[float], probabilities: list[float]) -> None:
    x = np.array(values)
    found = engine.exact_quantiles({"x": x}, ["x"], probabilities)[0]
    # The same definition and the same line as np.quantile; zeros have no sign here.
    np.testing.assert_array_equal(found, np.quantile(x, probabilities) + 0.0)


@pytest.mark.parametrize("kept", [0, 5, 10**9])
def test_order_statistics_by_any_number_of_passes(
    monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    # np.sort is the outside reference; ``kept`` forces one pass, some, or all four digits.
    from livelihoods.engine import quantiles

    monkeypatch.setattr(quantiles, "_COLLECTED", kept)
    rng = np.random.default_rng(0)
    tight = 1e3 + rng.integers(-4, 5, 3_000) * 2.0**-40  # differ in the last digit of 16 bits only
    wide = np.concatenate(
        [-rng.lognormal(size=1_500), rng.lognormal(size=1_490), np.full(10, -0.0)]
    )
    gaps = np.where(rng.random(3_000) < 0.2, np.nan, wide)
    data = {"tight": tight, "wide": wide, "gaps": gaps, "none": np.full(3_000, np.nan)}
    ranks = [0, 7, 700, 1_499, 1_500, 2_200]
    found = quantiles.order_statistics(data, list(data), lambda n: ranks)
    for (name, values), one in zip(data.items(), found, strict=True):
        known = np.sort(values[~np.isnan(values)])
        assert one.rows == known.size, name
        if known.size:
            np.testing.assert_array_equal(one.values, known[ranks])
            np.testing.assert_array_equal(one.below, np.searchsorted(known, known[ranks], "left"))
            np.testing.assert_array_equal(
                one.through, np.searchsorted(known, known[ranks], "right")
            )


def test_quantiles_over_blocks_and_missing(columns: dict[str, np.ndarray]) -> None:
    x = columns["y"].copy()
    x[::7] = np.nan
    with engine.ThreadExecutor(2) as threads:
        found = engine.exact_quantiles(
            {"y": x, "x": columns["x"]}, ["y", "x"], (0.0, 0.01, 0.5, 0.99, 1.0), threads
        )
    # np.quantile on the whole array.
    expected = [np.nanquantile(x, q) for q in (0.0, 0.01, 0.5, 0.99, 1.0)]
    np.testing.assert_allclose(found[0], expected, rtol=1e-13)
    np.testing.assert_allclose(found[1], np.quantile(columns["x"], (0, 0.01, 0.5, 0.99, 1)))


def test_quantile_refusals() -> None:
    with pytest.raises(SpecError, match="between 0 and 1"):
        engine.exact_quantiles({"x": np.ones(3)}, ["x"], (99,))
    with pytest.raises(DataError, match="No value is present in x"):
        engine.exact_quantiles({"x": np.full(3, np.nan)}, ["x"], (0.5,))


def test_no_rows_give_the_empty_state() -> None:
    assert engine.fold(engine.ranges(["x"]), {"x": np.empty(0)}).rows[0] == 0


def test_columns_of_different_lengths() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        engine.fold(engine.ranges(["x"]), {"x": np.ones(2), "y": np.ones(3)})


def _draw(rng: np.random.Generator, scale: float) -> float:
    return float(rng.normal()) * scale


def test_replicates_do_not_depend_on_who_draws() -> None:
    call = partial(engine.map_replicates, _draw, 57, seed=7, identity="base", shared=(2.0,))
    with engine.ThreadExecutor(1) as one, engine.ThreadExecutor(8) as eight:
        first = call(executor=one, batch=100)
        assert first == call(executor=eight, batch=3) == call()
    # The rule of the house: default_rng([seed, crc32(identity), replicate]).
    import zlib

    expected = np.random.default_rng([7, zlib.crc32(b"base"), 56]).normal() * 2.0
    assert first[56] == expected
    assert first != engine.map_replicates(_draw, 57, seed=7, identity="other", shared=(2.0,))


def test_failure_in_a_task_reaches_the_caller() -> None:
    def broken(columns: engine.Columns) -> None:
        raise DataError("engine.no_values", variables=["x"])

    with pytest.raises(DataError), engine.ThreadExecutor(2) as threads:
        engine.map_blocks(broken, {"x": np.ones(2)}, threads)


def test_executor_refusals() -> None:
    with pytest.raises(SpecError, match="0 workers"):
        engine.ThreadExecutor(0)
    with pytest.raises(SpecError, match="Seed -1"):
        engine.replicate_generator(-1, "a", 0)
