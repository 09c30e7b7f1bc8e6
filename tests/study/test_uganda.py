"""A whole study on real data: does cooperative membership go with better-rated seed and sales?

The trap: 93 of 229 dated members joined at or after the season whose outcomes are measured, so the
treatment is membership before 2018; farmers who joined later are neither members nor others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from livelihoods.study import Study
from livelihoods.study.study import Run

STUDY = """
format = 1
title = "Cooperative membership and maize farming in Uganda, first season of 2018"
seed = 2019
[data]
file = "uganda_maize_2019.csv"
text = ["district", "subcounty", "parish", "village"]
village = "village"
[derive]
ln_yield = "log1p(yield_kg_acre)"
ln_land = "log(land_acres)"
inputs = "n_of(manure == 1, dap == 1, urea == 1, pesticide == 1)"
[[clean]]
drop_missing = ["coop_pre2018"]
reason = "Joined in 2018 or later: member after the outcome season"
[[clean]]
drop = "land_acres <= 0"
[index.farming]
weights = "entropy"
beside = ["equal"]
[index.farming.dimensions.knowledge]
varieties_known = "+"
[index.farming.dimensions.practice]
inputs = "+"
weedings = "+"
[index.farming.dimensions.market]
share_sold = "+"
[design]
treatment = "coop_pre2018"
outcomes = ["farming", "farming.market"]
controls = ["age", "female", "C(educ)", "hh_size", "ln_land", "C(district)"]
cluster = "village"
[[analysis]]
id = "sample"
kind = "summary"
[[analysis]]
id = "baseline"
kind = "ols"
without_controls = true
keep = ["coop_pre2018"]
"""


@pytest.fixture(scope="module")
def run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = shared / "data"
    if not (folder / "uganda_maize_2019.csv").is_file():
        pytest.skip("../shared/data has no uganda_maize_2019.csv")
    out = tmp_path_factory.mktemp("uganda") / "out"
    return Study.from_text(STUDY, folder).run(out, workers=1)


@pytest.mark.shared
def test_late_joiners_are_left_out_and_counted(run: Run) -> None:
    # Counted in the file's README: 136 members before 2018, 1,527 farmers in all.
    frame = run.ran.prepared.survey.frame
    assert run.ran.prepared.read.frame.height == 1527
    assert int(frame["coop_pre2018"].sum()) == 136
    first = run.record["sample_flow"][0]
    assert "outcome season" in first["reason"]
    assert first["before"] - first["after"] == 95


@pytest.mark.shared
def test_places_are_read_as_text(run: Run) -> None:
    village = run.ran.prepared.read.frame["village"]
    assert village.dtype == pl.String
    # README: 64 villages.
    assert village.n_unique() == 64


@pytest.mark.shared
def test_the_result_is_recorded_and_finite(run: Run) -> None:
    (analysis,) = (a for a in run.record["analyses"] if a["id"] == "baseline")
    assert list(analysis["results"]) == [
        "farming:alone:cluster",
        "farming:cluster",
        "farming.market:alone:cluster",
        "farming.market:cluster",
    ]
    for result in analysis["results"].values():
        (row,) = (r for r in result["coefficients"] if r["term"] == "coop_pre2018")
        assert np.isfinite([row["estimate"], row["std_error"]]).all()
