"""Ready index systems: what they contain and how they meet a user's columns."""

from __future__ import annotations

from typing import Any

import pytest

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import SpecError
from livelihoods.measure.ready import names


def test_contents() -> None:
    found = lv.index_systems()
    assert found["system"].unique(maintain_order=True).to_list() == list(names())
    assert found.select("system", "slot").is_duplicated().sum() == 0
    assert found["zh"].str.contains(r"\p{Han}").all()
    capacities = lv.index_systems("jiangsu_resilience")
    # Sub-dimensions as section 3.2.1 of the Jiangsu study names them, three, four and three.
    subs = capacities.select("dimension", "sub_dimension").unique(maintain_order=True)
    counts = subs.group_by("dimension", maintain_order=True).len()["len"].to_list()
    assert counts == [3, 4, 3]
    # Its table of indicators is not at hand, so no indicator may claim to be verified.
    assert not capacities["verified"].any()
    # Tables 2–4 of the Shanxi study: three, three and six items.
    action = lv.index_systems("collective_action")
    assert action.group_by("dimension", maintain_order=True).len()["len"].to_list() == [3, 3, 6]


def test_on_synthetic_surveys() -> None:
    jiangsu = lv.build_index(lv.datasets.jiangsu_like(), lv.index_system("jiangsu_resilience"))
    assert list(jiangsu.spec.dimensions) == ["learning", "buffering", "self_organising"]
    assert jiangsu.sub_contributions.width == 10
    shanxi = lv.datasets.shanxi_like()
    level = lv.index_system("sustainable_livelihood", leave_out=["mode_level"])
    assert list(level.dimensions) == ["risk", "capital", "income"]
    # Equal dimension weights: the definition of the two-level form.
    weights = lv.build_index(shanxi, level).weights
    assert weights["dimension_weight"].unique().to_list() == pytest.approx([1 / 3])
    action = lv.build_index(shanxi, lv.index_system("collective_action", weights="critic"))
    assert action.spec.scheme() == "critic"
    with words.use_language("zh"):
        again = lv.build_index(shanxi, lv.index_system("collective_action"))
        assert "参与频率" in repr(again)


def test_mapping() -> None:
    columns: dict[str, Any] = {f"freq_{j}": f"q{j}" for j in (1, 2)}
    columns["time_1"] = {"column": "free_days", "direction": "-"}
    rest = [slot for slot in lv.index_systems("collective_action")["slot"] if slot not in columns]
    spec = lv.index_system("collective_action", columns, leave_out=rest)
    assert spec.dimensions == {"frequency": {"q1": "+", "q2": "+"}, "time": {"free_days": "-"}}
    written = {"system": "collective_action", "columns": columns, "leave_out": rest}
    assert lv.IndexSpec(**written) == spec


SLOTS = [f"{part}_{j}" for part in ("freq", "time") for j in (1, 2, 3)]
REFUSED: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
    (("colective_action",), {}, "Nearest: collective_action"),
    (("collective_action", {"freq_9": "q"}), {}, "no slot freq_9"),
    (("collective_action", {"freq_1": "q"}), {"leave_out": ["freq_1"]}, "mapped and left out"),
    (("collective_action", {"freq_1": "q"}), {"leave_out": SLOTS[1:]}, "also asks for value_1"),
    (("collective_action", {s: {"col": s} for s in SLOTS}), {"leave_out": []}, "also asks"),
    (("sustainable_livelihood",), {"dimensions": {"d": {"a": "+"}}}, "dimensions of its own"),
    (
        ("sustainable_livelihood",),
        {"leave_out": ["risk_1", "risk_2", "risk_3", "capital", "mode_level", "income"]},
        "Every slot",
    ),
    (
        ("sustainable_livelihood", {"income": {"name": "y"}}),
        {"leave_out": ["risk_1", "risk_2", "risk_3", "capital", "mode_level"]},
        "slot income is given the keys name",
    ),
]


@pytest.mark.parametrize(("arguments", "options", "message"), REFUSED)
def test_refused(arguments: tuple[Any, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        lv.index_system(*arguments, **options)
