"""lv.inequality: real rice areas and land, the bootstrap beside the formulas, and bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods import words
from livelihoods.describe.inequality_result import Inequality
from livelihoods.engine.blocks import BLOCK_ROWS
from livelihoods.engine.executor import ThreadExecutor
from livelihoods.errors import DataError, SpecError


def one(found: Inequality, measure: str, variable: str | None = None) -> dict[str, float]:
    rows = found.tidy().filter(pl.col("term") == measure)
    if variable is not None:
        rows = rows.filter(pl.col("variable") == variable)
    return rows.to_dicts()[0]


def test_rice_areas() -> None:
    survey = lv.datasets.social_insure()
    x = survey.frame["ricearea_2010"].drop_nulls().to_numpy()
    found = lv.inequality(survey, "ricearea_2010")
    # Brute force over all pairs of farms, and NumPy's own moments.
    gini = np.abs(x[:, None] - x).sum() / (2 * x.size**2 * x.mean())
    assert one(found, "gini")["estimate"] == pytest.approx(gini, rel=1e-10)
    assert one(found, "variation")["estimate"] == pytest.approx(x.std() / x.mean(), rel=1e-10)
    held = x[x > 0] / x.mean()
    assert one(found, "theil")["estimate"] == pytest.approx(
        float((held * np.log(held)).sum() / x.size), rel=1e-10
    )
    assert one(found, "gini")["clusters"] == 44  # administrative villages, data/README.md


def test_land_of_members_and_others(shared: Path) -> None:
    survey = lv.read_survey(shared / "data" / "uganda_maize_2019.csv")
    found = lv.inequality(survey, "land_acres", groups="coop", cluster="village")
    spread = found.spreads[0]
    total = one(found, "theil")["estimate"]
    assert sum(p.between + p.within for p in spread.split) == pytest.approx(total, rel=1e-10)
    assert sum(p.people for p in spread.split) == pytest.approx(1.0)
    apart = lv.inequality(survey, "land_acres", by="coop", cluster="village")
    inside = apart.tidy().filter(pl.col("term") == "theil")["estimate"].to_list()
    assert [p.inside for p in spread.split] == pytest.approx(inside, rel=1e-10)


@pytest.mark.parametrize("cluster", [None, "village"])
def test_formulas_agree_with_the_bootstrap(cluster: str | None) -> None:
    # Recovery: 600 lognormal holders in 60 villages; two honest estimates of one standard error
    # differ by some per cent (600 draws: 3 %; the sample's own tail: 10 %).
    rng = np.random.default_rng(3)
    village = np.repeat(np.arange(60), 10)
    x = np.exp(0.5 * rng.normal(size=60)[village] + 0.6 * rng.normal(size=600))
    frame = pl.DataFrame({"x": x, "village": village, "core": rng.integers(0, 2, 600)})
    common = {"groups": "core", "cluster": cluster or False}
    exact = lv.inequality(frame, "x", **common).tidy()
    drawn = lv.inequality(frame, "x", **common, interval="bootstrap", seed=5, replicates=600).tidy()
    for measure in ("gini", "theil", "variation", "wolfson", "effective_number"):
        row = pl.col("term") == measure
        a, b = (f.filter(row)["std_error"].item() for f in (exact, drawn))
        assert a == pytest.approx(b, rel=0.2), measure


def test_intervals_hold_the_truth() -> None:
    # Of 300 samples of 200 exponential draws (Gini ½) the 95 % interval holds ½ in 90 to 98 %.
    rng = np.random.default_rng(12)
    inside = 0
    for _ in range(300):
        row = one(lv.inequality({"x": rng.exponential(size=200)}, "x"), "gini")
        inside += row["conf_low"] <= 0.5 <= row["conf_high"]
    assert 0.90 <= inside / 300 <= 0.985


def test_same_digits_on_any_executor() -> None:
    rng = np.random.default_rng(6)
    n = 3 * BLOCK_ROWS + 17
    frame = pl.DataFrame({"x": rng.lognormal(1, 1, n), "g": rng.integers(0, 3, n)})
    alone = lv.inequality(frame, "x", groups="g").tidy()
    with ThreadExecutor(2) as threads:
        together = lv.inequality(frame, "x", groups="g", executor=threads).tidy()
    assert alone.equals(together)


def test_same_seed_same_draws() -> None:
    frame = {"x": np.arange(1.0, 40.0)}
    a, b = (lv.inequality(frame, "x", interval="bootstrap", seed=2, replicates=99) for _ in "ab")
    assert a.tidy().equals(b.tidy())


def test_weights_are_copies() -> None:
    x, w = np.array([1.0, 2.0, 5.0, 9.0]), np.array([1, 2, 3, 1])
    weighted = lv.inequality({"x": x, "w": w}, "x", weights="w")
    copied = lv.inequality({"x": np.repeat(x, w)}, "x")
    for measure in ("gini", "theil", "variation", "wolfson", "effective_number"):
        assert one(weighted, measure)["estimate"] == pytest.approx(
            one(copied, measure)["estimate"], rel=1e-10
        )


def test_kinds() -> None:
    frame = pl.DataFrame({"crop": ["tea", "tea", "tea", "rice", None]})
    found = lv.inequality(frame, "crop")
    assert one(found, "blau")["estimate"] == pytest.approx(0.375)  # 1 − (9 + 1)/16
    assert one(found, "simpson")["estimate"] == pytest.approx(0.5)  # 1 − 6/12
    assert found.spreads[0].kinds == (("tea", 0.75), ("rice", 0.25))
    assert "describe.no_amount" in [note.code for note in found.notes]
    with pytest.raises(SpecError) as refused:
        found.plot()
    assert refused.value.code == "describe.no_curve"


def test_bootstrap_of_kinds() -> None:
    rng = np.random.default_rng(2)
    frame = pl.DataFrame({"crop": rng.choice(["a", "b", "c"], 300, p=[0.6, 0.3, 0.1])})
    exact = one(lv.inequality(frame, "crop"), "blau")
    drawn = one(lv.inequality(frame, "crop", interval="bootstrap", seed=1, replicates=400), "blau")
    assert exact["std_error"] == pytest.approx(drawn["std_error"], rel=0.15)  # 400 draws: 4 %


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_and_figure(language: str) -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {"x": rng.lognormal(0, 1, 200), "core": rng.integers(0, 2, 200), "coop": np.arange(200) % 8}
    )
    with words.use_language(language):
        found = lv.inequality(frame, "x", groups="core")
        assert len(found.tables()) == 2
        assert all(table.to_text() for table in found.tables())
        assert found.plot().to_svg().startswith("<svg")
        many = lv.inequality(frame, "x", by="coop")
        assert many.plot().alt
        assert repr(many)
    assert found.to_dict()["splits"]
    assert found.glance().height == 1


def test_negative_amounts_are_refused_by_row() -> None:
    with pytest.raises(DataError) as refused:
        lv.inequality({"x": [1.0, -2.0, 3.0]}, "x")
    assert refused.value.code == "describe.negative_amounts"
    assert refused.value.values["rows"] == [1]
    assert "2" in str(refused.value)


def test_nothing_held_is_said() -> None:
    found = lv.inequality({"x": [0.0, 0.0]}, "x")
    assert [note.code for note in found.notes] == ["describe.all_zero"]
    assert found.tidy().height == 0
    assert found.summary().to_text()


def test_one_holder_has_no_interval() -> None:
    found = lv.inequality({"x": [4.0]}, "x")
    assert one(found, "gini")["estimate"] == 0.0
    assert one(found, "gini")["conf_low"] is None
    assert "describe.one_holder" in [note.code for note in found.notes]


def test_median_zero_is_said() -> None:
    found = lv.inequality({"x": [0.0, 0.0, 0.0, 5.0]}, "x")
    assert one(found, "wolfson")["estimate"] is None
    assert "describe.median_zero" in [note.code for note in found.notes]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"columns": []}, "describe.no_items"),
        ({"columns": "y"}, "describe.unknown_columns"),
        ({"alpha": 0.0}, "describe.ray_alpha"),
        ({"alpha": 1.7}, "describe.ray_alpha"),
        ({"interval": "exact"}, "describe.unknown_interval"),
        ({"interval": "bootstrap"}, "describe.bootstrap_needs"),
        ({"interval": "bootstrap", "seed": 1, "replicates": 5}, "describe.bootstrap_needs"),
        ({"conf_level": 95}, "describe.interval_level"),
        ({"groups": "x"}, "describe.bad_groups"),
    ],
)
def test_bad_choices_are_named(options: dict[str, object], code: str) -> None:
    frame = {"x": np.arange(60.0)}
    with pytest.raises(SpecError) as refused:
        lv.inequality(frame, **{"columns": "x", **options})
    assert refused.value.code == code
    assert str(refused.value)


def test_no_value_at_all() -> None:
    with pytest.raises(DataError) as refused:
        lv.inequality(pl.DataFrame({"x": [None, None]}, schema={"x": pl.Float64}), "x")
    assert refused.value.code == "describe.no_answers"
