"""Members from the register by hand, the split of core and common, and the link to attendance."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import statsmodels.formula.api as smf

from livelihoods import cooperatives as co
from livelihoods import words
from livelihoods.cli import answer
from livelihoods.cooperatives.inequality import (
    heterogeneity_link,
    members_inequality,
    members_of_year,
)
from livelihoods.errors import DataError, SpecError


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("county") / "county.duckdb"
    co.demo_county(path, seed=3, cooperatives=80, members=2_400, ledger_rows=24_000)
    return path


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Three members; M3 leaves in mid-2024, M4 comes in 2025."""
    path = tmp_path / "office.duckdb"
    day = date(2024, 5, 1)
    tables = {
        "cooperatives": {
            "cooperative": ["C1"],
            "name": ["Rice"],
            "kind": ["professional"],
            "registered_on": [date(2020, 1, 1)],
        },
        "members": {
            "cooperative": ["C1"] * 4,
            "member": ["M1", "M2", "M3", "M4"],
            "kind": ["farmer"] * 4,
            "class": ["core", "common", "common", "common"],
            "joined_on": [date(2020, 1, 1)] * 3 + [date(2025, 1, 1)],
            "birth_year": [1974, 1984, 1990, 1990],
            "land_mu": [30.0, 10.0, 5.0, 5.0],
            "income_cents": [5_000_000, 2_000_000, None, None],
        },
        "exits": {
            "cooperative": ["C1"],
            "member": ["M3"],
            "left_on": [date(2024, 6, 30)],
            "how": ["left"],
        },
        "contributions": {
            "cooperative": ["C1"] * 3,
            "receipt": ["K1", "K2", "K3"],
            "member": ["M1", "M1", "M2"],
            "day": [day] * 3,
            "kind": ["money"] * 3,
            "movement": ["paid_in", "returned", "paid_in"],
            "amount_cents": [900_000, 100_000, 50_000],
        },
        "patronage": {
            "cooperative": ["C1"] * 3,
            "receipt": ["R1", "R2", "R3"],
            "trade": ["member"] * 3,
            "member": ["M1", "M2", "M2"],
            "day": [day] * 3,
            "product": ["rice", "rice", "tea"],
            "grade": ["1", "2", None],
            "unit": ["kg"] * 3,
            "volume": [100.0, 50.0, 2.0],
            "value_cents": [32_000, 15_000, 9_000],
        },
        "quotations": {
            "market": ["county"] * 2,
            "product": ["rice"] * 2,
            "grade": ["1", "1"],
            "day": [day, date(2024, 7, 1)],
            "unit": ["kg"] * 2,
            "price_cents": [300, 320],
        },
        "additional_votes": {
            "cooperative": ["C1"],
            "member": ["M1"],
            "from_on": [date(2021, 1, 1)],
            "votes": [0.4],
        },
        "assemblies": {
            "cooperative": ["C1"] * 2,
            "assembly": ["A1", "A2"],
            "kind": ["ordinary"] * 2,
            "day": [day, date(2024, 9, 1)],
        },
        "attendance": {
            "cooperative": ["C1"] * 3,
            "assembly": ["A1", "A2", "A1"],
            "member": ["M1", "M1", "M2"],
            "how": ["present"] * 3,
        },
    }
    with co.create_register(path) as register, register.post("import") as batch:
        for name, columns in tables.items():
            batch.append(name, pl.DataFrame(columns))
    return path


def test_members_by_hand(office: Path) -> None:
    with co.open_register(office, read_only=True) as register:
        people = members_of_year(register, 2024)
    frame = people.frame
    assert frame["member"].to_list() == ["M1", "M2"]
    assert frame["age"].to_list() == [50, 40]
    assert frame["capital"].to_list() == [8_000.0, 500.0]
    assert frame["delivered"].to_list() == [320.0, 240.0]
    # 100 kg at the mean quotation of 3.10; grade 2 has none: 50 kg at rice's 3.10; tea has none at
    # all: its own 90 yuan.
    assert frame["market_value"].to_list() == pytest.approx([310.0, 245.0])
    assert frame["votes"].to_list() == pytest.approx([1.4, 1.0])
    assert frame["attendance"].to_list() == [1.0, 0.5]
    assert [note.values["n"] for note in people.notes] == [1]


def test_nobody_there(office: Path) -> None:
    with co.open_register(office, read_only=True) as register:
        with pytest.raises(DataError) as refused:
            members_of_year(register, 2019)
        assert refused.value.code == "heterogeneity.nobody"
        with pytest.raises(SpecError) as asked:
            members_inequality(register, 2024, None, ["height"])
        assert asked.value.code == "heterogeneity.unknown_attribute"


def test_core_and_common_split(county: Path) -> None:
    with co.open_register(county, read_only=True) as register:
        found = members_inequality(register, 2024, None, ["land", "capital", "sex"])
        apart = members_inequality(register, 2024, None, ["land"], by="cooperative", groups=None)
    for spread in found.spreads[:2]:
        whole = sum(part.between + part.within for part in spread.split)
        assert whole == pytest.approx(spread.get("theil").estimate, rel=1e-9)
    assert found.cluster == "cooperative"
    assert found.spreads[2].kinds
    assert len(apart.spreads) > 70


def test_link_equals_statsmodels() -> None:
    # Outside reference: the same regression by statsmodels, clustered with its small-sample factor.
    rng = np.random.default_rng(5)
    coop = np.repeat(np.arange(40), 12)
    land = np.exp(rng.uniform(0.2, 1.2, 40)[coop] * rng.normal(size=480))
    frame = pl.DataFrame({"coop": coop, "land": land, "age": rng.integers(20, 70, 480)})
    frame = frame.with_columns(attendance=pl.Series(rng.uniform(0, 1, 480)))
    found = heterogeneity_link(frame, "attendance", "land", "coop", ["age"])
    data = frame.to_pandas()
    data["gini"] = data.groupby("coop")["land"].transform(
        lambda x: np.abs(x.to_numpy()[:, None] - x.to_numpy()).sum() / (2 * len(x) ** 2 * x.mean())
    )
    data["relative"] = data["land"] / data.groupby("coop")["land"].transform("mean")
    model = smf.ols("attendance ~ gini + relative + age", data)
    reference = model.fit(cov_type="cluster", cov_kwds={"groups": data["coop"]})
    rows = {row["term"]: row for row in found.tidy().to_dicts()}
    for term in ("gini", "relative", "age"):
        assert rows[term]["estimate"] == pytest.approx(reference.params[term], rel=1e-8)
        assert rows[term]["std_error"] == pytest.approx(reference.bse[term], rel=1e-8)


def test_link_recovers_what_was_put_in() -> None:
    rng = np.random.default_rng(6)
    coop = np.repeat(np.arange(200), 20)
    spread = rng.uniform(0.1, 1.5, 200)
    land = np.exp(spread[coop] * rng.normal(size=4000))
    frame = pl.DataFrame({"coop": coop, "land": land, "y": np.zeros(4000)})
    ginis = heterogeneity_link(frame.with_columns(y=pl.Series(rng.normal(size=4000))), "y", "land",
                               "coop").ginis  # fmt: skip
    level = ginis["gini"].to_numpy()[coop]
    relative = (
        land
        / pl.DataFrame({"c": coop, "x": land}).select(pl.col("x").mean().over("c"))["x"].to_numpy()
    )
    y = 0.8 - 0.5 * level + 0.05 * relative + rng.normal(0, 0.1, 4000)
    found = heterogeneity_link(frame.with_columns(y=pl.Series(y)), "y", "land", "coop")
    rows = {row["term"]: row for row in found.tidy().to_dicts()}
    # Within four standard errors of the truth.
    assert abs(rows["gini"]["estimate"] + 0.5) < 4 * rows["gini"]["std_error"]
    assert abs(rows["relative"]["estimate"] - 0.05) < 4 * rows["relative"]["std_error"]
    curved = 0.2 + 1.2 * level - 1.5 * level**2 + rng.normal(0, 0.01, 4000)
    turned = heterogeneity_link(
        frame.with_columns(y=pl.Series(curved)), "y", "land", "coop", squared=True
    )
    assert turned.turning_point == pytest.approx(0.4, abs=0.02)  # 1.2/(2·1.5)


def test_small_cooperatives_are_left_out_and_said() -> None:
    frame = pl.DataFrame(
        {"cooperative": ["a"] * 6 + ["b"] * 6 + ["c"] * 6 + ["d"] * 2,
         "land": np.arange(1.0, 21.0), "y": np.sqrt(np.arange(20.0))}
    )  # fmt: skip
    found = heterogeneity_link(frame, "y", "land")
    assert found.left_out == 1
    assert "heterogeneity.left_out" in [note.code for note in found.notes]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_link_in_words(county: Path, language: str) -> None:
    with words.use_language(language), co.open_register(county, read_only=True) as register:
        people = members_of_year(register, 2024)
        found = heterogeneity_link(people, "attendance", "land")
        assert repr(found)
        assert found.plot().to_svg().startswith("<svg")
        assert found.glance()["cooperatives"].item() > 60
        assert found.to_dict()["coefficients"]


def test_bad_links() -> None:
    frame = {"cooperative": ["a"] * 6, "land": np.arange(6.0), "y": np.arange(6.0)}
    for outcome, attribute, code in (
        ("y", "y", "heterogeneity.same_column"),
        ("z", "land", "describe.unknown_columns"),
    ):
        with pytest.raises(SpecError) as asked:
            heterogeneity_link(frame, outcome, attribute)
        assert asked.value.code == code
    with pytest.raises(DataError) as refused:
        heterogeneity_link(frame, "y", "land")
    assert refused.value.code == "heterogeneity.few_cooperatives"
    with pytest.raises(DataError) as refused:
        heterogeneity_link({**frame, "land": -np.arange(6.0)}, "y", "land")
    assert refused.value.code == "describe.negative_amounts"


def test_command(county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "f.svg"
    base = ["cooperative", "inequality", str(county), "2024"]
    assert answer([*base, "land", "capital", "--figure", str(figure)]) == 0
    assert "Theil" in capsys.readouterr().out
    assert figure.read_text(encoding="utf-8").startswith("<svg")
    assert answer([*base, "land", "--apart", "--language", "zh"]) == 0
    assert "基尼" in capsys.readouterr().out
    assert answer([*base, "land", "--link", "attendance"]) == 0
    assert "Gini of the cooperative" in capsys.readouterr().out
    assert answer([*base, "height"]) == 2
    assert "height" in capsys.readouterr().err
