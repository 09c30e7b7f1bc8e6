"""What the generators put in comes out: factors of Shanxi, capacities of Jiangsu."""

from __future__ import annotations

import numpy as np
import pytest

import livelihoods as lv

GROUPS = {"freq": 3, "time": 3, "value": 6}
ITEMS = [f"{part}_{j}" for part, count in GROUPS.items() for j in range(1, count + 1)]


def test_shanxi_factors_are_those_of_the_generator() -> None:
    """Frequency, time and value perception are three latent factors in ``shanxi_like``."""
    found = lv.factor_scores(lv.datasets.shanxi_like(), ITEMS)
    # The study reports three factors with eigenvalues above 1 and KMO .825 (section 4.2.1);
    # the generator's margins are its own, its correlations are ours: adequacy near, not equal.
    assert found.components == ["F1", "F2", "F3"]
    assert found.kmo > 0.8
    loads = found.loadings.select(found.components).to_numpy()
    main = np.argmax(np.abs(loads), axis=1)
    # Every group of items loads on a component of its own.
    groups = [set(main[:3].tolist()), set(main[3:6].tolist()), set(main[6:].tolist())]
    assert [len(group) for group in groups] == [1, 1, 1]
    assert len(set.union(*groups)) == 3
    alphas = {
        part: lv.reliability(
            lv.datasets.shanxi_like(), [f"{part}_{j}" for j in range(1, count + 1)]
        )
        for part, count in GROUPS.items()
    }
    assert all(result.alpha > 0.8 for result in alphas.values())
    assert all(not result.omega < 0.8 for result in alphas.values())


def test_jiangsu_index_orders_households_by_their_capacities() -> None:
    survey = lv.datasets.jiangsu_like()
    spec = lv.index_system("jiangsu_resilience", by="year")
    found = lv.build_index(survey, spec)
    frame = found.attach(survey, "r").frame
    # More of every "+" indicator is a higher score; debt is the one "-" (definition of the system).
    for indicator in spec.indicators():
        r = np.corrcoef(frame["r"], frame[indicator.name])[0, 1]
        assert r > 0 if indicator.direction == "+" else r < 0
    # Dimensions are correlated but not the same: contributions keep apart.
    dims = frame.select("r.learning", "r.buffering", "r.self_organising").to_numpy()
    R = np.corrcoef(dims.T)
    assert np.all(R[np.tril_indices(3, -1)] < 0.95)


def test_frozen_weights_keep_the_ruler() -> None:
    survey = lv.datasets.jiangsu_like()
    pooled = lv.build_index(survey, lv.index_system("jiangsu_resilience"))
    frozen = lv.build_index(
        survey, lv.index_system("jiangsu_resilience", weights_from={"chain": 0})
    )
    assert frozen.nobs == pooled.nobs
    assert not np.allclose(frozen.weights["weight"], pooled.weights["weight"])
    assert frozen.weights["weight"].sum() == pytest.approx(1.0, abs=1e-12)
