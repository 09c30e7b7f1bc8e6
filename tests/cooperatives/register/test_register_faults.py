"""Kill, full disk, two at once, hostile text, broken files: nothing lost, nothing half-posted."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cooperatives.register.small import put
from livelihoods.cooperatives.register import (
    Register,
    import_file,
    open_register,
    write_templates,
)
from livelihoods.cooperatives.register.trail import history_table
from livelihoods.errors import DataError

HERE = Path(__file__).parent
HEAD = "cooperative,receipt,trade,member,day,product,unit,volume,value\n"
ROW = "C1,R1,member,M1,2024-05-01,{},kg,1.5,3.25\n"


def run(script: str, *arguments: object) -> Any:
    done = subprocess.run(
        [sys.executable, str(HERE / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def kill_rounds(register: Register, rounds: int, seed: int) -> None:
    path = register.path
    register.close()
    found = run("kill_loop.py", path, rounds, seed)
    # Every batch whole or absent, and none lost of those that were acknowledged.
    assert found["wrong"] == []
    # The test has teeth: kills fell inside open batches, and batches were finished.
    assert found["inside"] >= rounds // 4
    assert found["acknowledged"]


def test_a_kill_leaves_whole_batches(register: Register) -> None:
    kill_rounds(register, 20, 11)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_many_kills_leave_whole_batches(register: Register, seed: int) -> None:
    kill_rounds(register, 100, seed)


@pytest.mark.parametrize("room", [0, 100_000])
def test_a_full_disk_is_named_and_nothing_posted(register: Register, room: int) -> None:
    path = register.path
    register.close()
    found = run("full_disk.py", path, room, 40_000)
    assert found["code"] == "cooperatives.register_io"
    assert "Free space" in found["message"]
    # Four batches filled the register before; afterwards the same file goes in whole.
    assert (found["rows"], found["batches"], found["again"]) == (0, 4, 40_000)


def test_two_at_once_are_refused(register: Register, tmp_path: Path) -> None:
    path = put(tmp_path, "patronage.csv", HEAD + ROW.format("rice"))
    told = subprocess.run(
        [sys.executable, "-m", "livelihoods", "cooperative", "import", register.path, path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert told.returncode == 2
    assert "Another program has" in told.stderr
    assert "Traceback" not in told.stderr
    assert import_file(register, path).posted == 1


HOSTILE = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "</script><script>alert(1)</script>",
    r"\input{/etc/passwd} \write18{rm}",
    "'; DROP TABLE members; --",
    'a"b',
    "\u202eevil\u2028",
    "茶" * 4_000,
    "%s %n {0} {detail}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_only_text(register: Register, tmp_path: Path, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    bad = ROW.format("rice").replace("R1", "R2").replace("M1", quoted)
    path = put(tmp_path, "patronage.csv", HEAD + ROW.format(quoted) + bad)
    rejects = tmp_path / "bad.csv"
    done = import_file(register, path, rejects=rejects, on_reject="keep_good")
    assert (done.posted, done.rejected) == (1, 1)
    assert register.table("patronage")["product"].to_list() == [text.strip()]
    assert register.value("SELECT count(*) FROM members") == 3
    cells = [
        cell for row in csv.reader(io.StringIO(rejects.read_text("utf-8-sig"))) for cell in row
    ]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "@", "+"))]
    told = history_table(register, "patronage", {"cooperative": "C1", "receipt": "R1"})
    assert "<script>" not in told.to_html()
    assert r"\input{" not in told.to_latex()
    for table in (done.summary(), done.reasons_summary()):
        assert "<script>" not in table.to_html()


def test_text_beyond_measure_is_rejected(register: Register, tmp_path: Path) -> None:
    path = put(tmp_path, "patronage.csv", HEAD + ROW.format("x" * 100_000))
    done = import_file(register, path)
    assert done.reasons["code"].to_list() == ["too_long"]
    assert len(done.reasons["reason"][0]) < 200


def test_a_truncated_workbook_is_named(register: Register, tmp_path: Path) -> None:
    (path,) = write_templates(tmp_path / "all.xlsx", "zh")
    whole = Path(path).read_bytes()
    for part in (0, 10, len(whole) // 2, len(whole) - 30):
        Path(path).write_bytes(whole[:part])
        with pytest.raises(DataError) as caught:
            import_file(register, path)
        assert caught.value.code in ("survey.unreadable", "survey.empty_file")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "survey.empty_file"),
        (HEAD.encode("utf-16-le"), "survey.undecodable"),
        (b"\x00\x01\x02" * 100, "survey.undecodable"),
        (b"a,b\n1,2,3\n", "survey.ragged"),
        (b'a,"b\n1,2\n', "cooperatives.import_no_table"),
    ],
)
def test_a_broken_text_file_is_named(
    register: Register, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "thing.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        import_file(register, path)
    assert caught.value.code == code


def test_absent_files_and_folders_are_named(register: Register, tmp_path: Path) -> None:
    for path, code in ((tmp_path, "is_a_folder"), (tmp_path / "no.csv", "file_not_found")):
        with pytest.raises(DataError) as caught:
            import_file(register, path)
        assert caught.value.code == f"survey.{code}"
    with pytest.raises(DataError) as caught:
        import_file(register, put(tmp_path, "a.pdf", "x"))
    assert caught.value.code == "cooperatives.import_type"


def test_a_reader_cannot_import(register: Register, tmp_path: Path) -> None:
    path = register.path
    register.close()
    with open_register(path, read_only=True) as reader, pytest.raises(DataError) as caught:
        import_file(reader, put(tmp_path, "patronage.csv", HEAD + ROW.format("rice")))
    assert caught.value.code == "cooperatives.read_only"


def test_rejects_that_cannot_be_written_take_all_back(register: Register, tmp_path: Path) -> None:
    path = put(tmp_path, "patronage.csv", HEAD + ROW.format("rice") + ROW.replace("M1", "M9"))
    with pytest.raises(Exception, match="cannot be written"):
        import_file(register, path, rejects=tmp_path / "no" / "bad.csv", on_reject="keep_good")
    assert register.value("SELECT count(*) FROM book.patronage") == 0
