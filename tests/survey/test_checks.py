"""Rules of the data check, each on data written to break it and on data that do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import SpecError
from livelihoods.notes import Note
from livelihoods.survey.bands import check_bands, parse_band, parse_bands
from livelihoods.survey.checks.batteries import find_batteries
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import SampleDesign, Variable


def notes(data: object, **options: object) -> dict[str, Note]:
    found = lv.data_check(data, **options).notes  # type: ignore[arg-type]
    for note in found:
        assert note.sentence("en") != note.sentence("zh")
    return {note.code: note for note in found}


def with_entries(data: dict[str, object], *entries: Variable) -> lv.Survey:
    book = lv.Codebook({entry.name: entry for entry in entries})
    return replace(as_survey(data), codebook=book)


def test_unlabelled_codes() -> None:
    yes_no = {"en": {"1": "yes", "0": "no"}}
    ends = {"en": {"1": "not at all", "5": "fully"}}
    survey = with_entries(
        {"member": [1, 0, 2, None], "trust": [1, 3, 5, 6], "km": [0, 5, 9, 31]},
        Variable("member", values=yes_no, scale="binary"),
        Variable("trust", values=ends, scale="ordinal"),
        Variable("km", values={"en": {"0": "in the village"}}),
    )
    found = [n for n in lv.data_check(survey).notes if n.code == "survey.unlabelled_code"]
    assert [(n.where.variables, n.where.rows, n.values["codes"]) for n in found] == [
        (("member",), (2,), ["2"]),
        (("trust",), (3,), ["6"]),
    ]


def test_suspicious_codes_and_contradictions() -> None:
    data = {"children": [0, 1, 2, 99], "size": [3, 1, 1, 4], "sex": ["m", "f", "m", "m"]}
    rules = {"children": "children > size and sex == 'm'", "mask": [False, True, False, False]}
    check = lv.data_check(data, impossible=rules)
    found = [(n.code, n.where.rows) for n in check.notes if n.severity == "warning"]
    assert found == [
        ("survey.impossible", (2, 3)),
        ("survey.impossible", (1,)),
        ("survey.suspect_code", (3,)),
    ]
    assert check.notes[0].where.variables == ("children", "size", "sex")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("a >", "survey.rule_unread"),
        ("a > zz", "survey.rule_column"),
        ("1 > 2", "survey.rule_unread"),
        ("a > 'x'", "survey.rule_unread"),
        ("__import__('os')", "survey.rule_unread"),
        ([True], "survey.rule_length"),
    ],
)
def test_rules_that_cannot_be_read(rule: str | list[bool], code: str) -> None:
    with pytest.raises(SpecError) as caught:
        lv.data_check({"a": [1, 2]}, impossible={"r": rule})
    assert caught.value.code == code
    assert caught.value.message("zh")


@given(st.text(max_size=40))
def test_any_rule_is_read_or_refused(rule: str) -> None:
    try:
        lv.data_check({"a": [1, 2], "b": ["x", None]}, impossible={"r": rule})
    except SpecError as error:
        assert error.code.startswith("survey.rule")  # noqa: PT017


def test_copied_rows() -> None:
    rng = np.random.default_rng([3, 1])
    data = {f"q{k}_{'xyz'[k % 3]}": rng.integers(0, 90, 40).astype(float) for k in range(24)}
    assert "survey.copied_rows" not in notes(data)
    for values in data.values():
        values[7] = values[6]
    data["q0_x"][7] += 1
    assert notes(data)["survey.copied_rows"].where.rows == (7,)


def ratings(n: int = 200) -> dict[str, object]:
    rng = np.random.default_rng([3, 2])
    return {f"trust_{k}": rng.integers(1, 6, n) for k in range(1, 8)}


def test_straight_lining() -> None:
    data = ratings()
    assert "survey.straight_lining" not in notes(data)
    for values in data.values():
        values[10:30] = 4  # type: ignore[index]
    note = notes(data)["survey.straight_lining"]
    assert note.where.rows == tuple(range(10, 30))
    assert (note.severity, note.values["k"]) == ("caution", 7)


def test_batteries_are_found_by_name_range_and_question() -> None:
    rng = np.random.default_rng([3, 3])
    frame = {name: rng.integers(1, 6, 50) for name in ("seed_a", "seed_b", "seed_c", "x", "y", "z")}
    frame |= {"seed_ok": rng.integers(0, 2, 50), "land": rng.integers(0, 400, 50)}
    survey = with_entries(frame, *(Variable(n, question="q9") for n in "xyz"))
    assert find_batteries(survey) == {
        "seed_*": ["seed_a", "seed_b", "seed_c"],
        "q9": ["x", "y", "z"],
    }


def skipped(n: int = 400) -> dict[str, object]:
    """Four items; the first two were asked only of those who said 0 to the last."""
    rng = np.random.default_rng([3, 4])
    severity = rng.normal(size=n)
    items = {
        f"hunger_{k}": (severity + rng.normal(size=n) > cut).astype(float)
        for k, cut in enumerate((0.0, 0.3, 0.6, 0.9))
    }
    for name in ("hunger_0", "hunger_1"):
        items[name][items["hunger_3"] == 1] = np.nan
    return dict(items)


def test_skip_patterns_are_no_scale() -> None:
    note = notes(skipped())["survey.skip_battery"]
    assert note.severity == "serious"
    assert note.values["item"] == "hunger_3"
    # By construction: complete rows are those who said 0 to the last item.
    assert (note.values["mean_complete"], note.values["mean_incomplete"]) == (0.0, 1.0)
    # Items missing at random are no skip pattern.
    rng = np.random.default_rng([3, 5])
    random = {name: np.where(rng.random(200) < 0.3, np.nan, v) for name, v in ratings().items()}
    assert "survey.skip_battery" not in notes(random)
    # Nor is a block that a part of the sample was not asked.
    block = ratings()
    for name in ("trust_1", "trust_2"):
        block[name] = np.where(np.arange(200) < 100, np.nan, block[name])
    assert "survey.skip_battery" not in notes(block)


def test_the_skip_trap_of_a_real_file_is_found(shared: object) -> None:
    # data/README.md: hfias_1..9 were asked with skips, complete rows are the food-secure ones;
    # the fies items were asked of everybody in the surveys that had them.
    survey = lv.read_survey(shared / "data" / "rhomis.parquet")  # type: ignore[operator]
    assert survey.frame.shape == (54_873, 52)
    check = lv.data_check(survey)
    traps = [note for note in check.notes if note.code == "survey.skip_battery"]
    assert [note.values["battery"] for note in traps] == ["hfias"]
    assert traps[0].values["k"] == 9
    assert traps[0].values["mean_complete"] < traps[0].values["mean_incomplete"]
    assert check.notes[0].severity == "serious"
    # README: 2 surveys have sells_crops = 1 for everybody, 6 nobody irrigated.
    grouped = lv.data_check(replace(survey, design=SampleDesign(strata="survey")))
    said = {n.values["variable"]: n.values["n"] for n in grouped.notes if "in_group" in n.code}
    # Only those too large for chance are named.
    assert 1 <= said["sells_crops"] <= 2
    assert 1 <= said["irrigated"] <= 6


def test_heaped_ages_and_round_numbers() -> None:
    rng = np.random.default_rng([3, 6])
    ages = rng.integers(20, 70, 500)
    assert "survey.age_heaping" not in notes({"age": ages})
    heaped = np.where(np.arange(500) % 2 == 0, ages // 5 * 5, ages)
    note = notes({"head_age": heaped})["survey.age_heaping"]
    inside = heaped[(heaped >= 23) & (heaped <= 62)]
    # Whipple: five times the share of ages ending in 0 or 5, in per cent.
    assert note.values["index"] == pytest.approx(500 * (inside % 5 == 0).mean(), rel=1e-12)
    income = rng.integers(1, 400, 500) * 100
    assert notes({"income": income})["survey.rounded"].values["step"] == 100
    assert "survey.rounded" not in notes({"income": income + rng.integers(0, 99, 500)})


@pytest.mark.parametrize(
    ("label", "low", "high"),
    [
        ("10000-30000", 10_000, 30_000),
        ("10,000 – 30,000 yuan", 10_000, 30_000),
        ("1-3万元", 10_000, 30_000),
        ("1万～3万", 10_000, 30_000),
        ("5000元以下", None, 5_000),
        ("under 10000", None, 10_000),
        ("50000元以上", 50_000, None),
        ("more than 2.5", 2.5, None),
        ("0", 0, 0),
        ("5k to 10k", 5_000, 10_000),
        ("1-2 million", 1_000_000, 2_000_000),
        ("5 thousand to 10 thousand", 5_000, 10_000),
    ],
)
def test_bands_are_read(label: str, low: float | None, high: float | None) -> None:
    band = parse_band("1", label)
    assert band is not None
    assert (band.low, band.high) == (low, high)


def test_labels_without_limits_are_no_bands() -> None:
    assert parse_band("1", "very willing") is None
    assert parse_band("1", "1, 2 or 3 times") is None


def banded(*labels: str) -> Variable:
    values = {"en": {str(code): label for code, label in enumerate(labels, 1)}}
    return Variable("income", values=values, scale="banded")


# Income question of the Shanxi paper, table 8.
SHANXI = ("under 10000", "10000-30000", "40000-60000", "70000-100000", "110000-150000",
          "160000-200000", "210000-300000", "310000-500000")  # fmt: skip


def test_gaps_overlaps_and_order_of_bands() -> None:
    def found(*labels: str) -> dict[str, list[str]]:
        said = check_bands(lv.Codebook({"income": banded(*labels)}))
        return {note.code.removeprefix("survey.band_"): note.values["pairs"] for note in said}

    assert [len(pairs) for pairs in found(*SHANXI).values()] == [6]
    assert list(found(*SHANXI)) == ["gap"]
    assert found("under 1000", "1000-1999", "2000-4999", "5000 and above") == {}
    assert found("0-10", "5-20", "20-30") == {
        "overlap": ["0-10 | 5-20"],
        "shared": ["5-20 | 20-30"],
    }
    assert list(found("10-20", "over 20", "0-5")) == ["order"]
    assert [b.low for b in parse_bands(banded(*SHANXI))][:3] == [None, 10_000, 40_000]
    unread = check_bands(lv.Codebook({"x": replace(banded("low", "high"), name="x")}))
    assert [note.code for note in unread] == ["survey.bands_unread"]


def test_constant_in_a_group() -> None:
    rng = np.random.default_rng([3, 7])
    group = np.repeat(np.arange(10), 40)
    sells = rng.integers(0, 2, 400)
    sells[group == 4] = 1
    survey = replace(as_survey({"g": group, "sells": sells}), design=SampleDesign(strata="g"))
    assert notes(survey)["survey.constant_in_group"].values["groups"] == ["4"]


def test_the_result_is_a_table_a_page_and_a_record() -> None:
    data = {"<b>x</b>": [1, 1, 1], "y": [2, 3, None]}
    check = lv.data_check(data)
    page = check.to_html("Check of <script>")
    assert "<b>x" not in page
    assert "<script" not in page
    assert "数据核查" in check.to_html(language="zh")
    assert check.glance().row(0) == (3, 2, 0, 1, 0, 0)
    assert check.to_dict()["findings"][0]["code"] == "survey.constant"
    assert check.tidy().columns == ["code", "severity", "variables", "rows", "finding"]
    clean = lv.data_check(pl.DataFrame({"y": [2, 3, 5], "z": ["a", "b", "c"]}))
    assert "no proof of quality" in repr(clean)
    assert clean.tidy().height == 0
