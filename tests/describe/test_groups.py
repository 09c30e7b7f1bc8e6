"""Groups compared, summaries, correlations: against scipy, statsmodels, R's values, and by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import scipy.stats as st
import statsmodels.formula.api as smf
from hypothesis import given
from hypothesis import strategies as hs
from statsmodels.stats.oneway import anova_oneway
from statsmodels.stats.proportion import proportion_confint

import livelihoods as lv
from livelihoods import words
from livelihoods.describe.contrasts import Cells, share_interval
from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Codebook, SampleDesign, Variable

# The same closed forms in double precision: only the order of summation differs.
CLOSE = {"rel": 1e-9}


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(4)
    n = 240
    village = rng.integers(0, 24, n)
    return pl.DataFrame(
        {
            "income": np.exp(rng.normal(9, 1, n) + 0.5 * rng.normal(size=24)[village]),
            "age": rng.integers(18, 80, n),
            "coop": rng.integers(0, 2, n),
            "mode": rng.integers(1, 4, n),
            "village": village,
            "w": rng.uniform(0.5, 2, n),
        }
    ).with_columns(pl.when(pl.col("age") < 20).then(None).otherwise(pl.col("age")).alias("age"))


def test_differences_equal_scipy(frame: pl.DataFrame) -> None:
    found = lv.group_differences(frame, ["income", "age"], "coop").tidy()
    for name in ("income", "age"):
        a, b = (frame.filter(pl.col("coop") == g)[name].drop_nulls().to_numpy() for g in (0, 1))
        by = {row["method"]: row for row in found.filter(pl.col("term") == name).to_dicts()}
        welch = st.ttest_ind(b, a, equal_var=False)
        low, high = welch.confidence_interval(0.95)
        assert by["welch"]["p_value"] == pytest.approx(welch.pvalue, **CLOSE)
        assert by["welch"]["conf_low"] == pytest.approx(low, **CLOSE)
        assert by["welch"]["conf_high"] == pytest.approx(high, **CLOSE)
        assert by["student"]["p_value"] == pytest.approx(st.ttest_ind(b, a).pvalue, **CLOSE)
        ranks = st.mannwhitneyu(b, a, method="asymptotic")
        assert by["mann_whitney"]["p_value"] == pytest.approx(ranks.pvalue, **CLOSE)
        assert by["mann_whitney"]["estimate"] == pytest.approx(
            ranks.statistic / (a.size * b.size), **CLOSE
        )
        levene = st.levene(a, b, center="median")
        assert by["brown_forsythe"]["p_value"] == pytest.approx(levene.pvalue, **CLOSE)


def test_wilcoxon_equals_r(shared: Path) -> None:
    """R's wilcox.test of ten ratings by cooperative membership (normal, continuity corrected)."""
    expected = json.loads((shared / "reference/measure/uganda_seed10_likert.json").read_text())
    frame = pl.read_csv(shared / "data/uganda_maize_2019.csv", infer_schema_length=None)
    names = list(expected["by_coop"])
    found = lv.group_differences(frame, names, "coop").tidy()
    ranks = found.filter(pl.col("method") == "mann_whitney")
    for row in ranks.to_dicts():
        theirs = expected["by_coop"][row["term"]]
        # R counts pairs in favour of one group; ours in favour of members.
        pairs = row["n_1"] * row["n_2"]
        u = row["estimate"] * pairs
        assert min(abs(u - theirs["wilcoxon_W"]), abs(pairs - u - theirs["wilcoxon_W"])) < 1e-6
        assert row["p_value"] == pytest.approx(theirs["wilcoxon_p"], rel=1e-10)


def test_declared_weights_and_clusters_decide_the_error(frame: pl.DataFrame) -> None:
    data = frame.to_pandas()
    weighted = lv.group_differences(frame, "income", "coop", weights="w").tidy().to_dicts()[0]
    wls = smf.wls("income ~ coop", data, weights=data["w"]).fit(cov_type="HC1", use_t=True)
    assert weighted["method"] == "robust"
    assert weighted["estimate"] == pytest.approx(wls.params["coop"], **CLOSE)
    assert weighted["std_error"] == pytest.approx(wls.bse["coop"], **CLOSE)
    survey = replace(as_survey(frame), design=SampleDesign(weight="w", cluster="village"))
    found = lv.group_differences(survey, "income", "coop")
    row = found.tidy().to_dicts()[0]
    clustered = smf.wls("income ~ coop", data, weights=data["w"]).fit(
        cov_type="cluster", cov_kwds={"groups": data["village"]}, use_t=True
    )
    assert row["method"] == "clustered"
    assert row["std_error"] == pytest.approx(clustered.bse["coop"], **CLOSE)
    assert row["p_value"] == pytest.approx(clustered.pvalues["coop"], rel=1e-7)
    assert found.notes[-1].code == "describe.side_tests"
    plain = lv.group_differences(survey, "income", "coop", weights=False, cluster=False)
    assert plain.tidy()["method"][0] == "welch"


def test_a_mean_split_says_what_it_is_not(frame: pl.DataFrame) -> None:
    found = lv.group_differences(frame, "income", "age", split="mean")
    assert found.notes[0].code == "describe.mean_split"
    assert "no robustness test" in found.notes[0].sentence("en")
    ages = frame["age"].drop_nulls().to_numpy()
    assert found.differences[0].sizes == (
        int((ages <= ages.mean()).sum()),
        int((ages > ages.mean()).sum()),
    )
    median = lv.group_differences(frame, "income", "age", split="median")
    assert median.notes[0].code == "describe.median_split"


def test_anova_equals_scipy_and_statsmodels(frame: pl.DataFrame) -> None:
    found = lv.anova(frame, ["income", "age"], "mode")
    for one in found.variables:
        parts = [
            frame.filter(pl.col("mode") == g)[one.variable].drop_nulls().to_numpy()
            for g in (1, 2, 3)
        ]
        theirs = st.f_oneway(*parts)
        assert one.f.p_value == pytest.approx(theirs.pvalue, **CLOSE)
        welch = anova_oneway(parts, use_var="unequal", welch_correction=True)
        assert one.welch is not None
        assert one.welch.p_value == pytest.approx(welch.pvalue, **CLOSE)
        assert one.sizes.tolist() == [part.size for part in parts]
    data = frame.to_pandas()
    clustered = lv.anova(frame, "income", "mode", cluster="village").variables[0].clustered
    fit = smf.ols("income ~ C(mode)", data).fit(
        cov_type="cluster", cov_kwds={"groups": data["village"]}, use_t=True
    )
    assert clustered is not None
    assert clustered.statistic == pytest.approx(float(fit.fvalue), rel=1e-7)
    assert clustered.p_value == pytest.approx(float(fit.f_pvalue), rel=1e-7)


def test_summary_by_hand_and_by_group(frame: pl.DataFrame) -> None:
    found = lv.summary_statistics(frame, ["income", "age"], by="coop")
    rows = found.tidy()
    everybody = rows.filter((pl.col("variable") == "age") & (pl.col("group") == "")).to_dicts()[0]
    ages = frame["age"].drop_nulls().to_numpy()
    assert everybody["nobs"] == ages.size
    assert everybody["missing"] == frame["age"].null_count()
    assert everybody["mean"] == pytest.approx(ages.mean(), **CLOSE)
    assert everybody["sd"] == pytest.approx(ages.std(ddof=1), **CLOSE)
    assert everybody["skewness"] == pytest.approx(st.skew(ages), **CLOSE)
    assert everybody["median"] == np.median(ages)
    test = lv.group_differences(frame, ["income"], "coop").differences[0]
    assert found.differences["income"] == test.main
    three = lv.summary_statistics(frame, ["income"], by="mode")
    assert three.differences == {}
    assert three.tidy().height == 4


def test_summary_chooses_numeric_columns_and_gives_no_mean_to_names(frame: pl.DataFrame) -> None:
    book = Codebook({"mode": Variable("mode", scale="nominal")})
    survey = replace(
        as_survey(frame.with_columns(t=pl.lit("x"))),
        codebook=book,
        design=SampleDesign(weight="w", village="village"),
    )
    found = lv.summary_statistics(survey)
    rows = {row["variable"]: row for row in found.tidy().to_dicts()}
    assert list(rows) == ["income", "age", "coop", "mode"]
    assert rows["mode"]["mean"] is None
    assert found.notes[0].code == "describe.nominal_no_mean"
    w = frame["w"].to_numpy()
    assert rows["income"]["mean"] == pytest.approx(
        w @ frame["income"].to_numpy() / w.sum(), **CLOSE
    )


def test_correlations_equal_scipy(frame: pl.DataFrame) -> None:
    names = ["income", "age", "w"]
    complete = frame.drop_nulls()
    for method, theirs in (("pearson", st.pearsonr), ("spearman", st.spearmanr)):
        found = lv.correlations(frame, names, method=method)  # type: ignore[arg-type]
        for row in found.tidy().to_dicts():
            pair = frame.select(row["first"], row["second"]).drop_nulls()
            r = theirs(pair[row["first"]].to_numpy(), pair[row["second"]].to_numpy())
            assert row["estimate"] == pytest.approx(r.statistic, **CLOSE)
            assert row["p_value"] == pytest.approx(r.pvalue, **CLOSE)
            assert row["nobs"] == pair.height
        assert found.notes[0].code == "describe.pairwise"
    listwise = lv.correlations(frame, names, missing="listwise")
    assert set(listwise.tidy()["nobs"]) == {complete.height}
    weighted = lv.correlations(complete, ["income", "age"], weights="w")
    cov = np.cov(complete.select("income", "age").to_numpy().T, aweights=complete["w"].to_numpy())
    expected = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
    assert weighted.matrix[0, 1] == pytest.approx(expected, **CLOSE)


@given(hs.lists(hs.tuples(hs.floats(-9, 9), hs.floats(-9, 9)), min_size=3, max_size=30))
def test_correlation_laws(pairs: list[tuple[float, float]]) -> None:
    """Between −1 and 1; symmetric; Spearman's does not change under a rising function."""
    x, y = (np.round(np.array(column), 3) for column in zip(*pairs, strict=True))
    found = lv.correlations({"x": x, "y": y}, ["x", "y"], method="spearman")
    again = lv.correlations({"x": np.exp(x), "y": y}, ["y", "x"], method="spearman")
    r = found.matrix[0, 1]
    assert np.isnan(r) or -1 <= r <= 1
    np.testing.assert_allclose(again.matrix[0, 1], r, atol=1e-12)


def test_wilson_interval_equals_statsmodels() -> None:
    x = np.array([1.0] * 7 + [0.0] * 33)
    found = share_interval(Cells(x, np.zeros(40, dtype=np.int64), 1), 0.95)
    assert found == pytest.approx(proportion_confint(7, 40, method="wilson"), **CLOSE)


def test_tables_print_in_both_languages(frame: pl.DataFrame) -> None:
    results = [
        lv.group_differences(frame, ["income", "age"], "coop", cluster="village"),
        lv.anova(frame, ["income"], "mode", cluster="village"),
        lv.summary_statistics(frame, ["income", "age"], by="coop", weights="w"),
        lv.summary_statistics(frame, ["income", "age"]),
        lv.correlations(frame, ["income", "age"]),
    ]
    for language in ("en", "zh"):
        with words.use_language(language):
            for result in results:
                assert repr(result)
                assert result.glance().height == 1
                assert json.dumps(result.to_dict())
                assert all(note.sentence() for note in result.notes)


def test_errors(frame: pl.DataFrame) -> None:
    with pytest.raises(SpecError, match="3 groups"):
        lv.group_differences(frame, "income", "mode")
    with pytest.raises(SpecError, match="nope"):
        lv.anova(frame, "income", "nope")
    with pytest.raises(SpecError, match="groups"):
        lv.anova(frame, "income", "income")
    with pytest.raises(DataError, match="numbers"):
        lv.summary_statistics(pl.DataFrame({"t": ["a", "b"]}), ["t"])
    with pytest.raises(SpecError, match="too few"):
        lv.group_differences({"x": np.arange(3.0), "g": np.array([0, 0, 1])}, "x", "g")
    with pytest.raises(SpecError, match="two"):
        lv.correlations(frame, ["age", "age"])
    with pytest.raises(SpecError, match="mode"):
        lv.group_differences(frame, "income", "age", split="mode")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="negative"):
        lv.summary_statistics(frame.with_columns(w=-pl.col("w")), ["age"], weights="w")
    flat = lv.group_differences({"x": np.ones(4), "g": np.array([0, 0, 1, 1])}, "x", "g")
    assert flat.notes[0].code == "describe.no_spread"


def test_figures(frame: pl.DataFrame) -> None:
    heat = lv.correlations(frame, ["income", "age"]).plot()
    assert heat.alt
    assert heat.spec["data"]["values"]
    bars = lv.frequency_table(frame, ["coop", "mode"], scale="nominal").plot()
    shares = [row["share"] for row in bars.spec["data"]["values"] if row["row"] == "mode"]
    assert sum(shares) == pytest.approx(1.0)
    gap = lv.item_gap(frame, {"p": ("mode", "coop")}, willing=2, rarely=0).plot()
    assert len(gap.spec["data"]["values"]) == 3


def test_rows_that_do_not_count_are_named() -> None:
    data = pl.DataFrame(
        {
            "x": [1.0, 2, 3, 4, 5, 6, 7],
            "g": [0, 0, 1, 1, 1, 0, None],
            "w": [1.0, 1, 1, 1, 1, 0, 1],
            "v": [1, 2, 3, 4, None, 5, 6],
        }
    )
    found = lv.group_differences(data, "x", "g", weights="w", cluster="v")
    rows = {note.code: note.where.rows for note in found.notes}
    assert rows["describe.no_weight"] == (5,)
    assert rows["describe.no_cluster"] == (4,)
    assert rows["describe.no_group"] == (6,)
    assert found.differences[0].sizes == (2, 2)


def test_groups_come_in_the_codebooks_order() -> None:
    labels = {"low": "low", "middle": "middle", "high": "high"}
    book = Codebook({"s": Variable("s", values={"en": labels}, scale="ordinal")})
    frame = pl.DataFrame({"s": ["high", "low", "middle"] * 4, "x": np.arange(12.0)})
    survey = replace(as_survey(frame), codebook=book)
    assert lv.anova(survey, "x", "s").groups == ("low", "middle", "high")
    means = lv.anova(survey, "x", "s").means()
    assert means["mean"].to_list() == [5.5, 6.5, 4.5]
    from livelihoods.design.build import build_design

    assert build_design("x ~ s", survey).names == ("(Intercept)", "s[middle]", "s[high]")
