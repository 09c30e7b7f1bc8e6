"""A small register that several tests fill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cooperatives.register.small import BASE, put
from livelihoods.cooperatives.register import Register, create_register, import_file


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with create_register(tmp_path / "office.duckdb") as made:
        for table, text in BASE.items():
            done = import_file(made, put(tmp_path, f"{table}.csv", text), author="clerk")
            assert not done.rejected, done.reasons
        yield made
