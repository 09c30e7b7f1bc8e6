"""Derived variables: Kleene's truth tables, arithmetic, groups, notes and lineage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.design.derive import derive
from livelihoods.design.lineage import shared_sources
from livelihoods.design.peers import peer_share
from livelihoods.errors import FormulaError, SpecError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import SampleDesign, Survey

T, F, N = True, False, None


def values(expression: str, **columns: list[object]) -> list[object]:
    survey = as_survey(pl.DataFrame(columns, strict=False))
    return derive(survey, {"new": expression}).frame["new"].to_list()


def test_kleene_tables() -> None:
    # Kleene (1952), strong three-valued logic, all nine pairs.
    a = [T, T, T, F, F, F, N, N, N]
    b = [T, F, N, T, F, N, T, F, N]
    assert values("a and b", a=a, b=b) == [T, F, N, F, F, F, N, F, N]
    assert values("a or b", a=a, b=b) == [T, T, T, T, F, N, T, N, N]
    assert values("not a", a=a, b=b) == [F, F, F, T, T, T, N, N, N]
    assert values("any_of(a, b)", a=a, b=b) == values("a or b", a=a, b=b)
    assert values("all_of(a, b)", a=a, b=b) == values("a and b", a=a, b=b)


CASES = [
    ("x + 2 * x ^ 2", [3.0, None, 10.0]),
    ("-x / 2", [-0.5, None, -1.0]),
    ("x > 1", [F, N, T]),
    ("x in (1, 5)", [T, N, F]),
    ("x not in (1, 5)", [F, N, T]),
    ("is_missing(x)", [F, T, F]),
    ("n_of(x == 1, t == 'u')", [2.0, None, 0.0]),
    ("sum_of(x, y)", [11.0, None, 32.0]),
    ("sum_of(x, y, min_valid=1)", [11.0, 20.0, 32.0]),
    ("mean_of(x, y, min_valid=1)", [5.5, 20.0, 16.0]),
    ("if_else(x == 1, y, 0)", [10.0, None, 0.0]),
    ("recode(x, 1 -> 0, else -> null)", [0.0, None, None]),
    ("recode(x, null -> 9)", [1.0, 9.0, 2.0]),
    ("recode(x, [1, 2] -> 'some', else -> 'none')", ["some", "none", "some"]),
    ("recode(t, 'u' -> 1, else -> 0)", [1.0, 0.0, 0.0]),
    ("cut(y, [15, 20])", [1.0, 3.0, 3.0]),
    ("cut(y, [15, 20], right=true)", [1.0, 2.0, 3.0]),
    ("cut(y, [15, 20], labels=['a', 'b', 'c'])", ["a", "c", "c"]),
    ("t == 'u'", [T, F, F]),
    ("log(y) - log(10)", [0.0, float(np.log(20) - np.log(10)), float(np.log(30) - np.log(10))]),
    ("true", [T, T, T]),
    ("1", [1.0, 1.0, 1.0]),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_by_hand(expression: str, expected: list[object]) -> None:
    got = values(expression, x=[1, None, 2], y=[10.0, 20.0, 30.0], t=["u", "v", "v"])
    assert got == expected


def test_impossible_arithmetic_is_null_with_a_note() -> None:
    survey = as_survey({"a": np.array([1.0, 0.0, -1.0]), "b": np.array([0.0, 1.0, 2.0])})
    done = derive(survey, {"r": "a / b", "l": "log(a)", "s": "sqrt(a)", "e": "exp(1000 * b)"})
    assert done.frame["r"].to_list() == [None, 0.0, -0.5]
    assert done.frame["l"].to_list() == [0.0, None, None]
    found = {note.code: note.where.rows for note in done.notes}
    assert found == {
        "design.divided_by_zero": (0,),
        "design.not_positive_log": (1, 2),
        "design.negative_root": (2,),
        "design.overflow": (1, 2),
    }
    assert all(note.sentence("zh") for note in done.notes)


def test_exists_in_is_three_valued_and_by_wave() -> None:
    frame = pl.DataFrame(
        {
            "v": ["a", "a", "b", "b", "c", "c", None],
            "x": [1, None, 0, None, 0, 0, 1],
            "t": [1, 1, 1, 1, 1, 1, 1],
        }
    )
    assert derive(as_survey(frame), {"e": "exists_in(v, x)"}).frame["e"].to_list() == [
        T,
        T,
        N,
        N,
        F,
        F,
        N,
    ]
    waves = replace(
        as_survey(pl.DataFrame({"v": [1, 1], "x": [1, 0], "t": [1, 2]})),
        design=SampleDesign(wave="t"),
    )
    done = derive(waves, {"e": "exists_in(v, x)"})
    assert done.frame["e"].to_list() == [T, F]
    assert [note.code for note in done.notes] == ["design.within_wave"]


def test_refusals() -> None:
    for expression, code in [
        ("x and true", "design.not_binary"),
        ("t + 1", "design.needs_number"),
        ("x == 'u'", "design.needs_number"),
        ("t == 1", "design.needs_text"),
        ("x == null", "design.compared_with_null"),
        ("y1 + 1", "design.unknown_name"),
        ("cut(x, [2, 1])", "design.bad_breaks"),
        ("recode(x, 1 -> 'a')", "design.recode_left_over"),
        ("recode(x, 1 -> 'a', 2 -> 3)", "design.mixed_targets"),
        ("lag(x)", "design.lag_needs_panel"),
        ("mean_of(x, min_valid=2)", "design.bad_min_valid"),
    ]:
        with pytest.raises(FormulaError) as error:
            values(expression, x=[1, 2], t=["a", "b"])
        assert error.value.code == code, expression
        assert str(error.value)


def test_lineage_is_the_union_of_sources() -> None:
    survey = replace(
        as_survey({"a": [1, 0], "b": [0, 1], "v": [1, 1]}), lineage={"a": ("q1",), "b": ("q2",)}
    )
    done = derive(survey, {"c": "a or b", "d": "exists_in(v, c)"})
    assert done.sources("c") == ("q1", "q2")
    assert done.sources("d") == ("q1", "q2", "v")
    shared = shared_sources(done, ["d", "v"], ["a", "b"])
    assert [(s.variable, s.indicator, s.questions) for s in shared] == [
        ("d", "a", ("q1",)),
        ("d", "b", ("q2",)),
    ]


def _panel(x: list[object], v: list[object], h: list[object]) -> Survey:
    frame = pl.DataFrame(
        {"x": x, "v": v, "h": h}, schema={"x": pl.Float64, "v": pl.Int64, "h": pl.Int64}
    )
    return replace(as_survey(frame), design=SampleDesign(household="h"))


def test_peer_share_by_hand() -> None:
    survey = _panel([1, 0, 1, 1, None, 1], [1, 1, 1, 2, 2, 3], [10, 10, 11, 12, 13, 14])
    done = peer_share(survey, of="x", within=("v",))
    # Village 1: households 10 (1, 0) and 11 (1). Village 2: 13 has no answer. Village 3: alone.
    assert done.frame["x_peers"].to_list() == [1.0, 1.0, 0.5, None, 1.0, None]
    assert done.notes[-1].code == "design.no_peers"
    assert done.notes[-1].where.rows == (3, 5)
    derived = derive(survey, {"p": "peer_share(of=x, within=v)"})
    assert derived.frame["p"].to_list() == done.frame["x_peers"].to_list()
    assert derived.notes[-1].where.rows == (3, 5)
    with pytest.raises(SpecError, match="nope"):
        peer_share(survey, of="x", within="nope")


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, None]), st.integers(0, 3), st.integers(0, 5)),
        min_size=1,
        max_size=25,
    )
)
def test_peer_share_equals_the_definition(rows: list[tuple[float | None, int, int]]) -> None:
    x, v, h = (list(column) for column in zip(*rows, strict=True))
    got = peer_share(_panel(x, v, h), of="x", within="v").frame["x_peers"].to_list()
    for i, (_, group, household) in enumerate(rows):
        others = [a for a, b, c in rows if b == group and c != household and a is not None]
        assert got[i] == (sum(others) / len(others) if others else None)


def test_peer_share_beside_village_dummies_is_warned_of() -> None:
    from livelihoods.design.build import build_design

    survey = _panel([1, 0, 1, 0, 1, 0], [1, 1, 1, 2, 2, 2], [1, 2, 3, 4, 5, 6])
    done = derive(survey, {"p": "peer_share(of=x, within=v)"})
    for data in (done, peer_share(survey, of="x", within="v", name="p")):
        design = build_design("x ~ p + C(v)", data)
        assert "design.peer_dummies" in {note.code for note in design.notes}
        assert "design.peer_dummies" not in {
            note.code for note in build_design("x ~ p + v", data).notes
        }
        # By construction: within a village of m, (m − 1) · share = total − own value.
        x, p = data.frame["x"].to_numpy(), data.frame["p"].to_numpy()
        assert np.corrcoef(x[:3], p[:3])[0, 1] == pytest.approx(-1.0)


def test_peer_share_beside_dummies_of_the_waves_alone_is_left_in_peace() -> None:
    from livelihoods.datasets import jiangsu_like
    from livelihoods.design.build import build_design

    done = derive(jiangsu_like(), {"p": "peer_share(of=pension, within=[village, year])"})
    waves = {note.code for note in build_design("age ~ p + C(year)", done).notes}
    villages = {note.code for note in build_design("age ~ p + C(village)", done).notes}
    assert "design.peer_dummies" not in waves
    assert "design.peer_dummies" in villages


def test_lag_says_who_has_no_wave_before() -> None:
    frame = pl.DataFrame({"h": [1, 1, 2], "t": [1, 2, 2], "x": [5.0, 6.0, 7.0]})
    survey = replace(as_survey(frame), design=SampleDesign(household="h", wave="t"))
    done = derive(survey, {"before": "lag(x)"})
    assert done.frame["before"].to_list() == [None, 5.0, None]
    assert [(note.code, note.where.rows) for note in done.notes] == [("design.no_previous", (0, 2))]
