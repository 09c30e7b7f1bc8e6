"""Random expressions and formulas on real rows: an answer or a LivelihoodsError, nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.design.build import build_design
from livelihoods.design.derive import derive
from livelihoods.errors import LivelihoodsError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import SampleDesign, Survey


def _survey(height: int) -> Survey:
    frame = pl.DataFrame(
        {
            "x": [1.0, None, -2.0, 0.0, 5.0],
            "i": [1, 0, 1, None, 0],
            "b": [True, False, None, True, False],
            "t": ["u", "v", None, "u", ""],
            "v": [1, 1, 2, 2, None],
            "h": [1, 1, 2, 2, 3],
            "y": [2016, 2018, 2016, 2018, 2016],
            "d": [None] * 5,
        },
        schema_overrides={"d": pl.Date},
    ).head(height)
    return replace(as_survey(frame), design=SampleDesign(household="h", wave="y"))


_LEAVES = ["x", "i", "b", "t", "v", "d", "1", "0", "2.5", '"u"', "true", "null", "[1, 2]", "nope"]


def _join(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(parts, parts)
    operators = st.sampled_from(
        ["+", "-", "*", "/", "^", "==", "!=", "<", ">=", "and", "or", "in", "not in"]
    )
    infix = st.tuples(pair, operators).map(lambda p: f"({p[0][0]} {p[1]} {p[0][1]})")
    one = st.sampled_from(
        ["log", "exp", "sqrt", "abs", "is_missing", "any_of", "n_of", "mean_of", "lag", "log1p"]
    )
    call = st.tuples(one, parts).map(lambda p: f"{p[0]}({p[1]})")
    two = st.sampled_from(
        [
            "any_of({0}, {1})",
            "sum_of({0}, {1}, min_valid=1)",
            "exists_in(v, {0})",
            "exists_in([v, {0}], {1})",
            "peer_share(of={0}, within=v)",
            "recode({0}, 1 -> {1})",
            "recode({0}, {1} -> 0, else -> null)",
            "cut({0}, [0, {1}])",
            "if_else({0}, {1}, x)",
            "if_else(b, {0}, {1})",
            "not {0}",
            "-{0}",
        ]
    )
    formed = st.tuples(two, pair).map(lambda p: p[0].format(*p[1]))
    return infix | call | formed


EXPRESSIONS = st.recursive(st.sampled_from(_LEAVES), _join, max_leaves=6)


@given(EXPRESSIONS, st.sampled_from([5, 1, 0]))
def test_derive_answers_or_teaches(text: str, height: int) -> None:
    survey = _survey(height)
    try:
        done = derive(survey, {"new": text})
    except LivelihoodsError as error:
        fault: LivelihoodsError | None = error
    else:
        fault = None
        assert done.frame["new"].len() == height
        assert all(note.sentence("en") for note in done.notes)
        if done.frame["new"].dtype == pl.Float64:
            assert np.isfinite(done.frame["new"].drop_nulls().to_numpy()).all()
    assert fault is None or (str(fault) and fault.message("zh"))


_TERMS = ["x", "i", "b", "t", "C(v)", 'C(t, ref="u")', "log(x)", "x^2", "poly(x, 2)", "d", "lag(x)"]


@given(
    st.lists(st.sampled_from(_TERMS), min_size=1, max_size=4),
    st.sampled_from([" + ", ":", "*", " - "]),
    st.sampled_from(["y", "x", "C(t)", "log(i + 1)", "t", "d"]),
    st.sampled_from([5, 1, 0]),
)
def test_designs_are_finite_or_refused(
    terms: list[str], joined: str, outcome: str, height: int
) -> None:
    fault: LivelihoodsError | None = None
    try:
        design = build_design(f"{outcome} ~ {joined.join(terms)}", _survey(height), cluster="v")
    except LivelihoodsError as error:
        fault = error
    else:
        assert design.X.shape == (design.nobs, len(design.names))
        assert np.isfinite(design.X).all()
        assert np.isfinite(design.y).all()
    assert fault is None or (str(fault) and fault.message("zh"))
