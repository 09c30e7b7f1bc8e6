"""Several treatments against statsmodels and hand-written formulas, and known truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

import livelihoods as lv
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.folds import fold_numbers
from livelihoods.numerics.multinomial import fit_multinomial, probabilities

# Effects built in: cooperative .6 on average, enterprise .3, both 1.3 (so .4 beyond the sum).
TRUTH = {"coop": 0.6, "firm": 0.3, "coop+firm": 1.3}


def made(n: int = 800, seed: int = 3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    village = np.arange(n) % 50
    x, z = rng.normal(size=n), rng.normal(size=n) + 0.5 * rng.normal(size=50)[village]
    eta = [np.zeros(n), -1 + 0.5 * x + 0.3 * z, -1 - 0.4 * x + 0.4 * z, -1.6 + 0.4 * x]
    p = softmax(np.column_stack(eta), axis=1)
    kind = (p.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1)
    a, b = (kind % 2 == 1), (kind >= 2)
    y = 1 + 0.8 * x + 0.5 * z + a * (0.6 + 0.3 * x) + 0.3 * b + 0.4 * (a & b)
    y = y + 0.5 * rng.normal(size=50)[village] + rng.normal(size=n)
    return pl.DataFrame(
        {"y": y, "x": x, "z": z, "kind": kind, "coop": a.astype(int), "firm": b.astype(int),
         "v": village}
    )  # fmt: skip


def arrays(data: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X = np.column_stack([np.ones(data.height), data["x"].to_numpy(), data["z"].to_numpy()])
    return X, data["y"].to_numpy(), data["kind"].to_numpy()


def test_probabilities_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    X, _, kind = arrays(made(500))
    found = fit_multinomial(X, kind, 4)
    peer = sm.MNLogit(kind, X).fit(disp=0, method="newton", maxiter=100, tol=1e-12)
    assert found.coef == pytest.approx(peer.params.T.ravel(), rel=1e-7)
    assert probabilities(X, found.coef) == pytest.approx(peer.predict(), rel=1e-7)
    # Both invert the same information matrix.
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(peer.bse.T.ravel(), rel=1e-5)


def test_aipw_by_hand() -> None:
    import statsmodels.api as sm

    data = made(500)
    X, y, kind = arrays(data)
    found = lv.treatments("y ~ x + z", data, "kind", folds=4, seed=9, vcov={"cluster": "v"})
    codes = np.unique(data["v"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    fold = fold_numbers(codes, 4, 9, "treatments")
    value = np.empty((500, 4))
    for k in range(4):
        out, inn = fold != k, fold == k
        p = sm.MNLogit(kind[out], X[out]).fit(disp=0, maxiter=100, tol=1e-12).predict(X[inn])
        for t in range(4):
            mine = out & (kind == t)
            line = X[inn] @ sm.OLS(y[mine], X[mine]).fit().params
            value[inn, t] = line + (kind[inn] == t) / p[:, t] * (y[inn] - line)
    mean = value.mean(axis=0)
    # The same estimator written with another program's fits: its Newton steps end at 1e-8.
    assert found.means.values == pytest.approx(mean, rel=1e-6)
    sums = np.array([np.bincount(codes, c) for c in ((value - mean) / 500).T])
    V = sums @ sums.T * 50 / 49
    assert found.means.covariance == pytest.approx(V, rel=1e-5, abs=1e-9)


def test_pairs_and_complementarity_are_contrasts_of_the_means() -> None:
    found = lv.treatments("y ~ x + z", made(), ["coop", "firm"])
    m, V = found.means.values, found.means.covariance
    assert list(found.wording) == ["none", "coop", "firm", "coop+firm"]
    assert found.together is not None
    c = np.array([1.0, -1.0, -1.0, 1.0])
    assert found.together.values[0] == pytest.approx(c @ m)
    assert found.together.covariance[0, 0] == pytest.approx(c @ V @ c)
    for row in found.differences.iter_rows(named=True):
        i, j = (list(found.wording).index(row[key]) for key in ("group", "against"))
        assert row["estimate"] == pytest.approx(m[i] - m[j])
        assert row["std_error"] ** 2 == pytest.approx(V[i, i] + V[j, j] - 2 * V[i, j])
    # Columns put together and a column of categories are the same treatment.
    same = lv.treatments("y ~ x + z", made(), "kind")
    assert found.means.values == pytest.approx(same.means.values, rel=1e-12)


def test_separate_fits_are_binary_regressions() -> None:
    data = made()
    found = lv.treatments("y ~ x + z", data, ["coop", "firm"], method="regression")
    for code, name in ((1, "coop"), (2, "firm"), (3, "coop+firm")):
        part = data.filter(pl.col("kind").is_in([0, code])).with_columns(d=pl.col("kind") == code)
        alone = lv.ols("y ~ d + x + z", part).tidy().row(1, named=True)
        row = found.separate.row(by_predicate=pl.col("term") == name, named=True)
        for key in ("estimate", "std_error", "p_value"):
            assert row[key] == pytest.approx(alone[key], rel=1e-9)
    # They share non-participants, so they correlate.
    assert found.correlation[0, 1] > 0.1
    assert "estimate.treatments_shared" in {note.code for note in found.notes}


@pytest.mark.parametrize("method", ["ipw", "regression"])
def test_a_binary_treatment_by_statsmodels(method: str) -> None:
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.regression.linear_model import OLS
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    data = made(600).with_columns(d=(pl.col("kind") > 0).cast(pl.Int64))
    X, y, _ = arrays(data)
    d = data["d"].to_numpy()
    peer = TreatmentEffect(OLS(y, X), d, results_select=Logit(d, X).fit(disp=0))
    found = lv.treatments("y ~ x + z", data, "d", method=method, vcov="HC0")  # type: ignore[arg-type]
    theirs = (peer.ipw() if method == "ipw" else peer.ra()).results_gmm
    row = found.effects.tidy().row(0, named=True)
    # Joint GMM there, influence functions here: the same estimator and the same sandwich.
    assert row["estimate"] == pytest.approx(theirs.params[0], rel=1e-6)
    assert row["std_error"] == pytest.approx(theirs.bse[0], rel=1e-5)


def test_att_of_one_category_leaves_its_own_mean() -> None:
    data = made()
    found = lv.treatments("y ~ x + z", data, "kind", estimand="ATT", focal="1")
    own = data.filter(kind=1)["y"].to_numpy().mean()
    # Its own outcome needs no model: identity.
    assert found.means.values[1] == pytest.approx(own, rel=1e-12)


@pytest.mark.parametrize("method", ["aipw", "ipw", "regression"])
def test_truth_is_recovered(method: str) -> None:
    found = lv.treatments(
        "y ~ x + z", made(6000), ["coop", "firm"], method=method, vcov={"cluster": "v"}  # type: ignore[arg-type]
    )  # fmt: skip
    rows = {row["term"]: row for row in found.effects.tidy().iter_rows(named=True)}
    for name, truth in TRUTH.items():
        assert abs(rows[name]["estimate"] - truth) < 3.5 * rows[name]["std_error"]
    assert found.together is not None
    assert abs(found.together.values[0] - 0.4) < 3.5 * found.together.std_errors[0]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 5000), st.floats(0.1, 20.0), st.floats(-5.0, 5.0))
def test_units_of_outcome_and_controls(seed: int, scale: float, shift: float) -> None:
    data = made(300, seed)
    moved = data.with_columns(y=pl.col("y") * scale + shift, x=pl.col("x") * 3 - shift)
    for method in ("aipw", "ipw", "regression"):
        one, two = (
            lv.treatments("y ~ x + z", frame, ["coop", "firm"], method=method).effects  # type: ignore[arg-type]
            for frame in (data, moved)
        )
        assert two.values == pytest.approx(one.values * scale, rel=1e-6, abs=1e-7 * scale)
        assert two.std_errors == pytest.approx(one.std_errors * scale, rel=1e-5)


def test_small_and_empty_cells_are_said() -> None:
    data = made(400).with_columns(
        chain=pl.when(pl.col("kind") > 0).then(1).otherwise(0),
        tech=pl.when(pl.int_range(pl.len()) < 6).then(1).otherwise(0),
        form=pl.when(pl.col("kind") == 2).then(1).otherwise(0),
    )
    data = data.with_columns(chain=pl.col("chain").replace(0, 0), tech=pl.col("tech"))
    found = lv.treatments("y ~ x", data, ["chain", "tech"], combine="alone", across=["form"])
    notes = {note.code: note for note in found.notes}
    assert "tech only × form only" in notes["estimate.heterogeneity_empty_cells"].values["cells"]
    small = notes["estimate.treatments_small"]
    assert small.values["n"] + found.nobs == 400
    assert "estimate.treatments_slopes" in {
        note.code for note in lv.treatments("y ~ x + z", made(120), "kind").notes
    }


def test_numbers_of_kinds_and_weights() -> None:
    data = made(600).with_columns(w=pl.Series(np.arange(600) % 2 + 1.0))
    again = pl.concat([data, data.filter(pl.col("w") == 2.0)])
    one = lv.treatments(
        "y ~ x", data, ["coop", "firm"], combine="number", method="ipw", weights="w"
    )
    two = lv.treatments("y ~ x", again, ["coop", "firm"], combine="number", method="ipw")
    assert list(one.wording) == ["none", "1", "2"]
    # A weight of two is a row twice, for the estimates (not for their errors).
    assert one.means.values == pytest.approx(two.means.values, rel=1e-8)
    assert one.together is None


def test_tables_and_figure() -> None:
    found = lv.treatments("y ~ x + z", made(), ["coop", "firm"], vcov={"cluster": "v"})
    assert "Complementarity" in found.summary().to_text()
    assert len(found.difference_table().rows) == 6
    assert len(found.overlap_table().rows) == 4
    assert found.plot().to_svg().startswith("<svg")
    assert set(found.tidy()["part"]) == {"mean", "effect", "together", "separate"}
    assert found.glance()["categories"][0] == 4
    assert found.to_dict()["separate_correlation"]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"method": "ps"}, "no method ps"),
        ({"estimand": "ATU"}, "estimand"),
        ({"method": "ipw", "folds": 3}, "folds was given"),
        ({"focal": "1"}, "focal was given"),
        ({"folds": 1}, "2 to 50"),
        ({"vcov": "HC3"}, "HC3"),
        ({"reference": "9"}, "no category"),
        ({"across": ["coop"]}, "0/1 columns"),
        ({"treatment": "x"}, "in the formula"),
        ({"treatment": ["coop", "coop"]}, "twice"),
        ({"treatment": ["coop"], "combine": "pairs"}, "put 0/1 columns together"),
        ({"treatment": "nowhere"}, "nowhere"),
        ({"estimand": "ATT", "focal": "7"}, "no category"),
    ],
)
def test_requests_that_make_no_sense(keys: dict[str, object], text: str) -> None:
    asked: dict[str, object] = {"treatment": "kind", **keys}
    with pytest.raises(SpecError, match=text):
        lv.treatments("y ~ x", made(200), **asked)  # type: ignore[arg-type]


def test_data_that_cannot_answer() -> None:
    data = made(200)
    with pytest.raises(DataError, match=r"0/1|0 and 1"):
        lv.treatments("y ~ x", data, ["kind", "coop"])
    with pytest.raises(DataError, match="one category"):
        lv.treatments("y ~ x", data.with_columns(kind=1), "kind")
    with pytest.raises(DataError, match="none of coop"):
        lv.treatments("y ~ x", data, ["coop"], across=["firm"])
    few = data.with_columns(kind=pl.when(pl.int_range(pl.len()) < 5).then(1).otherwise(0))
    with pytest.raises(EstimationError, match="Fewer than two categories"):
        lv.treatments("y ~ x", few, "kind")
    told = data.with_columns(t=(pl.col("x") > 0).cast(pl.Int64), u=(pl.col("x") > 0).cast(pl.Int64))
    with pytest.raises(EstimationError, match="no usable maximum"):
        lv.treatments("y ~ u + z", told, "t")
