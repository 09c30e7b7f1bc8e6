"""Small counts leave neither in a table nor in the record."""

from __future__ import annotations

import json
from pathlib import Path

from livelihoods.study import Study
from livelihoods.study.disclosure import protected_table
from livelihoods.study.sections import Disclosure
from livelihoods.tables import Column, Row, Table, integer, number, percent, text
from study.studies import HEAD, write

COUNTS = Table(
    "places",
    "Places",
    (Column("place"), Column("n"), Column("share"), Column("mean")),
    tuple(
        Row((text(name), integer(n), percent(n / 100), number(1.0 * n)))
        for name, n in (("a", 60), ("b", 37), ("c", 3))
    ),
)


def test_a_small_count_takes_its_share_and_mean_with_it() -> None:
    found = protected_table(COUNTS, Disclosure(smallest=5))
    assert all(not isinstance(cell.value, int | float) for cell in found.rows[2].cells[1:])
    # The next smallest goes too, else the first comes back by subtraction from the known total.
    assert found.rows[1].cells[1].value != 37
    assert found.rows[0].cells[1].value == 60
    assert found.notes


def test_rounding_prints_multiples() -> None:
    found = protected_table(COUNTS, Disclosure(smallest=5, action="round"))
    assert [row.cells[1].value for row in found.rows] == [60, 35, 5]


def test_a_table_without_columns_of_counts_stays() -> None:
    table = Table("t", "", (Column("a"), Column("b")), (Row((text("x"), number(1.0))),))
    assert protected_table(table, Disclosure()) == table


def test_a_run_hides_extremes_in_tables_and_record(tmp_path: Path) -> None:
    text = (
        HEAD
        + '[[analysis]]\nid = "sample"\nkind = "summary"\nitems = ["income", "age"]\n'
        + '[output]\nformats = ["csv"]\nfigures = []\ndisclosure = { smallest = 10 }\n'
    )
    run = Study.from_toml(write(tmp_path, text)).run(tmp_path / "out")
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    (table,) = (t for name, t in record["tables"].items() if "summary" in name)
    place = table["columns"].index("max")
    assert all(row["cells"][place] is None for row in table["rows"])
    largest = run.ran.prepared.survey.frame["income"].max()
    assert str(largest) not in json.dumps(record["analyses"])
