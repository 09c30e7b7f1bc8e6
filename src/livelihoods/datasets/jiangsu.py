"""A synthetic survey in the shape of the Jiangsu study, with every true effect known."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.datasets import jiangsu_process as process
from livelihoods.notes import Note
from livelihoods.survey.model import Codebook, FlowStep, SampleDesign, SampleFlow, Survey, Variable
from livelihoods.typing import Floats, Ints

ROWS, VILLAGES, COUNTIES, CITIES = 1111, 52, 26, 13
WAVES = (2020, 2022)
_MEDIATORS = ("credit", "services", "awareness", "governance")


@dataclass(frozen=True, slots=True)
class JiangsuTruth:
    """What the generator knows and no survey tells.

    Attributes
    ----------
    treated
        Whether each household takes part, shape ``(n,)``.
    without, with_
        Mediators and indicators had nobody, or everybody, taken part; the data's rows.
    selection_correlation
        Correlation of the selection error with each capacity's error.
    blocked
        Mediator -> indicators had everybody taken part and this mediator alone not moved.
    """

    treated: Floats
    without: pl.DataFrame
    with_: pl.DataFrame
    selection_correlation: Mapping[str, float]
    blocked: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def change(self, column: str, through: str | None = None) -> Floats | None:
        """Return what taking part changes in a mediator or indicator, row by row, shape ``(n,)``.

        Parameters
        ----------
        column
            Mediator or indicator.
        through
            Only what reaches the indicator through this mediator.

        Returns
        -------
        array or None
            None where the process knows no such effect.
        """
        if through is None:
            without = self.without
        else:
            without = self.blocked.get(through, pl.DataFrame())
        if column not in self.with_.columns or column not in without.columns:
            return None
        change = self.with_[column].to_numpy() - without[column].to_numpy()
        return np.asarray(change, dtype=np.float64)

    def effect(
        self,
        weights: Mapping[str, float],
        bounds: Mapping[str, tuple[float, float]],
        estimand: str = "ATT",
    ) -> float:
        """Return the true mean effect on an index with the given weights and bounds.

        Parameters
        ----------
        weights
            Indicator -> weight; negative indicators carry a negative weight.
        bounds
            Indicator -> (low, high) of its min-max scale.
        estimand
            ``"ATT"`` over those who take part, ``"ATU"`` over those who do not, ``"ATE"`` over all.
        """
        gain = np.zeros(self.treated.size)
        for name, weight in weights.items():
            low, high = bounds[name]
            gain += (
                weight
                * (self.with_[name].to_numpy() - self.without[name].to_numpy())
                / (high - low)
            )
        over = {"ATT": self.treated > 0, "ATU": self.treated == 0}.get(
            estimand, np.ones(self.treated.size, dtype=bool)
        )
        return float(gain[over].mean())


def jiangsu_like(seed: int = 2022, *, rows: int = ROWS, villages: int = VILLAGES) -> Survey:
    """Return a synthetic pooled cross-section in the shape of the Jiangsu study.

    Parameters
    ----------
    seed
        Draws another survey from the same process.
    rows, villages
        Size; the defaults are the study's 1,111 households in 52 villages of 26 counties.

    Returns
    -------
    Survey
        Household answers of the waves 2020 and 2022 joined with their village's. A note marks the
        survey as synthetic wherever it goes.

    Notes
    -----
    The process and its constants stand in ``jiangsu_process``; ``jiangsu_truth`` with the same
    arguments gives both potential outcomes of every household.
    """
    households, places = _tables(seed, rows, villages)
    frame = households.join(places, on=["village", "year"], how="left", maintain_order="left")
    return Survey(
        frame=frame,
        codebook=_codebook(),
        sample_flow=SampleFlow((FlowStep(words.text("datasets.flow.generated"), rows, rows),)),
        design=SampleDesign(
            village="village", cluster="village", household="household", wave="year"
        ),
        notes=(Note("datasets.synthetic", "warning", {"name": "jiangsu_like", "seed": seed}),),
    )


def jiangsu_files(
    seed: int = 2022, *, rows: int = ROWS, villages: int = VILLAGES
) -> dict[str, pl.DataFrame]:
    """Return the same survey as it leaves the field: ``households`` and ``villages`` apart.

    The village file has one row a village and wave, keyed by ``village`` and ``year``.
    """
    households, places = _tables(seed, rows, villages)
    return {"households": households, "villages": places}


def jiangsu_truth(seed: int = 2022, *, rows: int = ROWS, villages: int = VILLAGES) -> JiangsuTruth:
    """Return what is true of ``jiangsu_like`` with the same arguments."""
    drawn = process.draw(np.random.default_rng([seed, rows]), _cells(rows, villages), villages)
    return JiangsuTruth(
        drawn.participation["rii"],
        pl.DataFrame(drawn.without),
        pl.DataFrame(drawn.with_),
        dict(process.SELECTION_CORRELATION),
        {name: pl.DataFrame(columns) for name, columns in drawn.blocked.items()},
    )


def _cells(rows: int, villages: int) -> Ints:
    """Spread the rows over villages × waves as evenly as can be."""
    return np.asarray(np.arange(rows) * (2 * villages) // rows, dtype=np.int64)


def _tables(seed: int, rows: int, villages: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    drawn = process.draw(np.random.default_rng([seed, rows]), _cells(rows, villages), villages)
    x, part = drawn.background, drawn.participation
    village = x["village_index"].astype(np.int64)
    county = village * COUNTIES // villages
    place = {
        "village": village + 1,
        "year": np.array(WAVES)[x["wave"].astype(np.int64)],
    }
    observed = {
        name: np.where(part["rii"] > 0, drawn.with_[name], drawn.without[name])
        for name in drawn.with_
    }
    own = ("household_size", "dependency", "gender", "age", "risk_appetite", "future", "shock")
    households = pl.DataFrame(
        {"household": np.arange(1, rows + 1), **place}
        | {name: x[name] for name in (*own, "pension")}
        | {name: part[name] for name in (*process.MODES, *process.FORMS)}
        | observed
    )
    places = pl.DataFrame(
        {**place, "county": county + 1, "city": county * CITIES // COUNTIES + 1}
        | {name: x[name] for name in ("village_size", "village_income", "distance")}
        | {f"has_{mode}": x[f"has_{mode}"] for mode in process.MODES}
    ).unique(subset=["village", "year"], keep="first", maintain_order=True)
    return _whole(households), _whole(places)


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    """Store what only takes whole values as integers."""
    whole = [
        name
        for name in frame.columns
        if frame[name].dtype == pl.Float64 and bool((frame[name] == frame[name].round(0)).all())
    ]
    return frame.with_columns(pl.col(whole).cast(pl.Int64))


def _codebook() -> Codebook:
    text = (files(__package__) / "jiangsu.toml").read_text(encoding="utf-8")
    columns: dict[str, dict[str, Any]] = tomllib.loads(text)["columns"]
    return Codebook(
        {
            name: Variable(
                name,
                {"en": entry["en"], "zh": entry["zh"]},
                unit=entry.get("unit", ""),
                question=name,
                scale=entry["scale"],
            )
            for name, entry in columns.items()
        }
    )
