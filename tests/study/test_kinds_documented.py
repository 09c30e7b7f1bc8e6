"""docs/study-file.md names every kind of analysis with all its keys."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from livelihoods.study import kinds
from livelihoods.study.analysis import AnalysisSpec

PAGE = Path(__file__).resolve().parents[2] / "docs" / "study-file.md"


@pytest.mark.parametrize("kind", [module.name for module in pkgutil.iter_modules(kinds.__path__)])
def test_kind_and_keys_are_listed(kind: str) -> None:
    spec = importlib.import_module(f"livelihoods.study.kinds.{kind}").Spec
    own = set(spec.model_fields) - set(AnalysisSpec.model_fields) - {"kind"}
    rows = [
        line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| `{kind}` |")
    ]
    assert len(rows) == 1
    assert own <= set(re.findall(r"`([a-z_]+)`", rows[0].rsplit("|", 2)[1]))
