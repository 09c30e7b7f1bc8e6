"""Targeting from a register: the invented county, and a small one made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import livelihoods as lv
from livelihoods import cooperatives as co
from livelihoods.cli import answer

DAY = date(2024, 12, 31)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("county") / "county.duckdb"
    co.demo_county(path, cooperatives=100, members=3000, ledger_rows=30_000)
    return path


@pytest.fixture
def office(county: Path) -> Iterator[co.Register]:
    with co.open_register(county, read_only=True) as register:
        yield register


def test_households_are_as_last_seen(office: co.Register) -> None:
    frame = co.households_from_register(office, DAY)
    whole = office.table("households")
    assert frame["household"].n_unique() == frame.height == whole["household"].n_unique()
    assert frame["day"].max() == date(2024, 9, 30)
    earlier = co.households_from_register(office, date(2024, 1, 1))
    assert earlier["day"].max() == date(2023, 9, 30)
    # By hand for one: cents to yuan per head.
    row = whole.filter(day=date(2024, 9, 30)).row(0, named=True)
    mine = frame.filter(household=row["household"]).row(0, named=True)
    assert mine["income"] == pytest.approx(row["income_cents"] / 100 / row["persons"], rel=1e-12)
    assert mine["income_before"] is not None


def test_monitored_agree_with_the_frame(office: co.Register) -> None:
    rules = co.monitoring_rules()
    found = co.monitored_from_register(office, DAY, rules)
    households = co.households_from_register(office, DAY)
    low = households.filter((pl.col("income") < 8800) | pl.col("unstable"))
    below = found.frame.filter(pl.col("type").is_in(["unstable", "marginal"]))
    assert below["household"].to_list() == low["household"].to_list()
    # The packaged rules have no threshold: every event above the line is for the village.
    assert found.frame.filter(type="sudden").height == 0
    assert found.frame.filter(type="to_review").height > 0


def test_cases_agree_with_the_steps(office: co.Register) -> None:
    found = co.monitoring_cases_from_register(office, DAY, co.monitoring_rules())
    stepped = office.table("households").filter(pl.col("step").is_not_null())
    assert found.cases.height == stepped["household"].n_unique()
    # The invented county records identification and aid, and no review between them.
    skipped = found.alerts.filter(alert="skipped")
    assert set(skipped["step"]) == {"village_review", "township_review"}
    assert skipped.height == 2 * found.cases.height


def test_benefits_reach_the_poor_by_the_books(office: co.Register) -> None:
    found = co.two_level_from_register(office, DAY, 8800.0)
    declared = office.table("declared_distributions").filter(year=2023)
    total = (declared["patronage_cents"] + declared["residual_cents"]).sum() / 100
    # What the books distributed went to members, or is said to have gone to people who left.
    elsewhere = [n.values["money"] for n in found.notes if n.code == "targeting.money_elsewhere"]
    assert found.split.money.sum() + sum(elsewhere) == pytest.approx(total, rel=1e-9)
    grants = co.two_level_from_register(office, DAY, 8800.0, benefit="grants", year=2022)
    assert grants.split.money.sum() > 0
    with pytest.raises(lv.LivelihoodsError, match="2018-01-01"):
        co.households_from_register(office, date(2018, 1, 1))
    with pytest.raises(lv.LivelihoodsError) as caught:
        co.two_level_from_register(office, DAY, 8800.0, benefit="grants", year=2021)
    assert caught.value.code == "targeting.no_benefit"
    glance = found.glance().to_dicts()[0]
    assert glance["between"] + glance["within"] == pytest.approx(
        glance["poor_share_of_money"] - glance["share_of_poor"], abs=1e-12
    )


def test_return_counts_who_was_seen_again(office: co.Register) -> None:
    first, second = date(2023, 12, 31), DAY
    found = co.return_to_poverty_from_register(office, first, second, 8800.0)
    one = co.households_from_register(office, first)
    two = co.households_from_register(office, second)
    both = one.join(two, on="household", suffix="_later").filter(
        (pl.col("income") >= 8800) & pl.col("sex").is_not_null()
    )
    assert found.glance()["at_risk"][0] == both.height
    assert found.glance()["returned"][0] == int((both["income_later"] < 8800).sum())
    with pytest.raises(lv.LivelihoodsError) as caught:
        co.return_to_poverty_from_register(office, second, date(2025, 6, 1), 8800.0)
    assert caught.value.code == "targeting.not_two_waves"  # nobody was seen after the first day


def test_support_goes_where_the_poor_deliver(office: co.Register) -> None:
    found = co.match_support_from_register(office, DAY, 100_000, 8800.0)
    left = dict(zip(found.comparison["plan"], found.comparison["fgt2"], strict=True))
    assert left["chosen"] == min(left.values())
    idle = next((n for n in found.notes if n.code == "targeting.no_trade"), None)
    if idle is not None:
        assert not set(idle.values["cooperatives"]) & set(found.names)
    equal = co.match_support_from_register(office, DAY, 100_000, 8800.0, claim="equal", alpha=1)
    assert equal.support.sum() == pytest.approx(100_000)


def test_a_household_in_two_cooperatives_counts_once(tmp_path: Path) -> None:
    names = ["C1", "C2"]
    with co.create_register(tmp_path / "small.duckdb") as register:
        with register.post("import") as batch:
            batch.append("cooperatives", pl.DataFrame({
                "cooperative": names, "name": names, "kind": ["professional"] * 2,
                "registered_on": [date(2020, 1, 1)] * 2,
            }))  # fmt: skip
            batch.append("members", pl.DataFrame({
                "cooperative": ["C2", "C1", "C1"], "member": ["M1", "M1", "M2"],
                "household": ["H1", "H1", "H2"], "kind": ["farmer"] * 3,
                "joined_on": [date(2021, 1, 1), date(2022, 1, 1), date(2022, 1, 1)],
            }))  # fmt: skip
            batch.append("households", pl.DataFrame({
                "household": ["H1", "H2", "H3"], "day": [date(2024, 1, 1)] * 3,
                "persons": [2, 0, 4], "income_cents": [800_000, 800_000, 9_000_000],
                "former_poor": [True, False, None], "shock": ["other", "none", None],
            }))  # fmt: skip
        frame = co.households_from_register(register, DAY)
        assert frame["cooperative"].to_list() == ["C2", "C1", None]
        assert frame["income"].to_list() == [4000.0, None, 22_500.0]
        assert frame["shock"].to_list() == ["other", None, None]
        found = co.monitored_from_register(register, DAY, co.monitoring_rules())
        assert found.frame["type"].to_list() == ["unstable", "not_judged", "not_judged"]
        assert "targeting.other_events" in {note.code for note in found.notes}
        matched = co.match_support_from_register(register, DAY, 10.0, 8800.0, claim="equal")
        assert "targeting.several_cooperatives" in {note.code for note in matched.notes}
        with pytest.raises(lv.LivelihoodsError) as caught:
            co.monitoring_cases_from_register(register, DAY, co.monitoring_rules())
        assert caught.value.code == "targeting.no_cases"
        with pytest.raises(lv.LivelihoodsError) as caught:
            co.households_from_register(register, date(2020, 1, 1))
        assert caught.value.code == "targeting.no_households"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--how", "monitor"], "Monitored households on 2024-12-31"),
        (["--how", "cases"], "Cases on 2024-12-31"),
        (["--how", "reach"], "The poor reached through cooperatives"),
        (["--how", "return", "--since", "2023-12-31"], "Is a return to poverty foreseen?"),
        (["--how", "cooperatives", "--budget", "100000"], "Support matched"),
        (["--how", "households", "--budget", "100000"], "Need and money: Sex"),
        (["--how", "households", "--budget", "9000", "--grant", "500"], "fixed sizes"),
    ],
)
def test_the_command(
    county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    csv = tmp_path / "rows.csv"
    line = ["cooperative", "target", str(county), "--on", "2024-12-31", "--csv", str(csv)]
    assert answer([*line, *options]) == 0
    assert said in capsys.readouterr().out
    assert pl.read_csv(csv, infer_schema_length=None).height > 0


def test_the_command_says_what_it_lacks(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["cooperative", "target", str(county), "--on", "2024-12-31"]
    assert answer([*line, "--how", "cooperatives"]) == 2
    assert "--budget" in capsys.readouterr().err
    assert answer(["cooperative", "target", str(county), "--on", "2022-05-01"]) == 2
    assert "2022-05-01" in capsys.readouterr().err


def test_reports_hold_tables_and_figures(
    county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, word = tmp_path / "plan.html", tmp_path / "plan.docx"
    line = ["cooperative", "target", str(county), "--on", "2024-12-31", "--how", "households"]
    assert answer([*line, "--budget", "50000", "--html", str(page), "--docx", str(word)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "Support to households, 2024-12-31" in text
    assert "<svg" in text
    assert word.read_bytes()[:2] == b"PK"
    page = tmp_path / "panels.html"
    line = ["cooperative", "revitalisation", str(county), "2024"]
    assert answer([*line, "--html", str(page)]) == 0
    assert "no evidence" in capsys.readouterr().out
    assert "Five revitalisations, 2024" in page.read_text(encoding="utf-8")
    assert answer([*line, "--cooperative", "C00001"]) == 0
    assert "C00001" in capsys.readouterr().out
    assert answer([*line, "--cooperative", "nobody"]) == 2
