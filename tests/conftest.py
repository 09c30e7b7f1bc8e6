"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def shared_folder() -> Path | None:
    """Find ``shared`` beside the checkout, or where LIVELIHOODS_SHARED says."""
    named = os.environ.get("LIVELIHOODS_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    return folder if (folder / "reference").is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of outside values and real survey data; the test skips without it."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("../shared is not here")
    return folder


def pytest_configure() -> None:
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "house",
        deadline=None,
        derandomize=True,
        max_examples=int(os.environ.get("LIVELIHOODS_EXAMPLES", "60")),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("house")
