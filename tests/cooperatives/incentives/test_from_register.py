"""Incentives on the synthetic county: calibration, sources named, thresholds, fees, command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livelihoods import cooperatives as co
from livelihoods.cli import answer
from livelihoods.cooperatives.incentives import (
    fees_from_register,
    frontier_from_register,
    thresholds_from_register,
)
from livelihoods.errors import DataError, LivelihoodsError, SpecError

COOP = "C00002"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("county") / "county.duckdb"
    co.demo_county(path, seed=3, cooperatives=80, members=2_400, ledger_rows=24_000)
    return path


def test_the_model_gives_the_surplus_of_the_year(county: Path) -> None:
    with co.open_register(county, read_only=True) as register:
        plan = co.preview(register, COOP, 2024)
        surplus = plan.book.accounts.surplus / 100
        # θ at which k was calibrated, everybody delivering: y = y₀ + k²m/c is the year's surplus.
        found = frontier_from_register(register, COOP, 2024, steps=4, attachment_spread=0.0)
        assert found.now is not None
        assert found.now.theta == pytest.approx(float(plan.charter.patronage_share))
        assert found.now.delivered > 0.9
        # Whoever stays away raises the chair's share of the volume a little.
        assert found.now.chair.surplus == pytest.approx(surplus, rel=0.02)
        sources = {one.symbol: one.source for one in found.assumptions}
    assert sources["q"] == sources["κ"] == "measured"
    assert sources["k"] == sources["δ"] == "calibrated"
    assert sources["ρ"] == sources["u"] == sources["y₀"] == "assumed"
    assert "incentives.a_model" in [note.code for note in found.notes]


def test_same_seed_same_frontier(county: Path) -> None:
    with co.open_register(county, read_only=True) as register:
        one, two = (frontier_from_register(register, COOP, 2024, steps=4, seed=4) for _ in "ab")
        core = frontier_from_register(register, COOP, 2024, steps=4, core=True)
    assert one.tidy().equals(two.tidy())
    q = {a.symbol: a.value for a in core.assumptions}["q"]
    assert q > {a.symbol: a.value for a in one.assumptions}["q"]


def test_thresholds_on_its_own_farmers(county: Path) -> None:
    with co.open_register(county, read_only=True) as register:
        frame = co.members_of_year(register, 2024, COOP).frame
        found = thresholds_from_register(register, COOP, 2024, "capital", [1_000.0, 2_000.0])
        volume = thresholds_from_register(register, COOP, 2024, "volume")
    # Brute force on the frame.
    below = (frame["capital"].to_numpy() < 1_000.0).sum()
    assert found.levels[0].out == below
    assert found.farmers == frame.height
    assert volume.levels[-1].volume_lost <= 1.0


def test_fees_on_its_own_farmers(county: Path) -> None:
    with co.open_register(county, read_only=True) as register:
        found = fees_from_register(register, COOP, 2024, [0.0, 1e9])
    assert found.points[0].largest > 0
    assert found.points[1].largest == 0


def test_what_cannot_be_done_is_named(county: Path) -> None:
    with co.open_register(county, read_only=True) as register:
        with pytest.raises(DataError) as refused:
            frontier_from_register(register, "C9", 2024)
        assert refused.value.code == "heterogeneity.nobody"
        with pytest.raises(SpecError):
            thresholds_from_register(register, COOP, 2024, "height")  # type: ignore[arg-type]
        with pytest.raises(SpecError):
            frontier_from_register(register, COOP, 2024, effort_part=0.0)
        with pytest.raises(LivelihoodsError):
            frontier_from_register(register, COOP, 2031)


def test_a_cooperative_gives_a_frontier_or_a_reason(county: Path) -> None:
    with co.open_register(county, read_only=True) as register:
        reasons = set()
        for name in register.table("cooperatives")["cooperative"][::4]:
            try:
                found = frontier_from_register(register, name, 2024, steps=4)
            except LivelihoodsError as error:
                reasons.add(error.code)
                continue
            assert found.check.agrees
            assert np.isfinite(found.tidy()["income"].to_numpy()).all()
    # The county has cooperatives without trade and without surplus, and shells without accounts.
    assert reasons <= {
        "incentives.no_trade",
        "incentives.no_surplus",
        "incentives.no_chair",
        "incentives.no_claim",
        "cooperatives.closing_no_accounts",
    }


def test_command(county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "f.svg"
    base = ["cooperative", "incentive", str(county), COOP, "2024"]
    assert answer([*base, "--figure", str(figure)]) == 0
    assert "assumed" in capsys.readouterr().out
    assert figure.exists()
    assert answer([*base, "--threshold", "capital", "--levels", "1000", "2000"]) == 0
    assert "2,000.0" in capsys.readouterr().out
    assert answer([*base, "--fees", "0", "500", "--language", "zh"]) == 0
    assert "会费" in capsys.readouterr().out
    assert answer(["cooperative", "incentive", str(county), "C9", "2024"]) == 2
    assert "C9" in capsys.readouterr().err
