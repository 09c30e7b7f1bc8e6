"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
import tomllib
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


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium that is already on the machine."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("chromium is not here")
    return found


@pytest.fixture(scope="session")
def soffice() -> str:
    """Path of LibreOffice."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip("LibreOffice is not here")
    return found


def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "house",
        deadline=None,
        derandomize=True,
        max_examples=int(os.environ.get("LIVELIHOODS_EXAMPLES", "60")),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("LIVELIHOODS_SLOW") == "1":
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: set LIVELIHOODS_SLOW=1"))


def _allowed_skips() -> list[str]:
    raw = (ROOT / "tests" / "skips.toml").read_text(encoding="utf-8")
    return [entry["match"] for entry in tomllib.loads(raw)["skip"]]


def unlisted_skips(reports: list[pytest.TestReport]) -> list[str]:
    """Skips whose reason is on no line of ``tests/skips.toml``."""
    allowed = _allowed_skips()
    return [
        f"{report.nodeid}: {reason}"
        for report in reports
        if isinstance(report.longrepr, tuple)
        and not any(match in (reason := str(report.longrepr[2])) for match in allowed)
    ]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if os.environ.get("LIVELIHOODS_STRICT_SKIPS") != "1":
        return
    found = unlisted_skips(terminalreporter.stats.get("skipped", []))
    if found:
        terminalreporter.section("skips that tests/skips.toml does not list", red=True)
        for line in found:
            terminalreporter.write_line(line)
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED
