"""lv.match as people call it: options, bad input, notes, sentences, tables, figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import DataError, EstimationError, RefusedError, SpecError
from livelihoods.estimate.matching.index_draws import index_parts
from livelihoods.figures.render import to_svg

FORMULA = "d ~ x + z"


def _frame(n: int = 400, seed: int = 5) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.integers(0, 3, n)
    d = (rng.random(n) < 1 / (1 + np.exp(-(0.8 * x - 0.3 * z)))).astype(int)
    y = 2.0 * d + x + z + rng.normal(size=n)
    village = rng.integers(0, 40, n)
    return pl.DataFrame({"d": d, "x": x, "z": z, "y": y, "y2": -y, "village": village})


def _codes(result: Any) -> list[str]:
    return [note.code for note in result.notes]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"method": "kernel", "caliper": 0.1}, "estimate.match_option"),
        ({"method": "nearest", "bandwidth": 0.1}, "estimate.match_option"),
        ({"method": "radius"}, "estimate.match_missing_option"),
        ({"method": "radius", "caliper": -1.0}, "estimate.match_value"),
        ({"method": "kernel", "kernel": "cosine"}, "estimate.match_value"),
        ({"method": "ipw", "caliper": 0.1}, "estimate.match_option"),
        ({"method": "ipw", "se": "lechner"}, "estimate.match_se_weighting"),
        ({"method": "kernel", "se": {"cluster": "village"}}, "estimate.match_se_influence"),
        ({"method": "overlap", "estimand": "ATT"}, "estimate.match_contradiction"),
        ({"method": "entropy", "exact": "z"}, "estimate.match_contradiction"),
        ({"method": "aipw", "folds": 1}, "estimate.match_value"),
        ({"method": "optimal"}, "estimate.match_method"),
        ({"method": "kernel", "se": "abadie_imbens"}, "estimate.match_se_abadie_imbens"),
        ({"replace": False, "se": "abadie_imbens"}, "estimate.match_se_abadie_imbens"),
        (
            {"method": "local_linear", "local_linear": "psmatch2", "kernel": "biweight"},
            "estimate.match_contradiction",
        ),
        ({"estimand": "LATE"}, "estimate.match_value"),
        ({"support": {"trim": 2.0}}, "estimate.match_value"),
        ({"exact": "county"}, "design.unknown_columns"),
    ],
)
def test_an_option_that_makes_no_sense_is_an_error(options: dict[str, Any], code: str) -> None:
    with pytest.raises(SpecError) as wrong:
        lv.match(FORMULA, _frame(), "y", **options)
    assert wrong.value.code == code
    for language in words.LANGUAGES:
        assert wrong.value.message(language)


def test_the_outcome_is_no_covariate() -> None:
    with pytest.raises(SpecError) as wrong:
        lv.match("d ~ x + y", _frame(), "y")
    assert wrong.value.code == "estimate.match_outcome_in_formula"


def test_treated_share_of_zero_or_one() -> None:
    frame = _frame().with_columns(d=pl.lit(1))
    with pytest.raises(EstimationError) as wrong:
        lv.match(FORMULA, frame, "y")
    assert wrong.value.code == "estimate.match_one_arm"


def test_a_treatment_of_three_values() -> None:
    frame = _frame().with_columns(d=pl.col("z"))
    with pytest.raises(EstimationError) as wrong:
        lv.match("d ~ x", frame, "y")
    assert wrong.value.code == "estimate.match_treatment_values"


def test_perfect_prediction_names_the_covariate() -> None:
    frame = _frame().with_columns(flag=(pl.col("d") == 1) & (pl.col("x") > 1))
    with pytest.raises(EstimationError) as wrong:
        lv.match("d ~ x + flag", frame, "y")
    assert wrong.value.code == "estimate.match_separation"
    assert any("flag" in name for name in wrong.value.values["columns"])
    assert wrong.value.values["n"] == int(frame["flag"].sum())


def test_no_overlap_of_given_scores() -> None:
    frame = _frame().with_columns(p=0.2 + 0.6 * pl.col("d") + 0.01 * pl.col("z"))
    with pytest.raises(EstimationError) as wrong:
        lv.match(FORMULA, frame, "y", score="p")
    assert wrong.value.code == "estimate.match_no_overlap"


def test_a_caliper_that_matches_nobody_says_how_near_the_nearest_are() -> None:
    frame = _frame()
    with pytest.raises(EstimationError) as wrong:
        lv.match(FORMULA, frame, "y", method="radius", caliper=1e-12)
    assert wrong.value.code == "estimate.match_nobody"
    assert wrong.value.values["nearest"] > 1e-12


def test_scores_of_zero_or_one_are_refused() -> None:
    frame = _frame().with_columns(p=pl.col("d").cast(pl.Float64))
    with pytest.raises(DataError) as wrong:
        lv.match(FORMULA, frame, "y", score="p")
    assert wrong.value.code == "estimate.match_score_range"


def test_missing_outcomes_leave_and_are_listed() -> None:
    frame = _frame().with_columns(y=pl.when(pl.col("village") == 3).then(None).otherwise("y"))
    result = lv.match(FORMULA, frame, ["y", "y2"])
    (note,) = (note for note in result.notes if note.code == "estimate.match_rows_missing")
    gone = int((frame["village"] == 3).sum())
    assert note.values["n"] == gone
    assert len(note.where.rows) == gone
    assert result.ready.design.nobs == frame.height - gone


def test_fewer_controls_than_treated_without_replacement() -> None:
    frame = _frame()
    frame = pl.concat([frame.filter(pl.col("d") == 1), frame.filter(pl.col("d") == 0).head(40)])
    result = lv.match(FORMULA, frame, "y", replace=False)
    assert "estimate.match_too_few_donors" in _codes(result)
    (note,) = (note for note in result.notes if note.code == "estimate.match_unmatched")
    assert len(note.where.rows) == note.values["n"] > 0
    assert result.vcov_label == "lechner_used"
    assert result.weights["donor"].max() == 1.0


def test_ties_everywhere() -> None:
    frame = _frame()
    averaged = lv.match("d ~ z", frame, "y")
    shuffled = lv.match("d ~ z", frame.sample(fraction=1.0, shuffle=True, seed=1), "y")
    # Averaged ties do not know the order of the rows: only the order of addition differs.
    assert averaged.estimate["estimate"][0] == pytest.approx(shuffled.estimate["estimate"][0],
                                                             rel=1e-12)  # fmt: skip
    first = lv.match("d ~ z", frame, "y", ties="first")
    assert "estimate.match_ties_first" in _codes(first)
    line = lv.match("d ~ z", frame, "y", method="local_linear", bandwidth=0.02)
    assert "estimate.match_single_means" in _codes(line)


def test_zero_weights_leave_and_weights_count_as_copies() -> None:
    frame = _frame().with_columns(w=pl.col("z").cast(pl.Float64))
    result = lv.match("d ~ x", frame, "y", method="kernel", weights="w")
    copies = frame.filter(pl.col("z") > 0).select(pl.all().repeat_by("z").explode())
    copied = lv.match("d ~ x", copies, "y", method="kernel")
    # Weights of whole numbers are copies of rows, in the score as in the kernel sums.
    assert result.estimate["estimate"][0] == pytest.approx(copied.estimate["estimate"][0], rel=1e-9)
    assert any(code.startswith("design.rows_zero_weight") for code in _codes(result))


def test_off_support_is_listed_with_the_effect_of_both() -> None:
    frame = _frame().with_columns(x=pl.when(pl.col("d") == 1).then(pl.col("x") + 0.8)
                                  .otherwise("x"))  # fmt: skip
    result = lv.match(FORMULA, frame, "y", method="kernel", bandwidth=0.3)
    off = result.support.filter(pl.col("place") == "off_support")
    assert off.height == result.glance()["off_support"][0] > 0
    everybody = lv.match(FORMULA, frame, "y", method="kernel", bandwidth=0.3, support="none")
    assert result.everybody is not None
    assert result.everybody[0] == pytest.approx(everybody.estimate["estimate"][0], rel=1e-12)
    assert "estimate.match_support_moves" in _codes(result)


def test_exact_is_matching_within_each_cell() -> None:
    frame = _frame()
    whole = lv.match("d ~ x + z", frame, "y", method="kernel", exact="z", support="none")
    ready = whole.ready
    parts, sizes = [], []
    scored = frame.with_columns(p=pl.Series(ready.sample.score))
    for level in (0, 1, 2):
        part = scored.filter(pl.col("z") == level)
        found = lv.match("d ~ x", part, "y", method="kernel", score="p", support="none")
        parts.append(found.estimate["estimate"][0])
        sizes.append(found.matching.focal.sum())
    assert whole.estimate["estimate"][0] == pytest.approx(np.average(parts, weights=sizes),
                                                          rel=1e-12)  # fmt: skip


def test_caliper_in_deviations_of_the_logit() -> None:
    result = lv.match(FORMULA, _frame(), "y", caliper=0.2, caliper_unit="sd_logit")
    score, treated = result.ready.sample.score, result.ready.sample.treated
    logit = np.log(score / (1 - score))
    spread = np.sqrt((logit[treated].var(ddof=1) + logit[~treated].var(ddof=1)) / 2)
    used = result.matching.focal > 0
    nearest = np.array([np.abs(logit[~treated] - v).min() for v in logit[treated]])
    on = ~result.matching.off_support[treated]
    assert np.array_equal(used[treated], on & (nearest < 0.2 * spread))


def test_estimands_belong_together() -> None:
    frame = _frame()
    options: dict[str, Any] = {"method": "kernel", "bandwidth": 0.2, "support": "none"}
    att, atu, ate = (
        lv.match(FORMULA, frame, "y", estimand=e, **options)  # type: ignore[arg-type]
        for e in ("ATT", "ATU", "ATE")
    )
    swapped = lv.match(FORMULA, frame.with_columns(d=1 - pl.col("d")), "y", **options)
    # The untreated of d are the treated of 1 − d: the effect has the other sign.
    assert atu.estimate["estimate"][0] == pytest.approx(-swapped.estimate["estimate"][0], rel=1e-9)
    n1, n0 = att.matching.focal.sum(), atu.matching.focal.sum()
    joined = (n1 * att.estimate["estimate"][0] + n0 * atu.estimate["estimate"][0]) / (n1 + n0)
    assert ate.estimate["estimate"][0] == pytest.approx(joined, rel=1e-12)


def test_outcomes_share_everything() -> None:
    result = lv.match(FORMULA, _frame(), ["y", "y2"], method="kernel",
                      se={"bootstrap": 20, "cluster": "village"}, seed=3)  # fmt: skip
    one, other = result.estimate.iter_rows(named=True)
    assert one["estimate"] == pytest.approx(-other["estimate"], rel=1e-12)
    assert one["std_error"] == pytest.approx(other["std_error"], rel=1e-9)


def test_the_plain_bootstrap_of_neighbours_comes_with_its_warning() -> None:
    result = lv.match(FORMULA, _frame(), "y", se={"bootstrap": 20})
    (note,) = (note for note in result.notes if note.code == "estimate.match_bootstrap_invalid")
    assert note.severity == "serious"


def test_the_correction_of_2016_is_used_where_it_is_derived() -> None:
    frame = _frame()
    assert lv.match(FORMULA, frame, "y", support="none").vcov_label == "abadie_imbens_2016"
    narrow = lv.match(FORMULA, frame, "y", support="none", caliper=0.05)
    assert narrow.vcov_label == "abadie_imbens_2006"
    assert "estimate.match_score_taken_as_known" in _codes(narrow)


def test_balance_of_smoothed_controls_is_refused_with_a_reason() -> None:
    result = lv.match(FORMULA, _frame(), "y", method="local_linear", local_linear="psmatch2")
    assert "estimate.match_psmatch2_llr" in _codes(result)
    with pytest.raises(RefusedError, match="smoothed controls"):
        result.balance_table()


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"replace": False, "order": "data"},
        {"caliper": 0.2, "caliper_unit": "sd_logit", "estimand": "ATE"},
        {"method": "radius", "caliper": 0.1, "exact": "z"},
        {"method": "kernel", "se": {"bootstrap": 5, "cluster": "village"}},
        {"method": "local_linear", "kernel": "gaussian", "support": {"trim": 0.05}},
        {"method": "local_linear", "local_linear": "psmatch2", "se": None},
        {"method": "mahalanobis", "caliper": 0.2, "estimand": "ATU", "support": "none"},
        {"se": {"abadie_imbens": 1, "variance": "sample"}},
        {"method": "kernel", "se": {"lechner": "all"}, "link": "probit"},
        {"method": "ipw", "estimand": "ATE"},
        {"method": "overlap", "se": {"cluster": "village"}},
        {"method": "entropy", "moments": 2},
        {"method": "aipw", "estimand": "ATU"},
    ],
)
def test_the_summary_says_what_was_done(options: dict[str, Any], language: str) -> None:
    with words.use_language(language):
        result = lv.match(FORMULA, _frame(), "y", **options)
        table = result.summary()
        assert len(table.reading) > 100
        assert "{" not in table.reading
        assert str(result.ready.design.nobs) in table.reading
        assert repr(result)
        assert all(note.sentence(language) for note in result.notes)


def test_tables_and_figures_are_values() -> None:
    frame = _frame()
    results = [
        lv.match(FORMULA, frame, ["y", "y2"], method="nearest", caliper=0.05),
        lv.match(FORMULA, frame, ["y", "y2"], method="kernel"),
        lv.match(FORMULA, frame, ["y", "y2"], method="local_linear"),
    ]
    table = lv.matching_table(results)
    assert [row.kind for row in table.rows] == ["section", "body", "body", "body"] * 2
    assert results[0].balance_table().to_text()
    for kind in ("love", "overlap", "mirror"):
        assert to_svg(results[1].plot(kind)).startswith("<svg")  # type: ignore[arg-type]
    sweep = results[1].sweep([0.03, 0.1])
    assert sweep.frame["value"].unique().sort().to_list() == [0.03, 0.06, 0.1]
    assert to_svg(sweep.plot("y2")).startswith("<svg")
    with pytest.raises(SpecError):
        lv.match(FORMULA, frame, "y").sweep()


def test_tidy_keeps_the_common_vocabulary() -> None:
    tidy = lv.match(FORMULA, _frame(), "y").tidy()
    assert tidy.columns == ["outcome", "method", "estimand", "term", "estimate", "std_error",
                            "statistic", "p_value", "conf_low", "conf_high"]  # fmt: skip
    assert tidy["term"][0] == "d"


def test_an_index_weighed_again_in_every_draw() -> None:
    frame = _frame().with_columns(a=(pl.col("y") + 10), b=(pl.col("x") + 5), c=pl.col("village"))
    spec = lv.IndexSpec(dimensions={"all": {"a": "+", "b": "+", "c": "-"}})
    index = lv.build_index(frame, spec)
    data = frame.with_columns(index.scores.alias("living"))
    rule = {"bootstrap": 30, "cluster": "village", "index": {"living": spec}}
    result = lv.match("d ~ x", data, "living", method="kernel", se=rule)
    frozen = lv.match("d ~ x", data, "living", method="kernel",
                      se={"bootstrap": 30, "cluster": "village"})  # fmt: skip
    # The frozen standard error is the same; the other stands beside it.
    assert result.estimate["std_error"][0] == pytest.approx(frozen.estimate["std_error"][0])
    (note,) = (note for note in result.notes if note.code == "estimate.match_index_anew")
    assert note.values["anew"] > 0
    # Counts of one give the index itself: same entropy, same weights.
    parts = index_parts(result.ready.survey, "living", spec, result.ready.places)
    np.testing.assert_allclose(parts.scores(np.ones(400)), index.scores.to_numpy(), atol=1e-13)
    with pytest.raises(SpecError) as wrong:
        lv.match("d ~ x", data, "y", method="kernel", se=rule)
    assert wrong.value.code == "estimate.match_index_outcome"
