"""Stacked bars, heat maps, scree, overlap, love and sensitivity figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods import figures
from livelihoods.errors import DataError
from livelihoods.figures import Figure, theme
from livelihoods.figures.render import spec_of

HOSTILE = "</svg><script>x</script>\u2028 '\"] + alert(1) + ['"
SCORES = np.linspace(0.05, 0.95, 40)

EACH: dict[str, Callable[[str], Figure]] = {
    "stacked": lambda label: figures.stacked_bars({label: {label: 1, "b": 3}}, title=label),
    "heat": lambda label: figures.heat_map([[1, -0.5]], [label], [label, label], axis=label),
    "scree": lambda label: figures.scree_plot([2, 1, 0.5], title=label),
    "overlap": lambda label: figures.overlap_plot(
        SCORES, SCORES**2, labels=(label, "b"), support=(0.1, 0.9), axis=label
    ),
    "love": lambda label: figures.love_plot({label: (0.5, 0.1), "b": (None, 0.2)}, axis=label),
    "sensitivity": lambda label: figures.sensitivity_curve(
        [0, 1, 2], {label: [3, 2, 1], "b": [1, 1, 1]}, x_axis=label, marked={label: 1.0}
    ),
}


def values(figure: Figure) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = spec_of(figure)["data"]["values"]
    return rows


@pytest.mark.parametrize("name", sorted(EACH))
@pytest.mark.parametrize("label", ["Age", "年龄与教育", HOSTILE])
def test_every_family_draws_and_tells(name: str, label: str) -> None:
    figure = EACH[name](label)
    svg = figure.to_svg()
    assert svg == EACH[name](label).to_svg()
    root = ElementTree.fromstring(svg)
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert len(figure.alt) > 20
    assert figure.to_png(0.5)[:4] == b"\x89PNG"


@given(
    st.dictionaries(
        st.text("abcé村 ", min_size=1, max_size=5),
        st.lists(st.integers(0, 99), min_size=3, max_size=3).filter(any),
        min_size=1,
        max_size=4,
    )
)
def test_stacked_shares_fill_the_bar(counts: dict[str, list[int]]) -> None:
    figure = figures.stacked_bars(
        {row: dict(zip("abc", given, strict=True)) for row, given in counts.items()}
    )
    for row, given_counts in counts.items():
        shares = [cell["share"] for cell in values(figure) if cell["row"] == row]
        assert shares == pytest.approx(np.array(given_counts) / sum(given_counts))


def test_heat_map_prints_every_number() -> None:
    figure = figures.heat_map(
        [[1, -0.254], [np.nan, 0.5]], ["a", "a"], ["x", "x"], stars=[["", "*"], ["", ""]]
    )
    assert [cell["text"] for cell in values(figure)] == ["1.00", "−0.25*", "0.50"]
    # Signed: 1 is the darkest blue, −0.254 on the orange side of white.
    assert values(figure)[0]["tone"] == theme.DIVERGING[-1]
    assert values(figure)[0]["ink"] == "#ffffff"


def test_overlap_shares_are_of_each_group() -> None:
    figure = figures.overlap_plot([0.1, 0.5, 0.9], [0.2, 0.3, np.nan], bins=4)
    rows = values(figure)
    assert sum(row["share"] for row in rows if row["share"] > 0) == pytest.approx(100)
    assert sum(row["share"] for row in rows if row["share"] < 0) == pytest.approx(-100)
    assert sum(row["count"] for row in rows) == 5


def test_love_plot_orders_by_imbalance_before() -> None:
    figure = figures.love_plot({"a": (0.1, 0.0), "b": (-0.6, 0.2), "c": (0.3, 0.05)})
    before = [row for row in values(figure) if row["stage"] == "Before"]
    assert [row["covariate"] for row in before] == ["b", "c", "a"]
    assert before[0]["difference"] == 0.6
    assert "After: largest 0.2, 1 above 0.1" in figure.alt


def test_scree_keeps_by_kaiser_unless_told() -> None:
    rows = values(figures.scree_plot([3.0, 1.2, 0.8]))
    assert [row["kept"] for row in rows] == [True, True, False]
    told = figures.scree_plot([3.0, 1.2, 0.8], retained=1, reference=[1.3, 1.0, 0.7])
    assert "1 of 3 components kept" in told.alt
    assert len(values(told)) == 6


@pytest.mark.parametrize(
    "build",
    [
        lambda: figures.stacked_bars({"a": {"x": 0}}),
        lambda: figures.stacked_bars({"a": {"x": -1, "y": 3}}),
        lambda: figures.stacked_bars({}),
        lambda: figures.heat_map([[1]], ["a", "b"], ["x"]),
        lambda: figures.heat_map([[np.nan]], ["a"], ["x"]),
        lambda: figures.scree_plot([]),
        lambda: figures.overlap_plot([np.nan], [0.5]),
        lambda: figures.love_plot({"a": (0.1,)}),
        lambda: figures.love_plot({}),
        lambda: figures.sensitivity_curve([1, 2], [1]),
    ],
)
def test_empty_input_is_said(build: Callable[[], Figure]) -> None:
    with pytest.raises(DataError) as caught:
        build()
    assert caught.value.message("zh")


def test_tones() -> None:
    assert theme.mix(["#000000", "#ffffff"], 0.5) == "#808080"
    assert theme.is_dark("#12304f")
    assert not theme.is_dark("#f3f6fa")
