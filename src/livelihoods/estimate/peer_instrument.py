"""A village's share as an instrument: what is known against it, and the checks that can be run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.design.build import build_design
from livelihoods.engine.replicates import replicate_generator
from livelihoods.errors import SpecError
from livelihoods.estimate.coefficients import shown, stars
from livelihoods.estimate.iv import IvResult, iv
from livelihoods.estimate.plausible import exogeneity_bounds
from livelihoods.estimate.sensitivity_result import SensitivityResult, say
from livelihoods.estimate.vcov import Vcov, VcovSpec, linear_covariance
from livelihoods.figures.distribution import distribution_plot
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics import special
from livelihoods.numerics.covariance import wald
from livelihoods.numerics.linear import lstsq_columns, residualise
from livelihoods.survey.door import as_survey
from livelihoods.survey.places import places_of
from livelihoods.tables import Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats, Ints


def peer_instrument_checks(
    formula: str,
    data: Any,
    *,
    of: str,
    village: str,
    traits: Sequence[str] = (),
    direct: float = 0.25,
    permutations: int = 499,
    seed: int,
    vcov: Vcov | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> SensitivityResult:
    """Run what can be run on the share of others in the village as an instrument.

    Three things are known against it: reflection (Manski 1993: the others' share answers to the
    household too), mechanical correlation of leave-one-out shares (Guryan, Kroft and
    Notowidigdo 2009), and whatever else the village has in common. Checks: villages dealt out at
    random (does the first stage need real villages?), village traits (do they predict the
    share?), and bounds if the share acts on the outcome directly, up to ``direct`` of its
    reduced-form effect (Conley, Hansen and Rossi 2012).

    Parameters
    ----------
    formula
        ``"y ~ x | d ~ share"`` with the share of others as the one instrument.
    of
        The participation that the share counts.
    village
        Column of the groups.
    traits
        Columns fixed before participation that should not predict the share.
    direct
        Largest direct effect of the share, as a part of its reduced-form coefficient.
    permutations, seed
        Number of random villages, and their seed.

    Returns
    -------
    SensitivityResult
        ``values``: first_stage, first_stage_permuted (mean), permutation_p, mechanical
        (−1/(m − 1) for villages of average size m), traits_f, traits_p, conf_low, conf_high.

    Raises
    ------
    SpecError
        With several instruments, or a column that does not exist.
    """
    survey = as_survey(data)
    absent = [name for name in (of, village, *traits) if name not in survey.frame.columns]
    if absent:
        raise SpecError("estimate.peer_columns", columns=absent, known=survey.frame.columns)
    chosen: Vcov = {"cluster": village} if vcov is None else vcov
    result = iv(formula, survey, chosen, weights=weights, conf_level=conf_level)
    codes, own = _villages(survey, result, of, village)
    actual = float(result.first_stage[0].coef[0])
    draws = _permuted(result, codes, own, permutations, seed)
    p = (1.0 + float(np.sum(np.abs(draws) >= abs(actual)))) / (draws.size + 1.0)
    sizes = np.bincount(codes)
    mechanical = -1.0 / (float((sizes**2).sum()) / float(sizes.sum()) - 1.0 or np.nan)
    trait = _traits(formula, survey, result, traits, village, weights)
    reduced = float(result.fit.coef[0]) * actual
    bounds = exogeneity_bounds(result, tuple(sorted((0.0, direct * reduced))))  # type: ignore[arg-type]
    values: dict[str, Any] = {
        "first_stage": actual,
        "first_stage_permuted": float(draws.mean()),
        "permutation_p": p,
        "mechanical": mechanical,
        "traits_f": None if trait is None else trait[0],
        "traits_p": None if trait is None else trait[1],
        "estimate": float(result.fit.coef[0]),
        "conf_low": bounds["conf_low"],
        "conf_high": bounds["conf_high"],
        "direct": direct,
    }
    notes = gather(result.notes, _notes(result, values, traits))
    frame = pl.DataFrame({"replicate": np.arange(draws.size), "first_stage": draws})
    figure = distribution_plot(
        {say("permuted"): draws},
        id="peer-permutations",
        title=say("peer_figure", instrument=shown(result.design.instruments[0])),
    )
    return SensitivityResult(
        "peer_instrument",
        result.outcome,
        values,
        frame,
        _table(result, values, notes),
        figure,
        notes,
    )


def _villages(survey: Survey, result: IvResult, of: str, village: str) -> tuple[Ints, Floats]:
    """Village codes and own participation on the rows used (missing participation: NaN)."""
    places = places_of(survey.rows, result.design.base.rows)
    labels = survey.frame.get_column(village).cast(pl.String).to_numpy()[places]
    codes = np.unique(labels.astype(str), return_inverse=True)[1].astype(np.int64)
    own = survey.frame.get_column(of).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return codes, own[places]


def leave_one_out(values: Floats, codes: Ints) -> Floats:
    """Return the mean of the others of the same group, shape ``(n,)``; NaN without others."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    groups = int(codes.max()) + 1
    total = np.bincount(codes, weights=filled, minlength=groups)[codes] - filled
    count = np.bincount(codes, weights=known.astype(float), minlength=groups)[codes] - known
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / count)


def _permuted(result: IvResult, codes: Ints, own: Floats, permutations: int, seed: int) -> Floats:
    """First-stage coefficients of shares in villages dealt out at random."""
    base, D = result.design.base, result.design.D[:, 0]
    left = residualise(base.X, D[:, None], base.weights)[:, 0]
    w = np.ones_like(left) if base.weights is None else base.weights
    found = np.empty(permutations)
    for r in range(permutations):
        deal = replicate_generator(seed, "peer_instrument", r).permutation(codes)
        share = leave_one_out(own, deal)
        share = np.where(np.isfinite(share), share, np.nanmean(share))
        rest = residualise(base.X, share[:, None], base.weights)[:, 0]
        found[r] = float((w * rest) @ left) / float((w * rest) @ rest)
    return found


def _traits(
    formula: str,
    survey: Any,
    result: IvResult,
    traits: Sequence[str],
    village: str,
    weights: str | None,
) -> tuple[float, float] | None:
    """Joint F of village traits in the share, beside the controls; clustered by village."""
    if not traits:
        return None
    instrument = result.design.instruments[0]
    controls = [name for name in result.design.base.terms if name != "(Intercept)"]
    added = [name for name in traits if name not in controls]
    right = " + ".join([*controls, *added]) or "1"
    design = build_design(f"{instrument} ~ {right}", survey, weights=weights, cluster=(village,))
    fit = lstsq_columns(design.X, design.y, design.weights, check=False)
    spec = VcovSpec("cluster", (village,))
    found = linear_covariance(design, design.X, fit.residuals, fit.bread, spec)
    places = [j for j, term in enumerate(design.terms) if term in traits]
    statistic = wald(fit.coef[places], found.matrix[np.ix_(places, places)])
    if statistic is None:
        return None
    f = statistic / len(places)
    return f, special.f_tail(f, float(len(places)), found.df)


def _notes(result: IvResult, values: dict[str, Any], traits: Sequence[str]) -> tuple[Note, ...]:
    instrument = result.design.instruments[0]
    name = {"instrument": instrument}
    notes = [
        Note("estimate.peer_reflection", "caution", name),
        Note("estimate.peer_mechanical", "info", {"value": values["mechanical"]}),
        Note("estimate.peer_village", "caution", name),
    ]
    if values["permutation_p"] > 0.05:
        found = {"p": values["permutation_p"], "instrument": instrument}
        notes.append(Note("estimate.peer_permutation", "serious", found))
    if values["traits_p"] is not None and values["traits_p"] < 0.05:
        found = {"traits": list(traits), "p": values["traits_p"], "instrument": instrument}
        notes.append(Note("estimate.peer_traits", "warning", found, Where(tuple(traits))))
    return tuple(notes)


def _table(result: IvResult, values: dict[str, Any], notes: tuple[Note, ...]) -> Table:
    tidy = result.tidy().row(0, named=True)
    blank = text("")
    rows = [
        Row(
            (
                text(say("peer_effect", endogenous=shown(result.design.endogenous[0]))),
                number(tidy["estimate"], stars=stars(tidy["p_value"])),
                interval(tidy["conf_low"], tidy["conf_high"]),
            )
        ),
        Row((text(say("peer_first")), number(values["first_stage"]), blank)),
        Row(
            (
                text(say("peer_permuted")),
                number(values["first_stage_permuted"]),
                p_value(values["permutation_p"]),
            )
        ),
        Row((text(say("peer_mechanical")), number(values["mechanical"]), blank)),
    ]
    if values["traits_f"] is not None:
        cells = (text(say("peer_traits")), number(values["traits_f"]), p_value(values["traits_p"]))
        rows.append(Row(cells))
    bounds = interval(values["conf_low"], values["conf_high"])
    label = say("peer_direct", share=f"{100 * values['direct']:g}")
    rows.append(Row((text(label), blank, bounds)))
    columns = (
        Column("what", say("peer_check"), "left"),
        Column("value", say("value")),
        Column("p", say("peer_p"), "center"),
    )
    title = say("peer_title", instrument=shown(result.design.instruments[0]))
    return Table(
        "peer-instrument", title, columns, tuple(rows), notes=notes, language=words.language()
    )
