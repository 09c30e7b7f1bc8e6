"""A synthetic survey with the printed item counts of the Shanxi study.

The study prints how many of its 312 households gave each answer, and no microdata. This generator
draws households whose answers have exactly those counts, with a known structure behind them: three
correlated factors of collective action (frequency, time, value perception) that raise the ability
to bear risk, financial capital and income, and tilt the choice of livelihood.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.notes import Note
from livelihoods.survey.model import Codebook, FlowStep, SampleDesign, SampleFlow, Survey, Variable
from livelihoods.typing import Floats, Ints

ROWS = 312
FACTORS = ("willingness", "frequency", "time", "value")
# Correlation of the latent factors, in the order of FACTORS. Frequency and time go together; the
# paper's "high willingness, low behaviour" needs willingness loosely tied to both.
FACTOR_CORRELATION = np.array(
    [
        [1.00, 0.15, 0.15, 0.30],
        [0.15, 1.00, 0.55, 0.30],
        [0.15, 0.55, 1.00, 0.25],
        [0.30, 0.30, 0.25, 1.00],
    ]
)
LOADING = {"willingness": 0.80, "frequency": 0.90, "time": 0.90, "value": 0.88, "risk": 0.85}
# Latent effect of one standard deviation of collective action (mean of frequency, time and value,
# standardised) on each livelihood dimension, itself standardised: the truth behind the data.
EFFECT = {"risk": 0.20, "capital": 0.45, "income": 0.60}
# Tilt of the six livelihoods per standard deviation, on the scale of their utilities.
MODE_TILT = (-0.25, 0.60, 0.00, 0.05, 0.00, 0.60)
# Region raises capital and mode more than risk, as in the paper's Table 10.
REGION_EFFECT = {"risk": 0.15, "capital": 0.70, "income": 0.40}
AGE_EFFECT = {"risk": 0.0, "capital": -0.05, "income": -0.15}


def shanxi_like(seed: int = 2024) -> Survey:
    """Return 312 synthetic households with the printed item counts of the Shanxi study.

    Parameters
    ----------
    seed
        Changes who gave which answer, never how many.

    Returns
    -------
    Survey
        Items ``will_1…7``, ``freq_1…3``, ``time_1…3``, ``value_1…6``, ``risk_1…3`` (1–5),
        ``capital`` and ``income`` (bands 1–8, yuan), ``mode`` (nominal 1–6), controls ``age``
        (grades 1–7), ``gender`` (male 1), ``education`` (grades 1–7), ``region`` (0 Taiyuan), and
        ``village`` (56), ``county`` (20), ``city`` (8). The controls' margins are ours: the paper
        does not print them. A note marks the survey as synthetic wherever it goes.

    Notes
    -----
    Each item's latent score is ranked and cut at the printed counts, so the margins are exact and
    the rank correlations are those of the latent model. The livelihood mode is the assignment of
    households to the printed numbers of places that maximises total utility.

    Source of the counts: He, Wu and Wei (2024), Preprints 202403.1286 v1, Tables 1–8.
    """
    source = _source()
    rng = np.random.default_rng([seed, ROWS])
    columns = _places(rng)
    controls = _controls(rng, columns["city"])
    latent = _latent(rng, controls)
    answers = {
        name: _answer(rng, name, item, latent)
        for name, item in source["items"].items()
        if name != "mode"
    }
    answers["mode"] = _mode(rng, latent["action"], source["items"]["mode"]["counts"])
    frame = pl.DataFrame(
        {"household": np.arange(1, ROWS + 1), **columns, **controls, **answers}
    ).with_columns(pl.all().cast(pl.Int64))
    return Survey(
        frame=frame,
        codebook=_codebook(source),
        sample_flow=SampleFlow((FlowStep(words.text("datasets.flow.generated"), ROWS, ROWS),)),
        design=SampleDesign(village="village", cluster="village", household="household"),
        notes=(Note("datasets.synthetic", "warning", {"name": "shanxi_like", "seed": seed}),),
    )


def _source() -> dict[str, Any]:
    text = (files(__package__) / "shanxi.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _places(rng: np.random.Generator) -> dict[str, Ints]:
    """Draw 56 villages in 20 counties in 8 cities; at least two households a village."""
    village = np.sort(
        np.concatenate([np.repeat(np.arange(56), 2), rng.integers(0, 56, ROWS - 112)])
    )
    county = (village * 20) // 56
    return {"village": village + 1, "county": county + 1, "city": (county * 8) // 20 + 1}


def _controls(rng: np.random.Generator, city: Ints) -> dict[str, Ints]:
    age = np.clip(np.rint(rng.normal(4.3, 1.3, ROWS)), 1, 7)
    education = np.clip(np.rint(3.6 - 0.35 * (age - 4.3) + rng.normal(0, 1.1, ROWS)), 1, 7)
    gender = (rng.random(ROWS) < 0.62).astype(np.int64)
    return {
        "age": age.astype(np.int64),
        "gender": gender,
        "education": education.astype(np.int64),
        "region": (city != 1).astype(np.int64),
    }


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std())


def _latent(rng: np.random.Generator, controls: dict[str, Ints]) -> dict[str, Floats]:
    """Draw the factors, then the livelihood dimensions that collective action moves."""
    draws = rng.standard_normal((ROWS, len(FACTORS))) @ np.linalg.cholesky(FACTOR_CORRELATION).T
    latent = {name: draws[:, place] for place, name in enumerate(FACTORS)}
    action = _standard(latent["frequency"] + latent["time"] + latent["value"])
    latent["action"] = action
    age = _standard(controls["age"].astype(np.float64))
    for name, effect in EFFECT.items():
        spread = np.sqrt(1 - effect**2)
        latent[name] = (
            effect * action
            + REGION_EFFECT[name] * (controls["region"] - controls["region"].mean())
            + AGE_EFFECT[name] * age
            + spread * rng.standard_normal(ROWS)
        )
    return latent


def _answer(
    rng: np.random.Generator, name: str, item: dict[str, Any], latent: dict[str, Floats]
) -> Ints:
    """Rank the item's latent score and cut it at the printed counts."""
    factor = item["factor"]
    loading = LOADING.get(factor, 1.0)
    score = loading * _standard(latent[factor])
    score = score + np.sqrt(1 - loading**2) * rng.standard_normal(ROWS)
    answer = np.empty(ROWS, dtype=np.int64)
    order = np.argsort(score, kind="stable")
    answer[order] = np.repeat(np.arange(1, len(item["counts"]) + 1), item["counts"])
    return answer


def _mode(rng: np.random.Generator, action: Floats, counts: list[int]) -> Ints:
    from scipy.optimize import linear_sum_assignment

    utility = np.outer(action, MODE_TILT) + rng.gumbel(size=(ROWS, len(counts)))
    places = np.repeat(np.arange(len(counts)), counts)
    rows, chosen = linear_sum_assignment(utility[:, places], maximize=True)
    answer = np.empty(ROWS, dtype=np.int64)
    answer[rows] = places[chosen] + 1
    return answer


def _codebook(source: dict[str, Any]) -> Codebook:
    entries: dict[str, Variable] = {}
    for name, (english, chinese, scale) in _BACKGROUND.items():
        entries[name] = Variable(name, {"en": english, "zh": chinese}, scale=scale)  # type: ignore[arg-type]
    for name, item in source["items"].items():
        wording = source["scales"][item["scale"]]
        entries[name] = Variable(
            name,
            {"en": item["en"], "zh": item["zh"]},
            {
                language: {str(code): label for code, label in enumerate(wording[language], 1)}
                for language in ("en", "zh")
            },
            unit=item.get("unit", ""),
            low=1,
            high=len(item["counts"]),
            question=name,
            scale=wording["scale"],
        )
    return Codebook(entries)


_BACKGROUND = {
    "household": ("Household", "农户编号", "identifier"),
    "village": ("Village", "村", "identifier"),
    "county": ("County", "县", "identifier"),
    "city": ("City", "市", "identifier"),
    "age": ("Age (7 grades)", "年龄（7档）", "ordinal"),
    "gender": ("Male", "男性", "binary"),
    "education": ("Education (7 grades)", "受教育程度（7档）", "ordinal"),
    "region": ("Region (Taiyuan = 0)", "地区（太原=0）", "binary"),
}
