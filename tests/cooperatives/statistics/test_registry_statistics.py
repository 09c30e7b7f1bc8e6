"""Registry statistics: the Guangxi tables rebuilt, hand counts, identities, questions asked."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.cooperatives.statistics import (
    Stock,
    read_stock,
    registry_statistics,
    specialisation,
    stock_from_extract,
)
from livelihoods.cooperatives.statistics import measures as ms
from livelihoods.errors import DataError, SpecError


def _guangxi(shared: Path, name: str) -> Stock:
    found = read_stock(shared / "tables" / "guangxi" / name)
    assert found is not None
    return found


def _codes(notes: object) -> list[str]:
    return [note.code.rpartition(".")[2] for note in notes]  # type: ignore[attr-defined]


def test_table_1_rebuilt(shared: Path) -> None:
    found = registry_statistics(_guangxi(shared, "table1_totals.csv"))
    rates = [round(100 * rate, 1) for rate in found.growth["rate"].to_list()]
    # Printed: 64, 26, 5.9, 11, 5.5; the 26 has another base, 39985/31397 is 27.4 (see lv.audit).
    assert rates == [64.4, 27.4, 5.9, 11.1, 5.5]
    assert found.growth["base"].to_list() == [2015, 2016, 2017, 2018, 2019]
    assert found.plot().id == "registry-total"


def test_table_2_rebuilt_and_its_text(shared: Path) -> None:
    stock = _guangxi(shared, "table2_by_city.csv")
    last = registry_statistics(stock)
    rows = {row["unit"]: row for row in last.frame.iter_rows(named=True)}
    # Text of section 3.1.1: Guilin +523 is first by units, Beihai 12.1 % by rate, Qinzhou −340,
    # −11.4 %; three cities fell.
    assert (rows["Guilin"]["change"], rows["Guilin"]["rank_units"]) == (523, 1)
    assert (round(100 * rows["Beihai"]["rate"], 1), rows["Beihai"]["rank_rate"]) == (12.1, 1)
    assert (rows["Qinzhou"]["change"], round(100 * rows["Qinzhou"]["rate"], 1)) == (-340, -11.4)
    fell = next(note for note in last.notes if note.code.endswith(".fell"))
    assert set(fell.where.variables) == {"Fangchenggang", "Qinzhou", "Hezhou"}
    gap = next(note for note in last.notes if note.code.endswith("years_missing"))
    assert gap.values["missing"] == ["2018"]
    # The text calls Chizhou the fastest of 2015-2020 with +3,822; by rate it is Laibin, 310.4 %.
    whole = registry_statistics(stock, base=2015, year=2020)
    leaders = next(note for note in whole.notes if note.code.endswith("two_leaders"))
    assert (leaders.values["units"], leaders.values["change"]) == ("Chizhou", "+3,822")
    assert (leaders.values["rate"], leaders.values["rate_rate"]) == ("Laibin", "+310.4 %")
    assert "total_differs" not in _codes(whole.notes)


def test_table_3_rebuilt_and_recoding_seen(shared: Path) -> None:
    found = registry_statistics(_guangxi(shared, "table3_by_industry.csv"))
    assert (found.base, found.year) == (2019, 2020)
    rows = {row["unit"][:11]: row for row in found.frame.iter_rows(named=True)}
    printed = {  # weight 2020, weight 2019, increase, growth, as printed in Table 3
        "Agriculture": (89.8, 88.0, 3135, 7.6),
        "Manufacturi": (1.1, 0.9, 104, 24.9),
        "Wholesale, ": (4.3, 4.2, 193, 9.8),
        "Leasing, bu": (1.5, 3.8, -1052, -58.6),
        "Public admi": (0.1, 0.0, 46, 2300.0),
    }
    for unit, (now, then, change, rate) in printed.items():
        row = rows[unit]
        assert round(100 * row["share"], 1) == now
        assert round(100 * row["share_base"], 1) == then
        assert (row["change"], round(100 * row["rate"], 1)) == (change, rate)
    # 1,794 leasing cooperatives become 742 while agriculture gains 876 beyond the common rate.
    recoding = [note for note in found.notes if note.code.endswith("recoding")]
    assert [note.where.variables[0][:7] for note in recoding] == ["Leasing"]
    assert recoding[0].where.variables[1].startswith("Agriculture")
    assert recoding[0].values["shortfall"] == "1,150"
    jumps = [note.values["unit"][:6] for note in found.notes if note.code.endswith("jump")]
    assert jumps == ["Leasin", "Public"]
    small = next(note for note in found.notes if note.code.endswith("small_bases"))
    assert any(unit.startswith("Public") for unit in small.values["units"])


def _stock(counts: list[list[float]], totals: list[float] | None = None) -> Stock:
    table = np.array(counts, float)
    years = tuple(range(2018, 2018 + table.shape[1]))
    stated = np.full(table.shape[1], math.nan) if totals is None else np.array(totals)
    return Stock("t", tuple(f"u{i}" for i in range(len(counts))), years, table, stated)


def test_what_does_not_add_up_is_said() -> None:
    found = registry_statistics(_stock([[10, 12], [5, 6]], [15, 19]))
    wrong = next(note for note in found.notes if note.code.endswith("total_differs"))
    assert (wrong.values["year"], wrong.values["sum"], wrong.values["gap"]) == (2019, "18", "−1")
    holes = registry_statistics(_stock([[10, math.nan], [5, 6]]))
    assert "not_known" in _codes(holes.notes)
    assert holes.frame["rate"].to_list()[0] is None
    assert _codes(registry_statistics(_stock([[100, 110], [50, 55]])).notes) == []


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=12).filter(
        lambda rows: sum(a for a, _ in rows) > 0
    )
)
def test_identities(rows: list[tuple[int, int]]) -> None:
    found = registry_statistics(_stock([list(map(float, row)) for row in rows]))
    rate = found.glance()["rate"][0]
    frame = found.frame
    assert frame["contribution"].sum() == pytest.approx(rate, abs=1e-9)
    assert frame["beyond"].sum() == pytest.approx(0.0, abs=1e-6)
    assert frame["share_base"].sum() == pytest.approx(1.0)
    assert frame["change"].sum() == sum(b - a for a, b in rows)
    assert min(frame["rank_units"]) == 1
    assert len(found.summary().rows) == len(rows) + 1


def _extract() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "city": ["A", "A", "B", "B", None],
            "sector": ["rice", "rice", "tea", None, "tea"],
            "registered_on": [date(2017, 5, 1), date(2018, 12, 31), date(2018, 1, 1),
                              date(2019, 7, 7), date(2017, 1, 1)],
            "ended_on": [None, date(2019, 6, 1), None, None, date(2018, 3, 3)],
        }
    )  # fmt: skip


def test_counts_of_an_extract_by_hand() -> None:
    stock = stock_from_extract(_extract(), "city")
    assert (stock.units, stock.years) == (("", "A", "B"), (2017, 2018, 2019))
    # "": there at the end of 2017, gone in 2018. A: 1, 2, 1. B: 0, 1, 2.
    assert stock.counts.tolist() == [[1, 0, 0], [1, 2, 1], [0, 1, 2]]
    assert stock.totals.tolist() == [2, 3, 3]
    texts = _extract().with_columns(
        pl.col("registered_on").cast(pl.String), pl.col("ended_on").cast(pl.String)
    )
    assert stock_from_extract(texts, "city").counts.tolist() == stock.counts.tolist()
    assert "(not stated)" in registry_statistics(stock).summary().to_text()


@given(st.lists(st.tuples(st.integers(2000, 2020), st.integers(0, 12)), min_size=1, max_size=40))
def test_stock_changes_by_entries_less_exits(lives: list[tuple[int, int]]) -> None:
    frame = pl.DataFrame(
        {"c": ["x"] * len(lives), "a": [a for a, _ in lives], "b": [a + n for a, n in lives]}
    )
    years = list(range(1999, 2034))
    counts = stock_from_extract(frame, "c", years, opened="a", closed="b").counts[0]
    for place in range(1, len(years)):
        entries = sum(a == years[place] for a, _ in lives)
        exits = sum(a + n == years[place] for a, n in lives)
        assert counts[place] - counts[place - 1] == entries - exits


def test_location_quotients_by_hand() -> None:
    found = specialisation(
        pl.DataFrame(
            {"village": ["a"] * 4 + ["b"] * 4, "product": ["rice"] * 3 + ["tea"] * 4 + [""]}
        ),
        "village",
        "product",
    )
    # a: 3 rice, 1 tea; b: 3 tea. Area: 3/7 rice, 4/7 tea. LQ(a, rice) = (3/4)/(3/7) = 7/4.
    assert found.quotients == pytest.approx(np.array([[7 / 4, 7 / 16], [0.0, 7 / 4]]))
    row = found.frame.row(0, named=True)
    assert (row["leading"], row["share"], row["one_product"]) == ("rice", 0.75, True)
    assert row["concentration"] == pytest.approx(0.625)
    # By chance: Σp² = 25/49; 25/49·(3/4) + 1/4.
    assert row["by_chance"] == pytest.approx(25 / 49 * 0.75 + 0.25)
    assert _codes(found.notes) == ["without_product"]
    assert found.plot().to_svg().startswith("<svg")
    assert "One product" in found.summary().to_text()


@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=6))
def test_quotients_weighted_by_the_area_average_to_one(rows: list[list[int]]) -> None:
    counts = np.array(rows, float) + 1.0
    quotients = ms.location_quotients(counts)
    common = counts.sum(axis=0) / counts.sum()
    assert quotients @ common == pytest.approx(np.ones(len(rows)))


def test_expected_concentration_against_simulation() -> None:
    counts = np.array([[4.0, 1.0, 0.0], [20.0, 30.0, 45.0]])
    p, rng = counts.sum(axis=0) / 100, np.random.default_rng([9, 9])
    drawn = (rng.multinomial(5, p, 200_000) / 5) ** 2
    mean = drawn.sum(axis=1).mean()
    # Four standard errors of the simulated mean, below 0.002.
    assert ms.herfindahl_by_chance(counts)[0] == pytest.approx(mean, abs=0.002)


def test_ranks_share_the_better_place() -> None:
    values = np.array([3.0, 5.0, 3.0, np.nan, 1.0])
    assert ms.ranks(values).tolist() == [2, 1, 2, 0, 4]


def test_printed_tables_from_other_hands(tmp_path: Path) -> None:
    import xlsxwriter

    book = tmp_path / "市县.xlsx"
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet()
        lines = [["地区", "2019年", "2020年"], ["合计", 30, 33], ["甲市", 30, 33]]
        for place, line in enumerate(lines):
            sheet.write_row(place, 0, line)
    stock = read_stock(book)
    assert stock is not None
    assert (stock.units, stock.years, stock.totals.tolist()) == (("甲市",), (2019, 2020), [30, 33])
    csv = tmp_path / "a.csv"
    csv.write_bytes("地区;2019;2020\n甲市;1,000;---\n增长率;5%;6%\n".encode("gb18030"))
    other = read_stock(csv)
    assert other is not None
    assert other.counts[0, 0] == 1000
    assert math.isnan(other.counts[0, 1])
    assert other.units == ("甲市",)


def test_refusals(tmp_path: Path) -> None:
    stock = _stock([[1, 2]])
    with pytest.raises(SpecError, match="no year 1999"):
        registry_statistics(stock, base=1999)
    with pytest.raises(SpecError, match="not before"):
        registry_statistics(stock, base=2019, year=2018)
    with pytest.raises(SpecError, match="fewer than two years"):
        registry_statistics(_stock([[1]]))
    with pytest.raises(DataError, match="no column parish"):
        stock_from_extract(_extract(), "parish")
    with pytest.raises(DataError, match="row 2"):
        stock_from_extract(pl.DataFrame({"c": ["x", "y"], "a": ["2019-01-01", "spring"]}), "c",
                           opened="a", closed=None)  # fmt: skip
    with pytest.raises(DataError, match="No day of registration"):
        stock_from_extract(pl.DataFrame({"c": ["x", "y"], "a": [2019, None]}), "c", opened="a",
                           closed=None)  # fmt: skip
    with pytest.raises(DataError, match="ended before"):
        stock_from_extract(pl.DataFrame({"c": ["x"], "a": [2019], "b": [2018]}), "c", opened="a",
                           closed="b")  # fmt: skip
    with pytest.raises(SpecError, match="ascend"):
        stock_from_extract(_extract(), "city", [2019, 2018])
    with pytest.raises(DataError, match="no file"):
        read_stock(tmp_path / "absent.csv")
    twice = tmp_path / "t.csv"
    twice.write_text("c,2019,2020\nx,1,2\nx,3,4\n")
    with pytest.raises(DataError, match="more than once: x"):
        read_stock(twice)
    bad = tmp_path / "t.xlsx"
    bad.write_bytes(b"no workbook")
    with pytest.raises(DataError, match="cannot be read"):
        read_stock(bad)
    with pytest.raises(DataError, match="No cooperative has an entry"):
        specialisation(pl.DataFrame({"v": ["a"], "p": [""]}), "v", "p")
