"""The mutual fund as a value: ruin by season, beside a fund without covariate risk; its price."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.finance import fund as fd
from livelihoods.cooperatives.finance.wording import say
from livelihoods.errors import EstimationError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure
from livelihoods.notes import Note
from livelihoods.tables import Column, Row, Table, number, percent, text

if TYPE_CHECKING:
    from livelihoods.engine.executor import Executor
    from livelihoods.typing import Floats

_EXACT_WORK = 2_000_000  # states times outcomes a season that exact recursion may take


@dataclass(frozen=True, slots=True)
class MutualFund:
    """What became of a fund.

    Attributes
    ----------
    spec
        The fund.
    method
        ``"exact"`` or ``"simulation"``.
    ruin, error
        P(ruin by season t) and its simulation error (zero if exact), shapes ``(T,)``.
    independent
        The same fund with ρ = 0, shape ``(T,)``.
    fair, stop_loss
        Expected loss a member and season; price of the stop-loss layer a season.
    deviation
        Standard deviation of the mean loss.
    floor_deviation
        What of it remains however many join: σ√ρ.
    target, premium
        Ruin probability aimed at and the premium that reaches it; None if not asked.
    notes
        Findings.
    """

    spec: fd.FundSpec
    method: str
    ruin: Floats
    error: Floats
    independent: Floats
    fair: float
    stop_loss: float
    deviation: float
    floor_deviation: float
    target: float | None
    premium: float | None
    notes: tuple[Note, ...] = ()

    def tidy(self) -> pl.DataFrame:
        """Return one row a season."""
        return pl.DataFrame(
            {
                "season": np.arange(1, self.spec.seasons + 1),
                "ruin": self.ruin,
                "std_error": self.error,
                "ruin_independent": self.independent,
            }
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: ruin within the horizon, deviations, prices."""
        return pl.DataFrame(
            {
                "ruin": [float(self.ruin[-1])],
                "ruin_independent": [float(self.independent[-1])],
                "method": [self.method],
                "fair": [self.fair],
                "stop_loss": [self.stop_loss],
                "deviation": [self.deviation],
                "floor_deviation": [self.floor_deviation],
                "target": [self.target],
                "premium": [self.premium],
            },
            schema_overrides={"target": pl.Float64, "premium": pl.Float64},
        )

    def summary(self) -> Table:
        """Return the fund in one column of figures."""
        s = self.spec
        rows = [
            (say("fund_members"), number(s.members, 0)),
            (say("fund_fair"), number(self.fair, 2)),
            (say("fund_premium"), number(s.premium, 2)),
            (say("fund_deviation"), number(self.deviation, 2)),
            (say("fund_floor"), number(self.floor_deviation, 2)),
            (say("fund_ruin", seasons=s.seasons), percent(float(self.ruin[-1]), 2)),
            (
                say("fund_ruin_independent", seasons=s.seasons),
                percent(float(self.independent[-1]), 2),
            ),
        ]
        if s.limit:
            rows.append((say("fund_stop_loss"), number(self.stop_loss, 2)))
        if self.premium is not None and self.target is not None:
            label = say("fund_target", target=f"{100 * self.target:g} %")
            rows.append((label, number(self.premium, 2)))
        columns = (Column("what", "", "left"), Column("value", say("value")))
        error = f"{100 * float(self.error[-1]):.2f}"
        legend = (say(f"fund_{self.method}", error=error), say("fund_legend"))
        return Table(
            "mutual-fund",
            say("fund_title"),
            columns,
            tuple(Row((text(label), cell)) for label, cell in rows),
            notes=self.notes,
            legend=legend,
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return ruin by season, with and without covariate risk."""
        names = [say("with_covariate", rho=f"{self.spec.correlation:g}"), say("without_covariate")]
        values = [
            {"season": t + 1, "ruin": float(path[t]), "series": name}
            for name, path in zip(names, (self.ruin, self.independent), strict=True)
            for t in range(self.spec.seasons)
        ]
        field = {"field": "series", "type": "nominal"}
        spec = {
            "width": theme.WIDTH - 60,
            "height": 240,
            "data": {"values": values},
            "mark": {"type": "line", "point": self.spec.seasons <= 30},
            "encoding": {
                "x": {
                    "field": "season",
                    "type": "quantitative",
                    "title": say("season"),
                    "axis": {"tickMinStep": 1, "format": "d"},
                },
                "y": {
                    "field": "ruin",
                    "type": "quantitative",
                    "title": say("ruin_axis"),
                    "axis": {"format": ".0%" if max(self.ruin[-1], 0.0) > 0.05 else ".1%"},
                },
                "color": field
                | {
                    "scale": theme.series_scale(names, theme.SERIES),
                    "legend": {"columns": 2},
                },
                "strokeDash": field
                | {"scale": theme.series_scale(names, theme.DASHES), "legend": None},
            },
        }
        alt = say(
            "fund_alt",
            seasons=self.spec.seasons,
            ruin=f"{100 * self.ruin[-1]:.1f} %",
            independent=f"{100 * self.independent[-1]:.1f} %",
        )
        return Figure("mutual-fund", say("fund_title"), spec, alt, language=words.language())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "mutual_fund",
            "spec": asdict(self.spec),
            "by_season": self.tidy().to_dicts(),
            "glance": self.glance().row(0, named=True),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def mutual_fund(
    spec: fd.FundSpec,
    *,
    method: str = "auto",
    target: float | None = None,
    draws: int = 20_000,
    seed: int = 0,
    executor: Executor | None = None,
) -> MutualFund:
    """Follow a mutual fund over its seasons: ruin, what pooling cannot do, premium for a target.

    Parameters
    ----------
    spec
        The fund.
    method
        ``"exact"`` follows every possible reserve, ``"simulation"`` draws paths, ``"auto"`` takes
        exact where that is small.
    target
        Ruin probability over the horizon for which the premium is sought.
    draws, seed, executor
        Of the simulation; see :func:`~livelihoods.cooperatives.finance.fund.simulated_ruin`.

    Raises
    ------
    SpecError
        A number outside its bounds; an unknown method.
    EstimationError
        ``"exact"`` with too many states.
    """
    fd.check_fund(spec)
    chosen, ruin, error = _ruin(spec, method, draws, seed, executor)
    alone = replace(spec, correlation=0.0)
    _, independent, _ = _ruin(alone, chosen, draws, seed, executor)
    premium = None
    if target is not None:
        premium = fd.premium_for(
            spec, target, exact=chosen == "exact", draws=draws, seed=seed, executor=executor
        )
    sigma = spec.loss * (spec.probability * (1.0 - spec.probability)) ** 0.5
    return MutualFund(
        spec,
        chosen,
        ruin,
        error,
        independent,
        spec.loss * spec.probability,
        fd.layer_price(spec),
        float(fd.pooled_variance(sigma, spec.members, spec.correlation)) ** 0.5,
        sigma * spec.correlation**0.5,
        target,
        premium,
        _notes(spec),
    )


def _ruin(
    spec: fd.FundSpec, method: str, draws: int, seed: int, executor: Executor | None
) -> tuple[str, Floats, Floats]:
    from livelihoods.errors import SpecError

    if method not in ("auto", "exact", "simulation"):
        raise SpecError(
            "cooperatives.finance.unknown_option",
            name="method",
            given=method,
            known=["auto", "exact", "simulation"],
        )
    if method == "exact":
        return "exact", fd.exact_ruin(spec), np.zeros(spec.seasons)
    work = (spec.members + 1) ** 2 * spec.seasons
    if method == "auto" and work <= _EXACT_WORK and spec.interest == 0.0:
        try:
            return "exact", fd.exact_ruin(spec), np.zeros(spec.seasons)
        except EstimationError:
            # Stop-loss layers that cut between losses multiply the states; the result says that
            # it was simulated.
            pass
    ruin, error = fd.simulated_ruin(spec, draws=draws, seed=seed, executor=executor)
    return "simulation", ruin, error


def _notes(spec: fd.FundSpec) -> tuple[Note, ...]:
    notes = []
    net = float(fd.hits(spec.members, spec.probability, spec.correlation) @ fd.season_results(spec))
    if net < 0:
        values = {"deficit": f"{-net:,.2f}"}
        notes.append(Note("cooperatives.finance.fund_runs_down", "serious", values))
    if spec.correlation > 0:
        share = spec.correlation / ((1.0 - spec.correlation) / spec.members + spec.correlation)
        values = {"share": f"{100 * share:.0f} %"}
        notes.append(Note("cooperatives.finance.covariate_stays", "caution", values))
    return tuple(notes)
