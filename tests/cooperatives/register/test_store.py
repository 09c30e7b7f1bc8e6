"""The register's file: append-only, whole or not at all, closed to the outside."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from livelihoods.cooperatives.register import (
    choices,
    create_register,
    heading,
    open_register,
    shapes,
)
from livelihoods.errors import DataError, OutputError, SpecError

COOPERATIVE = pl.DataFrame(
    {
        "cooperative": ["C1"],
        "name": ["Rice"],
        "kind": ["professional"],
        "registered_on": [date(2020, 1, 1)],
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "office.duckdb"
    create_register(place, "County office").close()
    return place


def deliveries(values: list[int]) -> pl.DataFrame:
    n = len(values)
    return pl.DataFrame(
        {
            "cooperative": ["C1"] * n,
            "receipt": [f"R{i}" for i in range(n)],
            "trade": ["non_member"] * n,
            "day": [date(2024, 5, 1)] * n,
            "product": ["rice"] * n,
            "unit": ["kg"] * n,
            "volume": [10.5] * n,
            "value_cents": values,
        }
    )


def test_what_was_posted_is_there_after_reopening(path: Path) -> None:
    with open_register(path) as register, register.post("import", source="a.csv") as batch:
        batch.append("cooperatives", COOPERATIVE)
        assert batch.append("patronage", deliveries([100, 200])) == 1
    with open_register(path, read_only=True) as register:
        assert register.value("SELECT sum(value_cents) FROM patronage") == 300
        trail = register.frame("SELECT kind, source, rows FROM book.batches")
        assert trail.rows() == [("import", "a.csv", 3)]


def test_a_failed_batch_leaves_nothing(path: Path) -> None:
    with open_register(path) as register:
        good_then_bad = (deliveries([100]), deliveries([-5]))
        with pytest.raises(DataError) as caught, register.post("import") as batch:
            [batch.append("patronage", rows) for rows in good_then_bad]
        assert caught.value.code == "cooperatives.refused_value"
        assert register.value("SELECT count(*) FROM book.patronage") == 0
        assert register.value("SELECT count(*) FROM book.batches") == 0


def test_a_withdrawn_entry_stays_in_the_book(path: Path) -> None:
    with open_register(path) as register:
        with register.post("import") as batch:
            batch.append("patronage", deliveries([100, 200, 300]))
        with register.post("correct") as batch:
            batch.withdraw("patronage", [2], "weighed twice")
            batch.append("patronage", deliveries([150]))
        assert register.table("patronage")["value_cents"].to_list() == [100, 300, 150]
        assert register.value("SELECT count(*) FROM book.patronage") == 4
        with pytest.raises(DataError, match="do not hold now"), register.post("correct") as batch:
            batch.withdraw("patronage", [2], "again")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_nothing_outside_is_reached(path: Path, query: str) -> None:
    import duckdb

    with (
        open_register(path) as register,
        pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)),
    ):
        register.connection.execute(query)


def test_two_processes_do_not_mix(path: Path) -> None:
    ask = (
        "import sys; from livelihoods.cooperatives.register import open_register\n"
        "try: open_register(sys.argv[1])\n"
        "except Exception as error: print(error.code)"
    )
    with open_register(path):
        told = subprocess.run(
            [sys.executable, "-c", ask, str(path)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    assert told.stdout.strip() == "cooperatives.register_busy"


def test_wrong_files_are_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        create_register(path)
    assert caught.value.code == "cooperatives.register_exists"
    with pytest.raises(DataError) as absent:
        open_register(tmp_path / "none.duckdb")
    assert absent.value.code == "cooperatives.register_absent"
    junk = tmp_path / "junk.duckdb"
    junk.write_text("hello" * 2000)
    with pytest.raises(DataError) as broken:
        open_register(junk)
    assert broken.value.code == "cooperatives.no_register"
    with pytest.raises(OutputError):
        create_register(tmp_path / "absent" / "office.duckdb")
    with (
        open_register(path, read_only=True) as register,
        pytest.raises(DataError) as locked,
        register.post("import"),
    ):
        pass
    assert locked.value.code == "cooperatives.read_only"


def test_the_schema_explains_itself() -> None:
    seen: set[str] = set()
    for table in shapes().values():
        assert {"en", "zh"} == set(table.title)
        assert set(table.key) <= set(table.names)
        assert not table.when or table.column(table.when).kind == "date"
        for column in table.columns:
            assert heading(table.name, column.name, "en")
            assert heading(table.name, column.name, "zh")
            assert (column.kind == "money") == column.name.endswith("_cents")
            assert not column.refers or column.refers in seen, column
            if column.kind == "choice":
                assert set(choices(column.choices, "en")) == set(choices(column.choices, "zh"))
        seen.add(table.name)
    with pytest.raises(SpecError):
        shapes()["members"].column("weight")


def test_a_missing_database_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(SpecError, match=r"livelihoods\[cooperatives\]"):
        create_register(tmp_path / "office.duckdb")
    assert not list(tmp_path.iterdir())


def test_a_column_without_values_is_taken(path: Path) -> None:
    rows = deliveries([100]).with_columns(pl.lit(None).alias("deduction_cents"))
    assert rows.schema["deduction_cents"] == pl.Null
    with open_register(path) as register:
        with register.post("import") as batch:
            batch.append("patronage", rows)
        assert register.table("patronage")["deduction_cents"].to_list() == [None]
