"""What cannot be estimated is named; what was not found says so on its face."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from estimate.mixed_process.samples import village
from livelihoods.errors import LivelihoodsError
from livelihoods.estimate.mixed_process.equations import Equation

DATA = village(300).with_columns(
    one=pl.lit(1),
    gone=pl.lit(None, dtype=pl.Float64),
    text=pl.when(pl.col("x") > 0).then(pl.lit("low")).otherwise(pl.lit("high")),
    perfect=(pl.col("d") * 1.0),
    share=pl.col("y") * 10,
    high=pl.col("y") - 1,
    three=pl.int_range(pl.len()) % 3,
)
Y, D = lv.linear("y ~ d + x"), lv.probit("d ~ x + z")

CASES: list[tuple[str, tuple[Equation, ...], dict[str, Any], str]] = [
    ("nothing", (), {}, "no_equations"),
    ("same name", (D, D), {}, "same_name"),
    ("unknown latent", (lv.linear("y ~ lat(nobody)"), D), {}, "unknown_latent"),
    ("own latent", (lv.linear("y ~ lat(y)"), D), {}, "unknown_latent"),
    ("latent product", (lv.linear("y ~ lat(d):x"), D), {}, "latent_product"),
    ("loop", (lv.linear("y ~ d + x"), lv.probit("d ~ y + z")), {}, "observed_loop"),
    (
        "loop through a latent variable",
        (lv.linear("y ~ d + x"), lv.probit("d ~ lat(y) + z")),
        {},
        "observed_loop",
    ),
    (
        "no exclusion at all",
        (lv.linear("y ~ lat(d) + x"), lv.probit("d ~ x")),
        {},
        "not_identified",
    ),
    ("linear on linear", (lv.linear("y ~ w + x"), lv.linear("w ~ x")), {}, "not_identified"),
    ("one category", (lv.probit("one ~ x"),), {}, "one_value"),
    ("one category of several", (lv.oprobit("one ~ x"),), {}, "one_value"),
    ("constant outcome", (lv.linear("one ~ x"),), {}, "one_value"),
    ("not binary", (lv.probit("three ~ x"),), {}, "not_binary"),
    ("all censored", (lv.tobit("y ~ x", lower=1e6),), {}, "all_censored"),
    ("all truncated", (lv.truncated("y ~ x", lower=1e6),), {}, "all_censored"),
    ("no share", (lv.fractional("share ~ x"),), {}, "not_share"),
    ("crossed bounds", (lv.interval("y ~ x", "high"),), {}, "crossed"),
    ("too many levels", (lv.oprobit("y ~ x"),), {}, "many_levels"),
    ("separation", (lv.probit("d ~ perfect"),), {}, "separation"),
    ("exact fit", (lv.linear("y ~ share"),), {}, "perfect_fit"),
    ("empty sample", (lv.linear("y ~ x", where="x > 1e9"),), {}, "empty_sample"),
    ("no condition", (lv.linear("y ~ x", where="text"),), {}, "where_no_condition"),
    ("offset of text", (lv.linear("y ~ x", offset="text"),), {}, "not_numeric"),
    ("offset of nothing", (lv.linear("y ~ x", offset="nobody"),), {}, "unknown_column"),
    ("unknown cluster", (Y, D), {"vcov": {"cluster": "nobody"}}, "unknown_column"),
    ("unknown weights", (Y, D), {"weights": "nobody"}, "unknown_column"),
    ("odd weights", (Y, D), {"weights": {"importance": "w"}}, "unknown_weights"),
    ("odd vcov", (Y, D), {"vcov": "HC1"}, "unknown_vcov"),
    ("few clusters", (Y, D), {"vcov": {"cluster": "three"}}, "few_clusters"),
    ("unreadable restriction", (Y, D), {"constraints": ["y:x"]}, "constraint"),
    ("restriction of nothing", (Y, D), {"constraints": ["1 = 1"]}, "constraint"),
    ("unknown parameter", (Y, D), {"constraints": ["y:zz = 0"]}, "constraint_name"),
    ("clash", (Y, D), {"constraints": ["y:x = 0", "y:x = 1"]}, "constraints_clash"),
    (
        "three censored",
        (lv.probit("b ~ x"), D, lv.oprobit("o ~ x")),
        {},
        "three_censored",
    ),
]


@pytest.mark.parametrize(("equations", "options", "code"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_named_errors(equations: tuple[Equation, ...], options: dict[str, Any], code: str) -> None:
    with pytest.raises(LivelihoodsError) as caught:
        lv.cmp(*equations, data=DATA, **options)
    assert caught.value.code == f"estimate.cmp.{code}"
    for language in ("en", "zh"):
        message = caught.value.message(language)
        assert "{" not in message.replace("{'", "").replace('{"', "")
        assert message.count("\n") >= 1  # what happened, and what to do


def test_multinomial_comes_later() -> None:
    with pytest.raises(LivelihoodsError) as caught:
        lv.mprobit("crop ~ land")
    assert caught.value.code == "estimate.cmp.kind_later"


def test_collinear_columns_leave_with_a_note() -> None:
    frame = DATA.with_columns(x2=2 * pl.col("x"))
    result = lv.cmp(lv.linear("y ~ x + x2"), D, data=frame)
    assert any(note.code == "design.collinear" for note in result.notes)
    assert "x2" not in result.tidy()["term"].to_list()


def test_not_converged_says_so_everywhere() -> None:
    result = lv.cmp(lv.linear("y ~ x", where="d == 1"), D, data=DATA, iterations=1)
    assert not result.converged
    serious = [note for note in result.notes if note.severity == "serious"]
    assert [note.code for note in serious] == ["estimate.cmp.too_many"]
    assert result.summary().title.startswith("NOT CONVERGED")
    assert "Do not report these numbers" in " ".join(repr(result).split())
    assert result.glance()["converged"][0] is False
    assert result.to_dict()["glance"]["converged"] is False


def test_no_exclusion_is_said() -> None:
    result = lv.cmp(lv.linear("y ~ d + x"), lv.probit("d ~ x"), data=DATA)
    assert "estimate.cmp.no_exclusion" in [note.code for note in result.notes]
    quiet = lv.cmp(Y, D, data=DATA)
    assert "estimate.cmp.no_exclusion" not in [note.code for note in quiet.notes]


def test_a_flat_ridge_in_rho_is_said() -> None:
    """Nearly everybody is treated, without exclusion: ρ and the effect cannot be told apart."""
    rng = np.random.default_rng(2)
    n = 120
    x = rng.normal(size=n)
    d = (rng.random(n) < 0.08).astype(int)
    frame = pl.DataFrame({"x": x, "d": d, "y": 1 + x + rng.normal(size=n)})
    result = lv.cmp(lv.linear("y ~ d + x"), lv.probit("d ~ x"), data=frame)
    codes = {note.code for note in result.notes}
    told = {"estimate.cmp.rho_vague", "estimate.cmp.rho_bound", "estimate.cmp.flat"}
    assert codes & told or result.fit.covariance[-1, -1] < 1.5**2


def test_rho_at_its_bound_is_said() -> None:
    """One error drives both outcomes, so two probits have no inner maximum in ρ."""
    rng = np.random.default_rng(3)
    n = 300
    x, u = rng.normal(size=(2, n))
    a = (0.2 + 0.5 * x + u > 0).astype(int)
    b = (-0.1 + 0.5 * x + u > 0).astype(int)
    frame = pl.DataFrame({"x": x, "a": a, "b": b})
    result = lv.cmp(lv.probit("a ~ x"), lv.probit("b ~ x"), data=frame)
    assert "estimate.cmp.rho_bound" in [note.code for note in result.notes]


def test_few_clusters_are_warned_of() -> None:
    frame = DATA.with_columns(g=pl.int_range(pl.len()) % 12)
    result = lv.cmp(Y, D, data=frame, vcov={"cluster": "g"})
    assert "estimate.few_clusters" in [note.code for note in result.notes]


def test_rows_lost_are_counted() -> None:
    frame = DATA.with_columns(z=pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise("z"))
    result = lv.cmp(Y, D, data=frame)
    sizes = [int((e.code != 0).sum()) for e in result.built.system.equations]
    assert sizes == [300, 293]  # each equation loses its own rows only
    assert any(note.code == "design.rows_missing" for note in result.notes)


def test_extreme_scale_does_not_hurt() -> None:
    frame = DATA.with_columns(y=pl.col("y") * 1e7, x=pl.col("x") * 1e-6 + 3e-6)
    result = lv.cmp(Y, D, data=frame)
    base = lv.cmp(Y, D, data=DATA)
    assert result.converged
    assert abs(result.rho["estimate"][0] - base.rho["estimate"][0]) < 1e-6


def test_text_categories_are_ordered_by_spelling_and_that_is_said() -> None:
    result = lv.cmp(lv.oprobit("text ~ z"), data=DATA)
    (note,) = (note for note in result.notes if note.code == "estimate.cmp.text_levels")
    assert note.values["levels"] == ["high", "low"]


def test_a_rare_dummy_that_predicts_perfectly_is_named() -> None:
    """Quasi-separation: four rows of one village, all of which take part."""
    frame = DATA.with_columns(rare=(pl.int_range(pl.len()).is_in([3, 50, 120, 200])).cast(int))
    frame = frame.with_columns(d=pl.when(pl.col("rare") == 1).then(1).otherwise("d"))
    with pytest.raises(LivelihoodsError) as caught:
        lv.cmp(lv.linear("y ~ d + x"), lv.probit("d ~ x + z + rare"), data=frame)
    assert caught.value.code == "estimate.cmp.separation"
    assert caught.value.values["terms"] == ["rare"]
    assert caught.value.values["rows"] == [3, 50, 120, 200]
