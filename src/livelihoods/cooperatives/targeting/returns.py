"""Return to poverty: who, not poor in the first wave, is poor in the second; and is it foreseen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting.calibration import Calibration, calibrate
from livelihoods.cooperatives.targeting.cross_section import vulnerability
from livelihoods.cooperatives.targeting.cutoffs import fold_of_groups, rank, rank_accuracy
from livelihoods.cooperatives.targeting.held_out import chances_held_out
from livelihoods.cooperatives.targeting.sample import Scale
from livelihoods.describe.setting import Setting, check_columns
from livelihoods.design.build import build_design
from livelihoods.design.language import parse_formula
from livelihoods.engine import replicate_generator
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, gather
from livelihoods.survey.door import as_survey
from livelihoods.survey.places import places_of
from livelihoods.survey.waves import link_waves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livelihoods.design.model import Design
    from livelihoods.figures import Figure
    from livelihoods.survey.model import Survey
    from livelihoods.tables import Table
    from livelihoods.typing import Floats

LATER = "poor_later"
_LEAST = 30
_LEAST_EVENTS = 10


@dataclass(frozen=True, slots=True)
class ReturnToPoverty:
    """Chances of falling (back) into poverty, and whether they come true.

    Attributes
    ----------
    formula, design
        What was asked; households at risk with their first-wave characteristics.
    waves
        The two waves.
    chance
        Held-out chance of each household at risk, shape ``(n,)``.
    came
        1 if poor in the second wave, shape ``(n,)``.
    calibration
        Of the held-out chances.
    one_wave
        The same for vulnerability computed from the first wave alone; None if it cannot be.
    auc
        Chance that who falls was given a higher chance than who does not.
    folds, cluster, conf_level, notes
        How it was computed, and what must be said.
    """

    formula: str
    design: Design
    waves: tuple[Any, Any]
    chance: Floats
    came: Floats
    calibration: Calibration
    one_wave: Calibration | None
    auc: float
    folds: int
    cluster: str
    conf_level: float
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a bin of like chance: cases, what was said, what came."""
        found = self.calibration
        return pl.DataFrame(
            {
                "bin": np.arange(1, found.counts.size + 1),
                "n": found.counts,
                "said": found.said,
                "came": found.came,
                "conf_low": found.low,
                "conf_high": found.high,
            }
        )

    def scores(self) -> pl.DataFrame:
        """Return each household at risk: row of the first wave, chance, what came."""
        return pl.DataFrame({"row": self.design.rows, "chance": self.chance, "came": self.came})

    def glance(self) -> pl.DataFrame:
        """Return one row: households at risk, how many fell, scores."""
        found = self.calibration
        return pl.DataFrame(
            {
                "at_risk": [self.came.size],
                "returned": [int(self.came.sum())],
                "rate": [float(self.came.mean())],
                "brier": [found.brier],
                "brier_of_rate": [found.reference],
                "skill": [found.skill],
                "reliability": [found.reliability],
                "resolution": [found.resolution],
                "intercept": [found.intercept],
                "slope": [found.slope],
                "auc": [self.auc],
            }
        )

    def summary(self) -> Table:
        """Return the scores, those of one wave alone beside them."""
        from livelihoods.cooperatives.targeting.returns_show import scores_table

        return scores_table(self)

    def bins_table(self) -> Table:
        """Return what was said against what came."""
        from livelihoods.cooperatives.targeting.returns_show import bins_table

        return bins_table(self)

    def plot(self) -> Figure:
        """Draw the reliability curve."""
        from livelihoods.cooperatives.targeting.returns_show import reliability_figure

        return reliability_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "formula": self.formula,
            "glance": self.glance().to_dicts()[0],
            "bins": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def return_to_poverty(
    formula: str,
    data: Any,
    line: float | Mapping[Any, float],
    *,
    unit: str | None = None,
    wave: str | None = None,
    ex_poor: str | None = None,
    scale: Scale = "ln",
    cluster: str | None = None,
    folds: int = 10,
    bins: int = 10,
    conf_level: float = 0.95,
    seed: int = 0,
    identity: str = "return",
) -> ReturnToPoverty:
    """Foretell who falls back into poverty, on clusters not seen, and check it.

    Households not poor in the first wave are at risk. A logit of being poor in the second wave on
    first-wave characteristics gives each its chance; all scores are of held-out chances.

    Parameters
    ----------
    formula
        Consumption per head on first-wave characteristics.
    data
        Both waves in long form.
    line
        Poverty line per head, or one a wave: ``{2020: 6000, 2022: 6800}``.
    unit, wave
        Columns of household and wave; None takes the declared ones.
    ex_poor
        0/1 column: only households poor before the first wave are at risk (return in the strict
        sense). None takes all that are not poor.
    scale
        Whether the outcome is ``"ln"`` consumption or ``"money"``.
    cluster
        Whole clusters are held out; None holds out households.
    folds, bins
        Parts held out; groups of like chance in the reliability curve.
    conf_level, seed, identity
        Of the intervals; of the folds.

    Raises
    ------
    SpecError
        Not exactly two waves (one gives :func:`vulnerability`), or a line missing for one.
    DataError
        Too few households at risk, or too few that fell or did not.
    """
    _check(folds, bins, scale)
    survey = as_survey(data)
    house, period = unit or survey.design.household, wave or survey.design.wave
    if house is None or period is None:
        raise SpecError("targeting.no_panel", unit=house, wave=period)
    panel = link_waves(survey, house, period)
    waves = panel.frame[period].drop_nulls().unique().sort().to_list()
    if len(waves) != 2:
        raise SpecError("targeting.not_two_waves", wave=period, n=len(waves))
    at_risk, notes = _at_risk(panel, formula, line, waves, house, period, ex_poor, scale)
    rhs = formula.split("~", 1)[1].strip()
    design = build_design(f"{LATER} ~ {rhs}", at_risk, cluster=cluster or ())
    _enough(design)
    groups = design.clusters[cluster] if cluster else np.arange(design.nobs, dtype=np.int64)
    parts = min(folds, int(groups.max()) + 1)
    if parts < 2:
        raise DataError("targeting.one_cluster", cluster=cluster)
    fold = fold_of_groups(groups, parts, replicate_generator(seed, f"{identity}/folds", 0))[groups]
    chance, unseen = chances_held_out(design.X, design.y, fold)
    codes = groups if cluster else None
    ranked = rank(-chance, design.y > 0, design.y, np.ones(design.nobs))
    if not cluster:
        notes.append(Note("targeting.no_cluster", "caution"))
    if unseen.any():
        names = [name for name, gone in zip(design.names, unseen, strict=True) if gone]
        notes.append(Note("targeting.unseen_levels", "caution", {"names": names}))
    first = panel.keep(panel.frame[period] == waves[0], "", period)
    return ReturnToPoverty(
        formula=formula,
        design=design,
        waves=(waves[0], waves[1]),
        chance=chance,
        came=design.y,
        calibration=calibrate(chance, design.y, bins, conf_level, codes),
        one_wave=_one_wave(formula, first, _line_of(line, waves[0]), scale, design, bins),
        auc=rank_accuracy(ranked),
        folds=parts,
        cluster=cluster or "",
        conf_level=conf_level,
        notes=gather(design.notes, notes),
    )


def _check(folds: int, bins: int, scale: str) -> None:
    for name, value in (("folds", folds), ("bins", bins)):
        if value < 2:
            raise SpecError("targeting.bad_count", name=name, value=value, least=2)
    if scale not in ("ln", "money"):
        raise SpecError("targeting.unknown_scale", scale=scale)


def _line_of(line: float | Mapping[Any, float], wave: Any) -> float:
    if isinstance(line, int | float):
        found: float | None = float(line)
    else:
        found = line.get(wave, line.get(str(wave)))
    if found is None:
        raise SpecError("targeting.no_line_for_wave", wave=wave)
    if not (np.isfinite(found) and found > 0):
        raise SpecError("targeting.bad_line", line=str(found))
    return float(found)


def _at_risk(
    panel: Survey,
    formula: str,
    line: float | Mapping[Any, float],
    waves: list[Any],
    unit: str,
    wave: str,
    ex_poor: str | None,
    scale: str,
) -> tuple[Survey, list[Note]]:
    """Return first-wave households not poor, with whether they are poor later."""
    outcome = parse_formula(formula).response
    check_columns(panel, [outcome, *([ex_poor] if ex_poor else [])])
    values = Setting(panel).numbers(outcome)
    period = panel.frame[wave]
    poor = np.full(values.size, np.nan)
    for each in waves:
        z = _line_of(line, each)
        mine = (period == each).fill_null(False).to_numpy() & ~np.isnan(values)
        poor[mine] = values[mine] < (np.log(z) if scale == "ln" else z)
    frame = pl.DataFrame(
        {"unit": panel.frame[unit], "wave": period, "poor": poor}, nan_to_null=True
    )
    later = frame.filter(pl.col("wave") == waves[1]).select("unit", pl.col("poor").alias(LATER))
    joined = frame.join(later, on="unit", how="left", maintain_order="left")
    safe = (period == waves[0]).fill_null(False) & (joined["poor"] == 0).fill_null(False)
    if ex_poor:
        safe &= (panel.frame[ex_poor].cast(pl.Float64) == 1).fill_null(False)
    seen = joined[LATER].is_not_null()
    lost = int((safe & ~seen).sum())
    notes = []
    if lost:
        values_said = {"n": lost, "of": int(safe.sum()), "wave": waves[1]}
        notes.append(Note("targeting.lost_between_waves", "warning", values_said))
    whole = replace(panel, frame=panel.frame.with_columns(joined[LATER].alias(LATER)))
    return whole.keep(safe & seen, "", wave), notes


def _enough(design: Design) -> None:
    fell = int(design.y.sum())
    if design.nobs < _LEAST or min(fell, design.nobs - fell) < _LEAST_EVENTS:
        raise DataError(
            "targeting.too_few_at_risk",
            n=design.nobs, fell=fell, least=_LEAST, least_events=_LEAST_EVENTS,
        )  # fmt: skip


def _one_wave(
    formula: str, first: Survey, line: float, scale: Scale, design: Design, bins: int
) -> Calibration | None:
    """Score the vulnerability of the first wave alone on the same households."""
    try:
        found = vulnerability(formula, first, line, scale=scale)
    except DataError:
        return None
    places = places_of(found.sample.design.rows, design.rows)
    chance = np.where(places >= 0, found.chance[places], np.nan)
    known = ~np.isnan(chance)
    if known.sum() < _LEAST:
        return None
    return calibrate(chance[known], design.y[known], bins, 0.95)
