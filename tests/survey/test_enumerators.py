"""Does it matter who asked?"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError
from livelihoods.survey.icc import fit_icc


def test_icc_of_shrout_and_fleiss() -> None:
    # Shrout and Fleiss (1979), Psychological Bulletin 86, table 2 and 4: ICC(1,1) = .17.
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    values = np.array(ratings, dtype=float).ravel()
    result = fit_icc(values, np.repeat(np.arange(6), 4))
    assert result is not None
    assert round(result.icc, 2) == 0.17
    # Their mean squares: between 11.24, within 6.26.
    assert result.f == pytest.approx(11.24 / 6.26, rel=1e-3)


def test_icc_inside_areas_is_the_nested_anova() -> None:
    import statsmodels.formula.api as smf
    from statsmodels.stats.anova import anova_lm

    rng = np.random.default_rng([3, 9])
    area = rng.integers(0, 5, 300)
    who = rng.integers(0, 8, 300)
    y = rng.normal(size=300) + area + 0.4 * who
    data = pd.DataFrame({"y": y, "area": area, "cell": area * 10 + who})
    fits = [smf.ols(f"y ~ C({name})", data).fit() for name in ("area", "cell")]
    reference = anova_lm(*fits)
    result = fit_icc(y, who.astype(np.int64), area.astype(np.int64))
    assert result is not None
    # statsmodels: F test of cells against areas; 1e-9 covers its QR.
    assert result.f == pytest.approx(reference["F"].iloc[1], rel=1e-9)
    assert result.df == (int(reference["df_diff"].iloc[1]), int(reference["df_resid"].iloc[1]))


@given(
    values=st.lists(st.integers(-50, 50), min_size=6, max_size=40),
    shift=st.integers(-10, 10),
    scale=st.sampled_from([0.5, 2.0, -4.0]),
)
def test_icc_ignores_origin_and_unit(values: list[int], shift: int, scale: float) -> None:
    x = np.array(values, dtype=float)
    groups = np.arange(x.size, dtype=np.int64) % 3
    one, other = fit_icc(x, groups), fit_icc(scale * x + shift, groups)
    if one is None or other is None:
        assert one is other
    else:
        assert one.icc == pytest.approx(other.icc, abs=1e-9)
        assert -1.0 <= one.icc <= 1.0


def test_icc_recovers_its_truth() -> None:
    # Variance 1 between, 3 within: ICC .25; 400 groups of 20 give a standard error near .02.
    rng = np.random.default_rng([3, 10])
    groups = np.repeat(np.arange(400), 20)
    y = rng.normal(size=400)[groups] + np.sqrt(3) * rng.normal(size=8000)
    result = fit_icc(y, groups)
    assert result is not None
    assert result.icc == pytest.approx(0.25, abs=0.06)


def interviews() -> dict[str, object]:
    """Five enumerators over four areas; one leads people on in q1, another hurries."""
    rng = np.random.default_rng([3, 11])
    who = np.tile(np.arange(5), 40)
    began = [dt.datetime(2023, 5, 1, 8) + dt.timedelta(minutes=30 * k) for k in range(200)]
    minutes = np.where(who == 3, 12, 30) + rng.integers(0, 6, 200)
    minutes[7] = 4
    return {
        "who": [f"e{k}" for k in who],
        "village": rng.integers(0, 4, 200),
        "q1": rng.integers(1, 6, 200) + 3 * (who == 2),
        "q2": rng.integers(1, 6, 200),
        "start": began,
        "end": [b + dt.timedelta(minutes=int(m)) for b, m in zip(began, minutes, strict=True)],
    }


def test_effects_length_and_notes() -> None:
    result = lv.enumerator_effects(
        interviews(), "who", ["q1", "q2"], area="village", start="start", end="end"
    )
    assert [item.variable for item in result.items] == ["q1", "q2"]
    assert result.items[0].overall.icc > 0.4
    assert abs(result.items[1].overall.icc) < 0.1
    assert result.items[0].within_area is not None
    said = {note.code: note for note in result.notes}
    assert list(said) == [
        "survey.enumerator_effect",
        "survey.fast_interviews",
        "survey.fast_enumerators",
    ]
    assert said["survey.fast_interviews"].where.rows == (7,)
    assert said["survey.fast_enumerators"].values["people"] == ["e3"]
    assert all(note.sentence("zh") for note in result.notes)
    assert result.people["interviews"].to_list() == [40] * 5
    assert result.tidy()["term"].to_list() == ["q1", "q2"]
    assert len(result.summary().rows) == 2
    assert len(result.by_person().rows) == 5


def test_one_enumerator_an_area_cannot_be_told_apart() -> None:
    rng = np.random.default_rng([3, 12])
    who = np.repeat(np.arange(6), 20)
    data = {"who": who, "village": who // 1, "y": rng.normal(size=120)}
    result = lv.enumerator_effects(data, "who", area="village")
    assert result.items[0].within_area is None
    assert [note.code for note in result.notes] == ["survey.enumerator_is_area"]
    assert result.single_area == 1.0


def test_bad_columns_are_refused() -> None:
    with pytest.raises(DataError, match="no column nobody"):
        lv.enumerator_effects({"a": [1]}, "nobody")
    with pytest.raises(DataError, match="does not hold numbers"):
        lv.enumerator_effects({"a": [1], "b": ["x"]}, "a", ["b"])
    with pytest.raises(DataError, match="does not hold times"):
        lv.enumerator_effects({"a": [1], "s": ["x"], "e": ["y"]}, "a", [], start="s", end="e")
