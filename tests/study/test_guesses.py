"""A new study file guesses roles from names and values; it runs as written, and uncommented."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.study.guesses import guess_roles
from livelihoods.study.scaffold import scaffold
from livelihoods.survey.door import as_survey

ROWS = 12
COLUMNS = {
    "hh": list(range(ROWS)),
    "village": ["a", "b", "c"] * 4,
    "year": [2020, 2022] * 6,
    "age": [30 + i for i in range(ROWS)],
    "total income": [900.0 + 10 * i for i in range(ROWS)],
    "land": [1 + i % 7 for i in range(ROWS)],
    "member": [i % 2 for i in range(ROWS)],
}


def test_roles() -> None:
    # Written by hand: what a person would put where.
    found = guess_roles(as_survey(COLUMNS))
    assert found.places == {"household": "hh", "village": "village", "wave": "year"}
    assert (found.treatment, found.outcome) == ("member", "total income")
    assert found.controls == ("age", "land")


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.just([0, 1, 2]), max_size=4))
def test_any_names_are_guessed_without_failing(columns: dict[str, list[int]]) -> None:
    found = guess_roles(as_survey({**columns, "x": [1, 2, 3]}))
    assert found.outcome in {*columns, "x", ""}


def test_the_file_runs_as_written_and_with_its_comments_taken_away(tmp_path: Path) -> None:
    data = tmp_path / "farms.csv"
    as_survey(COLUMNS).frame.write_csv(data)
    study = tmp_path / "study.toml"
    text = scaffold(data, study)
    study.write_text(text, encoding="utf-8")
    assert lv.Study.from_toml(study).check().steps[0].rows == ROWS
    keys = ("[", "ln_", "keep", "reason", "weights", "beside", '"', "treatment", "outcomes")
    keys += ("controls", "cluster", "id", "kind", "household", "village", "wave")
    lines = [
        line[2:] if line.startswith("# ") and line[2:].startswith(keys) else line
        for line in text.splitlines()
    ]
    study.write_text("\n".join(lines), encoding="utf-8")
    assert lv.Study.from_toml(study).check().steps[-1].rows == ROWS
