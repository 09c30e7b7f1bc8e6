"""The codebook: written, edited, read back; drafted from data."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError
from livelihoods.survey.codebook import codebook_toml, read_codebook, write_codebook
from livelihoods.survey.door import as_survey
from livelihoods.survey.draft import draft_codebook, suspects
from livelihoods.survey.model import Variable

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
PAIRS = st.dictionaries(WORDS, WORDS, max_size=3)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def languages(inner: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(["en", "zh"]), inner, max_size=2)


ENTRIES = st.builds(
    Variable,
    name=st.just("x"),
    label=languages(WORDS),
    values=languages(PAIRS.filter(bool)),
    unit=WORDS,
    low=NUMBERS,
    high=NUMBERS,
    missing=PAIRS,
    role=WORDS,
    question=WORDS,
    scale=st.sampled_from([None, "nominal", "ordinal", "banded", "identifier"]),
)


@given(entries=st.dictionaries(WORDS.filter(bool), ENTRIES, max_size=4))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, entries: dict[str, Variable]) -> None:
    from dataclasses import replace

    book = lv.Codebook({name: replace(entry, name=name) for name, entry in entries.items()})
    path = tmp_path_factory.getbasetemp() / "codebook.toml"
    write_codebook(book, path, dict.fromkeys(entries, "found: 1 to 2\n99 on 3 rows"))
    assert read_codebook(path) == book
    assert list(read_codebook(path).variables) == list(book.variables)


def test_plain_forms_are_read(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        '[variables.sex]\nlabel = "Sex"\nvalues = { 1 = "male", 2 = "female" }\n'
        'low = 1\nmissing = { "-99" = "refused" }\nscale = "nominal"\n',
        encoding="utf-8",
    )
    assert read_codebook(path).variables["sex"] == Variable(
        "sex",
        label={"en": "Sex"},
        values={"en": {"1": "male", "2": "female"}},
        low=1.0,
        missing={"-99": "refused"},
        scale="nominal",
    )


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[variables.a]\nlabell = 'x'", "survey.codebook_key", "Nearest known: label"),
        ("[variable.a]", "survey.codebook_key", "Nearest known: variables"),
        ("[variables.a]\nscale = 'likert'", "survey.codebook_value", "scale"),
        ("[variables.a]\nlow = 'x'", "survey.codebook_value", "low"),
        ("[variables.a]\nvalues = { 1.5 = 'x' }", "survey.codebook_value", "values"),
        ("[variables]\na = 1", "survey.codebook_value", "a"),
        ("variables = 1", "survey.codebook_value", "variables"),
        ("[variables.a", "survey.codebook_not_toml", "c.toml"),
    ],
)
def test_bad_codebooks_are_refused(tmp_path: Path, text: str, code: str, said: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_codebook(path)
    assert caught.value.code == code
    assert said in caught.value.message("en")
    with pytest.raises(DataError, match="no file"):
        read_codebook(tmp_path / "absent.toml")


def test_roles_declare_the_design(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("v,w\n1,2\n")
    book = lv.Codebook({"v": Variable("v", role="cluster"), "w": Variable("w", role="weight")})
    design = lv.read_survey(tmp_path / "d.csv", book).design
    assert (design.cluster, design.weight, design.wave) == ("v", "w", None)


def test_draft_guesses_scales_and_names_suspects() -> None:
    data = {
        "hhid": [f"h{i}" for i in range(40)],
        "sex": ["male", "female"] * 20,
        "tenure": ["own", "rent", "share", None] * 10,
        "trust": [1, 2, 3, 4, 5] * 8,
        "children": [0, 1, 2, 3, 9, 4, 2, 1] * 5,
        "income": [100.5, 220.25, 999.0, -99.0] * 10,
    }
    book, remarks = draft_codebook(as_survey(data))
    assert {name: entry.scale for name, entry in book.variables.items()} == {
        "hhid": "identifier",
        "sex": "binary",
        "tenure": "nominal",
        "trust": "ordinal",
        "children": "count",
        "income": "continuous",
    }
    assert book.variables["tenure"].values == {"en": {k: k for k in ("own", "rent", "share")}}
    assert remarks["tenure"] == "found: 3 different answers; 10 missing"
    assert "-99 on 10 rows" in remarks["income"]
    assert "# found: 0 to 9" in codebook_toml(book, remarks)
    # The draft declares nothing missing: reading with it changes no answer.
    assert not any(entry.missing for entry in book.variables.values())


def test_places_are_names_and_long_lists_are_left_out() -> None:
    data = {"subcounty": [1.1, 1.2, 3.4], "word": ["a", "b", "b"], "n": [1.5, 2.5, 3.0]}
    book, _ = draft_codebook(data)
    assert [entry.scale for entry in book.variables.values()] == ["nominal", "binary", "continuous"]
    many, _ = draft_codebook({"name": [f"v{k % 40}" for k in range(80)]})
    assert many.variables["name"].values == {}


def test_a_codebook_is_a_value_of_its_own(tmp_path: Path) -> None:
    book = lv.Codebook({"a": Variable("a", {"en": "A"}, low=0.5)})
    (tmp_path / "c.toml").write_text(book.to_toml(), encoding="utf-8")
    assert lv.Codebook.from_toml(tmp_path / "c.toml") == book
    assert repr(as_survey({"a": [1, 2]})).startswith("2 rows, 1 column")


def test_suspects() -> None:
    def codes(values: list[float]) -> list[str]:
        return [code for code, _ in suspects(as_survey({"x": values}).frame["x"])]

    assert codes([1, 2, 3, 99, 98]) == ["98", "99"]
    assert codes([1.0, 60.0, 98.0, 99.0]) == []  # ages up to 99
    assert codes([5, 10, -9, -8]) == ["-9", "-8"]
    assert codes([-20, 5, -9]) == []
    assert codes([math.nan, 9]) == []
