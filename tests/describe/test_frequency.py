"""Frequency tables: against values of R, by hand, and against the printed Shanxi tables."""

from __future__ import annotations

import csv
import json
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import words
from livelihoods.describe.bands import close_bands, read_band
from livelihoods.engine.executor import ThreadExecutor
from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Codebook, SampleDesign, Survey, Variable


def test_uganda_ratings_equal_r(shared: Path) -> None:
    """Counts, valid percentages, mean and sd of ten 1-5 ratings as R printed them."""
    expected = json.loads((shared / "reference/measure/uganda_seed10_likert.json").read_text())
    frame = pl.read_csv(shared / "data/uganda_maize_2019.csv", infer_schema_length=None)
    found = lv.frequency_table(frame, list(expected["tables"]), scale="ordinal")
    for item in found.items:
        theirs = expected["tables"][item.name]
        assert item.counts.tolist() == theirs["counts"]
        assert item.valid == theirs["n_valid"]
        # R printed 15 digits.
        np.testing.assert_allclose(100 * item.shares, theirs["valid_pct"], rtol=1e-13)
        assert item.mean == pytest.approx(theirs["mean"], rel=1e-13)
        assert item.sd == pytest.approx(theirs["sd"], rel=1e-12)


def _rounded(value: Fraction | float, like: str) -> str:
    digits = len(like.split(".")[1]) if "." in like else 0
    exact = Decimal(Fraction(value).numerator) / Decimal(Fraction(value).denominator)
    return str(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _expanded(counts: list[int]) -> list[int]:
    return [code for code, count in enumerate(counts, start=1) for _ in range(count)]


# Every printed cell of Shanxi Tables 1-5 that its own item counts do not give, as
# (table, row, column, printed, recomputed). Rows are items from 1, "average" the last row.
SHANXI_DIFFERENT = [
    ("table01", "1", "1", "3.63", "3.53"),
    ("table01", "1", "mean", "3.64", "3.63"),
    ("table01", "4", "2", "16.93", "16.99"),
    ("table01", "average", "1", "6.39", "6.18"),
    ("table01", "average", "2", "16.35", "16.48"),
    ("table01", "average", "3", "31.73", "31.59"),
    ("table01", "average", "4", "30.45", "30.40"),
    ("table01", "average", "5", "15.38", "15.34"),
    ("table02", "1", "2", "53.84", "53.85"),
    ("table03", "average", "1", "10.89", "11.00"),
    ("table03", "average", "2", "48.72", "48.61"),
    ("table04", "3", "5", "13.15", "13.14"),
    ("table04", "4", "mean", "3.05", "3.04"),
]


def _shanxi(path: Path) -> tuple[list[list[str]], list[str]]:
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if len(row) > 2 and "/" in row[1]]
    return rows[:-1], rows[-1]


def test_shanxi_likert_tables_recomputed(shared: Path) -> None:
    """Tables 1-5 from their item counts: every cell that differs from print is listed above."""
    different = []
    for path in sorted((shared / "tables/shanxi").glob("table0[1-5]*.csv")):
        table = path.name.split("_")[0]
        items, printed_average = _shanxi(path)
        frame = pl.DataFrame(
            {
                str(i): _expanded([int(c.split("/")[0]) for c in row[1:-1]])
                for i, row in enumerate(items, 1)
            }
        )
        found = lv.frequency_table(frame, frame.columns, scale="ordinal")
        assert {item.valid for item in found.items} == {312}
        for item, row in zip(found.items, items, strict=True):
            for k, cell in enumerate(row[1:-1]):
                printed = cell.split("/")[1]
                ours = _rounded(Fraction(int(item.counts[k]) * 100, item.valid), printed)
                assert float(ours) == pytest.approx(100 * item.shares[k], abs=0.06)
                if ours != printed:
                    different.append((table, item.name, str(k + 1), printed, ours))
            exact = Fraction(
                sum(int(c) * n for c, n in zip(item.codes, item.counts.tolist(), strict=True)),
                item.valid,
            )
            assert item.mean == pytest.approx(float(exact), rel=1e-14)
            if _rounded(exact, row[-1]) != row[-1]:
                different.append((table, item.name, "mean", row[-1], _rounded(exact, row[-1])))
        average = found.average
        assert average is not None
        for k, cell in enumerate(printed_average[1:-1]):
            count, printed = cell.split("/")
            assert abs(float(count) - average.counts[k]) <= 0.51  # printed as a whole number
            total = sum(int(item.counts[k]) for item in found.items)
            ours = _rounded(Fraction(total * 100, 312 * len(items)), printed)
            if ours != printed:
                different.append((table, "average", str(k + 1), printed, ours))
        assert average.mean is not None
        if _rounded(average.mean, printed_average[-1]) != printed_average[-1]:
            ours = _rounded(average.mean, printed_average[-1])
            different.append((table, "average", "mean", printed_average[-1], ours))
    assert different == SHANXI_DIFFERENT


# Shanxi Tables 6-8: printed shares that the counts do not give, and the "scale mean", a mean of
# codes that this program refuses to print for bands and for a nominal item.
SHANXI_SINGLE = {
    "table06_financial_capital.csv": [("2", "17.13", "17.31"), ("8", "4.16", "4.17")],
    "table07_livelihood_mode.csv": [],
    "table08_income.csv": [("1", "4.71", "4.17")],
}
MONEY = [
    (None, 10_000.0),
    (10_000.0, 30_000.0),
    (40_000.0, 60_000.0),
    (70_000.0, 100_000.0),
    (110_000.0, 150_000.0),
    (160_000.0, 200_000.0),
    (210_000.0, 300_000.0),
]


def test_shanxi_single_choices_recomputed(shared: Path) -> None:
    for name, expected in SHANXI_SINGLE.items():
        with (shared / "tables/shanxi" / name).open(encoding="utf-8") as file:
            row = list(csv.reader(file))[1]
        cells = row[1:-1]
        frame = pl.DataFrame({"x": _expanded([int(cell.split("/")[0]) for cell in cells])})
        last = (310_000.0, 500_000.0) if "income" in name else (310_000.0, None)
        if "mode" in name:
            found = lv.frequency_table(frame, "x", scale="nominal")
        else:
            found = lv.frequency_table(frame, "x", bands={"x": [*MONEY, last]})
        item = found.items[0]
        assert item.valid == 312
        assert item.mean is None
        different = []
        for k, cell in enumerate(cells):
            printed = cell.split("/")[1]
            ours = _rounded(Fraction(int(item.counts[k]) * 100, 312), printed)
            if ours != printed:
                different.append((str(k + 1), printed, ours))
        assert different == expected
        codes = {note.code for note in found.notes}
        if "mode" in name:
            assert codes == {"describe.nominal_no_mean"}
            continue
        assert {"describe.banded_no_mean", "describe.band_gaps"} <= codes
        assert item.bands is not None
        best = item.bands.best
        assert best is not None
        # The middle of the median band bounds any sensible median.
        band = item.bands.median_band
        assert item.bands.low[band] <= item.bands.median <= item.bands.high[band]
        assert best.mean > item.bands.median  # incomes and savings are skewed to the right


@pytest.fixture
def survey() -> Survey:
    frame = pl.DataFrame(
        {
            "mode": [1, 1, 2, 3, None, 3],
            "agree": [5, 4, 4, 1, 2, None],
            "also": [5, 5, 4, 3, 1, 1],
            "money": [1, 2, 2, 3, 3, 4],
            "word": ["yes", "no", "no", None, "maybe", "no"],
            "w": [1.0, 2.0, 1.0, 1.0, 4.0, 0.0],
        }
    )
    five = {str(i): f"a{i}" for i in range(1, 6)}
    bands = {"1": "under 1000", "2": "1000-3000", "3": "3000 - 5,000", "4": "over 5000"}
    variables = {
        "mode": Variable(
            "mode",
            label={"en": "Livelihood", "zh": "生计方式"},
            values={"en": {"1": "farming", "2": "large farm", "3": "wage", "4": "trade"}},
            scale="nominal",
        ),
        "agree": Variable("agree", values={"en": five}, scale="ordinal"),
        "also": Variable("also", values={"en": five}, scale="ordinal"),
        "money": Variable(
            "money",
            values={"en": bands},
            scale="banded",
        ),
    }
    from dataclasses import replace

    return replace(as_survey(frame), codebook=Codebook(variables))


def test_only_the_statistics_a_scale_allows(survey: Survey) -> None:
    found = lv.frequency_table(survey, ["mode", "agree", "money", "word"])
    mode, agree, money, word = found.items
    assert mode.mean is None
    assert mode.codes == (1, 2, 3, 4)  # a labelled answer that nobody gave is shown
    assert mode.counts.tolist() == [2, 1, 2, 0]
    assert mode.missing == 1
    assert agree.mean == pytest.approx(16 / 5)
    assert money.mean is None
    assert money.bands is not None
    assert money.bands.median == 3000.0  # 3 of 6 answers lie below
    assert word.codes == ("maybe", "no", "yes")
    assert {note.code for note in found.notes} >= {
        "describe.nominal_no_mean",
        "describe.banded_no_mean",
        "describe.scale_assumed",
    }
    statistics = found.statistics()
    assert statistics["median"].to_list() == [None, "a4", "1000-3000", None]
    assert found.average is None
    for language in ("en", "zh"):
        with words.use_language(language):
            table = found.summary()
            assert table.notes == found.notes
            assert "Livelihood" in repr(found) or "生计方式" in repr(found)


def test_battery_has_an_average_row_that_says_what_it_averages(survey: Survey) -> None:
    shares = lv.frequency_table(survey, ["agree", "also"])
    counts = lv.frequency_table(survey, ["agree", "also"], average="counts")
    # By hand: agree 1,1,0,2,1 of 5; also 2,0,1,1,2 of 6.
    assert shares.average is not None
    np.testing.assert_allclose(shares.average.shares[0], (1 / 5 + 2 / 6) / 2)
    assert shares.average.mean == pytest.approx((16 / 5 + 19 / 6) / 2)
    assert counts.average is not None
    np.testing.assert_allclose(counts.average.shares[0], 3 / 11)
    assert counts.average.mean == pytest.approx(35 / 11)
    assert "mean of their shares" in str(shares.summary().rows[-1].cells[0].value)
    assert "pooled" in str(counts.summary().rows[-1].cells[0].value)
    assert lv.frequency_table(survey, ["agree", "also"], average=None).average is None


def test_weights_weigh_shares_and_never_counts(survey: Survey) -> None:
    from dataclasses import replace

    declared = replace(survey, design=SampleDesign(weight="w"))
    item = lv.frequency_table(declared, "agree").items[0]
    # By hand: weights 1, 2, 1, 1, 4 on answers 5, 4, 4, 1, 2.
    np.testing.assert_allclose(item.shares, np.array([1, 4, 0, 3, 1]) / 9)
    assert item.counts.tolist() == [1, 1, 0, 2, 1]
    assert item.mean == pytest.approx((1 + 8 + 12 + 5) / 9)
    plain = lv.frequency_table(declared, "agree", weights=False).items[0]
    assert plain.mean == pytest.approx(16 / 5)


@given(
    st.lists(st.integers(-3, 120) | st.none(), min_size=1, max_size=200),
    st.sampled_from([pl.Int8, pl.Int64, pl.Float64]),
)
def test_counts_equal_polars(values: list[int | None], dtype: type[pl.DataType]) -> None:
    from livelihoods.describe.counting import count_answers

    series = pl.Series("x", values, dtype=dtype)
    found = count_answers([series])[0]
    expected = {v: values.count(v) for v in sorted({v for v in values if v is not None})}
    assert found == expected


def test_workers_do_not_change_counts() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {"x": rng.integers(1, 6, 200_000).astype(np.int8), "w": rng.uniform(size=200_000)}
    )
    one = lv.frequency_table(frame, "x", weights="w", scale="ordinal")
    two = lv.frequency_table(frame, "x", weights="w", scale="ordinal", executor=ThreadExecutor(2))
    assert one.tidy().equals(two.tidy())
    lazy = lv.frequency_table(frame.lazy(), "x", weights="w", scale="ordinal")
    assert one.tidy().equals(lazy.tidy())


@pytest.mark.parametrize(
    ("label", "band"),
    [
        ("10000-30000", (10_000.0, 30_000.0)),
        ("Under 10,000", (None, 10_000.0)),
        ("310000 or more", (310_000.0, None)),
        ("1万以下", (None, 10_000.0)),
        ("4-6万", (40_000.0, 60_000.0)),
        ("31万元以上", (310_000.0, None)),
        ("don't know", None),
        ("5000", None),
    ],
)
def test_bands_are_read_from_wording(
    label: str, band: tuple[float | None, float | None] | None
) -> None:
    assert read_band(label) == band


def test_bands_that_make_no_sense() -> None:
    with pytest.raises(SpecError):
        close_bands("x", [(0, 10), (5, 20)])
    with pytest.raises(SpecError):
        close_bands("x", [(0, None), (5, 20)])
    low, high, notes = close_bands("x", [(None, 10), (20, 30)])
    assert high.tolist() == [15.0, 30.0]
    assert low[1] == 15.0
    assert notes[0].code == "describe.band_gaps"


def test_errors(survey: Survey) -> None:
    with pytest.raises(SpecError, match="nope"):
        lv.frequency_table(survey, ["nope"])
    with pytest.raises(SpecError):
        lv.frequency_table(survey, [])
    with pytest.raises(SpecError, match="bands"):
        lv.frequency_table(survey, "money", bands={"money": [(0, 1), (1, 2)]})
    with pytest.raises(DataError, match="different answers"):
        lv.frequency_table({"x": np.arange(100)}, "x")
    with pytest.raises(DataError, match="no valid answer"):
        lv.frequency_table(pl.DataFrame({"x": [None, None]}, schema={"x": pl.Int64}), "x")
    with pytest.raises(SpecError, match="scale"):
        lv.frequency_table(survey, "agree", scale="likert")  # type: ignore[arg-type]


def test_weights_of_any_scale_give_the_same_money() -> None:
    """The error of the mean in money rests on the number of answers, not on the sum of weights."""
    frame = pl.DataFrame({"x": _expanded([13, 49, 91, 84, 46, 18, 10, 1]), "w": [40.0] * 312})
    bands = {"x": [*MONEY, (310_000.0, 500_000.0)]}
    plain = lv.frequency_table(frame, "x", bands=bands).statistics()
    weighted = lv.frequency_table(frame, "x", bands=bands, weights="w").statistics()
    for column in ("money_mean", "money_mean_se", "money_median"):
        assert weighted[column][0] == pytest.approx(plain[column][0], rel=1e-9)
