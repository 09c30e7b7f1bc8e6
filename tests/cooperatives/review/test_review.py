"""Review: agreement as published, unfair rounds refused, rewards exact to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from livelihoods import words
from livelihoods.cli import answer
from livelihoods.cooperatives import review
from livelihoods.cooperatives.register import Register, create_register
from livelihoods.cooperatives.review.agreement import Level
from livelihoods.cooperatives.review.ranking import explain_change, ranks
from livelihoods.errors import DataError, SpecError

_ = np.nan
# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: four observers, twelve
# units; nominal .743, ordinal .815, interval .849 as printed there.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
)


@pytest.mark.parametrize(
    ("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_the_published_one(level: Level, printed: float) -> None:
    # Three decimals are printed.
    assert review.krippendorff_alpha(OBSERVERS, level) == pytest.approx(printed, abs=5e-4)


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("ABCD")), min_size=2))
def test_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    first, second = zip(*pairs, strict=True)
    for weights in ("none", "linear", "quadratic"):
        ours = review.cohen_kappa(first, second, "ABCD", weights)
        if np.isnan(ours):
            assert len(set(first) | set(second)) == 1
            continue
        theirs = cohen_kappa_score(
            first, second, labels=list("ABCD"), weights=None if weights == "none" else weights
        )
        # Both are sums of a few small counts.
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_full_agreement_is_one() -> None:
    assert review.cohen_kappa("ABCA", "ABCA", "ABC") == 1
    assert review.krippendorff_alpha(np.array([[1.0, 2, 3], [1, 2, 3]])) == 1


def test_agreement_without_pairs_is_refused() -> None:
    with pytest.raises(DataError, match="same cooperatives"):
        review.cohen_kappa("A", "AB", "AB")
    with pytest.raises(DataError, match="not in the scheme"):
        review.cohen_kappa("A", "Z", "AB")
    with pytest.raises(DataError, match="two reviewers"):
        review.krippendorff_alpha(np.array([[1.0, _], [_, 2.0]]))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_ranks_are_competition_ranks(values: list[int]) -> None:
    total = np.array(values, dtype=float)
    assert ranks(total).tolist() == [1 + sum(other > value for other in values) for value in values]


def test_rank_intervals_hold_the_rank_and_shrink_to_it() -> None:
    points = np.random.default_rng(1).uniform(0, 100, (30, 4))
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    loose = review.rank_intervals(points, weights, 0.5)
    fixed = review.rank_intervals(points, weights, 0.0)
    assert (fixed.low == fixed.rank).all()
    assert (fixed.high == fixed.rank).all()
    assert (loose.high - loose.low).sum() > 0
    # Who is best on every criterion stays first whatever the weights.
    best = np.vstack([points, points.max(axis=0) + 1])
    assert review.rank_intervals(best, weights, 0.9).high[-1] == 1


@given(
    st.lists(st.floats(0, 100), min_size=3, max_size=3),
    st.lists(st.floats(0, 100), min_size=3, max_size=3),
)
def test_a_change_is_the_sum_of_its_parts(before: list[float], after: list[float]) -> None:
    weights = np.array([0.5, 0.3, 0.2])
    parts = explain_change(np.array(before), np.array(after), weights)
    # Rounding of three products.
    assert parts.sum() == pytest.approx(weights @ after - weights @ before, abs=1e-9)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with create_register(tmp_path / "office.duckdb") as opened:
        with opened.post("import") as batch:
            batch.append(
                "cooperatives",
                pl.DataFrame(
                    {
                        "cooperative": ["C1", "C2"],
                        "name": ["one", "two"],
                        "kind": ["professional"] * 2,
                        "registered_on": [date(2020, 1, 1)] * 2,
                    }
                ),
            )
            batch.append("reviewers", pl.DataFrame({"reviewer": ["W1", "W2", "W3"]}))
        yield opened


CRITERIA = ("operation", "governance", "benefit", "honesty")


def score(
    register: Register, round_id: str, day: date, points: dict[tuple[str, str], list[float]]
) -> None:
    rows = [
        ("county-2025", round_id, cooperative, reviewer, criterion, day, value)
        for (cooperative, reviewer), values in points.items()
        for criterion, value in zip(CRITERIA, values, strict=True)
    ]
    names = ["scheme", "round", "cooperative", "reviewer", "criterion", "day", "score"]
    with register.post("import") as batch:
        batch.append("review_scores", pl.DataFrame(rows, schema=names, orient="row"))


SCORES = {
    ("C1", "W1"): [90.0, 80, 90, 100],
    ("C1", "W2"): [80.0, 80, 90, 100],
    ("C2", "W1"): [60.0, 60, 60, 60],
    ("C2", "W2"): [60.0, 60, 60, 60],
}
SCHEME = review.scheme("county-2025")


def test_a_round_is_graded_by_hand(register: Register) -> None:
    score(register, "2025", date(2025, 3, 1), SCORES)
    found = review.review_round(register, SCHEME, "2025")
    # .3·85 + .25·80 + .3·90 + .15·100 = 87.5; .6 · 100 = 60
    assert found.tidy()["total"].to_list() == pytest.approx([87.5, 60.0])
    assert found.grades == {"C1": "A", "C2": "C"}
    assert found.appeal_until == date(2025, 3, 16)
    assert found.agreement["kappa W1 W2"] == 1
    for language in words.LANGUAGES:
        with words.use_language(language):
            assert len(found.summary().rows) == 2
            assert found.agreement_table().rows


def test_a_downgrade_is_explained(register: Register) -> None:
    score(register, "2024", date(2024, 3, 1), SCORES)
    worse = SCORES | {("C1", "W1"): [50.0, 80, 90, 100], ("C1", "W2"): [50.0, 80, 90, 100]}
    score(register, "2025", date(2025, 3, 1), worse)
    found = review.review_round(register, SCHEME, "2025")
    # Operation fell from 85 to 50: .3 · (−35) = −10.5
    assert found.changes["C1"]["operation"] == pytest.approx(-10.5)
    assert found.explain("C1").rows[-1].cells[1].value == pytest.approx(-10.5)
    first = review.review_round(register, SCHEME, "2024")
    with pytest.raises(DataError, match="no round before"):
        first.explain("C1")


def test_reviewers_in_conflict_are_refused(register: Register) -> None:
    score(register, "2025", date(2025, 3, 1), SCORES)
    with register.post("import") as batch:
        batch.append(
            "conflicts",
            pl.DataFrame({"reviewer": ["W1"], "cooperative": ["C1"], "reason": ["kin"]}),
        )
    with pytest.raises(DataError, match="C1 / W1"):
        review.review_round(register, SCHEME, "2025")


def test_reviewers_rotate(register: Register) -> None:
    for year in (2023, 2024):
        score(register, str(year), date(year, 3, 1), SCORES)
    review.review_round(register, SCHEME, "2024")
    score(register, "2025", date(2025, 3, 1), SCORES)
    with pytest.raises(DataError, match="in a row"):
        review.review_round(register, SCHEME, "2025")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({("C1", "W2"): None}, "fewer than"),
        ({("C1", "W2"): [80.0, 80, 90, 101]}, "above what"),
    ],
)
def test_bad_rounds_are_named(
    register: Register, change: dict[tuple[str, str], list[float] | None], said: str
) -> None:
    merged = {k: v for k, v in (SCORES | change).items() if v is not None}  # type: ignore[operator]
    score(register, "2025", date(2025, 3, 1), merged)
    with pytest.raises(DataError, match=said):
        review.review_round(register, SCHEME, "2025")


def test_missing_rounds_and_schemes_are_named(register: Register, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no scores"):
        review.review_round(register, SCHEME, "1999")
    with pytest.raises(SpecError, match="no grading scheme"):
        review.scheme("star")
    bad = tmp_path / "bad.toml"
    bad.write_text("format = 1\nid = 'x'\n", encoding="utf-8")
    with pytest.raises(SpecError, match="is no grading scheme"):
        review.scheme("x", [bad])


def test_appeals_are_kept_in_view(register: Register) -> None:
    score(register, "2025", date(2025, 3, 1), SCORES)
    with register.post("import") as batch:
        batch.append(
            "appeals",
            pl.DataFrame(
                {
                    "scheme": ["county-2025"] * 2,
                    "round": ["2025"] * 2,
                    "cooperative": ["C1", "C2"],
                    "day": [date(2025, 3, 10), date(2025, 5, 1)],
                    "reason": ["figures", "late"],
                }
            ),
        )
    codes = {note.code for note in review.review_round(register, SCHEME, "2025").notes}
    assert {"cooperatives.appeals_late", "cooperatives.appeals_waiting"} <= codes


def test_rewards_meet_the_budget_to_the_cent() -> None:
    grades = {"C1": "A", "C2": "B", "C3": "C"}
    officers = {("C1", "chair"): "M1"}
    # A: 50,000 + 5,000 to the chair; B: 10,000 → 65,000 yuan
    whole = review.allocate_rewards(SCHEME, grades, officers, 65_000_00)
    assert sum(one.amount for one in whole) == 65_000_00
    assert [one.person for one in whole if one.office == "chair"] == ["M1"]
    with pytest.raises(DataError, match="budget"):
        review.allocate_rewards(SCHEME, grades, officers, 64_999_99)
    scaled = review.allocate_rewards(SCHEME, grades, officers, 1_000_01, on_excess="scale")
    assert sum(one.amount for one in scaled) == 1_000_01
    with pytest.raises(DataError, match="nobody holds"):
        review.allocate_rewards(SCHEME, grades, {}, 65_000_00)
    with pytest.raises(DataError, match="negative"):
        review.allocate_rewards(SCHEME, grades, officers, -1)
    assert review.rewards_table(whole).rows[-1].cells[3].value == "65,000.00"


def test_two_lists_are_never_one(register: Register) -> None:
    with register.post("import") as batch:
        batch.append(
            "declared_distributions",
            pl.DataFrame(
                {
                    "cooperative": ["C1", "C1", "C2"],
                    "year": [2024] * 3,
                    "member": ["a", "b", "c"],
                    "patronage_cents": [600, 600, 900],
                    "residual_cents": [400, 400, 600],
                }
            ),
        )
        batch.append(
            "activities",
            pl.DataFrame(
                {
                    "cooperative": ["C1", "C2"],
                    "indicator": ["training"] * 2,
                    "day": [date(2024, 6, 1)] * 2,
                    "quantity": [10, 3],
                    "source": ["list"] * 2,
                }
            ),
        )
    lists = review.leading_lists(register, 2024)
    assert lists.returns["cooperative"].to_list() == ["C2", "C1"]
    assert lists.returns["per_member"].to_list() == [1500, 1000]
    assert lists.effect["cooperative"].to_list() == ["C1"]
    assert lists.returns_table().rows
    assert lists.effect_table().rows
    with pytest.raises(DataError, match="Nothing was distributed"):
        review.leading_lists(register, 1990)


def test_the_command_prints_and_writes(
    register: Register, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    score(register, "2025", date(2025, 3, 1), SCORES)
    register.close()
    base = ["cooperative", "review", str(register.path), "--scheme", "county-2025"]
    out = tmp_path / "out"
    assert answer([*base, "--round", "2025", "--out", str(out)]) == 0
    assert "87.5" in capsys.readouterr().out
    assert (out / "review.docx").read_bytes()[:2] == b"PK"
    assert answer([*base, "--round", "1999"]) == 2
