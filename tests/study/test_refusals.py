"""A variable must not explain an index that is made from the same answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livelihoods.errors import StudyError
from livelihoods.study import Study
from livelihoods.study.refusals import without
from livelihoods.study.run import Ran, run_analyses
from study.studies import HEAD, write

TAUTOLOGY = (
    HEAD
    + """
[derive]
rich = "income > 800"
per_head = "income / size"
[index.living]
weights = "equal"
[index.living.dimensions.goods]
per_head = "+"
rooms = "+"
[index.living.dimensions.room]
rooms_per_head = "+"
[design]
outcomes = ["living"]
[[analysis]]
id = "baseline"
kind = "ols"
treatment = "TREATMENT"
controls = ["age", "log(size)"]
"""
)


def _study(folder: Path, treatment: str, extra: str = "") -> Study:
    text = TAUTOLOGY.replace("TREATMENT", treatment)
    text = text.replace("[index.living]\n", 'rooms_per_head = "rooms / size"\n[index.living]\n', 1)
    return Study.from_toml(write(folder, text + extra))


def _refusal(study: Study) -> str:
    with pytest.raises(StudyError) as caught:
        study.check()
    return caught.value.message()


def test_a_treatment_inside_its_own_index_is_refused(tmp_path: Path) -> None:
    told = _refusal(_study(tmp_path, "rich"))
    assert "treatment 'rich' hides inside the outcome 'living'" in told
    assert "it shares income with per_head" in told
    assert "analysis[1]" in told


def test_no_acknowledgement_lets_a_treatment_through(tmp_path: Path) -> None:
    told = _refusal(_study(tmp_path, "rich", 'acknowledge = ["rich", "income", "size"]\n'))
    assert "cannot be acknowledged away" in told


def test_a_control_that_shares_an_answer_is_refused_with_the_way_out(tmp_path: Path) -> None:
    told = _refusal(_study(tmp_path, "member"))
    assert "'size', a control, shares size with per_head and rooms_per_head" in told
    assert "acknowledge = ['size']" in told


def _ran(folder: Path) -> Ran:
    return run_analyses(_study(folder, "member", 'acknowledge = ["size"]\n'), workers=1)


def test_an_acknowledged_control_gets_the_index_without_the_shared_items(tmp_path: Path) -> None:
    ran = _ran(tmp_path)
    frame = ran.prepared.survey.frame
    rooms = frame["rooms"].to_numpy().astype(float)
    # With one indicator left, the index is that indicator set on 0 to 1 (identity).
    expected = (rooms - rooms.min()) / (rooms.max() - rooms.min())
    np.testing.assert_allclose(frame["living_without_size"].to_numpy(), expected, atol=1e-12)
    done = ran.done[-1]
    assert [key.split(":")[0] for key in done.outcome.results] == ["living", "living_without_size"]
    assert done.outcome.notes[0].code == "study.shared_compared"


def test_nothing_left_to_compare_is_said(tmp_path: Path) -> None:
    text = TAUTOLOGY.replace("TREATMENT", "member").replace('rooms = "+"\n', "")
    text = text.replace('[index.living.dimensions.room]\nrooms_per_head = "+"\n', "")
    study = Study.from_toml(write(tmp_path, text + 'acknowledge = ["size"]\n'))
    done = run_analyses(study, workers=1).done[-1]
    assert done.outcome.notes[0].code == "study.shared_alone"
    assert list(done.outcome.results) == ["living:HC1"]


def test_a_derived_outcome_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    text = TAUTOLOGY.replace('["living"]', '["per_head"]')
    text = text.replace('[index.living.dimensions.room]\nrooms_per_head = "+"\n', "")
    told = _refusal(Study.from_toml(write(tmp_path, text.replace("TREATMENT", "rich"))))
    assert "it shares income with per_head" in told
    study = Study.from_toml(write(tmp_path, text.replace("TREATMENT", "member")))
    done = run_analyses(study, workers=1).done[-1]
    assert [note.code for note in done.outcome.notes] == ["study.shared_derived"]
    assert list(done.outcome.results) == ["per_head:HC1"]


def test_declared_bounds_of_left_out_indicators_go_too(tmp_path: Path) -> None:
    study = _study(tmp_path, "member", 'acknowledge = ["size"]\n')
    spec = study.spec.index["living"].plain()
    bounded = spec.model_copy(update={"bounds": {"rooms": (0.0, 9.0), "per_head": (0.0, 900.0)}})
    reduced = without(bounded, ["per_head", "rooms_per_head"])
    assert reduced is not None
    assert reduced.bounds == {"rooms": (0.0, 9.0)}
    assert reduced.dimensions == {"goods": {"rooms": "+"}}
