"""Recorded runs of the reference program (Stata's cmp 8.7.9) and of R, read from ``shared``.

Tolerances are those of the plan: log likelihood to the printed digits, coefficients to 1e-4 of a
standard error, standard errors to 0.1 %. ``refit_params`` are an independent maximisation to full
precision of the same likelihood, where the record has one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.estimate.mixed_process.result import CmpResult

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "reference" / "mixed_process"


@pytest.fixture(scope="module")
def stata(folder: Path) -> dict[str, dict[str, Any]]:
    cases = json.loads((folder / "stata_cases.json").read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in cases}


@pytest.fixture(scope="module")
def r(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "r_cases.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def womenwk(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "womenwk.csv").with_columns(
        selectvar=pl.col("wage").is_not_null().cast(pl.Int64),
        wage2=(pl.col("wage") > 20).cast(pl.Int64),
    )


@pytest.fixture(scope="module")
def mroz(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "mroz87.csv")


def _stata_key(equation: str, term: str) -> str:
    if equation == "/":
        return "/" + term.replace("lnsigma", "lnsig")
    return f"{equation}:{'_cons' if term == '(Intercept)' else term}"


def _rows(result: CmpResult) -> list[dict[str, Any]]:
    return list(result.tidy().iter_rows(named=True))


def _agree(found: dict[str, Any], expected: dict[str, Any], key: str) -> None:
    assert abs(found["estimate"] - expected["coef"]) < 1e-4 * expected["se"], key
    assert abs(found["std_error"] / expected["se"] - 1) < 1e-3, key


def _check(result: CmpResult, case: dict[str, Any], renamed: dict[str, str] | None = None) -> None:
    assert result.converged
    unit = 10.0 ** -len(case["loglik_str"].split(".")[1])
    # Half a unit of the last printed digit; one more upwards, where the record stopped short.
    assert -0.51 * unit < result.loglik - case["loglik"] < 1.0 * unit
    reference = case["refit_params"]
    assert len(reference) == len(result.names)
    for row in _rows(result):
        key = _stata_key(row["equation"], row["term"])
        key = (renamed or {}).get(key, key)
        _agree(row, reference[key], key)


@pytest.fixture(scope="module")
def heckman(womenwk: pl.DataFrame) -> CmpResult:
    return lv.cmp(
        lv.linear("wage ~ education + age", where="selectvar == 1"),
        lv.probit("selectvar ~ married + children + education + age"),
        data=womenwk,
    )


@pytest.fixture(scope="module")
def heckprob(womenwk: pl.DataFrame) -> CmpResult:
    return lv.cmp(
        lv.probit("wage2 ~ education + age", where="selectvar == 1"),
        lv.probit("selectvar ~ married + children + education + age"),
        data=womenwk,
    )


def test_truncated_regression(folder: Path, stata: dict[str, Any]) -> None:
    data = pl.read_csv(folder / "laborsub.csv")
    result = lv.cmp(lv.truncated("whrs ~ kl6 + k618 + wa + we"), data=data)
    _check(result, stata["truncreg"])
    assert any(note.code == "estimate.cmp.truncated_rows" for note in result.notes)


def test_heckman(heckman: CmpResult, stata: dict[str, Any]) -> None:
    case = stata["heckman_womenwk"]
    _check(heckman, case)
    # Wald χ²(6) of all slopes as printed: 904.92.
    row = heckman.glance().row(0, named=True)
    assert row["wald_df"] == case["overall_test"]["df"]
    assert abs(row["wald"] - case["overall_test"]["chi2"]) < 0.006
    sigma, rho = heckman.sigma.row(0, named=True), heckman.rho.row(0, named=True)
    for found, name in ((sigma, "sig_1"), (rho, "rho_12")):
        printed = case["derived"][name]
        # Printed with seven digits at Stata's own convergence.
        assert abs(found["estimate"] - printed["coef"]) < 1e-4 * printed["se"]
        assert abs(found["std_error"] / printed["se"] - 1) < 1e-3


def test_probit_with_selection(heckprob: CmpResult, stata: dict[str, Any]) -> None:
    _check(heckprob, stata["heckprob_womenwk"])


def test_latent_variable_on_the_right(folder: Path, stata: dict[str, Any]) -> None:
    data = pl.read_csv(folder / "auto.csv")
    result = lv.cmp(lv.linear("price ~ lat(foreign)"), lv.probit("foreign ~ mpg"), data=data)
    _check(result, stata["auto_latent_lin_probit"], {"price:lat(foreign)": "price:foreign#"})


@pytest.fixture(scope="module")
def supply(folder: Path) -> CmpResult:
    return lv.cmp(
        lv.linear("price ~ lat(quantity) + pcompete + income"),
        lv.linear("quantity ~ lat(price) + praw"),
        data=pl.read_csv(folder / "supDem.csv"),
    )


def test_simultaneous_equations(supply: CmpResult, stata: dict[str, Any]) -> None:
    renamed = {"price:lat(quantity)": "price:quantity", "quantity:lat(price)": "quantity:price"}
    _check(supply, stata["supdem_sim"], renamed)


def test_reduced_form_margins(supply: CmpResult, stata: dict[str, Any]) -> None:
    found = supply.margins(kind="xb", equation="quantity")
    printed = {row["name"]: row for row in stata["supdem_sim"]["margins"][0]["table"]}
    assert set(found["term"]) == set(printed)
    for row in found.iter_rows(named=True):
        # Stata stopped .0011 standard errors from its own maximum here, hence 2e-3.
        assert abs(row["estimate"] - printed[row["term"]]["dydx"]) < 2e-3 * row["std_error"]
        assert abs(row["std_error"] / printed[row["term"]]["se"] - 1) < 1e-3


@pytest.mark.parametrize(
    ("which", "kind", "equation", "place"),
    [
        ("heckman", "mean", "wage", 0),
        ("heckman", "part", "wage", 1),
        ("heckprob", "pr", "wage2", 0),
    ],
)
def test_conditional_margins_with_full_errors(
    which: str,
    kind: str,
    equation: str,
    place: int,
    heckman: CmpResult,
    heckprob: CmpResult,
    stata: dict[str, Any],
) -> None:
    """The record's errors leave σ and ρ out; ``margins_full_delta_se`` are the corrected ones."""
    result = heckman if which == "heckman" else heckprob
    case = stata[f"{which}_womenwk"]
    found = result.margins(kind=kind, equation=equation, condition={"selectvar": 1}, discrete=False)
    points = {row["name"]: row["dydx"] for row in case["margins"][place]["table"]}
    errors = case["margins_full_delta_se"][place]
    for row in found.iter_rows(named=True):
        # Stata's margins differences the prediction; its points carry an error of up to 7e-4 of a
        # standard error (the analytic derivative agrees with ours to 1e-9, see test_effects).
        assert abs(row["estimate"] - points[row["term"]]) < 1e-3 * errors[row["term"]]
        assert abs(row["std_error"] / errors[row["term"]] - 1) < 1e-3
    printed = {row["name"]: row["se"] for row in case["margins"][place]["table"]}
    ratio = found.filter(pl.col("term") == "children")["std_error"][0] / printed["children"]
    assert ratio > 1.05  # the record understates it


def test_treatment_effect_of_a_probit(mroz: pl.DataFrame, r: dict[str, Any]) -> None:
    case = r["treatreg_lfp_lfaminc"]
    equations = (
        lv.probit("lfp ~ age + age^2 + kids5 + huswage + educ"),
        lv.linear("lfaminc ~ age + educ + huseduc + city + lfp"),
    )
    exact = case["scipy_check"]

    def key(row: dict[str, Any]) -> str:
        if row["equation"] == "/":
            return {"lnsigma_2": "/lnsig", "atanhrho_12": "/atanhrho"}[row["term"]]
        side = "S" if row["equation"] == "lfp" else "O"
        return f"{side}:{'I(age^2)' if row['term'] == 'age^2' else row['term']}"

    result = lv.cmp(*equations, data=mroz)
    assert abs(result.loglik - exact["loglik"]) < 1e-7  # converged twice, independently
    for row in _rows(result):
        if row["equation"] != "/" and f"{key(row)}" == "S:I(age^2)":
            # age beside age²: the check's own differenced Hessian is good to 1e-3 of an error.
            assert abs(row["estimate"] / exact["params"][key(row)]["coef"] - 1) < 1e-3
            continue
        _agree(row, exact["params"][key(row)], key(row))
    # R's treatReg (sampleSelection 1.2.12): ρ = .85669798, σ = .55582848.
    assert abs(result.rho["estimate"][0] - case["params"]["/:rho"]["coef"]) < 1e-6
    assert abs(result.sigma["estimate"][0] - case["params"]["/:sigma"]["coef"]) < 1e-6
    for vcov, name in (("opg", "se_opg"), ("robust", "se_robust_n_over_n_minus_1")):
        other = lv.cmp(*equations, data=mroz, vcov=vcov)
        for row in _rows(other):
            assert abs(row["std_error"] / exact[name][key(row)] - 1) < 1e-3


def test_bivariate_probit(mroz: pl.DataFrame, r: dict[str, Any]) -> None:
    exact = r["biprobit_mroz"]["scipy_check"]
    equations = (
        lv.probit("lfp ~ age + educ + kids5 + huswage"),
        lv.probit("city ~ age + educ + kids5 + huswage"),
    )

    def key(row: dict[str, Any]) -> str:
        return "/atanhrho" if row["equation"] == "/" else f"{row['equation']}:{row['term']}"

    result = lv.cmp(*equations, data=mroz)
    assert abs(result.loglik - exact["loglik"]) < 1e-7  # converged twice, independently
    for row in _rows(result):
        _agree(row, exact["params"][key(row)], key(row))
    for vcov, name in (("opg", "se_opg"), ("robust", "se_robust_n_over_n_minus_1")):
        for row in _rows(lv.cmp(*equations, data=mroz, vcov=vcov)):
            assert abs(row["std_error"] / exact[name][key(row)] - 1) < 1e-3


def test_seemingly_unrelated_regressions(mroz: pl.DataFrame, r: dict[str, Any]) -> None:
    case = r["sur_ml_mroz"]
    result = lv.cmp(
        lv.linear("educ ~ motheduc + fatheduc + age"),
        lv.linear("huseduc ~ motheduc + huswage"),
        data=mroz,
    )
    assert abs(result.loglik - case["loglik"]) < 1e-6  # printed with eight decimals
    side = {"educ": "a", "huseduc": "b"}
    for row in _rows(result):
        if row["equation"] != "/":
            expected = case["params"][f"{side[row['equation']]}_{row['term']}"]
            # systemfit iterates its weights to 1e-5 or so.
            assert abs(row["estimate"] - expected["coef"]) < 1e-3 * expected["se"]
    # systemfit's errors are those of GLS: the β block of the information alone, inverted.
    beta = [i for i, (equation, _) in enumerate(result.names) if equation != "/"]
    information = np.linalg.inv(result.fit.covariance)[np.ix_(beta, beta)]
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    for i, error in zip(beta, errors, strict=True):
        expected = case["params"][f"{side[result.names[i][0]]}_{result.names[i][1]}"]
        assert abs(error / expected["se"] - 1) < 1e-3
    # Residual covariance of systemfit with noDfCor (eleven printed digits).
    np.testing.assert_allclose(result.fit.sigma, case["residCov"], rtol=1e-5)


def test_tobit(mroz: pl.DataFrame, r: dict[str, Any]) -> None:
    case = r["tobit_mroz_hours"]
    result = lv.cmp(lv.tobit("hours ~ age + educ + kids5 + kids618 + nwifeinc + exper"), data=mroz)
    assert abs(result.loglik - case["loglik"]) < 1e-7  # R survival, eight decimals
    for row in _rows(result):
        name = "Log(scale)" if row["equation"] == "/" else row["term"]
        _agree(row, case["params"][name], name)


def test_ordered_probit(mroz: pl.DataFrame, r: dict[str, Any]) -> None:
    case = r["oprobit_mroz_kids618"]
    data = mroz.filter(pl.col("kids618") <= 4)
    result = lv.cmp(lv.oprobit("kids618 ~ age + educ + huswage"), data=data)
    assert abs(result.loglik - case["loglik"]) < 1e-6  # R MASS::polr, nine decimals
    for row in _rows(result):
        term = row["term"]
        name = f"{int(term[-1]) - 1}|{int(term[-1])}" if term.startswith("cut_") else term
        expected = case["params"][name]
        # polr stops at a relative change of 1e-8 of the deviance: about 1e-3 of an error.
        assert abs(row["estimate"] - expected["coef"]) < 1e-3 * expected["se"]
        assert abs(row["std_error"] / expected["se"] - 1) < 1e-3


def test_interval_regression(mroz: pl.DataFrame, r: dict[str, Any]) -> None:
    case = r["intreg_mroz_wage"]
    edges = [2.0, 3.0, 4.0, 6.0, 10.0]
    working = mroz.filter(pl.col("lfp") == 1)
    # (−∞, 2], (2, 3] … : a wage at an edge belongs to the band below it.
    band = np.searchsorted(edges, working["wage"].to_numpy(), side="left")
    low = [None if b == 0 else edges[b - 1] for b in band]
    high = [None if b == len(edges) else edges[b] for b in band]
    data = working.with_columns(low=pl.Series(low), high=pl.Series(high))
    result = lv.cmp(lv.interval("low ~ exper + educ + city", "high"), data=data)
    assert abs(result.loglik - case["loglik"]) < 1e-7  # R survival, nine decimals
    for row in _rows(result):
        name = "Log(scale)" if row["equation"] == "/" else row["term"]
        _agree(row, case["params"][name], name)
