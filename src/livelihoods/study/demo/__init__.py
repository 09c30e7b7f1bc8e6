"""The packaged study: what does a non-farm livelihood go with, in rural Viet Nam?"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from livelihoods.study.study import Study


def demo_text(language: str = "en") -> str:
    """Return the study file of the demo."""
    name = "vietnam_zh.toml" if language == "zh" else "vietnam.toml"
    return (files(__package__) / name).read_text(encoding="utf-8")


def demo_study(language: str = "en") -> Study:
    """Return the demo; it needs the extra ``examples`` for its data."""
    name = "vietnam_zh.toml" if language == "zh" else "vietnam.toml"
    return Study.from_text(demo_text(language), Path(), name)
