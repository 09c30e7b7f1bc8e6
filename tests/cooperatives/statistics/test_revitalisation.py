"""Five revitalisations: panels, missing evidence, disputes, totals only on demand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import cooperatives as co
from livelihoods import words
from livelihoods.cooperatives.statistics import indicator_set

DAY = date(2023, 5, 1)


def entries(*rows: tuple[str, str, float], source: str = "report") -> pl.DataFrame:
    return pl.DataFrame(
        [(unit, name, DAY, value, source) for unit, name, value in rows],
        schema=["unit", "indicator", "day", "quantity", "source"],
        orient="row",
    )


BASIC = entries(
    ("A", "training_sessions", 4), ("B", "training_sessions", 10),
    ("A", "processing_share", 0.2), ("B", "processing_share", 0.6),
    ("A", "inputs_per_mu", 30), ("B", "inputs_per_mu", 50),
)  # fmt: skip


def test_the_panels_of_the_issue_are_there() -> None:
    # Issue 12, point 7, names the panels and what stands in each.
    found = indicator_set()
    named = {panel: [] for panel in found.panels}
    for name, each in found.indicator.items():
        named[each.panel].append(name)
    assert named == {
        "talent": ["training_sessions", "persons_trained", "experts", "returnees"],
        "industry": ["machinery", "processing_share", "brands"],
        "culture": ["village_events", "village_rules"],
        "organisation": ["assemblies", "honours"],
        "ecology": ["green_area_mu", "inputs_per_mu", "tourism_receipts"],
        "beside": ["urban_rural_ratio"],
    }


def test_sums_means_and_what_is_missing() -> None:
    found = co.revitalisation(BASIC, units=["A", "B", "C"])
    rows = {row["indicator"]: row for row in found.tidy().to_dicts()}
    assert rows["training_sessions"]["value"] == 14
    assert rows["processing_share"]["value"] == pytest.approx(0.4)  # (0.2 + 0.6)/2
    assert rows["inputs_per_mu"]["median"] == 40
    assert (rows["training_sessions"]["shown"], rows["training_sessions"]["asked"]) == (2, 3)
    assert rows["experts"]["value"] is None
    assert found.glance()["without_evidence"][0] == 12
    assert "no evidence" in found.summary().to_text()
    note = next(n for n in found.notes if n.code == "revitalisation.nobody_showed")
    assert len(note.values["indicators"]) == 12


def test_stocks_take_the_last_entry_and_flows_add_up() -> None:
    later = entries(("A", "machinery", 3.0), ("A", "brands", 1.0))
    more = later.with_columns(day=pl.lit(date(2023, 9, 1)), quantity=pl.col("quantity") + 1)
    found = co.revitalisation(pl.concat([more, later]), units=["A"])
    values = dict(found.evidence.select("indicator", "value").iter_rows())
    assert values == {"machinery": 4.0, "brands": 3.0}
    first = co.revitalisation(
        pl.concat([more, later]), units=["A"], period=(date(2023, 1, 1), date(2023, 6, 1))
    )
    assert dict(first.evidence.select("indicator", "value").iter_rows()) == {
        "machinery": 3.0, "brands": 1.0,
    }  # fmt: skip


def test_sources_that_agree_count_once_and_those_that_do_not_count_for_nothing() -> None:
    same = entries(("A", "training_sessions", 4), ("B", "training_sessions", 10), source="visit")
    both = pl.concat([BASIC, same], how="vertical_relaxed")
    assert co.revitalisation(both).tidy()["value"][0] == 14
    other = entries(("A", "training_sessions", 9), source="visit")
    found = co.revitalisation(pl.concat([BASIC, other], how="vertical_relaxed"))
    assert found.tidy()["value"][0] == 10
    note = next(n for n in found.notes if n.code == "revitalisation.disputed")
    assert note.values["entries"] == ["A, training_sessions, 2023-05-01"]


def test_no_total_unless_somebody_weighs() -> None:
    found = co.revitalisation(BASIC, units=["A", "B", "C"])
    total = found.total({"training_sessions": 1, "inputs_per_mu": 3})
    # By hand: A has the least training (0) and the least inputs (1, reversed): 3/4; B the reverse.
    assert total["total"].to_list() == [0.75, 0.25, None]
    assert total["missing"].to_list() == ["", "", "training_sessions, inputs_per_mu"]
    assert not any("total" in name for name in found.tidy().columns)
    for weights in ({}, {"experts": -1.0}):
        with pytest.raises(lv.LivelihoodsError) as caught:
            found.total(weights)
        assert caught.value.code == "revitalisation.bad_weights"


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 50)), min_size=1, max_size=20))
def test_the_order_of_entries_is_immaterial(rows: list[tuple[str, int]]) -> None:
    frame = entries(*[(unit, "experts", float(value)) for unit, value in rows])
    found, other = co.revitalisation(frame), co.revitalisation(frame.reverse())
    assert found.tidy().equals(other.tidy())
    assert found.tidy()["shown"].sum() <= len(found.units)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source": pl.lit(" ")}, "revitalisation.unsourced"),
        ({"source": pl.lit(None, dtype=pl.String)}, "revitalisation.unsourced"),
        ({"quantity": pl.lit(-1.0)}, "revitalisation.negative"),
        ({"quantity": pl.lit(None, dtype=pl.Float64)}, "revitalisation.incomplete"),
        ({"quantity": pl.lit("many")}, "revitalisation.types"),
        ({"day": pl.lit("tomorrow")}, "revitalisation.incomplete"),
        ({"indicator": pl.lit("luck")}, "revitalisation.unknown_indicator"),
        ({"quantity": pl.lit(7.0)}, "revitalisation.not_a_share"),
    ],
)
def test_refusals_of_entries(change: dict[str, pl.Expr], code: str) -> None:
    with pytest.raises(lv.LivelihoodsError) as caught:
        co.revitalisation(BASIC.with_columns(**change))
    assert caught.value.code == code
    assert caught.value.message("zh")


def test_other_refusals(tmp_path: Path) -> None:
    cases = [
        (lambda: co.revitalisation(BASIC, units=["A"]), "revitalisation.not_asked"),
        (lambda: co.revitalisation(BASIC.clear()), "revitalisation.no_entries"),
        (lambda: co.revitalisation(BASIC.drop("day")), "revitalisation.columns"),
        (lambda: co.revitalisation(BASIC, "nothing"), "revitalisation.unknown_set"),
        (
            lambda: co.revitalisation(BASIC, period=(DAY, date(2022, 1, 1))),
            "revitalisation.bad_period",
        ),
        (lambda: co.revitalisation(BASIC).profile("Z"), "revitalisation.unknown_unit"),
    ]
    for number, bad in enumerate(["format = ", "format = 1", _foreign_panel()]):
        path = tmp_path / f"{number}.toml"
        path.write_text(bad, encoding="utf-8")
        cases.append((lambda path=path: indicator_set(path), "revitalisation.bad_set"))
    for call, code in cases:
        with pytest.raises(lv.LivelihoodsError) as caught:
            call()
        assert caught.value.code == code


def _foreign_panel() -> str:
    return """format = 1
id = "x"
source = "s"
name = { en = "x" }
panels = { talent = { en = "Talent" } }
[indicator.a]
panel = "nowhere"
label = { en = "a" }
unit = { en = "a" }
direction = "+"
combine = "sum"
"""


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everything_is_said_in_both_languages(language: str) -> None:
    with words.use_language(language):
        found = co.revitalisation(BASIC, units=["A", "B", "C"], period=(DAY, DAY))
        table = found.summary().to_text()
        assert ("Talent" if language == "en" else "人才振兴") in table
        assert found.profile("A").to_text()
        assert found.plot().to_svg()


def test_from_the_register(tmp_path: Path) -> None:
    names = ["C1", "C2"]
    with co.create_register(tmp_path / "small.duckdb") as register:
        with register.post("import") as batch:
            batch.append("cooperatives", pl.DataFrame({
                "cooperative": names, "name": names, "kind": ["professional"] * 2,
                "registered_on": [date(2020, 1, 1), date(2025, 1, 1)],
            }))  # fmt: skip
            batch.append("activities", pl.DataFrame({
                "cooperative": ["C1"], "indicator": ["experts"], "day": [DAY],
                "quantity": [2.0], "source": ["visit"],
            }))  # fmt: skip
            batch.append("assemblies", pl.DataFrame({
                "cooperative": ["C1", "C1"], "assembly": ["a", "b"], "kind": ["ordinary"] * 2,
                "day": [DAY, date(2023, 12, 1)],
            }))  # fmt: skip
            batch.append("assets", pl.DataFrame({
                "cooperative": ["C1", "C1"], "asset": ["x", "y"], "name": ["tractor", "sold"],
                "kind": ["machine"] * 2, "bought_on": [date(2021, 1, 1)] * 2,
                "cost_cents": [100, 100], "disposed_on": [None, date(2022, 1, 1)],
            }))  # fmt: skip
        found = co.revitalisation_from_register(register, 2023)
    assert found.units == ("C1",)  # the other did not exist yet
    assert dict(found.evidence.select("indicator", "value").iter_rows()) == {
        "assemblies": 2.0, "experts": 2.0, "machinery": 1.0,
    }  # fmt: skip
