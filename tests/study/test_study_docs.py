"""The page of the study file names every key, and its example is a study."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from livelihoods.study.kinds import ols, summary
from livelihoods.study.load import parse_study
from livelihoods.study.sections import Disclosure
from livelihoods.study.spec import SECTIONS, StudySpec

DOCS = Path(__file__).resolve().parents[2] / "docs"
MODELS = {
    "study": StudySpec,
    **{name: model for name, (_, model) in SECTIONS.items() if name != "factor"},
    "ols": ols.Spec,
    "summary": summary.Spec,
    "disclosure": Disclosure,
}


@pytest.mark.parametrize("name", MODELS)
def test_every_key_is_described(name: str) -> None:
    page = (DOCS / "study-file.md").read_text(encoding="utf-8")
    keys = [info.alias or key for key, info in MODELS[name].model_fields.items()]
    absent = [key for key in keys if not re.search(rf"[`.\[ ({{]{key}[`.\] =:]", page)]
    assert not absent


def test_the_quick_start_is_a_study() -> None:
    page = (DOCS / "quickstart.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    spec = parse_study(text)
    assert [item.kind for item in spec.analysis] == ["summary", "ols"]
