"""The page on the register lists the tables there are; its mapping file is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from livelihoods.cooperatives.county import demo_county
from livelihoods.cooperatives.register import create_register, import_file, open_register, shapes
from livelihoods.cooperatives.register.mapping import read_mapping

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "register.md").read_text("utf-8")


def test_the_page_lists_every_table() -> None:
    listed = PAGE.partition("<!-- tables -->")[2].partition("<!-- /tables -->")[0]
    rows = [line.split(" | ") for line in listed.splitlines() if line.startswith("| `")]
    found = {
        re.findall("`(.*?)`", row[0])[0]: (row[1], row[2], tuple(re.findall("`(.*?)`", row[3])))
        for row in rows
    }
    wanted = {
        name: (table.title["en"], table.title["zh"], table.key) for name, table in shapes().items()
    }
    assert found == wanted
    marked = {re.findall("`(.*?)`", row[0])[0] for row in rows if "✓" in row[-1]}
    assert marked == {name for name, table in shapes().items() if table.sealed}


def test_the_mapping_file_of_the_page_is_read(tmp_path: Path) -> None:
    text = PAGE.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "map.toml").write_text(text, "utf-8")
    (found,) = read_mapping(tmp_path / "map.toml")
    assert found.columns == {"receipt": "小票", "value_cents": "货款"}
    assert found.values["trade"]["社员"] == "member"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("county") / "county.duckdb"
    demo_county(path, seed=3, cooperatives=78, members=2_340, ledger_rows=23_400)
    return path


def test_a_whole_county_survives_export_and_import(county: Path, tmp_path: Path) -> None:
    """An identity: every table written as csv and imported is the table again, to the cent."""
    with (
        open_register(county, read_only=True) as old,
        create_register(tmp_path / "new.duckdb") as new,
    ):
        for name, table in shapes().items():
            frame = old.table(name)
            if table.posted_by != "import" or not frame.height:
                continue
            frame.write_csv(tmp_path / f"{name}.csv")
            done = import_file(new, tmp_path / f"{name}.csv")
            assert done.posted == frame.height, done.reasons
            assert new.table(name).equals(frame), name
