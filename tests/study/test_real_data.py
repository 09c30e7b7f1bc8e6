"""The kinds of the Jiangsu study on real surveys: Viet Nam, Jiangxi (an experiment), Uganda.

No truth is known here. What is checked: identities that hold in any data, agreement of methods
where an experiment makes them agree, and an effect carried to villages in which it was measured.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.design.derive import derive
from livelihoods.study import Study

OUTPUT = """
[output]
formats = ["csv"]
figures = ["svg"]
"""
VIETNAM = """format = 1
title = "Non-farm households of Viet Nam"
seed = 3
[data]
dataset = "vietnam"
[derive]
nonfarm = 'farm == "no"'
female = 'sex == "female"'
town = 'urban == "yes"'
[design]
treatment = "nonfarm"
outcomes = ["lntotal", "lnrlfood", "lnmed"]
controls = ["age", "hhsize", "educyr", "female"]
cluster = "commune"
[[analysis]]
id = "groups"
kind = "heterogeneity"
outcomes = ["lntotal"]
by = "town"
estimator = ["ols", "matching"]
method = "ipw"
[[analysis]]
id = "moderated"
kind = "moderation"
outcomes = ["lntotal"]
moderators = ["educyr"]
[[analysis]]
id = "family"
kind = "multiplicity"
draws = 200
compare = "sd"
[[analysis]]
id = "weighted"
kind = "matching"
methods = [{ method = "ipw" }, { method = "entropy" }, { method = "aipw" }, { method = "overlap" }]
outcomes = ["lntotal"]
[[analysis]]
id = "elsewhere"
kind = "transport"
outcomes = ["lntotal"]
target = "town"
"""
JIANGXI = """format = 1
title = "An experiment in Jiangxi"
seed = 3
[data]
dataset = "social_insure"
[design]
treatment = "intensive"
outcomes = ["takeup_survey"]
controls = ["male", "age", "agpop", "literacy", "risk_averse", "pre_takeup_rate"]
cluster = "village"
[[analysis]]
id = "why"
kind = "mechanisms"
controls = ["male", "age", "agpop", "literacy", "risk_averse"]
mediators = ["disaster_prob"]
[[analysis]]
id = "groups"
kind = "heterogeneity"
by = "default"
estimator = ["ols", "matching"]
[[analysis]]
id = "weighted"
kind = "matching"
estimand = "ATE"
support = "none"
methods = [{ method = "ipw" }, { method = "entropy" }, { method = "aipw" }]
[[analysis]]
id = "elsewhere"
kind = "transport"
target = "pre_takeup_rate > 0.5"
over = ["male", "age", "agpop", "literacy", "risk_averse"]
"""
UGANDA = """format = 1
title = "Maize farmers of Uganda"
seed = 3
[data]
file = "{file}"
text = ["district", "subcounty", "parish", "village"]
[design]
treatment = "coop"
outcomes = ["share_sold", "dap", "improved_shop_seed"]
controls = ["age", "female", "educ", "hh_size", "land_acres"]
cluster = "village"
[[analysis]]
id = "why"
kind = "mechanisms"
outcomes = ["share_sold"]
mediators = {{ knowledge = ["varieties_known"], market = ["n_agroshops", "mobile"] }}
[[analysis]]
id = "groups"
kind = "heterogeneity"
outcomes = ["share_sold"]
by = "female"
estimator = ["ols", "matching"]
[[analysis]]
id = "moderated"
kind = "moderation"
outcomes = ["share_sold"]
moderators = ["educ"]
[[analysis]]
id = "family"
kind = "multiplicity"
draws = 200
compare = "sd"
[[analysis]]
id = "weighted"
kind = "matching"
methods = [{{ method = "ipw" }}, {{ method = "entropy" }}, {{ method = "overlap" }}]
outcomes = ["share_sold"]
[[analysis]]
id = "elsewhere"
kind = "transport"
outcomes = ["share_sold"]
target = "female == 1"
over = ["age", "educ", "hh_size"]
"""


def run(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "study.toml"
    path.write_text(text + OUTPUT, encoding="utf-8")
    Study.from_toml(path).run(folder / "out")
    record = json.loads((folder / "out" / "record.json").read_text(encoding="utf-8"))
    return {item["id"]: item["results"] for item in record["analyses"]}


def check_groups(found: dict[str, Any]) -> None:
    """Differences are those of the effects; matching has tests of its own."""
    effects = {(row["estimator"], row["group"]): row["estimate"] for row in found["effects"]}
    apart = found["differences"][0]
    expected = effects["ols", apart["group"]] - effects["ols", apart["against"]]
    assert apart["estimate"] == pytest.approx(expected, rel=1e-9)
    matched = found["matching"]["differences"][0]
    expected = effects["matching", matched["group"]] - effects["matching", matched["against"]]
    assert matched["estimate"] == pytest.approx(expected, rel=1e-9)
    assert 0 <= found["matching"]["test"]["p_value"] <= 1
    assert found["matching"]["vcov"].startswith("influence(")


def check_family(found: dict[str, Any]) -> None:
    rows = found["family"]["hypotheses"]
    for row in rows:
        # Adjusting never makes a p smaller; Holm is never above Bonferroni.
        assert row["p_value"] <= row["p_holm"] + 1e-12 <= row["p_bonferroni"] + 2e-12
        assert 0 < row["p_romano_wolf"] <= 1
    ranks = [row["rank"] for row in found["compare"]["rows"]]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    for row in found["compare"]["rows"]:
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]


def check_mechanisms(found: dict[str, Any]) -> None:
    """Gelbach's identity: what the mediators account for is short less long."""
    rows = found["estimates"]
    effect = {row["term"]: row["estimate"] for row in rows if row["part"] == "effect"}
    parts = sum(row["estimate"] for row in rows if row["part"] == "accounting")
    assert parts == pytest.approx(effect["short"] - effect["long"], abs=1e-9)
    for row in rows:
        if row["part"] == "mediation" and row["term"] == "total":
            mine = [
                r for r in rows if r["part"] == "mediation" and r["mediator"] == row["mediator"]
            ]
            acme, ade = (
                next(r["estimate"] for r in mine if r["term"] == t) for t in ("acme", "ade")
            )
            assert row["estimate"] == pytest.approx(acme + ade, rel=1e-6)


def check_transport(found: dict[str, Any]) -> None:
    effects = {(r["method"], r["population"]): r for r in found["effects"]}
    for method in ("weighted", "effect_model", "doubly_robust"):
        here, there = effects[method, "study"], effects[method, "target"]
        apart = effects[method, "difference"]
        assert apart["estimate"] == pytest.approx(there["estimate"] - here["estimate"], abs=1e-12)
        assert there["std_error"] > 0
    assert 0 < found["overlap"]["effective_share"] <= 1
    for row in found["balance"]:
        # Weighting brings every column nearer to the target, or leaves it near.
        assert abs(row["difference_weighted"]) <= max(abs(row["difference"]), 0.1)


def weighted(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    return {name.split(":")[1]: result["estimate"][0] for name, result in found.items()}


def test_viet_nam(tmp_path: Path) -> None:
    found = run(tmp_path, VIETNAM)
    check_groups(found["groups"]["lntotal"])
    check_family(found["family"])
    check_transport(found["elsewhere"]["lntotal"])
    by = weighted(found["weighted"])
    # Four ways to weigh the same households: within two of their errors of each other.
    values = [row["estimate"] for row in by.values()]
    assert max(values) - min(values) < 2 * max(row["std_error"] for row in by.values()) + 0.1
    assert all(value > 0 for value in values)  # non-farm households spend more, by any weighting
    entropy = next(r for name, r in found["weighted"].items() if name.endswith("entropy"))
    for row in entropy["balance"]["covariates"]:
        if row["sample"] == "matched":
            assert abs(row["bias"]) < 1e-4  # per cent: exact in every sample
    # The interaction is that of another program's regression.
    import statsmodels.api as sm

    survey = derive(lv.datasets.vietnam(), {"nonfarm": 'farm == "no"', "female": 'sex == "female"'})
    names = ("nonfarm", "educyr", "age", "hhsize", "female")
    X = survey.frame.select(names).cast(pl.Float64).to_numpy()
    X = np.column_stack([np.ones(X.shape[0]), X, X[:, 0] * X[:, 1]])
    peer = sm.OLS(survey.frame["lntotal"].to_numpy(), X).fit()
    ours = found["moderated"]["lntotal:educyr"]["interaction"]["estimate"]
    assert ours == pytest.approx(peer.params[-1], rel=1e-8)


def test_jiangxi_an_experiment(tmp_path: Path) -> None:
    found = run(tmp_path, JIANGXI)
    check_mechanisms(found["why"]["takeup_survey"])
    check_groups(found["groups"]["takeup_survey"])
    by = weighted(found["weighted"])
    # Randomised: adjusting for covariates hardly matters; the plain difference is the oracle.
    frame = lv.datasets.social_insure().frame.drop_nulls(["age", "literacy"])
    arms = [frame.filter(intensive=a)["takeup_survey"].to_numpy() for a in (1, 0)]
    plain = arms[0].mean() - arms[1].mean()
    for row in by.values():
        assert abs(row["estimate"] - plain) < row["std_error"]
    # Carried to villages in which the experiment was run too: within three errors of it there.
    elsewhere = found["elsewhere"]["takeup_survey"]
    check_transport(elsewhere)
    there = frame.filter(pl.col("pre_takeup_rate") > 0.5)
    arms = [there.filter(intensive=a)["takeup_survey"].to_numpy() for a in (1, 0)]
    real = arms[0].mean() - arms[1].mean()
    error = np.sqrt(sum(arm.var(ddof=1) / arm.size for arm in arms))
    row = next(r for r in elsewhere["effects"]
               if r["method"] == "doubly_robust" and r["population"] == "target")  # fmt: skip
    assert abs(row["estimate"] - real) < 3 * np.hypot(error, row["std_error"])


def test_uganda(tmp_path: Path, shared: Path) -> None:
    file = shared / "data" / "uganda_maize_2019.csv"
    found = run(tmp_path, UGANDA.format(file=file))
    check_mechanisms(found["why"]["share_sold"])
    assert found["why"]["share_sold"]["group_test"]["df"][0] == 1
    check_groups(found["groups"]["share_sold"])
    check_family(found["family"])
    check_transport(found["elsewhere"]["share_sold"])
    # data/README: members sell more (standardised gap 0.22) and use more fertiliser (0.52).
    by = weighted(found["weighted"])
    assert all(row["estimate"] > 0 for row in by.values())
    assert len(found["moderated"]["share_sold:educ"]["effects"]) == 6  # education 0 to 5
    ranked = {row["outcome"]: row["rank"] for row in found["family"]["compare"]["rows"]}
    assert ranked["dap"] == 1


def test_in_python_as_in_the_study_file() -> None:
    survey = lv.datasets.social_insure()
    options: dict[str, Any] = {"se": {"cluster": "village"}, "support": "none"}
    score = "intensive ~ male + age + agpop + literacy"
    found = {
        name: lv.match(score, survey, "takeup_survey", method=name, estimand="ATE", **options)
        for name in ("ipw", "entropy", "aipw")
    }
    compared = lv.compare_matches(found, cluster="village")
    # One experiment, three estimators: no difference that a test would find, and their differences
    # are known far better than the effect.
    assert compared.glance()["p_equal"][0] > 0.01
    assert compared.pairs["std_error"].max() < 0.5 * compared.frame["std_error"].min()
    for row in compared.frame.iter_rows(named=True):
        assert row["std_error"] == pytest.approx(row["own_error"], rel=1e-9)
