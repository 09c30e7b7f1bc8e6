"""Small counts cannot be read, nor computed from what is left."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihoods.errors import SpecError
from livelihoods.tables import Column, Row, Table, integer, number, percent, text
from livelihoods.tables.disclosure import DisclosureRule, protect


def counted(body: list[list[int]]) -> Table:
    """A frequency table with row totals in the last column and column totals in the last row."""
    rows = [Row((text(f"r{i}"), *map(integer, [*line, sum(line)]))) for i, line in enumerate(body)]
    sums = [sum(column) for column in zip(*body, strict=True)]
    rows.append(Row((text("All"), *map(integer, [*sums, sum(sums)])), "total", True))
    keys = [f"c{j}" for j in range(len(sums))]
    columns = (Column("k", "", "left"), *(Column(key) for key in keys), Column("all"))
    return Table("t", "", columns, tuple(rows))


def shown(table: Table) -> list[list[int | None]]:
    return [
        [cell.value if isinstance(cell.value, int) else None for cell in row.cells[1:]]
        for row in table.rows
    ]


def guarded(body: list[list[int]], threshold: int = 5) -> Table:
    keys = [*(f"c{j}" for j in range(len(body[0]))), "all"]
    return protect(counted(body), DisclosureRule(threshold), counts=keys, total="all")


def neighbours(
    printed: list[list[int | None]], true: list[list[int | None]]
) -> list[tuple[int, ...]]:
    """Fillings of the hidden cells within one of the truth that add up: an intruder's doubt."""
    places = [(i, j) for i, row in enumerate(printed) for j, n in enumerate(row) if n is None]
    around = [[(true[i][j] or 0) + step for step in (-1, 0, 1)] for i, j in places]
    found = []
    for filling in itertools.product(*around):
        grid = [[-1 if n is None else n for n in row] for row in printed]
        for (i, j), n in zip(places, filling, strict=True):
            grid[i][j] = n
        rows_add = all(sum(row[:-1]) == row[-1] for row in grid)
        columns_add = all(sum(c[:-1]) == c[-1] for c in zip(*grid, strict=True))
        if min(filling) >= 0 and rows_add and columns_add:
            found.append(filling)
    return found


def test_large_counts_stay_untouched() -> None:
    table = counted([[20, 30], [40, 50]])
    assert protect(table, DisclosureRule(), counts=["c0", "c1", "all"], total="all") is table


def test_one_small_cell_takes_others_with_it_and_says_so() -> None:
    table = guarded([[3, 30, 20], [40, 50, 9], [60, 11, 70]])
    hidden = [(i, j) for i, row in enumerate(shown(table)) for j, n in enumerate(row) if n is None]
    # The small one, and the smallest rectangle with it.
    assert (0, 0) in hidden
    assert len(hidden) == 4
    said = table.notes[0].sentence()
    assert said.startswith("s: 4 counts suppressed to protect respondents: fewer than 5")
    assert shown(table)[3][3] == 293


@settings(max_examples=40)
@given(
    st.integers(2, 3).flatmap(
        lambda wide: st.lists(
            st.lists(st.integers(1, 9), min_size=wide, max_size=wide), min_size=2, max_size=2
        )
    )
)
def test_no_hidden_count_can_be_computed(body: list[list[int]]) -> None:
    table = guarded(body, 3)
    printed = shown(table)
    hidden = sum(n is None for row in printed for n in row)
    assert all(n is None or n >= 3 for row in printed for n in row)
    if 0 < hidden <= 7:
        fillings = neighbours(printed, shown(counted(body)))
        for position in range(hidden):
            assert len({filling[position] for filling in fillings}) > 1


def test_a_column_without_its_total_is_guarded_all_the_same() -> None:
    rows = (
        Row((text("a"), integer(3), percent(0.03))),
        Row((text("b"), integer(47), percent(0.47))),
        Row((text("c"), integer(50), percent(0.50))),
    )
    table = Table("t", "", (Column("k", "", "left"), Column("n"), Column("share")), rows)
    done = protect(table, DisclosureRule(), counts=["n"], follows={"share": "n"})
    assert [row.cells[1].value for row in done.rows] == ["s", "s", 50]
    assert [row.cells[2].value for row in done.rows] == ["s", "s", 0.5]


def test_rounding_prints_multiples_and_shares_of_them() -> None:
    rows = (
        Row((text("a"), integer(3), percent(0.03), number(1.5))),
        Row((text("b"), integer(97), percent(0.97), number(2.5))),
    )
    columns = (Column("k", "", "left"), Column("n"), Column("share"), Column("mean"))
    rule = DisclosureRule(action="round", base=10)
    done = protect(
        Table("t", "", columns, rows), rule, counts=["n"], follows={"share": "n", "mean": "n"}
    )
    assert [row.cells[1].value for row in done.rows] == [0, 100]
    assert [row.cells[2].value for row in done.rows] == [0.0, 1.0]
    assert [row.cells[3].value for row in done.rows] == [None, 2.5]
    assert "multiples of 10" in done.legend[0]


def test_wrong_rules_and_columns_are_refused() -> None:
    with pytest.raises(SpecError, match="protects nobody"):
        DisclosureRule(threshold=1)
    with pytest.raises(SpecError, match="no column"):
        protect(counted([[1, 2], [3, 4]]), DisclosureRule(), counts=["nothing"])
